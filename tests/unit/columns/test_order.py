from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.columns.order import order_of
from geo.tiles.morton import interleaved

GRID = st.integers(0, 3) | st.integers(0, (1 << 32) - 1)
ROWS = st.lists(st.tuples(st.none() | st.tuples(GRID, GRID), st.text("aé0", max_size=12)))


@given(ROWS)
def test_rows_lie_by_place_then_id_then_key_and_the_placeless_last(
    rows: list[tuple[tuple[int, int] | None, str]],
) -> None:
    placed = np.array([place is not None for place, _ in rows], np.bool_)
    x, y = (
        np.array([0 if place is None else place[axis] for place, _ in rows], np.uint32)
        for axis in (0, 1)
    )
    ids = [text.encode() for _, text in rows]
    keys = np.arange(len(rows), dtype=np.uint32)[::-1]
    order = order_of(x, y, placed, np.array(ids, "S24"), keys)

    def wanted(number: int) -> tuple[bool, int, bytes, int]:
        place = rows[number][0]
        code = 0 if place is None else interleaved(*place)
        return place is None, code, ids[number], int(keys[number])

    assert order.tolist() == sorted(range(len(rows)), key=wanted)
