"""The still pictures of maps: what a map shows, drawn as figures are, where no script runs."""
