"""Codes of places on the grid, and the order that they give."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.tiles.morton import in_order, interleave, interleaved

_places = st.integers(0, (1 << 32) - 1)


@given(x=_places, y=_places)
def test_the_bits_of_both_numbers_take_turns(x: int, y: int) -> None:
    bits = "".join(b + a for a, b in zip(f"{x:032b}", f"{y:032b}", strict=True))
    assert interleaved(x, y) == int(bits, 2)
    codes = interleave(np.array([x], dtype=np.uint32), np.array([y], dtype=np.uint32))
    assert codes.tolist() == [int(bits, 2)]


@given(
    points=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.text("aé", min_size=1)), unique=True
    )
)
def test_points_are_in_order_of_place_and_then_of_the_bytes_of_their_id(
    points: list[tuple[int, int, str]],
) -> None:
    ids = np.array([name.encode() for _, _, name in points] or [b""])[: len(points)]
    x, y = (np.array([p[i] for p in points], dtype=np.uint32) for i in (0, 1))
    found = [points[i] for i in in_order(x, y, ids)]
    assert found == sorted(points, key=lambda p: (interleaved(p[0], p[1]), p[2].encode()))
