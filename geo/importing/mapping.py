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

import json
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from geo.audience import has_datasets
from geo.errors import ImportRefused, UnknownThing, shorten
from geo.importing.blocks import RawBlock, side_by_side
from geo.importing.bounds import bounded, passes
from geo.importing.cells import SENSITIVITIES, Unfit, converter, is_empty
from geo.importing.crosswalk import Rules
from geo.importing.readers import RawRow, read_file
from geo.importing.sources import sources
from geo.importing.sources._base import (
    DataSource,
    Problem,
    Remembered,
    as_day,
    numbered,
    placed,
    rejected,
    text_of,
)
from geo.spec import FEATURE_FIELDS, SLUG, Field, FieldType, Layer, Source, Text

# Features of one file may have different properties: so many tell which columns it has.
LOOKED_AT = 1_000
_BY_GEOMETRY = ("region", "cercle")
_PLACE = ("lon", "lat")
_KEYS = (
    *("dataset", "sensitivity", "missing", "widen_bounds"),
    *("columns", "constants", "dates", "values"),
)
_TABLES = ("columns", "constants", "dates", "values")
_OTHERS = "*"
_SOME_DAY = date(2021, 3, 25)
_DATES_OF_TEMPLATE = (
    '# date = "%d/%m/%Y"',
    '# date = "%Y %m %d"  # where its column is ["year", "month", "day"]',
)


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
    fields = _fields(layer)
    known = ["id", *_PLACE, *fields]
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


def _fields(layer: Layer) -> dict[str, Field]:
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


def mapped_source(mapping: FileMapping, layer: Layer, dataset: str | None = None) -> DataSource:
    """Make a source of data of a mapping; `dataset` goes before what the mapping says."""
    name = dataset or mapping.dataset
    if name is None or not SLUG.match(name):
        raise ImportRefused(
            f"the data set {name!r} is no slug of a-z, 0-9 and _; name it with --dataset or as "
            f"dataset in {mapping.name}"
        )
    own = layer.field("dataset")
    taken = {each.dataset for each in sources().values()} | {own.default if own else None}
    if name in taken:
        raise ImportRefused(f"the data set {name} has a source of its own; choose another name")
    row = _placing(mapping, layer, name)

    def read(path: Path, rules: Rules | None = None) -> Iterator[RawBlock]:
        return side_by_side(_rows(read_file(path), mapping, row))

    def rows_of(
        records: Iterable[Mapping[str, Any]], where: str, rules: Rules | None = None
    ) -> Iterator[RawBlock]:
        return side_by_side(_rows(numbered(records, where), mapping, row))

    said = {key: text_of(mapping.constants.get(f"source_{key}")) for key in ("title", "licence")}
    return DataSource(
        id="file",
        title=Text(en=name, fr=name),
        layer=layer.id,
        dataset=name,
        source=Source(
            title=said["title"] or name,
            licence=said["licence"] or "not stated",
            url=mapping.constants.get("source_url"),
        ),
        sensitivity=mapping.sensitivity,
        read=read,
        rows_of=rows_of,
    )


def _rows(
    raws: Iterable[RawRow], mapping: FileMapping, row: Callable[[RawRow], RawRow]
) -> Iterator[RawRow]:
    remaining = iter(raws)
    first = list(islice(remaining, LOOKED_AT))
    columns = {name for raw in first for name in raw.values}
    named = dict.fromkeys(chain.from_iterable(mapping.columns.values()))
    absent = [name for name in named if name not in columns]
    if first and not columns:
        _refuse_titles(first)
    if absent:
        raise ImportRefused(
            f"{first[0].file} has not the columns of {mapping.name}; nothing was changed"
            if first
            else "there are no rows; nothing was changed",
            [str(UnknownThing("column", name, columns)) for name in absent],
        )
    for raw in chain(first, remaining):
        yield row(raw) if raw.problem is None else rejected(raw, None, raw.problem)


def _refuse_titles(first: Sequence[RawRow]) -> None:
    """Refuse a file of which no row fits its header, which is then most often a title above it."""
    raise ImportRefused(
        f"{first[0].file}: the first row has to be the header, with the names of the columns, and "
        f"no row fits it: {first[0].unit} {first[0].line} {first[0].problem}; take out titles and "
        "notes above the header; nothing was changed"
    )


