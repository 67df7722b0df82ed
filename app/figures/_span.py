"""Find the days that a figure is about, its years, and which of them are not covered whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.figures._base import Counting, FigureSpec
from app.figures._numbers import Toll, Year, add_up
from geo.query import Interval

Days = tuple[date | None, date | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """First and last day, both included; each is sharp if it is stated, else seen from events."""

    first: date | None
    last: date | None
    first_is_stated: bool
    last_is_stated: bool

    def is_partial(self, year: int) -> bool:
        """Say whether days of a year lie outside.

        Where a data set says no more than its first and last event, a year is taken as whole if
        there is one in its first and last month.
        """
        begins = date(year, 1, 1 if self.first_is_stated else 31)
        ends = date(year, 12, 31 if self.last_is_stated else 1)
        first, last = self.first or begins, self.last or ends
        late = first.year == year and first > begins
        return late or (last.year == year and last < ends)


def span_of(spec: FigureSpec, counting: Counting, interval: Interval | None, held: Days) -> Span:
    """Lay what is asked for over what the data cover, within the bounds of the figure."""
    covered = counting.covers or held
    stated_first = spec.since, interval.start if interval else None
    stated_last = spec.until, interval.end if interval else None
    first = max((day for day in (covered[0], *stated_first) if day), default=None)
    last = min((day for day in (covered[1], *stated_last) if day), default=None)
    if first is not None and last is not None and first > last:
        # What is asked for lies outside of what is covered.
        first = last = None
    return Span(
        first=first,
        last=last,
        first_is_stated=counting.covers is not None or first in stated_first,
        last_is_stated=counting.covers is not None or last in stated_last,
    )


def years_of(span: Span, tolls: Mapping[int, Toll]) -> tuple[Year, ...]:
    """Give every year of the span and of the rows, also those in which nothing is recorded."""
    ends = [day.year for day in (span.first, span.last) if day is not None]
    known = [*tolls, *ends]
    if not known:
        return ()
    return tuple(
        Year(year=year, toll=tolls.get(year, add_up(())), is_partial=span.is_partial(year))
        for year in range(min(known), max(known) + 1)
    )
