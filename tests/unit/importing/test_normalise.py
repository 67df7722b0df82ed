from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import shapely

from geo.errors import ImportRefused
from geo.importing.blocks import Rejected, side_by_side
from geo.importing.normalise import checked
from geo.importing.place import LonLat
from geo.importing.readers import RawRow
from geo.spec import Field, FieldType, GeometryType, Layer, Source, Style, Text, Time
from tests.rows_of_blocks import Row, normalise

WORDS = Text(en="word", fr="mot")


def field(name: str, kind: FieldType = FieldType.TEXT, **more: Any) -> Field:
    return Field(name=name, type=kind, title=WORDS, **more)


SITES = Layer(
    id="sites",
    title=WORDS,
    description=WORDS,
    geometry=GeometryType.POINT,
    window=(-20.0, 3.0, 18.0, 29.0),
    fields=(
        field("name", required=True),
        field("beds", FieldType.INTEGER, minimum=0),
        field("killed_low", FieldType.INTEGER),
        field("killed_best", FieldType.INTEGER),
        field("killed_high", FieldType.INTEGER),
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
        not_before=date(2013, 7, 1),
    ),
)
ELSEWHERE = "outside longitude -20…18, latitude 3…29, where sites are"
GOOD_ROW = RawRow(
    file="f", line=1, values={"id": "good", "name": "Kidal", "source_title": "a book"}
)
GOOD = {"id": "a", "name": "Gao", "source_title": "a book", "lon": "-0.04", "lat": "16.27"}


def one(**changes: Any) -> Any:
    """Give the one row that comes out, or the one reason why none does."""
    raw = RawRow(file="f", line=2, values={**GOOD, **changes})
    rows, rejected = normalise(SITES, [GOOD_ROW, raw])
    rows = [row for row in rows if row.id != "good"]
    return rows[0] if rows else rejected[0].reason


def test_texts_become_values_of_the_declared_types() -> None:
    row = one(beds="12", share="0.5", open="no", page="https://a.org/b", opened="2014-07-01")
    assert row.geometry == LonLat(-0.04, 16.27)
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
        ({"beds": "-1"}, "beds -1 is below 0"),
        ({"radius_m": "-5"}, "radius_m -5 is below 0"),
        (
            {"lon": "16.27", "lat": "-0.04"},
            f"lies at 16.27, -0.04, {ELSEWHERE}; are lon and lat swapped?",
        ),
        (
            {"lon": "0", "lat": "0.0"},
            f"lies at 0, 0, {ELSEWHERE}; where the place is not known, leave lon and lat empty",
        ),
        ({"lon": "60"}, f"lies at 60, 16.27, {ELSEWHERE}"),
        (
            {"id": "a/../1"},
            "the id 'a/../1' cannot be part of an address: it has one of / \\ ? # %",
        ),
        ({"id": "x" * 201}, f"the id '{'x' * 20}'… is longer than 200 characters"),
        ({"id": "a\tb"}, "the id 'a�b' has a control character"),
        ({"id": True}, "has an id that is neither a text nor a number"),
        ({"id": ["a"]}, "has an id that is neither a text nor a number"),
        ({"beds": [1]}, "beds is a list or an object; a field has one plain value"),
        ({"name": {"en": "Gao"}}, "name is a list or an object; a field has one plain value"),
        (
            {"sensitivity": "Public"},
            "sensitivity 'Public' is none of public, counts_only, restricted",
        ),
        ({"killed_low": "9", "killed_high": "1"}, "killed_low 9 is above killed_high 1"),
        ({"killed_best": "9", "killed_high": "8"}, "killed_best 9 is above killed_high 8"),
        ({"name": "a\x00b"}, "name has a NUL character"),
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


@pytest.mark.parametrize("text", ["1_000", "1,000", "٣", "0x10", "1e", "--5", "1 000", "True", "∞"])
def test_what_is_not_written_as_a_number_is_none(text: str) -> None:
    assert one(beds=text) == f"beds {text!r} is not a whole number"
    assert one(share=text) == f"share {text!r} is not a number"
    assert one(lon=text) == f"lon {text!r}, lat '16.27' are not numbers"


