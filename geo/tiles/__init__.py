"""Tiles of layers: which part of the world one is, what is in it, and its bytes as MVT.

`grid` says where a tile lies, `plan` whether it holds cells or every point, `sql` reads that from
PostGIS, `content` is what was read, and `mvt` writes it.
"""
