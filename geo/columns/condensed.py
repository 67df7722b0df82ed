"""Make rows that say the same one row, which knows how many it stands for and what they add up to.

What is asked of days and classes is asked of as many rows as days and classes differ in: events
become more by the year, the days on which they may have been do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.columns.lots import lots
from geo.columns.measures import Added, Chosen, Keyed, Whole, add_measure
from geo.columns.pack import width_of
from geo.columns.sets import Codes, length
from geo.columns.table import Numbers, Rows, Table
from geo.spec import Layer

# Rows are condensed to a part of them, or it is not worth what it takes; never to more than so
# many.
MOST_SHARE, MOST_ROWS = 1 / 8, 1 << 18
# Up to so many numbers that could be, each has a place in a table; past it they are sorted.
_MOST_LISTED = 1 << 24
_MOST_NUMBERS = (1 << 32) - 1
# Rows are sorted so many at a time, however few of them differ.
_COUNTERS_OF_SORTING = 1 << 15

_Numbers = NDArray[np.uint32]
_Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What questions read of rows, however they are put: the days, fields, and sums of measures.

    `seen` is how many changes of the store the moment that is asked for has seen.
    """

    layer: Layer
    days: bool
    fields: frozenset[str]
    measures: tuple[str, ...]
    seen: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Condensed:
    """A table of rows that differ in what is asked, and what each stands for.

    The table has the days and fields that were asked for, and nothing else of its rows.
    """

    table: Table
    counts: _Array
    # By measure, in the order of geo.aggregate.sum_columns.
    added: Mapping[str, tuple[Added, ...]]

    @property
    def nbytes(self) -> int:
        ends = (self.table.first_day, self.table.last_day)
        read = [column.codes for column in (*ends, *self.table.columns.values())]
        sums = [each for added in self.added.values() for one in added for each in _arrays(one)]
        return sum({id(each): each.nbytes for each in (self.counts, *read, *sums)}.values())

    def sums(self, rows: Rows, measures: Iterable[str], groups: Keyed) -> tuple[Whole, list[Added]]:
        """Count all that chosen rows stand for by group, and add up the measures."""
        add = _once(lambda numbers: groups.add(numbers[rows]))
        found = [each for measure in measures for each in self.added[measure]]
        added = [Added(total=add(each.total), known=add(each.known)) for each in found]
        return add(self.counts), added


def _arrays(added: Added) -> tuple[_Array, _Array]:
    return added.total, added.known


def condense(table: Table, held: Rows, shape: Shape) -> Condensed | None:
    """Condense the rows that were held; None if they differ too much."""
    keys = [table.columns[name].codes for name in sorted(shape.fields)]
    if shape.days:
        first, last = table.first_day.codes, table.last_day.codes
        # Most rows are of one day.
        keys = [first, *([] if np.array_equal(first, last) else [last]), *keys]
    most = min(int(MOST_SHARE * len(table)), MOST_ROWS)
    numbered = _number(keys, held, most)
    if numbered is None:
        return None
    numbers, count = numbered
    groups = Keyed(keys=numbers, count=count)
    narrow = _once(_narrowed)
    added = {
        measure: tuple(
            Added(total=narrow(sums.total), known=narrow(sums.known))
            for _, sums in add_measure(
                shape.layer, table.columns, measure, groups, lambda codes: codes[held]
            )
        )
        for measure in shape.measures
    }
    at = _one_of_each(numbers, count)
    return Condensed(
        table=_taken(table, at if isinstance(held, slice) else held[at], shape),
        counts=narrow(groups.size()),
        added=added,
    )


def _once(make: Callable[[_Array], _Array]) -> Callable[[_Array], _Array]:
    """Make something of each array once: several sums may be the same one."""
    made: dict[int, tuple[_Array, _Array]] = {}

    def make_once(numbers: _Array) -> _Array:
        if id(numbers) not in made:
            # What is held on to does not leave its id to another.
            made[id(numbers)] = numbers, make(numbers)
        return made[id(numbers)][1]

    return make_once


def _narrowed(numbers: _Array) -> _Array:
    """Bring numbers into as few bytes as they need, if none is below zero."""
    if numbers.min(initial=0) < 0:
        return numbers
    return numbers.astype(width_of(int(numbers.max(initial=0))))


def _number(keys: Iterable[Codes], rows: Rows, most: int) -> tuple[_Numbers, int] | None:
    """Number rows from 0, those alike that have the same codes; None if so many are different."""
    numbers, count = np.zeros(length(rows), np.uint32), 1
    for codes in keys:
        if not any(codes.strides):
            continue
        width = int(codes.max(initial=0)) + 1
        if count * width > _MOST_LISTED:
            listed = _listed(numbers, count, most)
            if listed is None or listed * width > _MOST_NUMBERS:
                return None
            count = listed
        mine = codes[rows]
        for lot in lots(len(numbers)):
            numbers[lot] *= np.uint32(width)
            numbers[lot] += mine[lot].astype(np.uint32)
        count *= width
    listed = _listed(numbers, count, most)
    return None if listed is None else (numbers, listed)


def _listed(numbers: _Numbers, count: int, most: int) -> int | None:
    """Number anew, in place, so that no number is left out; say how many there are."""
    place: Callable[[_Numbers], _Array]
    if count <= _MOST_LISTED:
        there = np.zeros(count, np.bool_)
        for lot in lots(len(numbers)):
            there[numbers[lot]] = True
        found = np.flatnonzero(there)
        if len(found) > most:
            return None
        places = np.zeros(count, np.uint32)
        places[found] = np.arange(len(found))
        place = places.take
    else:
        found = np.zeros(0, np.intp)
        for lot in lots(len(numbers), _COUNTERS_OF_SORTING):
            found = np.union1d(found, numbers[lot])
            if len(found) > most:
                return None
        place = found.searchsorted
    for lot in lots(len(numbers)):
        numbers[lot] = place(numbers[lot])
    return len(found)


def _one_of_each(numbers: _Numbers, count: int) -> Chosen:
    """Find a row of each number."""
    found = np.zeros(count, np.intp)
    for lot in lots(len(numbers)):
        found[numbers[lot]] = np.arange(lot.start, min(lot.stop, len(numbers)))
    return found


def _taken(table: Table, rows: Chosen, shape: Shape) -> Table:
    """Take some rows, with what is asked of them and without a place; they were held all along."""

    def throughout(value: np.generic) -> _Array:
        return np.broadcast_to(value, len(rows))

    def taken(column: Numbers) -> Numbers:
        codes = column.codes[rows] if shape.days else throughout(column.codes.dtype.type(0))
        return replace(column, codes=codes)

    nowhere, nothing = throughout(np.float64("nan")), throughout(np.uint32(0))
    fields = {name: table.columns[name] for name in shape.fields}
    return replace(
        table,
        longitude=nowhere,
        latitude=nowhere,
        x=nothing,
        y=nothing,
        placed=0,
        row=nothing,
        id=throughout(np.bytes_(b"")),
        columns={
            name: replace(column, codes=column.codes[rows]) for name, column in fields.items()
        },
        first_day=taken(table.first_day),
        last_day=taken(table.last_day),
        recorded_from=nothing,
        recorded_to=throughout(np.uint32(len(table.moments))),
    )
