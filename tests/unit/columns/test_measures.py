"""Sums by group are exact, whatever the size of the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns.measures import Groups, Keyed, Runs

_TYPES = {np.uint8: 255, np.uint16: 65_535, np.uint32: 4_294_967_295}


@st.composite
def _numbers(draw: st.DrawFn) -> tuple[Any, list[tuple[int, int]]]:
    """Draw rows as (group, number), groups in order."""
    kind, most = draw(st.sampled_from(sorted(_TYPES.items(), key=str)))
    row = st.tuples(st.integers(0, 4), st.integers(0, most) | st.just(most))
    return kind, sorted(draw(st.lists(row, max_size=30)))


@given(made=_numbers(), in_runs=st.booleans(), data=st.data())
def test_sums_by_group_are_those_of_whole_numbers(
    made: tuple[Any, list[tuple[int, int]]], in_runs: bool, data: st.DataObject
) -> None:
    kind, rows = made
    keys = np.array([key for key, _ in rows], dtype=np.uint8)
    numbers = np.array([number for _, number in rows], dtype=kind)
    groups: Groups = Keyed(keys=keys, count=5)
    if in_runs:
        groups = Runs(bounds=np.searchsorted(keys, np.arange(6)))
    assert groups.count == 5
    assert groups.size().tolist() == [sum(key == i for key, _ in rows) for i in range(5)]
    assert groups.add(numbers).tolist() == [sum(n for key, n in rows if key == i) for i in range(5)]
    known = [sum(number > 0 for key, number in rows if key == i) for i in range(5)]
    assert [each.tolist() for each in groups.add_known(numbers)] == [
        groups.add(numbers).tolist(),
        known,
    ]
    picked = [i for i in range(len(rows)) if data.draw(st.booleans())]
    changes = np.array([rows[i][1] - 7 for i in picked], dtype=np.int64)
    expected = [sum(rows[i][1] - 7 for i in picked if rows[i][0] == key) for key in range(5)]
    assert groups.add_some(np.array(picked, dtype=np.intp), changes).tolist() == expected


@pytest.mark.parametrize("in_runs", [True, False])
def test_a_sum_beyond_32_bits_and_53_keeps_its_last_digit(*, in_runs: bool) -> None:
    count = 3_000_001
    most = (1 << 32) - 1
    numbers = np.broadcast_to(np.uint32(most), count)
    groups: Groups = Keyed(keys=np.zeros(count, dtype=np.uint8), count=1)
    if in_runs:
        groups = Runs(bounds=np.array([0, count]))
    assert groups.add(numbers).tolist() == [most * count]
