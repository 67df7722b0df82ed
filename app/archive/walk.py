"""Walk down the tiles that hold something, zoom by zoom, in the order in which archives keep them.

A tile that is empty, and has nothing below it, ends its branch. So the tiles that are looked at are
four for each that holds something, whatever the zoom.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pmtiles.tile import tileid_to_zxy, zxy_to_tileid

from app.archive.question import Zooms
from geo.crs import Bounds
from geo.tiles.grid import EXTENT, Tile, degrees_of, mercator_share, window
from geo.tiles.shapes import BUFFER

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """The content of a tile, packed (none: it is empty), and whether any below it has some."""

    packed: bytes
    goes_on: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Visited:
    """One tile of the walk."""

    number: int
    tile: Tile
    made: Made


Visit = Callable[[Tile], Awaitable[Made]]
BeginZoom = Callable[[int, int], None]


async def walk(
    zooms: Zooms, boxes: Sequence[Bounds], visit: Visit, begin: BeginZoom, *, at_once: int
) -> AsyncIterator[Visited]:
    """Visit the tiles of some boxes from the top downwards; `begin` hears how many a zoom has."""
    # A tile's number, less the first of its zoom, is four times its parent's, and up to 3 more.
    places = [0]
    for z in range(zooms.highest + 1):
        first = zxy_to_tileid(z, 0, 0)
        tiles = [tile for tile in (tile_at(first + place) for place in places) if _in(tile, boxes)]
        begin(z, len(tiles))
        below: list[int] = []
        async for tile, made in in_order(tiles, visit, at_once=at_once):
            number = zxy_to_tileid(z, tile.x, tile.y)
            yield Visited(number=number, tile=tile, made=made)
            if made.goes_on:
                below.extend(range(4 * (number - first), 4 * (number - first) + 4))
        places = below


def tile_at(number: int) -> Tile:
    """Find the tile that an archive knows by a number."""
    z, x, y = tileid_to_zxy(number)
    return Tile(matrix="WebMercatorQuad", z=z, x=x, y=y)


def _in(tile: Tile, boxes: Iterable[Bounds]) -> bool:
    """Say whether a tile, with what shapes draw beyond its edge, touches one of the boxes."""
    west, south, east, north = degrees_of(tile.matrix, window(tile, EXTENT, BUFFER))
    return any(
        box[0] <= east and box[2] >= west and box[1] <= north and box[3] >= south for box in boxes
    )


async def in_order(
    items: Iterable[T], work: Callable[[T], Awaitable[S]], *, at_once: int
) -> AsyncIterator[tuple[T, S]]:
    """Work on a few items at once, and give what comes of them in their own order."""
    coming: Iterator[T] = iter(items)
    begun: deque[tuple[T, asyncio.Future[S]]] = deque()
    try:
        while True:
            while len(begun) < at_once:
                item = next(coming, None)
                if item is None:
                    break
                begun.append((item, asyncio.ensure_future(work(item))))
            if not begun:
                return
            item, future = begun.popleft()
            yield item, await future
    finally:
        for _, future in begun:
            future.cancel()
        await asyncio.gather(*(future for _, future in begun), return_exceptions=True)


def most_tiles(zooms: Zooms, parts: Iterable[tuple[Sequence[Bounds], int | None]]) -> int:
    """Say how many tiles there can be at most, of layers with their boxes and number of points.

    Points are in no more tiles of a zoom than there are points; of areas (None) nothing is known.
    """
    found = 0
    listed = list(parts)
    for z in range(zooms.lowest, zooms.highest + 1):
        of_zoom = 0
        for boxes, points in listed:
            tiles = sum(_tiles_in(box, z) for box in boxes)
            of_zoom += tiles if points is None else min(tiles, points)
        found += min(of_zoom, 1 << 2 * z)
    return found


def _tiles_in(box: Bounds, z: int) -> int:
    """Count the tiles of a zoom that a box touches, with what shapes draw beyond its edges."""
    west, south, east, north = box
    columns = _tiles_along((west + 180) / 360, (east + 180) / 360, z)
    return columns * _tiles_along(mercator_share(north), mercator_share(south), z)


def _tiles_along(begin: float, end: float, z: int) -> int:
    tiles, around = 1 << z, BUFFER / EXTENT
    first, last = (
        math.floor(share * tiles + more) for share, more in ((begin, -around), (end, around))
    )
    return min(last, tiles - 1) - max(first, 0) + 1
