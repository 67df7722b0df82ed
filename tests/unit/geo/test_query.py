from __future__ import annotations

import base64
from datetime import UTC, date, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadParameter
from geo.query import (
    Box,
    Cursor,
    FeatureQuery,
    Interval,
    parse_as_of,
    parse_bbox,
    parse_cursor,
    parse_datetime,
    parse_limit,
)


def test_a_box_of_four_numbers_is_west_south_east_north() -> None:
    assert parse_bbox("-12.3,10,4.3,25") == Box(west=-12.3, south=10, east=4.3, north=25)


def test_a_box_of_six_numbers_loses_its_heights() -> None:
    assert parse_bbox("-12,10,-100,4,25,900") == Box(west=-12, south=10, east=4, north=25)


def test_a_box_with_west_above_east_crosses_the_antimeridian() -> None:
    assert parse_bbox("170,-10,-170,10").parts == (
        (170.0, -10.0, 180.0, 10.0),
        (-180.0, -10.0, -170.0, 10.0),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a,b,c", "is not a list of numbers"),
        ("1,2,3", "has 3 numbers; needs west,south,east,north"),
        ("1,2,3,4,5", "has 5 numbers; needs west,south,east,north"),
        ("nan,0,1,1", "is not a list of numbers"),
        ("inf,0,1,1", "is not a list of numbers"),
        ("0,1_0,1,20", "is not a list of numbers"),
        ("1e999,0,1,1", "has a number that is not finite"),
        ("0,0,1e999,1,1,1e999", "has a number that is not finite"),
        ("-181,0,1,1", "has a longitude outside -180…180"),
        ("0,0,1,91", "has a latitude outside -90…90"),
        ("0,2,1,1", "has its south above its north"),
    ],
)
def test_a_box_that_is_none_says_what_came(text: str, problem: str) -> None:
    with pytest.raises(BadParameter) as raised:
        parse_bbox(text)
    assert str(raised.value) == f"bbox {text!r} {problem}"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2016-05-29", date(2016, 5, 29), date(2016, 5, 29)),
        ("2016-05-29T23:30:00-02:00", date(2016, 5, 30), date(2016, 5, 30)),
        ("2013-07-01T/..", date(2013, 7, 1), None),
        ("2013-07-01/..", date(2013, 7, 1), None),
        ("../2021-04-30", None, date(2021, 4, 30)),
        ("/2021-04-30", None, date(2021, 4, 30)),
        ("2013-07-01/2021-04-30T00:00:00Z", date(2013, 7, 1), date(2021, 4, 30)),
    ],
)
def test_a_datetime_is_a_day_a_time_or_an_interval(
    text: str, start: date | None, end: date | None
) -> None:
    assert parse_datetime(text) == Interval(start=start, end=end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "../..",
        "/",
        "2016",
        "2016-13-01",
        "2016-02-30",
        "2016-05-29 10:00:00",
        "yesterday",
        "a/b/c",
        "2021-01-01/2020-01-01",
        "0001-01-01T00:00:00+23:59",
        "２０１６-05-29",
    ],
)
def test_a_datetime_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadParameter):
        parse_datetime(text)


def test_as_of_a_day_means_its_last_instant() -> None:
    read = parse_as_of("2024-02-29", now=datetime(2024, 2, 29, 8, tzinfo=UTC))
    assert read == datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)


def test_as_of_a_time_to_come_is_refused() -> None:
    with pytest.raises(BadParameter, match="lies in the future"):
        parse_as_of("2024-03-01", now=datetime(2024, 2, 29, 8, tzinfo=UTC))


def test_the_day_that_ends_an_interval_lasts_until_its_end() -> None:
    read = parse_datetime("2016-05-29T10:00:00Z/2016-05-29")
    assert read == Interval(start=date(2016, 5, 29), end=date(2016, 5, 29))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_cursor_at_the_edge_of_the_calendar_is_refused(moment: str) -> None:
    text = base64.urlsafe_b64encode(orjson.dumps(["0", moment, "a"])).decode()
    with pytest.raises(BadParameter, match="was not given out here"):
        parse_cursor(text)


def test_more_than_the_most_features_is_the_most() -> None:
    assert parse_limit("1000000000", most=10_000) == 10_000


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "ten", "", "1" * 19, "१"])
def test_a_page_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadParameter):
        parse_limit(text, most=10_000)


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
KEYS = st.lists(st.none() | TEXTS | st.booleans() | st.integers(-(2**31), 2**31), max_size=3)


@given(KEYS, TEXTS, st.datetimes())
def test_a_cursor_reads_back_what_it_was_made_of(
    keys: list[object], name: str, moment: datetime
) -> None:
    cursor = Cursor(of="0", after=(*keys, name), as_of=moment.replace(tzinfo=UTC))
    assert parse_cursor(cursor.encode()) == cursor


@given(st.text(max_size=60))
def test_a_cursor_that_was_not_given_out_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="was not given out here"):
        parse_cursor(text)


def test_equal_queries_are_written_alike_and_unequal_ones_are_not() -> None:
    one = FeatureQuery(filter={"op": "=", "args": [{"property": "a"}, 1]}, limit=5)
    two = FeatureQuery(limit=5, filter={"args": [{"property": "a"}, 1], "op": "="})
    assert one.canonical() == two.canonical()
    assert one.canonical() != FeatureQuery(limit=5).canonical()
