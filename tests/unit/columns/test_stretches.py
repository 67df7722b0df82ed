"""The rows of a tile are found without looking at the others."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns.stretches import EVERY, cover, positions, rows_in
from geo.columns.table import Table
from geo.tiles.grid import GRID_BITS, MERCATOR_LATITUDE, Matrix, Tile, Window, degree_grid, window
from geo.tiles.morton import interleave, interleaved
from tests.columns_by_hand import make_table
from tests.unit.columns.test_masks import LAYER

LAST = (1 << GRID_BITS) - 1


def _table(count: int, *, unplaced: int = 0) -> Table:
    """Make points all over, many of them at one place or near an edge, poles among them."""
    chance = np.random.default_rng(1)
    longitude = chance.choice([-180.0, -8.4375, 0.0, 2.8125, 180.0], count)
    latitude = chance.choice([-90.0, -MERCATOR_LATITUDE, 0.0, 16.0, 85.06, 90.0], count)
    anywhere = chance.random(count) < 0.7
    longitude[anywhere] = chance.uniform(-12, 4, anywhere.sum())
    latitude[anywhere] = chance.uniform(10, 20, anywhere.sum())
    held = np.radians(np.clip(latitude, -MERCATOR_LATITUDE, MERCATOR_LATITUDE))
    x = np.clip((longitude + 180) / 360 * (LAST + 1), 0, LAST).astype(int)
    y = np.clip((0.5 - np.arcsinh(np.tan(held)) / (2 * np.pi)) * (LAST + 1), 0, LAST).astype(int)
    rows = [
        {"lon": lon, "lat": lat, "x": column, "y": row}
        for lon, lat, column, row in zip(
            longitude.tolist(), latitude.tolist(), x.tolist(), y.tolist(), strict=True
        )
    ]
    return make_table(LAYER, [*rows, *[{}] * unplaced])


TABLE = _table(1_500, unplaced=9)


def _tiles(matrix: Matrix) -> st.SearchStrategy[Tile]:
    """Draw tiles that hold something, and their neighbours."""

    def at(row: int, z: int, aside: int) -> Tile:
        x, y = int(TABLE.x[row]), int(TABLE.y[row])
        if matrix == "WorldCRS84Quad":
            longitude, latitude = TABLE.longitude[row : row + 1], TABLE.latitude[row : row + 1]
            x, y = (int(place[0]) for place in degree_grid(longitude, latitude))
        shift = GRID_BITS - z
        return Tile(matrix=matrix, z=z, x=max(0, (x >> shift) - aside), y=y >> shift)

    return st.builds(at, st.integers(0, TABLE.placed - 1), st.integers(0, 22), st.integers(0, 1))


@given(
    tile=_tiles("WebMercatorQuad") | _tiles("WorldCRS84Quad"),
    side=st.sampled_from((64, 256, 4096)),
    margin=st.integers(0, 9),
)
def test_the_rows_of_a_tile_are_those_that_lie_in_it(tile: Tile, side: int, margin: int) -> None:
    asked = window(tile, side, margin)
    x, y = TABLE.x.astype(np.int64), TABLE.y.astype(np.int64)
    inside = np.abs(TABLE.latitude) <= MERCATOR_LATITUDE
    if tile.matrix == "WorldCRS84Quad":
        known = np.nan_to_num(TABLE.longitude), np.nan_to_num(TABLE.latitude)
        x, y = degree_grid(*known)
        inside = ~np.isnan(TABLE.latitude)
    inside &= (x >= asked.west) & (x < asked.east) & (y >= asked.north) & (y < asked.south)
    selections = rows_in(TABLE, tile, side, margin)
    found = [np.arange(len(TABLE))[rows] for rows in selections]
    assert all((np.diff(rows) > 0).all() for rows in found)
    assert sorted(np.concatenate(found).tolist()) == np.flatnonzero(inside).tolist()


def test_a_tile_is_one_stretch() -> None:
    for z in (0, 1, 9, 22):
        tile = Tile(matrix="WebMercatorQuad", z=z, x=(1 << z) // 3, y=(1 << z) // 2)
        assert len(cover(window(tile, 1))) == 1


_edges = st.tuples(st.integers(-9, LAST + 9), st.integers(-9, LAST + 9)).map(sorted)


@given(columns=_edges, rows=_edges, data=st.data())
def test_stretches_cover_a_part_of_the_grid(
    columns: list[int], rows: list[int], data: st.DataObject
) -> None:
    (west, east), (north, south) = columns, rows
    asked = Window(west=west, north=north, east=east + 1, south=south + 1)
    spans = cover(asked)
    assert len(spans) <= 24
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    if max(west, north) > LAST or min(east, south) < 0:
        assert spans == []
        return
    x = data.draw(st.integers(max(west, 0), min(east, LAST)))
    y = data.draw(st.integers(max(north, 0), min(south, LAST)))
    assert any(start <= interleaved(x, y) < end for start, end in spans)


@pytest.mark.parametrize("count", [0, 1, EVERY - 1, EVERY, EVERY + 1, 3 * EVERY])
def test_stretches_begin_and_end_where_their_rows_do(count: int) -> None:
    table = _table(count, unplaced=2)
    codes = interleave(table.x[:count], table.y[:count])
    known = sorted({0, 1 << 64, *codes.tolist(), *(int(code) + 1 for code in codes[::7])})
    spans = [(start, end) for start in known[::5] for end in known[::3] if start < end]
    expected = [
        (sum(code < start for code in codes.tolist()), sum(code < end for code in codes.tolist()))
        for start, end in spans[:200]
    ]
    assert positions(table, spans[:200]) == expected