@pytest.mark.parametrize("given", ["1_6.2", "inf", "1e999", "-Infinity", float("inf"), True])
def test_a_number_is_finite_and_plain(given: Any) -> None:
    assert one(share=given) == f"share {str(given)!r} is not a number"


@pytest.mark.parametrize(
    ("given", "number"),
    [(" 5 ", 5), ("5.0", 5), ("1e3", 1000), ("1E+05", 100_000), ("+7", 7), (5.0, 5), (" ", None)],
)
def test_a_whole_number_may_be_written_in_several_ways(given: Any, number: int | None) -> None:
    assert one(beds=given).values["beds"] == number


def test_a_number_that_a_table_with_gaps_does_not_have_is_unknown() -> None:
    assert one(share=float("nan")).values["share"] is None


@pytest.mark.parametrize(
    ("given", "identity"), [(7, "7"), (7.0, "7"), (" a ", "a"), ("é.1", "é.1")]
)
def test_ids_are_texts_and_numbers_become_one(given: Any, identity: str) -> None:
    assert one(id=given).id == identity


@pytest.mark.parametrize("word", ["public", "restricted", ""])
def test_a_row_is_public_unless_it_says_otherwise(word: str) -> None:
    assert one(sensitivity=word).sensitivity == (word or "public")


def test_a_row_that_its_reader_could_not_read_is_rejected_with_the_id_it_has() -> None:
    raw = [
        RawRow(file="f.csv", line=2, values={"id": "a"}, problem="has 3 cells"),
        RawRow(file="f.csv", line=3, values={}, problem="has 4 cells"),
        RawRow(file="f.csv", line=4, values={"id": "a/b"}, problem="has 5 cells"),
        RawRow(file="f.csv", line=5, values=GOOD),
    ]
    rows, rejected = normalise(SITES, raw)
    assert rows == []
    assert rejected == [
        Rejected(where="f.csv line 2", id="a", reason="has 3 cells"),
        Rejected(where="f.csv line 3", id=None, reason="has 4 cells"),
        Rejected(where="f.csv line 4", id=None, reason="has 5 cells"),
        Rejected(where="f.csv line 5", id="a", reason="the id 'a' stands in f.csv line 2 already"),
    ]


def test_an_id_that_cannot_be_read_is_not_taken_for_one() -> None:
    _, rejected = normalise(SITES, [RawRow(file="f", line=2, values={**GOOD, "id": "a?"})])
    assert [row.id for row in rejected] == [None]


def test_the_same_id_in_another_file_is_found_too() -> None:
    raw = [RawRow(file=name, line=2, values=GOOD) for name in ("f.csv", "g.csv")]
    _, rejected = normalise(SITES, raw)
    assert [str(row) for row in rejected] == [
        "g.csv line 2 (a): the id 'a' stands in f.csv line 2 already"
    ]


def test_rows_are_checked_as_they_come_and_not_collected() -> None:
    def endless() -> Iterator[RawRow]:
        for line in count(2):
            yield RawRow(file="f.csv", line=line, values={**GOOD, "id": str(line)})

    assert next(checked(SITES, side_by_side(endless()))).ids[0] == "2"


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
        ({"closed": "2015-01-01"}, (date(2013, 7, 1), date(2015, 1, 1))),
        ({"closed": "2013-03-01"}, (date(2013, 3, 1), date(2013, 3, 1))),
        ({"opened": "2014/01/05"}, (date(2014, 1, 5), None)),
        (
            {"opened": "2014-01-05", "closed_earliest": "2024-01-01"},
            (date(2014, 1, 5), date(2024, 1, 1)),
        ),
        # Nothing is sure: it stood on some day between the two.
        (
            {"opened_latest": "2014-12-31", "closed_earliest": "2014-06-01"},
            (date(2014, 6, 1), date(2014, 12, 31)),
        ),
        (
            {
                "opened_earliest": "2014-02-01",
                "opened_latest": "2014-12-31",
                "closed_earliest": "2014-06-01",
            },
            (date(2014, 2, 1), date(2014, 12, 31)),
        ),
        # A bound beyond a day that is stated says no more than that day.
        (
            {"opened": "2014-12-31", "closed_earliest": "2014-06-01"},
            (date(2014, 12, 31), date(2014, 12, 31)),
        ),
        (
            {"opened_latest": "2014-12-31", "closed": "2014-06-01"},
            (date(2014, 6, 1), date(2014, 6, 1)),
        ),
    ],
)
def test_the_days_when_a_site_surely_stood(
    changes: dict[str, str], valid: tuple[date | None, date | None] | None
) -> None:
    assert one(**changes).valid == valid


