"""Read what rows are grouped by: the values of a field, or the years or months of their days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.columns.lots import look_up
from geo.columns.measures import Whole
from geo.columns.pack import width_of
from geo.columns.refusal import NotInColumns
from geo.columns.table import Numbers, Rows, Table
from geo.columns.values import reading
from geo.spec import FieldType, Layer

# Past so many groups the rows are not counted in one table of all that could be.
MOST_GROUPS = 1 << 22
# The values of a dimension, and for each row the place of its own.
Dimension = tuple[list[Any], NDArray[Any]]


def is_of_days(layer: Layer, name: str) -> bool:
    """Say whether a dimension is read from the days of rows, not from a field."""
    return name in _FORMS and layer.time is not None


def dimension(layer: Layer, table: Table, rows: Rows, name: str) -> Dimension:
    """Give the values of a dimension, and for each row the place of its own."""
    if is_of_days(layer, name):
        return _period(table, rows, name)
    field = layer.field(name)
    if field is None or name == "grid":
        raise NotInColumns(f"groups by {name}")
    plain, codes = reading(layer, table, name)
    most = int(codes.max(initial=0))
    if most > MOST_GROUPS:
        raise NotInColumns("so many groups")
    values = [plain(code) for code in range(most + 1)]
    if field.type is FieldType.DATE:
        values = [value and date.fromisoformat(value) for value in values]
    return values, codes[rows]


_FORMS: dict[str, tuple[str, Callable[[int], str]]] = {
    "year": ("Y", lambda number: f"{number + 1970:04d}"),
    "month": ("M", lambda number: f"{number // 12 + 1970:04d}-{number % 12 + 1:02d}"),
}


def _period(table: Table, rows: Rows, name: str) -> Dimension:
    """Give the years or months that there are, and the one that all of a row's days lie in."""
    unit, write = _FORMS[name]
    ends = table.first_day, table.last_day
    numbers = [_periods(table, end, unit) for end in ends]
    known = np.concatenate([each[each != _NONE] for each in numbers])
    base = int(known.min(initial=0)) - 1 if len(known) else 0
    counted = [np.where(each == _NONE, 0, each - base) for each in numbers]
    most = max(int(each.max()) for each in counted)
    places = [each.astype(width_of(most)) for each in counted]
    values = [None, *(write(base + i) for i in range(1, most + 1))]
    first, last = (end.codes[rows] for end in ends)
    found = look_up(places[0], first)
    if ends[0].offset != ends[1].offset or not np.array_equal(first, last):
        # Rows whose days lie in several have none, as those without days.
        found *= found == look_up(places[1], last)
    return values, found


_NONE = np.iinfo(np.int64).min


def _periods(table: Table, end: Numbers, unit: str) -> Whole:
    """Give the period of the day that each code stands for, counted from 1970."""
    days = np.arange(int(end.codes.max(initial=0)) + 1) + (end.offset - 1)
    periods: Whole = days.astype("M8[D]").astype(f"M8[{unit}]").astype(np.int64)
    periods[(days <= table.beginless) | (days >= table.endless)] = _NONE
    periods[0] = _NONE
    return periods
