"""Make rows of any file as a mapping says, which geo.importing.mapping reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from geo.audience import has_datasets
from geo.errors import ImportRefused, UnknownThing, shorten
from geo.importing.blocks import RawBlock, side_by_side
from geo.importing.bounds import bounded, passes
from geo.importing.cells import is_empty
from geo.importing.crosswalk import Rules
from geo.importing.mapping import OTHERS, FileMapping
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
from geo.spec import SLUG, Layer, Source, Text

# Features of one file may have different properties: so many tell which columns it has.
LOOKED_AT = 1_000


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
        refuse_titles(first)
    if absent:
        raise ImportRefused(
            f"{first[0].file} has not the columns of {mapping.name}; nothing was changed"
            if first
            else "there are no rows; nothing was changed",
            [str(UnknownThing("column", name, columns)) for name in absent],
        )
    for raw in chain(first, remaining):
        yield row(raw) if raw.problem is None else rejected(raw, None, raw.problem)


def refuse_titles(first: Sequence[RawRow]) -> None:
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
            found = table.get(text_of(cell)) or table.get(OTHERS)
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
