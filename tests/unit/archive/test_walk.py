from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archive.question import Zooms
from app.archive.walk import Made, Visited, in_order, most_tiles, tile_at, walk
from geo.tiles.grid import GRID_BITS, Tile, degrees_of, window

WORLD = (-180.0, -85.0, 180.0, 85.0)
Place = tuple[int, int]
steps = st.integers(0, (1 << GRID_BITS) - 1)


def walked(
    zooms: Zooms, visit: Callable[[Tile], Made], box: tuple[float, float, float, float] = WORLD
) -> list[Visited]:
    """Walk with a plain function, and give all that was visited."""

    async def run() -> list[Visited]:
        async def visited(tile: Tile) -> Made:
            await asyncio.sleep(0)
            return visit(tile)

        begun = lambda z, tiles: None  # noqa: E731
        return [one async for one in walk(zooms, [box], visited, begun, at_once=3)]

    return asyncio.run(run())


def holds(tile: Tile, places: list[Place]) -> bool:
    shift = GRID_BITS - tile.z
    return any((x >> shift, y >> shift) == (tile.x, tile.y) for x, y in places)


@given(st.lists(st.tuples(steps, steps), min_size=1, max_size=6), st.integers(0, 3))
def test_every_tile_that_holds_a_point_is_visited_once_and_in_order(
    places: list[Place], lowest: int
) -> None:
    zooms = Zooms(lowest=lowest, highest=6)
    found = walked(zooms, lambda tile: Made(packed=b"x", goes_on=holds(tile, places)))
    numbers = [one.number for one in found]
    assert numbers == sorted(set(numbers))
    expected = {
        (z, x >> (GRID_BITS - z), y >> (GRID_BITS - z)) for z in range(7) for x, y in places
    }
    visited = {(one.tile.z, one.tile.x, one.tile.y) for one in found}
    assert expected <= visited
    # No more than four children of each tile that holds something.
    assert len(visited) <= 1 + 4 * len(expected)


def test_a_branch_goes_on_below_an_empty_tile_that_says_so() -> None:
    """As an island does that is too small to be drawn before zoom 3."""
    place = (1 << 31, 1 << 31)

    def visit(tile: Tile) -> Made:
        there = holds(tile, [place])
        return Made(packed=b"x" if there and tile.z >= 3 else b"", goes_on=there)

    found = [one for one in walked(Zooms(lowest=0, highest=4), visit) if one.made.packed]
    assert [(one.tile.z, one.tile.x, one.tile.y) for one in found] == [(3, 4, 4), (4, 8, 8)]


def test_only_tiles_that_touch_the_box_are_visited() -> None:
    visit = lambda tile: Made(packed=b"x", goes_on=True)  # noqa: E731
    found = walked(Zooms(lowest=4, highest=4), visit, (-1.0, 1.0, 1.0, 2.0))
    tiles = [(one.tile.x, one.tile.y) for one in found if one.tile.z == 4]
    # 1° is farther from the equator than shapes draw beyond their tile (22.5° / 64).
    assert sorted(tiles) == [(7, 7), (8, 7)]


def test_what_is_begun_at_once_is_given_in_order() -> None:
    async def run() -> list[tuple[int, int]]:
        async def slower_first(number: int) -> int:
            await asyncio.sleep((5 - number) / 1000)
            return number * 10

        return [pair async for pair in in_order(range(1, 6), slower_first, at_once=4)]

    assert asyncio.run(run()) == [(1, 10), (2, 20), (3, 30), (4, 40), (5, 50)]


def test_an_error_ends_what_was_begun_beside_it() -> None:
    ended: list[int] = []

    async def run() -> None:
        async def work(number: int) -> int:
            if number == 0:
                raise ValueError("no")
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(number)
            return number

        async for _ in in_order(range(3), work, at_once=3):
            pass

    with pytest.raises(ValueError, match="no"):
        asyncio.run(run())
    assert ended == [1, 2]


@given(st.integers(0, 6), steps, steps, steps, steps)
def test_the_most_tiles_are_no_fewer_than_there_are(
    z: int, x1: int, y1: int, x2: int, y2: int
) -> None:
    from geo.tiles.grid import Window

    west, south, east, north = degrees_of(
        "WebMercatorQuad",
        Window(west=min(x1, x2), north=min(y1, y2), east=max(x1, x2), south=max(y1, y2)),
    )
    zooms = Zooms(lowest=z, highest=z)
    box = (west, south, east, north)
    found = walked(zooms, lambda tile: Made(packed=b"", goes_on=True), box)
    there = sum(one.tile.z == z for one in found)
    assert there <= most_tiles(zooms, [([box], None)]) <= there + 4 * (2 << z)


def test_points_are_in_no_more_tiles_than_there_are_points() -> None:
    assert most_tiles(Zooms(lowest=0, highest=10), [([WORLD], 5)]) == 1 + 4 + 5 * 9


def test_numbers_of_tiles_are_those_of_archives() -> None:
    assert tile_at(0) == Tile(matrix="WebMercatorQuad", z=0, x=0, y=0)
    assert tile_at(19078479) == Tile(matrix="WebMercatorQuad", z=12, x=3423, y=1763)
    assert window(tile_at(1), 1).west == 0
