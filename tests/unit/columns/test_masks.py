"""Queries become the rows that they ask for, with SQL's three values of truth."""

from __future__ import annotations

import gc
import weakref
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns.allowance import Allowance
from geo.columns.masks import compile_mask
from geo.columns.table import Table
from geo.cql2 import BadParameter, parse
from geo.query import Box, FeatureQuery, Interval
from geo.spec import Choice, Field, FieldType, GeometryType, Layer, Source, Style, Text, Time
from tests.columns_by_hand import START, make_table

WORDS = Text(en="x", fr="x")
LAYER = Layer(
    id="things",
    title=WORDS,
    description=WORDS,
    geometry=GeometryType.POINT,
    fields=(
        Field(name="kind", title=WORDS, choices=(Choice(value="a", title=WORDS),)),
        Field(name="number", title=WORDS, type=FieldType.INTEGER),
        Field(name="day", title=WORDS, type=FieldType.DATE),
    ),
    source=Source(title="x", licence="CC0"),
    style=Style(colour="#000000", outline="#FFFFFF"),
    time=Time(kind="event", start="day", end="day"),
)


def asked(table: Table, query: FeatureQuery) -> list[str]:
    """Name the rows that a query asks for, by either way of reading a mask."""
    mask = compile_mask(LAYER, query, table)
    assert mask is not None
    rows = slice(0, len(table))
    ids = table.id[mask.choose(rows, Allowance())].tolist()
    assert ids == table.id[mask(rows, Allowance())].tolist()
    return sorted(each.decode() for each in ids)


def filtered(table: Table, text: str) -> list[str]:
    return asked(table, FeatureQuery(filter=dict(parse(text))))


@pytest.fixture
def table() -> Table:
    place = {"lon": 1.0, "lat": 2.0, "x": 5, "y": 6}
    return make_table(
        LAYER,
        [
            place | {"id": "one", "kind": "a", "number": 1, "day": date(2016, 5, 29)},
            place | {"id": "two", "kind": "b", "number": 2},
            {"id": "unknown"},
        ],
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind = 'a'", ["one"]),
        ("NOT kind = 'a'", ["two"]),
        ("NOT NOT kind = 'a'", ["one"]),
        ("kind = 'a' OR number = 2", ["one", "two"]),
        ("NOT (kind = 'a' OR number = 2)", []),
        # False for one, so the unknown other does not matter.
        ("NOT (kind = 'a' AND kind IS NOT NULL)", ["two", "unknown"]),
        ("kind = 'a' OR kind IS NULL", ["one", "unknown"]),
        ("kind IN ('a','b')", ["one", "two"]),
        ("NOT kind IN ('a','x')", ["two"]),
        ("number > 1.5", ["two"]),
        ("NOT number > 1.5", ["one"]),
        ("day = DATE('2016-05-29')", ["one"]),
        ("NOT T_AFTER(day,DATE('2016-01-01'))", []),
        ("geom IS NULL", ["unknown"]),
        ("NOT S_INTERSECTS(geom,BBOX(3,3,4,4))", ["one", "two"]),
        ("S_DISJOINT(geom,BBOX(0,0,1,2))", []),
        ("true", ["one", "two", "unknown"]),
    ],
)
def test_what_is_unknown_is_neither_true_nor_false(
    table: Table, text: str, expected: list[str]
) -> None:
    assert filtered(table, text) == expected


def test_nothing_is_in_an_empty_list_not_even_the_unknown(table: Table) -> None:
    empty = {"op": "in", "args": [{"property": "kind"}, []]}
    assert asked(table, FeatureQuery(filter=empty)) == []
    negated = FeatureQuery(filter={"op": "not", "args": [empty]})
    assert asked(table, negated) == ["one", "two", "unknown"]


def test_a_wrong_filter_is_refused_as_by_sql(table: Table) -> None:
    query = FeatureQuery(filter=dict(parse("kindd = 'a'")))
    with pytest.raises(BadParameter, match="kindd"):
        compile_mask(LAYER, query, table)


def test_rows_without_a_place_are_in_no_box(table: Table) -> None:
    assert asked(table, FeatureQuery(bbox=Box(west=1, south=2, east=1, north=2))) == ["one", "two"]
    across = FeatureQuery(bbox=Box(west=170, south=-90, east=1, north=90))
    assert asked(table, across) == ["one", "two"]


DAYS = [date(2020, 1, 1) + timedelta(days=n) for n in range(-2, 8)]


