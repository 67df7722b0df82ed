"""Condensed rows say what all rows say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.aggregate import Grouping
from geo.columns import condensed
from geo.columns.condensed import Shape, condense
from geo.columns.sums import aggregate
from geo.columns.table import Numbers, Table
from geo.cql2 import parse
from geo.query import FeatureQuery, Interval
from tests.columns_by_hand import (
    START,
    condensing_few,
    make_snapshot,
    make_stand_ins,
    make_table,
)
from tests.unit.columns.test_sums import LAYER

LAYERS = (LAYER, replace(LAYER, id="raids", parent="events", where={"kind": "a"}))
DAYS = tuple(date(2016, 12, 30) + timedelta(days=n) for n in range(4))
MOMENTS = tuple(START + timedelta(days=n) for n in range(3))
FILTERS = (
    "kind IS NULL",
    "NOT kind = 'a'",
    "killed_best > 1 OR killed_low IS NULL",
    "killed_low < killed_high",
    "T_AFTER(day, DATE('2016-12-31'))",
    "NOT true",
)
_days = st.sampled_from(DAYS)
_figures = st.none() | st.integers(-2, 3) | st.just(70_000)


@st.composite
def _rows(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a row of a day or of several, of no end or no days, that was there for a while."""
    first, last = sorted((draw(_days), draw(_days)))
    spans = [(first, first), (first, last), (first, "open"), ("open", last), (None, None)]
    begun, *ended = sorted(draw(st.lists(st.sampled_from(MOMENTS), min_size=1, max_size=2)))
    named = ("first", "last"), draw(st.sampled_from(spans))
    return {
        **dict(zip(*named, strict=True)),
        "recorded_from": begun,
        "recorded_to": ended[0] if ended and ended[0] > begun else None,
        "kind": draw(st.sampled_from(("a", "b", None))),
        "day": draw(st.none() | _days),
        **{f"killed_{end}": draw(_figures) for end in ("low", "best", "high")},
    }


_parts = st.lists(st.lists(_rows(), max_size=12), min_size=1, max_size=2)
_queries = st.builds(
    lambda interval, text, as_of: FeatureQuery(
        interval=interval, filter=None if text is None else dict(parse(text)), as_of=as_of
    ),
    st.none()
    | st.builds(lambda a, b: Interval(start=min(a, b), end=max(a, b)), _days, _days)
    | st.builds(lambda day: Interval(start=day, end=None), _days),
    st.none() | st.sampled_from(FILTERS),
    st.none() | st.sampled_from((*MOMENTS, START - timedelta(days=1))),
)
_groupings = st.builds(
    lambda by, measures: Grouping(by=by, measures=measures, resolution=4),
    st.sampled_from(((), ("kind",), ("year",), ("month", "kind"), ("kind", "year"))),
    st.sampled_from(((), ("killed",), ("killed_best", "killed_high"), ("killed_low",))),
)


@given(parts=_parts, query=_queries, grouping=_groupings, data=st.data())
def test_condensed_rows_give_the_same_sums(
    parts: list[list[dict[str, Any]]],
    query: FeatureQuery,
    grouping: Grouping,
    data: st.DataObject,
) -> None:
    snapshot, layer = make_snapshot(LAYER, *parts), data.draw(st.sampled_from(LAYERS))
    expected = aggregate(snapshot, layer, query, grouping)
    assert expected is not None
    with condensing_few():
        assert len(make_stand_ins(snapshot, layer, query, grouping).condensed) == len(parts)
        assert aggregate(snapshot, layer, query, grouping) == expected


def shape(table: Table, *fields: str, days: bool) -> Shape:
    """Say that questions read fields, and add up who was killed."""
    return Shape(
        layer=LAYER,
        days=days,
        fields=frozenset(fields),
        measures=("killed",),
        seen=len(table.moments),
    )


@pytest.fixture
def table() -> Table:
    """Make a table of 240 rows, of which 40 each have the same class and day."""
    return make_table(
        LAYER,
        [
            {"kind": kind, "first": day, "last": day, "killed_best": number, "day": DAYS[3]}
            for kind in ("a", "b")
            for day in DAYS[:3]
            for number in range(40)
        ],
    )


@pytest.mark.parametrize("listed", [condensed._MOST_LISTED, 1])
def test_rows_that_say_the_same_become_one(
    table: Table, listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Their numbers are found in a table of all that could be, or sorted.
    monkeypatch.setattr(condensed, "_MOST_LISTED", listed)
    made = condense(table, slice(0, 240), shape(table, "kind", days=True))
    assert made is not None
    # What is not asked is not there to be read.
    assert set(made.table.columns) == {"kind"}
    kinds, days = made.table.columns["kind"].codes, made.table.first_day.codes
    said = set(zip(kinds.tolist(), days.tolist(), strict=True))
    assert said == {(kind, day) for kind in (1, 2) for day in (1, 2, 3)}
    assert made.counts.tolist() == [40] * 6
    low, best, high, unknown = made.added["killed"]
    assert [each.total.tolist() for each in (low, best, high)] == [[780] * 6] * 3
    assert unknown.total.tolist() == [0] * 6
    # Sums that are one array are kept and added up once.
    assert low.total is best.total is high.total
    read = made.table.first_day.codes.nbytes + made.table.last_day.codes.nbytes + kinds.nbytes
    assert made.counts is unknown.known
    sums = (low.total, low.known, unknown.total, unknown.known)
    assert made.nbytes == read + sum(each.nbytes for each in sums)


def test_rows_that_differ_too_much_are_left_as_they_are(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    every_row = slice(0, 240)
    # Thirty rows or fewer may stand for 240.
    assert condense(table, every_row, shape(table, "kind", days=True)) is not None
    for listed in (condensed._MOST_LISTED, 1):
        monkeypatch.setattr(condensed, "_MOST_LISTED", listed)
        assert condense(table, every_row, shape(table, "killed_best", days=True)) is None
    monkeypatch.setattr(condensed, "MOST_ROWS", 5)
    assert condense(table, every_row, shape(table, "kind", days=True)) is None


def test_numbers_that_are_too_large_to_join_are_left_as_they_are(table: Table) -> None:
    codes = np.where(np.arange(240) % 2, 1 << 31, 1).astype(np.uint32)
    wide = Numbers(codes=codes, offset=0)
    columns = {**table.columns, "killed_low": wide, "killed_high": wide}
    table = replace(table, columns=columns)
    one = condense(table, slice(0, 240), shape(table, "killed_low", days=False))
    assert one is not None
    assert one.counts.tolist() == [120, 120]
    both = shape(table, "killed_low", "killed_high", days=False)
    assert condense(table, slice(0, 240), both) is None
