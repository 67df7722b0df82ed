"""Choose tiles to measure with: where events are, chance going by events."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import psycopg

from geo.tiles.grid import Tile

ZOOMS = range(4, 11)
TILES = 60


def event_places(url: str) -> list[tuple[float, float]]:
    """Read where a hundredth of the events are, always the same ones."""
    with psycopg.connect(url) as connection:
        found: list[tuple[float, float]] = connection.execute(
            "SELECT ST_X(geom), ST_Y(geom) FROM atlas.events"
            " WHERE upper_inf(recorded) AND geom IS NOT NULL AND id LIKE '%42' ORDER BY id"
        ).fetchall()
    return found


def weighted_tiles(
    places: Sequence[tuple[float, float]], zooms: Sequence[int], count: int, seed: int = 7
) -> list[Tile]:
    """Choose tiles by chance events, as many of each zoom; one may come twice."""
    chance = random.Random(seed)
    return [tile_of(*chance.choice(places), zooms[i % len(zooms)]) for i in range(count)]


def different_tiles(
    places: Sequence[tuple[float, float]], zooms: Sequence[int], count: int
) -> list[Tile]:
    """Choose tiles of which no two are one."""
    found: dict[Tile, None] = {}
    seed = 0
    while len(found) < count and seed < 100:
        seed += 1
        found.update(dict.fromkeys(weighted_tiles(places, zooms, count, seed)))
    return list(found)[:count]


def tile_of(longitude: float, latitude: float, z: int) -> Tile:
    tiles = 1 << z
    turns = math.asinh(math.tan(math.radians(latitude))) / (2 * math.pi)
    x, y = (longitude + 180) / 360 * tiles, (0.5 - turns) * tiles
    return Tile(matrix="WebMercatorQuad", z=z, x=int(x), y=int(y))


def densest_tile(places: Sequence[tuple[float, float]], z: int) -> Tile:
    """Find the tile of a zoom that holds most events."""
    held = [tile_of(*place, z) for place in places]
    return max(set(held), key=held.count)
