"""Check raw rows against a layer's declaration: typed rows on one side, reasons on the other.

Pure: no database, no files. Nothing is guessed; what cannot be read is rejected with its line, and
of several reasons with the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeVar

from geo.errors import ImportRefused
from geo.importing.blocks import Block, RawBlock, Rejected, side_by_side
from geo.importing.cells import (
    SENSITIVITIES,
    Converter,
    Unfit,
    converter,
    is_empty,
    read_id,
    read_sensitivity,
)
from geo.importing.place import Place, read_place
from geo.importing.readers._base import RawRow
from geo.importing.remembered import Remembered
from geo.importing.span import Span, valid_span
from geo.spec import FEATURE_FIELDS, Layer

SHAPEFILE_NAME = 10
_OTHER_COLUMNS = frozenset({"id", "lon", "lat", "sensitivity"})
_TEXT_OR_NONE = frozenset({str, type(None)})
# By their place in a block, why rows are rejected.
Faults = dict[int, str]
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """What is asked of every row of a layer, looked up once."""

    empty: Mapping[str, str | None]
    # By the cell; by its type too, for 1 and true are equal and mean different things.
    texts: Mapping[str, Remembered[str | None, Any]]
    others: Mapping[str, Remembered[tuple[type, Any], Any]]
    required: tuple[str, ...]
    triples: Mapping[tuple[str, ...], Remembered[tuple[Any, ...], None]]
    points: Remembered[tuple[str | None, str | None], Place | None]
    days: tuple[str, ...]
    spans: Remembered[tuple[Any, ...], Span | None]


def checked(layer: Layer, raw_rows: Iterable[RawRow]) -> Iterator[Block]:
    """Check raw rows some at a time, as they come; a fault of a whole file ends it."""
    plan, seen = _plan(layer), _Ids()
    for raw in side_by_side(raw_rows):
        yield _checked(layer, plan, seen, raw)


def _checked(layer: Layer, plan: _Plan, seen: _Ids, raw: RawBlock) -> Block:
    faults: Faults = {}
    ids = seen.read(raw, faults)
    _check_columns(layer, plan, raw)
    columns = {
        name: _typed(plan, name, raw.columns[name], faults)
        if name in raw.columns
        else [default] * len(ids)
        for name, default in plan.empty.items()
    }
    for name in plan.required:
        _require(columns[name], f"{name} is empty and every row needs it", faults)
    _require(columns["source_title"], "has no source_title; every row names its source", faults)
    for names, known in plan.triples.items():
        _each(known.__getitem__, _rows(columns, names), faults)
    block = Block(
        ids=ids,
        places=_places(layer, plan, raw, faults),
        columns=columns,
        valid=_each(plan.spans.__getitem__, _rows(columns, plan.days), faults)
        if plan.days
        else [None] * len(ids),
        sensitivities=_sensitivities(raw, faults),
    )
    if not faults:
        return block
    rejected = [
        Rejected(where=raw.where(place), id=ids[place] or None, reason=faults[place])
        for place in sorted(faults)
    ]
    sound = block.take([place for place in range(len(ids)) if place not in faults])
    return replace(sound, rejected=rejected)


class _Ids:
    """The lines of the ids that were read, file by file: rows themselves are not kept."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], dict[str, int]] = {}

    def read(self, raw: RawBlock, faults: Faults) -> list[str]:
        """Read the ids of rows; one that cannot be read is empty."""
        if (raw.file, raw.unit) not in self._lines:
            _check_id_column(raw)
        lines = self._lines.setdefault((raw.file, raw.unit), {})
        cells = raw.columns.get("id", [None] * len(raw.lines))
        ids = [found or "" for found in _each(read_id, cells, faults)]
        faults.update({place: raw.problems[place] for place in faults.keys() & raw.problems})
        new = dict(zip(ids, raw.lines, strict=True))
        is_new = all(others.keys().isdisjoint(new) for others in self._lines.values())
        if is_new and len(new) == len(ids) and "" not in new:
            lines.update(new)
        else:
            self._note_one_by_one(ids, raw, lines, faults)
        for place, problem in raw.problems.items():
            faults.setdefault(place, problem)
        return ids

    def _note_one_by_one(
        self, ids: Sequence[str], raw: RawBlock, lines: dict[str, int], faults: Faults
    ) -> None:
        for place, name in enumerate(ids):
            # Also after a row that is rejected: which of the two is meant is not ours to guess.
            earlier = self._earlier(name)
            if earlier is not None:
                faults[place] = f"the id {name!r} stands in {earlier} already"
            elif name:
                lines[name] = raw.lines[place]

    def _earlier(self, name: str) -> str | None:
        for (file, unit), lines in self._lines.items():
            if name in lines:
                return f"{file} {unit} {lines[name]}"
        return None


def _check_id_column(first: RawBlock) -> None:
    """Refuse a file without ids; one fault, however many rows have it."""
    if "id" not in first.columns and 0 not in first.problems:
        found = ", ".join(sorted(first.columns)) or "none"
        raise ImportRefused(f"{first.file} has no column id; found {found}; nothing was changed")


