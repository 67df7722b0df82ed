"""Columns: every public version of every row of a layer of points.

Rows lie in Morton order of their grid coordinates, so that the rows of a tile are one stretch;
those of one place lie in order of their ids. Rows without a place come last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = slice | NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Numbers:
    """Whole numbers in as few bytes as they need: 0 is unknown, else `code - 1 + offset`.

    Days are days since 1970-01-01, moments microseconds since then in UTC, truths 0 and 1.
    """

    codes: NDArray[np.unsignedinteger[Any]]
    offset: int

    def known(self, rows: Rows) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.codes[rows] != 0
        return found

    def values(self, rows: Rows) -> NDArray[np.int64]:
        """Give the numbers; what stands where nothing is known means nothing."""
        return self.codes[rows].astype(np.int64) + (self.offset - 1)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Words:
    """Texts of which there are few: 0 is unknown, else the place in `words`, from 1."""

    codes: NDArray[np.unsignedinteger[Any]]
    words: tuple[str, ...]


Column = Numbers | Words


@dataclass(frozen=True, kw_only=True, slots=True, eq=False, weakref_slot=True)
class Table:
    """The columns of a stored layer in one state of its data.

    `longitude` and `latitude` are the very numbers that PostGIS holds; `x` and `y` lie on the grid
    of geo.tiles.grid. The first `placed` rows have a place; behind them come those that have none,
    with nan and 0 for it. `columns` has the fields that columns hold, by name. `first_day` and
    `last_day` span the days on which the row was so; both are unknown for a row that has no such
    span. A span that is open at an end has `beginless` or `endless` there, one day before the first
    and after the last day of all, so that days of a question are first brought between these two.
    `moments` are the moments, ascending, at which the store changed; `recorded_from` and
    `recorded_to` are places in it, `recorded_to` len(moments) for rows that still hold.
    """

    layer: str
    revision: int
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    x: NDArray[np.uint32]
    y: NDArray[np.uint32]
    placed: int
    row: NDArray[np.uint32]
    id: NDArray[np.bytes_]
    columns: Mapping[str, Column]
    first_day: Numbers
    last_day: Numbers
    beginless: int
    endless: int
    moments: NDArray[np.int64]
    recorded_from: NDArray[np.unsignedinteger[Any]]
    recorded_to: NDArray[np.unsignedinteger[Any]]

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Snapshot:
    """One state of a stored layer: the columns on disk as they stand now, and what came since.

    Every version of a row is in exactly one part; in a part that is on disk, `recorded_to` and
    `moments` are kept anew in memory once a row of it is closed. `changed_at` is
    since when the layer is in this state. `by_bytes` says that the database orders texts as their
    bytes, so that columns can, too.
    """

    layer: str
    revision: int
    parts: tuple[Table, ...]
    changed_at: datetime | None = None
    by_bytes: bool = False
