"""Where a tile lies: the two tile matrix sets that are served, and the grid that points are on.

Points have whole-number coordinates on a grid of 2^32 by 2^32 steps over the Web Mercator square
(9 mm a step). They are computed by PostgreSQL alone (geo/tiles/sql.py), and never again elsewhere,
so that a point is in the same tile and cell whoever reads it. In degrees the grid has 2^33 by 2^32
steps over the world, which follow from the very numbers that PostGIS holds by operations that every
machine rounds alike. In both grids a tile of zoom z is 2^(32-z) steps wide and high.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadParameter, UnknownThing

Matrix = Literal["WebMercatorQuad", "WorldCRS84Quad"]
MATRICES: tuple[Matrix, ...] = ("WebMercatorQuad", "WorldCRS84Quad")
GRID_BITS = 32
DEEPEST = 22
# Steps of a tile's own coordinates along a side, as MVT has them.
EXTENT = 4096
# Web Mercator is a square up to here.
MERCATOR_LATITUDE = 85.0511287798066
# Half the equator in metres of Web Mercator.
_HALF_M = 20037508.342789244
# West, north and height of what the tiles of a matrix set are cut from.
PLANES: Mapping[Matrix, tuple[float, float, float]] = {
    "WebMercatorQuad": (-_HALF_M, _HALF_M, 2 * _HALF_M),
    "WorldCRS84Quad": (-180.0, 90.0, 180.0),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """One tile of a matrix set: its zoom, column and row, from the north-west."""

    matrix: Matrix
    z: int
    x: int
    y: int


def columns_and_rows(matrix: Matrix, z: int) -> tuple[int, int]:
    """Say how many tiles a zoom has from west to east and from north to south."""
    rows = 1 << z
    return (rows if matrix == "WebMercatorQuad" else 2 * rows), rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A stretch of the grid from its north-west corner, which it holds, to the other, which not."""

    west: int
    north: int
    east: int
    south: int


def window(tile: Tile, side: int, margin: int = 0) -> Window:
    """Give the stretch of a tile, and of as many of its `side` steps around it as a margin says."""
    bits = GRID_BITS - tile.z
    west, north = tile.x << bits, tile.y << bits
    before = (margin << bits) // side
    after = (1 << bits) - (-(margin << bits) // side)
    return Window(west=west - before, north=north - before, east=west + after, south=north + after)


def bounds(tile: Tile) -> tuple[float, float, float, float]:
    """Give the west, south, east and north of a tile in degrees."""
    return degrees_of(tile.matrix, window(tile, 1))


def degrees_of(matrix: Matrix, stretch: Window) -> tuple[float, float, float, float]:
    """Give west, south, east and north of a stretch of the grid in degrees."""
    whole = float(1 << GRID_BITS)
    round_the_world = 360 if matrix == "WebMercatorQuad" else 180
    west, east = (x / whole * round_the_world - 180 for x in (stretch.west, stretch.east))
    south, north = (_latitude(matrix, y / whole) for y in (stretch.south, stretch.north))
    return west, south, east, north


def _latitude(matrix: Matrix, share: float) -> float:
    """Give the latitude at a share of the way from the northern edge to the southern one."""
    if matrix == "WorldCRS84Quad":
        return 90 - share * 180
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * share))))


def mercator_share(latitude: float) -> float:
    """Give how far a latitude lies from the northern edge of the Mercator square, as a share."""
    held = min(max(latitude, -MERCATOR_LATITUDE), MERCATOR_LATITUDE)
    return 0.5 - math.asinh(math.tan(math.radians(held))) / (2 * math.pi)


def degree_grid(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Place points on the grid in degrees, as geo/tiles/sql.py does."""
    whole = float(1 << GRID_BITS)
    x = np.floor((longitude + 180.0) / 180.0 * whole).astype(np.int64)
    y = np.floor((90.0 - latitude) / 180.0 * whole).astype(np.int64)
    last = 1 << GRID_BITS
    return np.clip(x, 0, 2 * last - 1), np.clip(y, 0, last - 1)


def parse_matrix(name: str) -> Matrix:
    """Find a tile matrix set by its name."""
    for known in MATRICES:
        if name == known:
            return known
    raise UnknownThing("tile matrix set", name, MATRICES)


def parse_tile(
    matrix: Matrix, z: str, x: str, y: str, names: tuple[str, str, str] = ("z", "x", "y")
) -> Tile:
    """Read the numbers of a tile; one that the matrix does not have is unknown.

    `names` are what the address calls zoom, column and row.
    """
    numbers = [_whole(name, text) for name, text in zip(names, (z, x, y), strict=True)]
    tile = Tile(matrix=matrix, z=numbers[0], x=numbers[1], y=numbers[2])
    if tile.z > DEEPEST:
        raise UnknownThing(f"zoom of {matrix}", z, [f"0 to {DEEPEST}"])
    columns, rows = columns_and_rows(matrix, tile.z)
    if tile.x >= columns:
        raise UnknownThing(f"column of zoom {tile.z}", x, [f"0 to {columns - 1}"])
    if tile.y >= rows:
        raise UnknownThing(f"row of zoom {tile.z}", y, [f"0 to {rows - 1}"])
    return tile


def _whole(name: str, text: str) -> int:
    plain = text.isascii() and text.isdecimal() and len(text) <= 10
    # One tile has one address, so that it is kept once.
    if not plain or (text[0] == "0" and text != "0"):
        raise BadParameter(name, text, "is not a whole number from 0", where="path")
    return int(text)