@lru_cache(maxsize=64)
def _plan(layer: Layer) -> _Plan:
    fields = (*layer.fields, *FEATURE_FIELDS)
    names = [field.name for field in fields]
    stems = [name.removesuffix("_best") for name in names if name.endswith("_best")]
    triples = [[f"{stem}_{end}" for end in ("low", "best", "high")] for stem in stems]
    triples = [[name for name in triple if name in names] for triple in triples]
    converters = {field.name: converter(field) for field in fields}
    days = layer.time.fields if layer.time else ()
    return _Plan(
        empty={field.name: field.default for field in fields},
        texts={
            field.name: Remembered(_of_text(converters[field.name], field.default))
            for field in fields
        },
        others={name: Remembered(_of_value(convert)) for name, convert in converters.items()},
        required=tuple(field.name for field in fields if field.required),
        triples={
            tuple(triple): Remembered(_triple_check(triple)) for triple in triples if triple[1:]
        },
        points=Remembered(lambda cells: _point(layer, *cells)),
        days=days,
        spans=Remembered(lambda found: _span(layer, dict(zip(days, found, strict=True)))),
    )


def _of_text(convert: Converter, default: str | None) -> Callable[[str | None], Any]:
    return lambda cell: default if cell is None or cell == "" else convert(cell)


def _of_value(convert: Converter) -> Callable[[tuple[type, Any]], Any]:
    return lambda typed: convert(typed[1])


def _point(layer: Layer, lon: Any, lat: Any) -> Place | None:
    return read_place(layer, {"lon": lon, "lat": lat}, None)


def _span(layer: Layer, values: Mapping[str, Any]) -> Span | None:
    if layer.time is None:
        return None
    span = valid_span(layer.time, values)
    first = None if span is None or layer.time.kind != "event" else span[0]
    # Somewhere it may be tomorrow already.
    if first is not None and first > datetime.now(UTC).date() + timedelta(days=1):
        raise Unfit(f"happened on {first}, which is still to come")
    return span


def _each(read: Callable[[K], V], given: Sequence[K], faults: Faults) -> list[Any]:
    """Read all; where one is unfit, note why unless its row has a fault already, and go on."""
    try:
        return list(map(read, given))
    except Unfit:
        found: list[V | None] = [None] * len(given)
    for place, one in enumerate(given):
        try:
            found[place] = read(one)
        except Unfit as reason:
            faults.setdefault(place, str(reason))
    return found


def _rows(columns: Mapping[str, Sequence[Any]], names: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(columns[name] for name in names), strict=True))


def _typed(plan: _Plan, name: str, cells: Sequence[Any], faults: Faults) -> list[Any]:
    """Read the cells of a field."""
    texts = plan.texts[name]
    if _TEXT_OR_NONE.issuperset(map(type, cells)):
        return _each(texts.__getitem__, cells, faults)
    others = plan.others[name]

    def read(cell: Any) -> Any:
        return texts[cell] if type(cell) in _TEXT_OR_NONE else _other(others, cell)

    return _each(read, cells, faults)


def _other(known: Remembered[tuple[type, Any], Any], given: Any) -> Any:
    """Read a cell that is no text; what cannot be a key cannot be a value either."""
    try:
        return known[given.__class__, given]
    except TypeError:
        return known.work_out((given.__class__, given))


def _require(column: Sequence[Any], reason: str, faults: Faults) -> None:
    if None in column:
        for place, value in enumerate(column):
            if value is None:
                faults.setdefault(place, reason)


def _places(layer: Layer, plan: _Plan, raw: RawBlock, faults: Faults) -> list[Place | None]:
    nothing = [None] * len(raw.lines)
    lons, lats = raw.columns.get("lon", nothing), raw.columns.get("lat", nothing)
    if raw.shapes is None and _TEXT_OR_NONE.issuperset(map(type, (*lons, *lats))):
        return _each(plan.points.__getitem__, list(zip(lons, lats, strict=True)), faults)

    def place(given: tuple[Any, Any, Any]) -> Place | None:
        lon, lat, shape = given
        return read_place(layer, {"lon": lon, "lat": lat}, shape)

    return _each(place, list(zip(lons, lats, raw.shapes or nothing, strict=True)), faults)


def _sensitivities(raw: RawBlock, faults: Faults) -> list[str]:
    if "sensitivity" not in raw.columns:
        return [SENSITIVITIES[0]] * len(raw.lines)
    return _each(read_sensitivity, raw.columns["sensitivity"], faults)


def _check_columns(layer: Layer, plan: _Plan, raw: RawBlock) -> None:
    fields = plan.empty
    others = sorted(raw.columns.keys() - fields.keys() - _OTHER_COLUMNS)
    unknown = [name for name in others if not all(map(is_empty, raw.columns[name]))]
    if not unknown:
        return
    cut = raw.file.endswith(".shp") and any(len(column) == SHAPEFILE_NAME for column in unknown)
    hint = "; a shapefile cuts names to 10 letters: use GeoPackage" if cut else ""
    raise ImportRefused(
        f"{raw.file} has columns that are no fields of {layer.id}: {', '.join(unknown)}{hint}; "
        "nothing was changed",
        [f"fields are {', '.join(fields)}"],
    )


def _triple_check(names: Sequence[str]) -> Callable[[tuple[Any, ...]], None]:
    """Make what refuses a low figure above the best or the high one."""

    def check(values: tuple[Any, ...]) -> None:
        stated = [(n, value) for n, value in zip(names, values, strict=True) if value is not None]
        for (name, value), (next_name, next_value) in pairwise(stated):
            if value > next_value:
                raise Unfit(f"{name} {value} is above {next_name} {next_value}")

    return check
