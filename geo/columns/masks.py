"""Turn a query into the rows of a table that it asks for, as geo.statements turns it into SQL."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

import numpy as np

from geo.columns import sets
from geo.columns.allowance import Allowance, TooMuchWork
from geo.columns.conditions import condition
from geo.columns.places import Places
from geo.columns.refusal import NotInColumns
from geo.columns.remembered import Remembered
from geo.columns.sets import Condition, Truths
from geo.columns.subject import EPOCH, Subject
from geo.columns.table import Rows, Snapshot, Table, Words
from geo.cql2 import compile_filter, queryables
from geo.query import Box, FeatureQuery, Interval
from geo.schema import SRID, published
from geo.spec import Layer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What the masks of a table, their arrays and the queries that they answer may take together; less
# where it has few rows, as there may be many such tables.
MOST_BYTES, LEAST_BYTES, _BYTES_A_ROW = 16 << 20, 256 << 10, 16
_ENTRY_BYTES = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Mask:
    """The rows that belong to a query: those for which all of some conditions hold.

    `quick` ones compare codes; `slow` ones are asked only of the rows that those leave.
    """

    quick: tuple[Condition, ...]
    slow: tuple[Condition, ...] = ()
    # No row of the table was held at the moment asked for.
    never: bool = False
    # To ask it of more rows than these was too much work before.
    most_rows: int | None = None

    @property
    def nbytes(self) -> int:
        return sum(condition.nbytes for condition in (*self.quick, *self.slow))

    def __call__(self, rows: Rows, allowance: Allowance) -> Truths:
        """Say of each row whether it belongs."""
        truths = sets.every(self.quick)(rows, allowance)
        for holds in self.slow:
            if truths.all():
                truths = holds(rows, allowance)
            else:
                left = np.flatnonzero(truths)
                numbers = left + rows.start if isinstance(rows, slice) else rows[left]
                truths[left] = holds(numbers, allowance)
        return truths

    def choose(self, rows: Rows, allowance: Allowance) -> Rows:
        """Give those of the rows that belong; the same slice if there is nothing to ask."""
        if self.never:
            return slice(0, 0)
        if not self.quick and not self.slow:
            return rows
        chosen = np.flatnonzero(self(rows, allowance))
        if isinstance(rows, slice):
            chosen += rows.start
            return chosen
        return rows.take(chosen)


@dataclass(frozen=True, slots=True)
class _Made:
    """What was made of a query: no mask, if only SQL can answer."""

    mask: Mask | None


# A mask must not hold on to its table, or it would never be forgotten; arrays are enough.
_MADE: WeakKeyDictionary[Table, Remembered[_Made]] = WeakKeyDictionary()


_Key = tuple[Layer, bytes]


def compile_mask(layer: Layer, query: FeatureQuery, table: Table) -> Mask | None:
    """Make the mask of a query, whatever its page; None if only SQL can answer.

    Raises what the SQL compiler raises for a filter that is wrong.
    """
    ((_, mask),) = _masks(layer, query, (table,))
    return mask


def _masks(
    layer: Layer, query: FeatureQuery, tables: Sequence[Table]
) -> Iterator[tuple[_Key, Mask | None]]:
    """Give the mask of a query for each table, and what it is remembered by."""
    asked = replace(query, sort=(), limit=None, after=None, properties=None)
    key = layer, asked.canonical()
    made = [_remembered(table).get(key) for table in tables]
    if asked.filter is not None and None in made:
        compile_filter(asked.filter, layer, published(layer))
    for table, known in zip(tables, made, strict=True):
        if known is None:
            mask = _compiled(layer, asked, table)
            _remember(key, table, mask)
            yield key, mask
        else:
            yield key, known.mask


def _remembered(table: Table) -> Remembered[_Made]:
    most = min(MOST_BYTES, max(LEAST_BYTES, _BYTES_A_ROW * len(table)))
    return _MADE.setdefault(table, Remembered(most))


def _remember(key: _Key, table: Table, mask: Mask | None) -> None:
    nbytes = _ENTRY_BYTES + len(key[1]) + (mask.nbytes if mask else 0)
    _remembered(table).put(key, _Made(mask), nbytes)


def chosen(
    snapshot: Snapshot,
    layer: Layer,
    query: FeatureQuery,
    rows_of: Callable[[Table], list[Rows]],
) -> list[tuple[Table, Rows]]:
    """Choose the rows that belong to a query from those asked for, in each part of a snapshot.

    Selections of no rows are left out, but for one that says what there could be.
    """
    asked: list[tuple[_Key, Table, Mask, list[Rows]]] = []
    masks = _masks(layer, query, snapshot.parts)
    for table, (key, mask) in zip(snapshot.parts, masks, strict=True):
        if mask is None:
            raise NotInColumns("a condition of the query")
        rows: list[Rows] = [slice(0, 0)] if mask.never else rows_of(table)
        if mask.most_rows is not None and _count(rows) > mask.most_rows:
            raise TooMuchWork("so many rows")
        asked.append((key, table, mask, rows))
    allowance = Allowance()
    found: list[tuple[Table, Rows]] = []
    for key, table, mask, rows in asked:
        try:
            found += [(table, mask.choose(some, allowance)) for some in rows]
        except TooMuchWork:
            # Fewer rows, as those of a tile, may be asked for yet.
            _remember(key, table, replace(mask, most_rows=_count(rows) - 1))
            raise
        except NotInColumns:
            _remember(key, table, None)
            raise
    if not found:
        raise NotInColumns("any row")
    return [(table, rows) for table, rows in found if sets.length(rows)] or found[:1]


def _count(rows: list[Rows]) -> int:
    return sum(map(sets.length, rows))


def _compiled(layer: Layer, query: FeatureQuery, table: Table) -> Mask | None:
    seen, held = changes_seen(table, query.moment), _held(table)
    if held.last_to < seen or held.first_from >= seen:
        return Mask(quick=(sets.constant(False),), never=True)
    places = Places(
        longitude=table.longitude,
        latitude=table.latitude,
        placed=table.placed,
        allowance=(allowance := Allowance()),
    )
    try:
        quick = [*_of_moment(table, seen), *_of_view(layer, table)]
        if query.interval is not None and layer.time is not None:
            quick.append(_of_interval(table, query.interval))
        if query.bbox is not None:
            quick.append(_in_bbox(places, query.bbox))
        slow: list[Condition] = []
        if query.filter is not None:
            subject = Subject(
                fields=queryables(layer),
                columns=table.columns,
                places=places,
                allowance=allowance,
            )
            for node in _joined_by_and(query.filter):
                side = slow if is_spatial(node) else quick
                side.append(condition(subject, node, wanted=True))
    except NotInColumns:
        return None
    return Mask(quick=tuple(quick), slow=tuple(slow))


def _joined_by_and(node: object) -> Iterator[object]:
    if isinstance(node, dict) and node["op"] == "and":
        for arg in node["args"]:
            yield from _joined_by_and(arg)
    else:
        yield node


def is_spatial(node: object) -> bool:
    """Say whether a part of a filter asks for places."""
    if isinstance(node, dict) and "op" in node:
        return node["op"].startswith("s_") or any(map(is_spatial, node["args"]))
    return False


def changes_seen(table: Table, moment: datetime | None) -> int:
    """Count the changes of the store that a moment has seen; now is behind them all."""
    if moment is None:
        return len(table.moments)
    microseconds = (moment - _EPOCH) // timedelta(microseconds=1)
    return int(np.searchsorted(table.moments, microseconds, side="right"))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """When the first and the last row of a table came, and when they went."""

    first_from: int
    last_from: int
    first_to: int
    last_to: int


# To look at a million rows takes longer than most tiles.
_HELD: WeakKeyDictionary[Table, _Held] = WeakKeyDictionary()


def _held(table: Table) -> _Held:
    found = _HELD.get(table)
    if found is None:
        came, went, holds = table.recorded_from, table.recorded_to, len(table.moments)
        found = _HELD[table] = _Held(
            first_from=int(came.min(initial=holds)),
            last_from=int(came.max(initial=0)),
            first_to=int(went.min(initial=holds)),
            last_to=int(went.max(initial=0)),
        )
    return found


def _of_moment(table: Table, seen: int) -> Iterator[Condition]:
    """Hold for what the store held then; nothing if that is every row of the table."""
    recorded_from, recorded_to, held = table.recorded_from, table.recorded_to, _held(table)
    if held.last_from >= seen:
        yield sets.asking(lambda rows: recorded_from[rows] < seen, sets.COMPARED_NS)
    if held.first_to < seen:
        yield sets.asking(lambda rows: recorded_to[rows] >= seen, sets.COMPARED_NS)


def rows_held(table: Table, seen: int) -> Rows:
    """Give the rows that the store held once so many changes were made."""
    every_row = slice(0, len(table))
    return Mask(quick=tuple(_of_moment(table, seen))).choose(every_row, Allowance(math.inf))


def _of_view(layer: Layer, table: Table) -> Iterator[Condition]:
    for name, value in layer.where.items():
        column = table.columns.get(name)
        if not isinstance(column, Words):
            raise NotInColumns(f"the field {name}")
        code = column.words.index(value) + 1 if value in column.words else None
        yield sets.within(column.codes, [] if code is None else [(code, code)])


def _of_interval(table: Table, interval: Interval) -> Condition:
    """Hold for the rows whose span meets an interval; rows without a span meet none."""
    first, last = table.first_day, table.last_day
    spans = []
    for numbers, low, high in ((first, None, interval.end), (last, interval.start, None)):
        codes = [
            None
            if day is None
            # Before the first day of all a span is still open, and so it is after the last.
            else max(table.beginless, min(day.toordinal() - EPOCH, table.endless))
            - (numbers.offset - 1)
            for day in (low, high)
        ]
        most = int(np.iinfo(numbers.codes.dtype).max)
        low_code = 1 if codes[0] is None else codes[0]
        spans.append(sets.joined([(low_code, most if codes[1] is None else codes[1])], most))
    return sets.every([sets.within(first.codes, spans[0]), sets.within(last.codes, spans[1])])


def _in_bbox(places: Places, box: Box) -> Condition:
    if box.srid != SRID:
        raise NotInColumns("a box in another system")
    return sets.some([places.in_box(*part) for part in box.parts])
