"""The days and years that a figure is about."""

from __future__ import annotations

from datetime import date

import pytest

from app.figures import figures
from app.figures._numbers import Toll
from app.figures._span import Span, span_of, years_of
from geo.query import Interval

MISSION = figures()["3"]
CIVILIANS = figures()["1"]
ACLED = (date(1997, 1, 9), date(2021, 4, 30))


def partial(span: Span) -> list[int]:
    return [year.year for year in years_of(span, {}) if year.is_partial]


def test_the_first_year_of_the_mission_is_partial_and_its_last_is_whole() -> None:
    span = span_of(MISSION, MISSION.documented, None, (None, None))
    assert (span.first, span.last) == (date(2013, 7, 1), date(2023, 12, 31))
    assert partial(span) == [2013]


def test_what_is_asked_for_cuts_years() -> None:
    interval = Interval(start=date(2014, 1, 1), end=date(2021, 4, 30))
    span = span_of(MISSION, MISSION.documented, interval, (None, None))
    assert partial(span) == [2021]
    assert [year.year for year in years_of(span, {})] == list(range(2014, 2022))


def test_the_last_event_of_a_data_set_ends_what_it_covers() -> None:
    span = span_of(CIVILIANS, CIVILIANS.imported, None, ACLED)
    assert (span.first, span.last) == ACLED
    # An event in January says that the year was covered from its start.
    assert partial(span) == [2021]


def test_a_data_set_whose_last_event_is_of_december_covers_the_year() -> None:
    held = (date(2000, 1, 3), date(2020, 12, 4))
    assert partial(span_of(CIVILIANS, CIVILIANS.imported, None, held)) == []


@pytest.mark.parametrize(
    "interval",
    [
        Interval(start=date(1850, 1, 1), end=date(1900, 1, 1)),
        Interval(start=date(2050, 1, 1), end=None),
    ],
)
def test_outside_of_what_is_covered_there_is_no_year(interval: Interval) -> None:
    span = span_of(MISSION, MISSION.documented, interval, (None, None))
    assert years_of(span, {}) == ()


def test_rows_beyond_what_is_covered_have_their_year() -> None:
    span = span_of(CIVILIANS, CIVILIANS.documented, None, (None, None))
    years = years_of(span, {2025: Toll(value=4, low=4, high=4, events=1)})
    assert [year.year for year in years] == list(range(2012, 2026))
    assert years[-1].toll.value == 4


def test_a_year_without_rows_has_no_toll_rather_than_zero() -> None:
    span = span_of(MISSION, MISSION.documented, None, (None, None))
    assert {(year.toll.value, year.toll.events) for year in years_of(span, {})} == {(None, 0)}
