"""Decide whether a tile of points holds cells or every point.

Measured on a million clustered events, each time in the tile with the most of them, gzipped:

    zoom    64 cells a side    256 cells a side    every point
       2               4 KB               29 KB
       4              25 KB              162 KB    (513,569 of them)
       6              45 KB              212 KB    (270,578)
       8              47 KB              248 KB    (139,596)
      10              34 KB              106 KB    337 KB (29,722)
      11                                           111 KB (9,504)
      12                                            31 KB (2,596)
"""

from __future__ import annotations

from geo.errors import BadParameter
from geo.tiles.grid import DEEPEST

COARSE, FINE = 64, 256
_ASKED: dict[str, int | None] = {str(COARSE): COARSE, str(FINE): FINE, "none": None}
# So many points are no load for a map, even all in one tile.
FEW = 5_000
# Down to here the cells of a region are few, however fine. In degrees a zoom shows half as much
# as in Web Mercator, so that the table's zoom 3 is the last.
_FINE_UNTIL = 2
# Here tiles are so large that the points of a region may all lie in one.
_REGION = 7


def points_from(located: int) -> int:
    """Give the zoom from which tiles hold every point of a layer that has so many."""
    if located <= FEW:
        return 0
    zoom, left = _REGION, located
    while left > FEW and zoom < DEEPEST:
        # A tile has four below it.
        zoom, left = zoom + 1, left // 4
    return zoom


def side_of(located: int, z: int, asked: str | None) -> int | None:
    """Give how many cells lie along a side of a tile, or None if it holds every point.

    All tiles of a zoom are alike, because the number of all rows with a place decides, whatever is
    filtered.
    """
    if asked is not None:
        if asked not in _ASKED:
            raise BadParameter("cells", asked, "is no number of cells", allowed=list(_ASKED))
        return _ASKED[asked]
    if z >= points_from(located):
        return None
    return FINE if z <= _FINE_UNTIL else COARSE
