"""Answer counts and aggregates from columns, as geo.statements and geo.aggregate have SQL do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.aggregate import Grouping, sum_columns
from geo.columns.boxes import all_chosen
from geo.columns.lots import look_up
from geo.columns.measures import Added, Chosen, Keyed, Whole, add_measure
from geo.columns.pack import width_of
from geo.columns.refusal import NotInColumns
from geo.columns.sets import Codes, length
from geo.columns.table import Numbers, Rows, Snapshot, Table
from geo.columns.values import nulls_last, reading
from geo.query import FeatureQuery
from geo.spec import FieldType, Layer

# Past so many groups the rows are not counted in one table of all that could be.
_MOST_GROUPS = 1 << 22


# The values of a dimension, and for each row the place of its own.
_Dimension = tuple[list[Any], NDArray[Any]]


def count(snapshot: Snapshot, layer: Layer, query: FeatureQuery) -> int | None:
    """Count the rows of a query, whatever its page; None if only SQL can."""
    try:
        return sum(length(rows) for _, rows in all_chosen(snapshot, layer, query))
    except NotInColumns:
        return None


def aggregate(
    snapshot: Snapshot, layer: Layer, query: FeatureQuery, grouping: Grouping
) -> list[dict[str, Any]] | None:
    """Give the rows of geo.aggregate.select_aggregate; None if only SQL can."""
    names = [name for measure in grouping.measures for name in sum_columns(layer, measure)]
    if len(set(names)) < len(names):
        # SQL gives two columns of one name, of which readers of rows see one.
        return None
    try:
        made = [
            _group(layer, table, rows, grouping)
            for table, rows in all_chosen(snapshot, layer, query)
        ]
    except NotInColumns:
        return None
    groups: dict[tuple[Any, ...], _Group] = {}
    for part in made:
        for key, group in part.items():
            groups[key] = groups[key].plus(group) if key in groups else group
    return [
        _row(layer, grouping, key, groups[key])
        for key in sorted(groups, key=lambda key: [*map(nulls_last, key)])
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """What is added up of a group: its rows, and the sum of each column with how many know it."""

    count: int
    sums: tuple[tuple[int, int], ...]

    def plus(self, other: _Group) -> _Group:
        pairs = zip(self.sums, other.sums, strict=True)
        sums = tuple((mine[0] + its[0], mine[1] + its[1]) for mine, its in pairs)
        return _Group(count=self.count + other.count, sums=sums)


def _group(
    layer: Layer, table: Table, rows: Rows, grouping: Grouping
) -> dict[tuple[Any, ...], _Group]:
    """Add up the chosen rows of one part by group."""
    dimensions = [_dimension(layer, table, rows, name) for name in grouping.by]
    wide = math.prod(len(values) for values, _ in dimensions)
    if wide > _MOST_GROUPS:
        raise NotInColumns("so many groups")
    groups = Keyed(keys=_keys(dimensions, length(rows)), count=wide)
    size = groups.size()
    added = [
        sums
        for measure in grouping.measures
        for _, sums in add_measure(layer, table.columns, measure, groups, lambda codes: codes[rows])
    ]
    # Without a dimension there is one group, also of no rows.
    filled = np.flatnonzero(size) if grouping.by else np.arange(1)
    pairs = [_pairs(sums, filled) for sums in added]
    rows_of_sums = zip(*pairs, strict=True) if pairs else repeat((), len(filled))
    return {
        key: _Group(count=rows_in_it, sums=sums)
        for key, rows_in_it, sums in zip(
            _values_of(filled, dimensions), size[filled].tolist(), rows_of_sums, strict=True
        )
    }


def _pairs(added: Added, filled: Chosen) -> list[tuple[int, int]]:
    return list(zip(added.total[filled].tolist(), added.known[filled].tolist(), strict=True))


def _values_of(places: Chosen, dimensions: list[_Dimension]) -> list[tuple[Any, ...]]:
    """Give the values that groups stand for."""
    if not dimensions:
        return [()]
    shape = tuple(len(values) for values, _ in dimensions)
    named = (
        [values[i] for i in at.tolist()]
        for (values, _), at in zip(dimensions, np.unravel_index(places, shape), strict=True)
    )
    return list(zip(*named, strict=True))


def _keys(dimensions: list[_Dimension], rows: int) -> Codes:
    """Number the group of each row, in as few bytes as it needs."""
    if not dimensions:
        return np.zeros(rows, dtype=np.uint8)
    width = width_of(math.prod(len(values) for values, _ in dimensions))
    keys = dimensions[0][1].astype(width)
    for values, codes in dimensions[1:]:
        keys *= width(len(values))
        keys += codes.astype(width, copy=False)
    return keys


def _row(layer: Layer, grouping: Grouping, key: tuple[Any, ...], group: _Group) -> dict[str, Any]:
    row = dict(zip(grouping.by, key, strict=True))
    row["count"] = group.count
    sums = iter(group.sums)
    for measure in grouping.measures:
        *figures, unknown = sum_columns(layer, measure)
        for name in figures:
            total, known = next(sums)
            row[name] = total if known else None
        # How many are unknown is known of no rows, too.
        row[unknown], _ = next(sums)
    return row


def _dimension(layer: Layer, table: Table, rows: Rows, name: str) -> _Dimension:
    """Give the values of a dimension, and for each row the place of its own."""
    if name in _FORMS and layer.time is not None:
        return _period(table, rows, name)
    field = layer.field(name)
    if field is None or name == "grid":
        raise NotInColumns(f"groups by {name}")
    plain, codes = reading(layer, table, name)
    most = int(codes.max(initial=0))
    if most > _MOST_GROUPS:
        raise NotInColumns("so many groups")
    values = [plain(code) for code in range(most + 1)]
    if field.type is FieldType.DATE:
        values = [value and date.fromisoformat(value) for value in values]
    return values, codes[rows]


_FORMS: dict[str, tuple[str, Callable[[int], str]]] = {
    "year": ("Y", lambda number: f"{number + 1970:04d}"),
    "month": ("M", lambda number: f"{number // 12 + 1970:04d}-{number % 12 + 1:02d}"),
}


def _period(table: Table, rows: Rows, name: str) -> _Dimension:
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
