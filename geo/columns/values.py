"""Read the values that rows have, as plain as the JSON of items has them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.columns.refusal import NotInColumns
from geo.columns.sets import Codes
from geo.columns.subject import EPOCH
from geo.columns.table import Rows, Table, Words
from geo.cql2 import queryables
from geo.spec import FieldType, Layer

Plain = Callable[[int], Any]

_NARROW = 1 << 16


def reading(layer: Layer, table: Table, name: str) -> tuple[Plain, Codes]:
    """Give what the codes of a column stand for, and the codes."""
    column, field = table.columns.get(name), queryables(layer).get(name)
    if column is None or field is None:
        raise NotInColumns(f"the field {name}")
    if isinstance(column, Words):
        words = column.words
        return lambda code: words[code - 1] if code else None, column.codes
    offset, make = column.offset - 1, _MAKERS.get(field.type)
    if make is None:
        raise NotInColumns(f"{field.type} of {name}")
    return lambda code: make(code + offset) if code else None, column.codes


_MAKERS: dict[FieldType, Plain] = {
    FieldType.INTEGER: int,
    FieldType.BOOLEAN: bool,
    FieldType.DATE: lambda day: date.fromordinal(day + EPOCH).isoformat(),
}


def reader(layer: Layer, table: Table, name: str) -> Callable[[Rows], NDArray[np.object_]]:
    """Make what reads a property of rows."""
    if name == "id":
        ids = table.id
        return lambda rows: _objects([each.decode() for each in ids[rows].tolist()])
    plain, codes = reading(layer, table, name)
    return lambda rows: _read(codes[rows], plain)


def _read(codes: Codes, plain: Plain) -> NDArray[np.object_]:
    """Make each value once, however many rows have it."""
    most = int(codes.max(initial=0))
    if most >= _NARROW:
        different, places = np.unique(codes, return_inverse=True)
        return _objects([plain(code) for code in different.tolist()])[places]
    found = np.flatnonzero(np.bincount(codes, minlength=most + 1))
    made = np.empty(most + 1, dtype=np.object_)
    made[found] = _objects([plain(code) for code in found.tolist()])
    return made.take(codes)


def nulls_last(value: Any) -> tuple[bool, Any]:
    """Order values of one type, and what is unknown behind them."""
    return value is None, 0 if value is None else value


def _objects(values: list[Any]) -> NDArray[np.object_]:
    made = np.empty(len(values), dtype=np.object_)
    made[:] = values
    return made