def test_an_open_span_reaches_beyond_every_day() -> None:
    table = make_table(
        LAYER,
        [
            {"id": "span", "first": DAYS[3], "last": DAYS[4]},
            {"id": "since", "first": DAYS[4], "last": "open"},
            {"id": "until", "first": "open", "last": DAYS[3]},
            {"id": "always", "first": "open", "last": "open"},
            {"id": "never"},
        ],
    )

    def during(start: date | None, end: date | None) -> list[str]:
        return asked(table, FeatureQuery(interval=Interval(start=start, end=end)))

    assert during(DAYS[0], DAYS[1]) == ["always", "until"]
    assert during(None, DAYS[0]) == ["always", "until"]
    assert during(DAYS[3], DAYS[3]) == ["always", "span", "until"]
    assert during(DAYS[4], DAYS[4]) == ["always", "since", "span"]
    assert during(DAYS[7], DAYS[9]) == ["always", "since"]
    assert during(date(9999, 1, 1), None) == ["always", "since"]
    assert during(None, date(1, 1, 1)) == ["always", "until"]
    assert during(None, date(9999, 1, 1)) == ["always", "since", "span", "until"]


def test_a_version_holds_from_its_first_moment_to_before_its_last() -> None:
    later = START + timedelta(days=1)
    table = make_table(
        LAYER,
        [
            {"id": "old", "recorded_to": later},
            {"id": "new", "recorded_from": later},
            {"id": "kept"},
        ],
    )
    tick = timedelta(microseconds=1)
    assert asked(table, FeatureQuery()) == ["kept", "new"]
    assert asked(table, FeatureQuery(as_of=START - tick)) == []
    assert asked(table, FeatureQuery(as_of=START)) == ["kept", "old"]
    assert asked(table, FeatureQuery(as_of=later - tick)) == ["kept", "old"]
    assert asked(table, FeatureQuery(as_of=later)) == ["kept", "new"]


def test_a_table_that_nobody_needs_is_let_go() -> None:
    table = make_table(LAYER, [{"lon": 1.0, "lat": 2.0, "kind": "a"}])
    area = "POLYGON((0 0,3 0,1.1 3,0 0))"
    assert filtered(table, f"kind = 'a' AND S_INTERSECTS(geom,{area})") == ["r0"]
    gone = weakref.ref(table)
    del table
    gc.collect()
    assert gone() is None


_NUMBERS = st.none() | st.integers(-3, 3)
_KINDS = st.none() | st.sampled_from("ab")


def _truth(node: Any, row: dict[str, Any]) -> bool | None:
    """Work out a filter for one row as SQL's standard says."""
    op, args = node["op"], node["args"]
    if op == "not":
        inner = _truth(args[0], row)
        return None if inner is None else not inner
    if op in ("and", "or"):
        found = [_truth(arg, row) for arg in args]
        decides = op == "or"
        return decides if decides in found else (None if None in found else not decides)
    value = row[args[0]["property"]]
    if op == "isNull":
        return value is None
    if value is None:
        return None
    if op == "in":
        return value in args[1]
    if op == "<=":
        return bool(value <= args[1])
    return bool(value == args[1]) is (op == "=")


_leaf = (
    st.builds(
        lambda op, n: {"op": op, "args": [{"property": "number"}, n]},
        st.sampled_from(("=", "<>", "<=")),
        st.integers(-4, 4),
    )
    | st.builds(
        lambda kinds: {"op": "in", "args": [{"property": "kind"}, kinds]},
        st.lists(st.sampled_from("abc"), min_size=1),
    )
    | st.sampled_from(("kind", "number")).map(
        lambda name: {"op": "isNull", "args": [{"property": name}]}
    )
)
_filters = st.recursive(
    _leaf,
    lambda inner: (
        st.builds(
            lambda op, args: {"op": op, "args": args},
            st.sampled_from(("and", "or")),
            st.lists(inner, min_size=1, max_size=3),
        )
        | inner.map(lambda arg: {"op": "not", "args": [arg]})
    ),
    max_leaves=6,
)


@given(rows=st.lists(st.tuples(_KINDS, _NUMBERS), min_size=1, max_size=12), node=_filters)
def test_filters_hold_for_the_rows_for_which_sql_says_so(
    rows: list[tuple[str | None, int | None]], node: dict[str, Any]
) -> None:
    given_rows = [
        {"id": f"{i:02d}", "kind": kind, "number": number} for i, (kind, number) in enumerate(rows)
    ]
    expected = [row["id"] for row in given_rows if _truth(node, row) is True]
    assert asked(make_table(LAYER, given_rows), FeatureQuery(filter=node)) == expected
