"""An archive of tiles in one file (PMTiles), and a folder that shows it from any web server.

`question` says what is to be in it, `walk` which tiles there are, `press` has them made by what
serves them, `journal` keeps those that are made until all are, `pack` writes the file, `metadata`
says in it what it is, `viewer` lays the page beside it, and `run` does one after the other.
"""