@pytest.mark.parametrize(("ahead", "is_read"), [(-1, True), (1, True), (3, False), (4000, False)])
def test_an_event_that_is_still_to_come_is_rejected(ahead: int, is_read: bool) -> None:
    day = datetime.now(UTC).date() + timedelta(days=ahead)
    happenings = dataclasses.replace(
        SITES, id="fights", time=Time(kind="event", start="opened", end="closed")
    )
    raw = RawRow(file="f", line=1, values={**GOOD, "opened": str(day)})
    rows, rejected = normalise(happenings, [raw])
    assert len(rows) == is_read
    assert [row.reason for row in rejected] == (
        [] if is_read else [f"happened on {day}, which is still to come"]
    )


def test_a_site_may_be_planned() -> None:
    assert one(opened="2200-01-01").valid == (date(2200, 1, 1), None)


def test_of_two_rows_with_an_id_the_second_is_never_taken_for_the_first() -> None:
    broken = RawRow(file="f.csv", line=2, values={**GOOD, "opened": "soon"})
    other = RawRow(file="f.csv", line=6, values={**GOOD, "name": "Somewhere else"})
    rows, rejected = normalise(SITES, [broken, other])
    assert rows == []
    assert [row.reason for row in rejected] == [
        "opened 'soon' is not a date (2016-05-29)",
        "the id 'a' stands in f.csv line 2 already",
    ]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({**GOOD, "colour": "red"}, "f.csv has columns that are no fields of sites: colour"),
        ({"name": "Gao"}, "f.csv has no column id; found name"),
    ],
)
def test_a_wrong_column_is_one_fault_of_the_file(values: dict[str, str], message: str) -> None:
    with pytest.raises(ImportRefused, match=message):
        normalise(SITES, [RawRow(file="f.csv", line=n, values=values) for n in (2, 3)])


def test_an_empty_column_that_is_no_field_is_no_fault() -> None:
    assert one(colour="").id == "a"


def test_a_polygon_is_not_taken_by_a_layer_of_points() -> None:
    raw = RawRow(
        file="f", line=1, values={**GOOD, "lon": "", "lat": ""}, geometry=shapely.box(0, 15, 1, 16)
    )
    _, rejected = normalise(SITES, [raw])
    assert rejected[0].reason == "is a Polygon, and sites holds Point features"


AREAS = dataclasses.replace(SITES, id="areas", geometry=GeometryType.POLYGON)


def area(shape: shapely.Geometry) -> tuple[list[Row], list[Rejected]]:
    values = {"id": "a", "name": "Gao", "source_title": "a book"}
    return normalise(AREAS, [RawRow(file="f", line=1, values=values, geometry=shape)])


def test_an_area_that_crosses_itself_is_rejected() -> None:
    rows, rejected = area(shapely.Polygon([(0, 15), (1, 16), (1, 15), (0, 16)]))
    assert rows == []
    assert [row.reason for row in rejected] == [
        "has an invalid geometry: Self-intersection[0.5 15.5]"
    ]


def test_a_polygon_is_stored_as_an_area_of_one_part() -> None:
    rows, _ = area(shapely.box(0, 15, 1, 16))
    assert [row.geometry for row in rows] == [shapely.MultiPolygon([shapely.box(0, 15, 1, 16)])]


def test_a_point_with_a_height_is_where_it_is_on_the_map() -> None:
    raw = RawRow(
        file="f",
        line=1,
        values={**GOOD, "lon": "", "lat": ""},
        geometry=shapely.Point(-0.04, 16.27, 250),
    )
    (row,), _ = normalise(SITES, [raw])
    assert row.geometry == LonLat(-0.04, 16.27)
