"""Counts, groups and tiles of a few rows, worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from geo.aggregate import Grouping
from geo.columns.sums import aggregate, count
from geo.columns.table import Snapshot
from geo.columns.tile import cells, points
from geo.cql2 import parse
from geo.query import FeatureQuery
from geo.spec import Choice, Field, FieldType, GeometryType, Layer, Source, Style, Text, Time
from geo.tiles.grid import EXTENT, Tile
from tests.columns_by_hand import make_snapshot

WORDS = Text(en="x", fr="x")
LAYER = Layer(
    id="events",
    title=WORDS,
    description=WORDS,
    geometry=GeometryType.POINT,
    fields=(
        Field(name="kind", title=WORDS, choices=(Choice(value="a", title=WORDS),)),
        *(
            Field(name=f"killed_{end}", title=WORDS, type=FieldType.INTEGER)
            for end in ("low", "best", "high")
        ),
        Field(name="day", title=WORDS, type=FieldType.DATE),
    ),
    source=Source(title="x", licence="CC0"),
    style=Style(colour="#000000", outline="#FFFFFF", colour_by="kind", adds=("killed",)),
    time=Time(kind="event", start="day", end="day"),
)
STEP = 1 << 26
WORLD = Tile(matrix="WebMercatorQuad", z=0, x=0, y=0)


def place(column: int, row: int) -> dict[str, Any]:
    """Place a row in a cell of the world that has 64 along a side."""
    return {"lon": 0.0, "lat": 0.0, "x": column * STEP + 1, "y": row * STEP}


NEW_YEAR = {"first": date(2016, 12, 31), "last": date(2017, 1, 1)}
MAY = {"first": date(2016, 5, 1), "last": date(2016, 5, 29), "day": date(2016, 5, 1)}
ROWS = [
    {"id": "b", **place(3, 2), **MAY, "kind": "a", "killed_best": 4, "killed_high": 9},
    {"id": "a", **place(3, 2), **MAY, "kind": "b", "killed_low": 1},
    {"id": "c", **place(0, 5), **NEW_YEAR, "kind": "a", "killed_best": 2},
    {"id": "d", **place(1, 2), "killed_low": 5, "killed_best": 6, "killed_high": 7},
    {"id": "e", "kind": "a", "killed_best": 100},
]


@pytest.fixture(params=[0, 1, 2, 5])
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Make a snapshot of one part or of two, of which one may be empty."""
    return make_snapshot(LAYER, ROWS[: request.param], ROWS[request.param :])


def grouped(snapshot: Snapshot, *by: str, text: str = "true") -> list[list[Any]] | None:
    query = FeatureQuery(filter=dict(parse(text)))
    grouping = Grouping(by=by, measures=("killed",), resolution=4)
    rows = aggregate(snapshot, LAYER, query, grouping)
    return None if rows is None else [list(row.values()) for row in rows]


def test_rows_are_counted_with_and_without_a_place(snapshot: Snapshot) -> None:
    assert count(snapshot, LAYER, FeatureQuery()) == 5
    assert count(snapshot, LAYER, FeatureQuery(filter=dict(parse("geom IS NOT NULL")))) == 4


def test_one_figure_stands_for_both_ends_of_a_range(snapshot: Snapshot) -> None:
    # Count, low, best, high, and how many have no best figure.
    assert grouped(snapshot) == [[5, 1 + 4 + 2 + 5 + 100, 4 + 2 + 6 + 100, 9 + 2 + 7 + 100, 1]]
    assert grouped(snapshot, "kind") == [
        ["a", 3, 106, 106, 111, 0],
        ["b", 1, 1, None, None, 1],
        [None, 1, 5, 6, 7, 0],
    ]


def test_a_row_of_two_years_is_of_no_year(snapshot: Snapshot) -> None:
    years = grouped(snapshot, "year", text="kind IS NOT NULL")
    assert years == [["2016", 2, 5, 4, 9, 1], [None, 2, 102, 102, 102, 0]]
    months = grouped(snapshot, "month", "kind", text="kind = 'b'")
    assert months == [["2016-05", "b", 1, 1, None, None, 1]]


def test_of_no_rows_there_is_a_total_and_no_group(snapshot: Snapshot) -> None:
    assert grouped(snapshot, text="NOT true") == [[0, None, None, None, 0]]
    assert grouped(snapshot, "kind", text="NOT true") == []


def test_two_sums_of_one_name_are_left_to_sql(snapshot: Snapshot) -> None:
    grouping = Grouping(by=(), measures=("killed", "killed_low"), resolution=4)
    assert aggregate(snapshot, LAYER, FeatureQuery(), grouping) is None


def test_cells_come_by_row_and_column_with_all_that_is_known(snapshot: Snapshot) -> None:
    found = cells(snapshot, LAYER, FeatureQuery(), WORLD, 64)
    assert found is not None
    assert list(zip(found.row.tolist(), found.column.tolist(), strict=True)) == [
        (2, 1),
        (2, 3),
        (5, 0),
    ]
    assert found.count.tolist() == [1, 2, 1]
    sums = {name: list(zip(s.total, s.known, strict=True)) for name, s in found.sums.items()}
    assert sums == {
        "killed_low": [(5, True), (5, True), (2, True)],
        "killed_best": [(6, True), (4, True), (2, True)],
        "killed_high": [(7, True), (9, True), (2, True)],
        "killed_unknown": [(0, True), (1, True), (0, True)],
    }
    assert [(kind, counts.tolist()) for kind, counts in found.classes.items()] == [
        ("a", [0, 1, 1]),
        ("b", [0, 1, 0]),
        (None, [1, 0, 0]),
    ]


def test_points_of_one_place_come_by_their_id(snapshot: Snapshot) -> None:
    names = ["id", "kind", "killed_low", "day"]
    found = points(snapshot, LAYER, FeatureQuery(), WORLD, names)
    assert found is not None
    # Along the grid's own curve, in which (0, 5) lies behind (3, 2).
    step = EXTENT // 64
    assert list(zip(found.x.tolist(), found.y.tolist(), strict=True)) == [
        (step, 2 * step),
        (3 * step, 2 * step),
        (3 * step, 2 * step),
        (0, 5 * step),
    ]
    assert found.plain("id") == ["d", "a", "b", "c"]
    assert [(name, coded.plain()) for name, coded in found.properties.items()] == [
        ("kind", [None, "b", "a", "a"]),
        ("killed_low", [5, 1, None, None]),
        ("day", [None, "2016-05-01", "2016-05-01", None]),
    ]


def test_without_any_part_sql_is_asked() -> None:
    nothing = Snapshot(layer="events", revision=1, parts=())
    assert count(nothing, LAYER, FeatureQuery()) is None
    assert cells(nothing, LAYER, FeatureQuery(), WORLD, 64) is None