def _placing(mapping: FileMapping, layer: Layer, dataset: str) -> Callable[[RawRow], RawRow]:
    """Make what turns one raw row into one of the layer."""
    constant = {**mapping.constants, "sensitivity": mapping.sensitivity}
    if has_datasets(layer):
        constant["dataset"] = dataset
    read = {name: _reader(mapping, layer, name) for name in mapping.columns if name != "id"}
    cell_of = {
        name: _cell_of(columns, mapping.missing, "-" if name == "id" else " ")
        for name, columns in mapping.columns.items()
    }
    pairs = [(name, cell_of[name], cells) for name, cells in read.items()]
    bounds = bounded({*mapping.columns, *mapping.constants})
    beyond = Remembered[tuple[Any, str, Any], bool](lambda figures: passes(*figures))
    id_of, missing = cell_of["id"], mapping.missing

    def row(raw: RawRow) -> RawRow:
        given = raw.values
        stated = text_of(id_of(given))
        row_id = f"{dataset}-{stated}" if stated else None
        values: dict[str, Any] = {"id": row_id, **constant}
        try:
            for name, cell_in, cells in pairs:
                cell = cell_in(given)
                if not is_empty(cell) and cell not in missing:
                    values[name] = cells[cell] if cells is not None else cell
            for best, bound in bounds:
                if beyond[values.get(best), bound, values.get(bound)]:
                    _check_widened(mapping, values, best, bound)
                    values[bound] = values[best]
        except TypeError:
            return rejected(raw, row_id, f"{name} is a list or an object; a field has one value")
        except Problem as problem:
            return rejected(raw, row_id, str(problem))
        return placed(raw, values)

    return row


def _check_widened(mapping: FileMapping, values: Mapping[str, Any], best: str, bound: str) -> None:
    """Reject a row whose best figure passes a bound, unless the mapping says what to make of it."""
    if not mapping.widen_bounds:
        raise Problem(
            f"{best} {values[best]} passes {bound} {values[bound]}; widen_bounds = true in "
            f"{mapping.name} takes such rows and moves the bound"
        )


def _cell_of(
    columns: tuple[str, ...], missing: Collection[str], between: str
) -> Callable[[Mapping[str, Any]], Any]:
    """Make what takes the cell of a column out of a row, or puts those of several together."""
    if len(columns) == 1:
        (column,) = columns
        return lambda given: given.get(column)

    def together(given: Mapping[str, Any]) -> str:
        cells = (given.get(column) for column in columns)
        said = (text_of(cell) for cell in cells if not is_empty(cell) and cell not in missing)
        return between.join(said)

    return together


def _reader(mapping: FileMapping, layer: Layer, name: str) -> Remembered[Any, Any] | None:
    """Give what reads the cells of a column that are not as the layer has them; else None."""
    if name in mapping.values:
        table, column = mapping.values[name], ", ".join(mapping.columns[name])

        def value(cell: Any) -> str:
            found = table.get(text_of(cell)) or table.get(_OTHERS)
            if found is None:
                raise Problem(
                    f"{column} {shorten(text_of(cell))!r} stands in no line of [values.{name}] in "
                    f"{mapping.name}"
                )
            return found

        return Remembered(value)
    written = mapping.dates.get(name)
    if written is None:
        return None

    def day(cell: Any) -> date:
        if isinstance(cell, date) and (found := as_day(cell)) is not None:
            return found
        try:
            return datetime.strptime(text_of(cell), written).date()  # noqa: DTZ007
        except ValueError:
            raise Problem(f"{name} {shorten(text_of(cell))!r} is not written {written}") from None

    return Remembered(day)


def template(path: Path, layer: Layer) -> str:
    """Write a mapping to be filled in: what a file's columns are and what the layer's fields."""
    first = list(islice(read_file(path), LOOKED_AT))
    columns = list(dict.fromkeys(name for raw in first for name in raw.values))
    if not columns:
        _refuse_titles(first)
    fields = _fields(layer)
    lines = ['dataset = "…"', 'sensitivity = "restricted"', "missing = []"]
    if bounded(fields):
        lines += ["# widen_bounds = true  # move a low or high figure that the best one passes"]
    lines += ["", "[columns]"]
    lines += [f"# columns of {path.name}: {', '.join(map(_quoted, columns))}"]
    for name in ("id", *_PLACE, *fields):
        needed = name in ("id", "source_title") or (name in fields and fields[name].required)
        same = name in columns
        mark = "" if same or needed else "# "
        note = "  # every row needs it, here or as a constant" if needed else ""
        lines.append(f"{mark}{name} = {_quoted(name if same else '…')}{note}")
    lines += ["", "[constants]", "", "[dates]", *_DATES_OF_TEMPLATE, ""]
    for field in fields.values():
        if field.choices and field.required:
            values = ", ".join(choice.value for choice in field.choices)
            lines += [f"# [values.{field.name}]", f"# cell = one of {values}", ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Write a text as TOML does, which in this is as JSON does."""
    return json.dumps(text, ensure_ascii=False)
