"""Read the values that rows have, as plain as the JSON of items has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np

from geo.columns.refusal import NotInColumns
from geo.columns.sets import Codes
from geo.columns.subject import EPOCH
from geo.columns.table import Rows, Table, Words
from geo.cql2 import queryables
from geo.spec import FieldType, Layer
from geo.tiles.content import Coded

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


def coded(layer: Layer, parts: Sequence[tuple[Table, Rows]], name: str) -> Coded:
    """Read a property of rows of one part behind the other; each value once, in order."""
    made = [_coded(*reading(layer, table, name), rows) for table, rows in parts]
    if len(made) == 1:
        return made[0]
    values = sorted({value for each in made for value in each.values})
    places = {value: place for place, value in enumerate(values)}
    codes = [
        np.array([*(places[value] for value in each.values), -1]).take(each.codes, mode="wrap")
        for each in made
    ]
    return Coded(codes=np.concatenate(codes), values=values)


def _coded(plain: Plain, codes: Codes, rows: Rows) -> Coded:
    taken = codes[rows]
    most = int(taken.max(initial=0))
    if most < _NARROW:
        found = np.flatnonzero(np.bincount(taken, minlength=1))
        new = np.empty(most + 1, dtype=np.int64)
        new[found] = np.arange(len(found))
        places = new.take(taken)
    else:
        found, places = np.unique(taken, return_inverse=True)
    if len(found) and not found[0]:
        # What is unknown goes before the first value.
        found, places = found[1:], places - 1
    return Coded(codes=places, values=[plain(code) for code in found.tolist()])


def nulls_last(value: Any) -> tuple[bool, Any]:
    """Order values of one type, and what is unknown behind them."""
    return value is None, 0 if value is None else value
