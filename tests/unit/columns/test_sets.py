"""Spans of codes mean the same however they are looked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns import sets
from geo.columns.allowance import Allowance, TooMuchWork

WIDTHS = (np.uint8, np.uint16, np.uint32)


@given(data=st.data(), width=st.sampled_from(WIDTHS))
def test_codes_are_found_in_few_spans_and_in_many(data: st.DataObject, width: Any) -> None:
    last = int(np.iinfo(width).max)
    near = st.integers(1, 60) | st.integers(last - 9, last)
    drawn = data.draw(st.lists(st.tuples(near, near), max_size=25))
    # One by one they stay apart, so that many spans are many.
    spans = sets.joined([(low, low) for low, _ in drawn] + drawn[:3], last)
    codes = np.array([*range(64), *range(last - 12, last + 1)], dtype=width)
    expected = [any(low <= code <= high for low, high in spans) for code in codes.tolist()]
    condition = sets.within(codes, spans)
    assert condition(slice(0, len(codes)), Allowance()).tolist() == expected
    some = np.arange(0, len(codes), 2)
    assert condition(some, Allowance()).tolist() == expected[::2]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_few_spans_keep_no_table(width: Any) -> None:
    spans = [(n, n) for n in range(2, 18, 2)]
    few = sets.within(np.zeros(3, dtype=width), spans)
    assert few.nbytes < 16_000
    many = sets.within(np.zeros(3, dtype=width), [*spans, (90, 90)])
    assert many.nbytes < 2_000


def test_what_is_asked_of_rows_is_taken_from_an_allowance_before_it_is_done() -> None:
    codes = np.ones(1_000, dtype=np.uint8)
    two = sets.some([sets.within(codes, [(1, 1)]), sets.within(codes, [(3, 9)])])
    enough = 2_000 * sets.COMPARED_NS
    assert two(slice(0, 1_000), Allowance(enough)).all()
    with pytest.raises(TooMuchWork):
        two(slice(0, 1_000), Allowance(enough - 1))
