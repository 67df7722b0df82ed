"""Tiles over HTTP: what is asked for, how it is made, and what is kept of it.

`ask` reads a request, `make` makes the tile from columns or SQL, `hot` keeps made ones and answers
with them before any routing, `answer` puts a tile into a response.
"""
