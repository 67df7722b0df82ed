"""What the HTML pages are made of: addresses, words, the filter form and the small map."""
