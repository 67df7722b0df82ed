"""Bring in any file whose columns a mapping explains: a small TOML file that is kept beside it.

    dataset = "prefecture"            # a slug; the verb's --dataset goes before it
    sensitivity = "public"            # public, counts_only or restricted
    missing = ["NA", "-"]             # cells that say nothing, beside empty ones
    widen_bounds = true               # a low or high figure that the best one passes moves to it;
                                      # without it, such a row is rejected

    [columns]                         # field of the layer = column of the file
    id = "No"
    date = ["Year", "Month", "Day"]   # several: their cells with a blank between them, in an id -
    place = "Locality"
    event_class = "Type"
    killed_best = "Deaths"
    region_stated = "Région"
    lon = "X"
    lat = "Y"

    [constants]                       # field of the layer = the same in every row
    target_class = "civilians"
    source_title = "Register of the prefecture"
    source_licence = "by agreement"

    [dates]                           # how a column of days is written, if not as 2021-03-05
    date = "%Y %m %d"

    [values.event_class]              # cell = value of the layer; "*" stands for all others
    "EEI" = "ied_mine"
    "*" = "other"

Nothing is guessed: a field, column or value that is not known is refused with the nearest names.
Columns that no field names are left out. Region and cercle are found by geometry.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from geo.errors import ImportRefused, UnknownThing
from geo.importing.cells import SENSITIVITIES, Unfit, converter
from geo.spec import FEATURE_FIELDS, Field, FieldType, Layer

_BY_GEOMETRY = ("region", "cercle")
PLACE = ("lon", "lat")
_KEYS = (
    *("dataset", "sensitivity", "missing", "widen_bounds"),
    *("columns", "constants", "dates", "values"),
)
_TABLES = ("columns", "constants", "dates", "values")
OTHERS = "*"
_SOME_DAY = date(2021, 3, 25)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileMapping:
    """How the columns of a file become fields of a layer, checked."""

    name: str
    dataset: str | None
    sensitivity: str
    columns: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, Any]
    dates: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    missing: frozenset[str]
    widen_bounds: bool


def read_mapping(path: Path, layer: Layer) -> FileMapping:
    """Read a mapping, and list all that is wrong with it at once."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImportRefused(f"{path.name} cannot be read as TOML: {error}") from None
    problems = list(_shape_problems(given)) or list(_problems(given, layer))
    if problems:
        raise ImportRefused(f"the mapping {path.name} cannot be used", problems)
    return FileMapping(
        name=path.name,
        dataset=given.get("dataset"),
        sensitivity=given["sensitivity"],
        columns={name: _names(column) for name, column in given["columns"].items()},
        constants=given.get("constants", {}),
        dates=given.get("dates", {}),
        values=given.get("values", {}),
        missing=frozenset(given.get("missing", ())),
        widen_bounds=given.get("widen_bounds", False),
    )


def _shape_problems(given: Mapping[str, Any]) -> Iterator[str]:
    """Say what is no part of a mapping, or none of the right kind."""
    for key in given:
        if key not in _KEYS:
            yield str(UnknownThing("key", key, _KEYS))
    for key in _TABLES:
        if not isinstance(given.get(key, {}), dict):
            yield f"{key} is no table; write [{key}]"
    missing = given.get("missing", [])
    if not (isinstance(missing, list) and all(isinstance(cell, str) for cell in missing)):
        yield "missing is no list of texts"
    if not isinstance(given.get("widen_bounds", False), bool):
        yield "widen_bounds is neither true nor false"
    if "columns" not in given:
        yield "has no [columns]"
    if given.get("sensitivity") not in SENSITIVITIES:
        yield f"sensitivity is none of {', '.join(SENSITIVITIES)}; say who may see the rows"


def _problems(given: Mapping[str, Any], layer: Layer) -> Iterator[str]:
    fields = fields_of(layer)
    known = ["id", *PLACE, *fields]
    for table in _TABLES:
        for name in given.get(table, {}):
            if name in _BY_GEOMETRY:
                yield f"{table}: {name} is found by geometry; map to {name}_stated"
            elif name not in known:
                yield f"{table}: {UnknownThing(f'field of {layer.id}', name, known)}"
    columns, constants = given["columns"], given.get("constants", {})
    both = sorted(columns.keys() & constants.keys())
    yield from (f"{name} is a column and a constant" for name in both)
    needed = ["id", *(f.name for f in fields.values() if f.required), "source_title"]
    yield from (
        f"{name} is missing, and every row needs it"
        for name in needed
        if name not in columns and name not in constants
    )
    if "id" in constants:
        yield "id is a constant, and every row needs its own"
    for name, column in columns.items():
        names = _names(column)
        if not names or not all(isinstance(each, str) for each in names):
            yield f"columns: {name} names no column"
    for name, value in constants.items():
        yield from _constant_problems(fields.get(name), value)
    for name, written in given.get("dates", {}).items():
        yield from _date_problems(fields.get(name), name, written, columns)
    for name, table in given.get("values", {}).items():
        yield from _value_problems(fields.get(name), name, table, columns)


def _names(column: Any) -> tuple[Any, ...]:
    return tuple(column) if isinstance(column, list) else (column,)


def fields_of(layer: Layer) -> dict[str, Field]:
    """Give the fields that a mapping may fill."""
    own = (*layer.fields, *FEATURE_FIELDS)
    return {f.name: f for f in own if f.name not in (*_BY_GEOMETRY, "dataset")}


def _constant_problems(field: Field | None, value: Any) -> Iterator[str]:
    if field is None:
        return
    try:
        converter(field)(value)
    except Unfit as reason:
        yield f"constants: {reason}"


def _date_problems(
    field: Field | None, name: str, written: Any, columns: Mapping[str, Any]
) -> Iterator[str]:
    if field is None:
        return
    if field.type is not FieldType.DATE or name not in columns:
        yield f"dates: {name} is no column of days in this mapping"
        return
    try:
        again = datetime.strptime(_SOME_DAY.strftime(written), written).date()  # noqa: DTZ007
    except (ValueError, TypeError):
        again = None
    if again != _SOME_DAY:
        yield f"dates: {name} {written!r} does not say day, month and year, as %d/%m/%Y does"


def _value_problems(
    field: Field | None, name: str, table: Any, columns: Mapping[str, Any]
) -> Iterator[str]:
    if field is None:
        return
    if not isinstance(table, dict) or name not in columns:
        yield f"values: {name} is no column of this mapping, or [values.{name}] is no table"
        return
    allowed = [choice.value for choice in field.choices]
    for cell, value in table.items():
        if allowed and str(value) not in allowed:
            yield f"values: {cell}: {UnknownThing(f'value of {name}', str(value), allowed)}"
