"""The table beside a figure: a row for each bar, or for each place, with what is drawn of it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from app.figures._numbers import Numbers, Spot, Toll, Year
from geo.formulas import shielded

TOLL = ("value", "low", "high", "events", "unknown")
BARS = ("year", *TOLL, "partial")
COMPARED = ("compared", "compared_bound")
PLACES = ("drawn_as", "place", "place_fr", "region", "place_precision", "radius_m", "lon", "lat")
_DRAWN_AS = {
    "point": "circle",
    "near": "circle",
    "road": "dashed circle",
    "area": "area",
    "region": "area",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Names of columns, and rows; an empty cell is not known, and never zero."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def table_of(numbers: Numbers) -> Table:
    """Write the numbers of a figure as a table; rows of no single year come last."""
    if numbers.spots or not (numbers.years or numbers.undated):
        return Table(names=(*PLACES, *TOLL), rows=tuple(_place(spot) for spot in numbers.spots))
    compared = COMPARED if numbers.compared else ()
    rows = [_year(year, bool(compared)) for year in numbers.years]
    if numbers.undated is not None:
        rows.append((None, *_toll(numbers.undated), None, *([None] * len(compared))))
    return Table(names=(*BARS, *compared), rows=tuple(rows))


def as_csv(table: Table) -> str:
    """Write a table as CSV; texts that a spreadsheet would run are shielded."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(table.names)
    for row in table.rows:
        writer.writerow([_cell(value) for value in row])
    return written.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return shielded(value) if isinstance(value, str) else value


def _toll(toll: Toll) -> tuple[int | None, ...]:
    return (toll.value, toll.low, toll.high, toll.events, toll.unknown)


def _year(year: Year, with_compared: bool) -> tuple[Any, ...]:
    beside = (year.compared, year.compared_bound) if with_compared else ()
    return (year.year, *_toll(year.toll), year.is_partial, *beside)


def _place(spot: Spot) -> tuple[Any, ...]:
    return (
        _drawn_as(spot),
        spot.name,
        spot.name_fr,
        spot.region,
        spot.precision,
        spot.radius_m,
        spot.lon,
        spot.lat,
        *_toll(spot.toll),
    )


def _drawn_as(spot: Spot) -> str:
    """Say how a place is drawn: a toll of zero has no circle, an unknown one a diamond."""
    drawn = _DRAWN_AS.get(spot.kind, "not drawn")
    if spot.toll.value == 0:
        return "not drawn"
    return "diamond" if "circle" in drawn and spot.toll.value is None else drawn
