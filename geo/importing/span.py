"""Work out from when to when a row was so, from the days that its source states or bounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from geo.importing.cells import Unfit
from geo.spec import Time

Span = tuple[date | None, date | None]


def valid_span(time: Time, values: Mapping[str, Any]) -> Span | None:
    """Give the first and the last day of a row, both included; None where nothing is known.

    What is sure comes first: the stated day, else the latest possible start and the earliest
    possible end. Only where nothing is sure does the possible span stand in.
    """

    def day(name: str | None) -> date | None:
        return None if name is None else values[name]

    first, last = day(time.start), day(time.end)
    if first is not None and last is not None and last < first:
        raise Unfit(f"ends on {last}, before it starts on {first}")
    start = first or day(time.start_latest)
    end = last or day(time.end_earliest)
    if time.kind == "event":
        return None if start is None else (start, end or start)
    if start is None and end is None:
        start, end = day(time.start_earliest), day(time.end_latest)
        if start is None and end is None:
            return None
    elif start is not None and end is not None and end < start:
        # Lawful where one of them is a bound: it then says no more than the other does.
        if first is None and last is None:
            # It stood on some day between the two; which one, nobody knows.
            start = day(time.start_earliest) or end
            end = day(time.end_latest) or day(time.start_latest)
        else:
            start = end = first or last
    elif end is None and not time.stays_open:
        end = start
    elif start is None and not time.stays_open:
        start = end
    if start is None and end is not None and time.not_before is not None:
        start = min(time.not_before, end)
    if start is not None and end is not None and end < start:
        raise Unfit(f"ends by {end}, before it can have started on {start}")
    return start, end
