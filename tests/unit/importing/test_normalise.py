from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import shapely

from geo.importing.normalise import normalise
from geo.importing.readers import RawRow
from geo.spec import Field, FieldType, GeometryType, Layer, Source, Style, Text, Time

WORDS = Text(en="word", fr="mot")


def field(name: str, kind: FieldType = FieldType.TEXT, **more: Any) -> Field:
    return Field(name=name, type=kind, title=WORDS, **more)


SITES = Layer(
    id="sites",
    title=WORDS,
    description=WORDS,
    geometry=GeometryType.POINT,
    fields=(
        field("name", required=True),
        field("beds", FieldType.INTEGER),
        field("share", FieldType.NUMBER),
        field("open", FieldType.BOOLEAN),
        field("page", FieldType.URL),
        field("opened", FieldType.DATE),
        field("opened_latest", FieldType.DATE),
        field("opened_earliest", FieldType.DATE),
        field("closed", FieldType.DATE),
        field("closed_earliest", FieldType.DATE),
    ),
    source=Source(title="a book", licence="CC BY 4.0"),
    style=Style(colour="#000000", outline="#ffffff"),
    time=Time(
        kind="span",
        start="opened",
        end="closed",
        start_earliest="opened_earliest",
        start_latest="opened_latest",
        end_earliest="closed_earliest",
        stays_open=True,
    ),
)
GOOD = {"id": "a", "name": "Gao", "source_title": "a book", "lon": "-0.04", "lat": "16.27"}


def one(**changes: Any) -> Any:
    """Give the one row that comes out, or the one reason why none does."""
    rows, rejected = normalise(SITES, [RawRow(file="f", line=2, values={**GOOD, **changes})])
    return rows[0] if rows else rejected[0].reason


def test_texts_become_values_of_the_declared_types() -> None:
    row = one(beds="12", share="0.5", open="no", page="https://a.org/b", opened="2014-07-01")
    assert row.geometry == shapely.Point(-0.04, 16.27)
    given = {name: row.values[name] for name in ("name", "beds", "share", "open", "page")}
    assert given == {
        "name": "Gao",
        "beds": 12,
        "share": 0.5,
        "open": False,
        "page": "https://a.org/b",
    }


def test_an_empty_number_is_unknown_and_not_zero() -> None:
    assert one(beds="").values["beds"] is None
    assert one(beds="0").values["beds"] == 0


def test_a_row_without_a_place_is_kept_without_a_geometry() -> None:
    assert one(lon="", lat="").geometry is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": " "}, "has no id"),
        ({"name": ""}, "name is empty and every row needs it"),
        ({"source_title": ""}, "has no source_title; every row names its source"),
        ({"beds": "1.5"}, "beds '1.5' is not a whole number"),
        ({"beds": "9" * 20}, f"beds '{'9' * 20}' is not a whole number"),
        ({"share": "nan"}, "share 'nan' is not a number"),
        ({"open": "perhaps"}, "open 'perhaps' is not true or false"),
        (
            {"page": "javascript:alert(1)"},
            "page 'javascript:alert(1)' is not an http or https address",
        ),
        ({"opened": "2014-02-30"}, "opened '2014-02-30' is not a date (2016-05-29)"),
        ({"opened": "01/02/2014"}, "opened '01/02/2014' is not a date (2016-05-29)"),
        ({"lon": ""}, "has only one of lon and lat"),
        ({"lon": "x"}, "lon 'x', lat '16.27' are not numbers"),
        ({"lat": "95"}, "lies at -0.04, 95, outside longitude -180…180, latitude -90…90"),
        ({"place_precision": "9"}, "place_precision 9 is none of 1, 2, 3, 4, 5, 6"),
        ({"colour": "red"}, "the column 'colour' is no field of sites"),
        ({"name": "a\x00b"}, "has a NUL character"),
        (
            {"opened": "2015-01-01", "closed": "2014-01-01"},
            "ends on 2014-01-01, before it starts on 2015-01-01",
        ),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_reason(
    changes: dict[str, str], reason: str
) -> None:
    assert one(**changes) == reason


def test_the_second_row_with_an_id_is_rejected_and_names_the_first() -> None:
    raw = [RawRow(file="f.csv", line=line, values=GOOD) for line in (2, 3)]
    rows, rejected = normalise(SITES, raw)
    assert [row.id for row in rows] == ["a"]
    assert str(rejected[0]) == "f.csv line 3 (a): the id 'a' stands in f.csv line 2 already"


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, None),
        ({"opened": "2014-01-05"}, (date(2014, 1, 5), None)),
        ({"opened": "2014-01-05", "closed": "2015-01-01"}, (date(2014, 1, 5), date(2015, 1, 1))),
        ({"opened_latest": "2014-12-31"}, (date(2014, 12, 31), None)),
        ({"opened_earliest": "2013-07-01"}, (date(2013, 7, 1), None)),
        ({"closed": "2015-01-01"}, (None, date(2015, 1, 1))),
        (
            {"opened": "2014-01-05", "closed_earliest": "2024-01-01"},
            (date(2014, 1, 5), date(2024, 1, 1)),
        ),
    ],
)
def test_the_days_when_a_site_surely_stood(
    changes: dict[str, str], valid: tuple[date | None, date | None] | None
) -> None:
    assert one(**changes).valid == valid


def test_a_polygon_is_not_taken_by_a_layer_of_points() -> None:
    raw = RawRow(
        file="f", line=1, values={**GOOD, "lon": "", "lat": ""}, geometry=shapely.box(0, 0, 1, 1)
    )
    _, rejected = normalise(SITES, [raw])
    assert rejected[0].reason == "is a Polygon, and sites holds Point features"
