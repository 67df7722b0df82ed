"""Choose the rows of a page from columns, in the order in which SQL gives them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.columns.allowance import Allowance
from geo.columns.boxes import all_chosen
from geo.columns.order import as_numbers
from geo.columns.refusal import NotInColumns
from geo.columns.sets import length
from geo.columns.subject import EPOCH, MOST
from geo.columns.table import Numbers, Rows, Snapshot, Table, Words
from geo.cql2 import queryables
from geo.query import FeatureQuery, SortKey
from geo.spec import Layer
from geo.statements import read_cursor

# What a row costs for each key that it is ordered by, and to be compared with a cursor; what a
# word costs to be ordered. See geo.columns.allowance.
_KEY_NS, _COMPARED_NS, _WORD_NS = 40.0, 80.0, 1_000.0
# Of more than this share of all rows, an index finds the first by id sooner than a look at each.
_MOST_SHARE = 0.25
# Behind the value of every row.
_UNKNOWN = MOST
_MOST_WHOLE = 1 << 31

Key = NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenPage:
    """A page's rows, in order: their keys, ids and places; and how many rows match in all.

    A row without a place has nan for it.
    """

    keys: list[int]
    ids: list[str]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    matched: int


def choose_page(snapshot: Snapshot, layer: Layer, query: FeatureQuery) -> ChosenPage | None:
    """Choose the rows that a query's page holds; None if only SQL can, or if it is quicker."""
    if not snapshot.by_bytes or query.limit is None:
        return None
    try:
        parts = all_chosen(snapshot, layer, query)
        matched = sum(length(rows) for _, rows in parts)
        if not query.sort and matched > _MOST_SHARE * sum(map(len, snapshot.parts)):
            raise NotInColumns("so many rows that an index is quicker")
        places = _ordered(layer, query, parts, Allowance())
    except NotInColumns:
        return None
    taken = _Taken(parts, places)
    return ChosenPage(
        keys=taken.read(lambda table: table.row).tolist(),
        ids=[each.decode() for each in taken.read(lambda table: table.id).tolist()],
        longitude=taken.read(lambda table: table.longitude),
        latitude=taken.read(lambda table: table.latitude),
        matched=matched,
    )


class _Taken:
    """Some of the rows of several parts, by their places in all of these one behind the other."""

    def __init__(self, parts: Sequence[tuple[Table, Rows]], places: NDArray[np.intp]) -> None:
        starts = np.cumsum([0, *(length(rows) for _, rows in parts)])
        part_of = np.searchsorted(starts, places, "right") - 1
        self._chosen = [
            (table, mine, _numbers(rows, places[mine] - starts[number]))
            for number, (table, rows) in enumerate(parts)
            if len(mine := np.flatnonzero(part_of == number))
        ]
        self._count = len(places)

    def read(self, column: Callable[[Table], NDArray[Any]]) -> NDArray[Any]:
        """Give what a column has for each of the rows."""
        found = [(mine, column(table)[numbers]) for table, mine, numbers in self._chosen]
        kind = np.result_type(*(values for _, values in found)) if found else np.int64
        made: NDArray[Any] = np.empty(self._count, dtype=kind)
        for mine, values in found:
            made[mine] = values
        return made


def _numbers(rows: Rows, places: NDArray[np.intp]) -> NDArray[np.intp]:
    return places + rows.start if isinstance(rows, slice) else rows.take(places)


def _ordered(
    layer: Layer, query: FeatureQuery, parts: list[tuple[Table, Rows]], allowance: Allowance
) -> NDArray[np.intp]:
    """Find the places of the page's rows, by the sort keys of the query and then by id."""
    count = sum(length(rows) for _, rows in parts)
    ids = np.concatenate([table.id[rows] for table, rows in parts])
    wide = len(query.sort) + -(-ids.dtype.itemsize // 8)
    allowance.take(count * (wide * _KEY_NS + _COMPARED_NS * (query.after is not None)))
    sorts = [_Sorted(layer, key, parts, allowance) for key in query.sort]
    keys: list[Key] = [*(sort.key for sort in sorts), *as_numbers(ids)]
    pool = np.arange(count)
    if query.after is not None:
        pool = np.flatnonzero(_comes_after(read_cursor(layer, query), sorts, ids))
    return _first(keys, pool, query.limit or 0)


def _comes_after(
    after: Sequence[Any], sorts: Sequence[_Sorted], ids: NDArray[np.bytes_]
) -> NDArray[np.bool_]:
    """Say which rows come behind a cursor."""
    *values, last = after
    if not isinstance(last, str):
        raise NotInColumns("a cursor without an id")
    later: NDArray[np.bool_] = ids > last.encode()
    for sort, value in zip(reversed(sorts), reversed(values), strict=True):
        place = sort.place(value)
        later = (sort.key > place) | ((sort.key == place) & later)
    return later


def _first(keys: Sequence[Key], pool: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Give the first of some rows in order, without ordering the others."""
    taken: list[NDArray[np.intp]] = []
    for key in keys:
        if len(pool) <= count:
            break
        values = key[pool]
        last = np.partition(values, count - 1)[count - 1]
        taken.append(pool[values < last])
        count -= len(taken[-1])
        pool = pool[values == last]
    places = np.concatenate([*taken, pool[:count]])
    return places[np.lexsort([key[places] for key in reversed(keys)])]


class _Sorted:
    """A property that rows are ordered by, as numbers that go up with it; the unknown come last."""

    def __init__(
        self, layer: Layer, key: SortKey, parts: list[tuple[Table, Rows]], allowance: Allowance
    ) -> None:
        self._sign = -1 if key.descending else 1
        self._words: list[str] = []
        field = queryables(layer)[key.name]
        columns = [table.columns.get(key.name) for table, _ in parts]
        if field.is_text:
            known = {
                word for column in columns if isinstance(column, Words) for word in column.words
            }
            allowance.take(len(known) * _WORD_NS)
            self._words = sorted(known, key=str.encode)
        made = [
            self._numbered(column, rows) for column, (_, rows) in zip(columns, parts, strict=True)
        ]
        self.key: Key = np.concatenate(made)

    def _numbered(self, column: Numbers | Words | None, rows: Rows) -> NDArray[np.int64]:
        if isinstance(column, Numbers):
            return np.where(column.known(rows), self._sign * column.values(rows), _UNKNOWN)
        if isinstance(column, Words):
            places = {word: place for place, word in enumerate(self._words)}
            # Between two words there is room for one that no row has.
            numbers = [_UNKNOWN, *(self._sign * 2 * places[word] for word in column.words)]
            return np.array(numbers, np.int64).take(column.codes[rows])
        raise NotInColumns("the order of a field")

    def place(self, value: Any) -> int:
        """Give the number of a value that a cursor stands at."""
        if value is None:
            return _UNKNOWN
        if isinstance(value, str):
            encoded = value.encode()
            place = bisect_left(self._words, encoded, key=str.encode)
            there = place < len(self._words) and self._words[place] == value
            return self._sign * (2 * place - (not there))
        number = value.toordinal() - EPOCH if isinstance(value, date) else value
        if isinstance(number, float) or not -_MOST_WHOLE <= number < _MOST_WHOLE:
            raise NotInColumns("a value that no row can have")
        return self._sign * int(number)
