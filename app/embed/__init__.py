"""What other pages need to show a figure or a map: codes, citations, oEmbed."""
