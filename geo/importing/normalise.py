"""Check raw rows against a layer's declaration: typed rows on one side, reasons on the other.

Pure: no database, no files. Nothing is guessed; what cannot be read is rejected with its line, and
of several reasons with the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from geo.errors import ImportRefused
from geo.importing.blocks import Block, RawBlock, Rejected
from geo.importing.cells import (
    SENSITIVITIES,
    Unfit,
    converter,
    is_empty,
    read_id,
    read_sensitivity,
)
from geo.importing.coded import Coded, Faults, same, together
from geo.importing.place import Place, read_place
from geo.importing.remembered import Remembered
from geo.importing.span import Span, valid_span
from geo.spec import FEATURE_FIELDS, Field, Layer

SHAPEFILE_NAME = 10
_OTHER_COLUMNS = frozenset({"id", "lon", "lat", "sensitivity"})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """What is asked of every row of a layer, looked up once."""

    # What stands where a row says nothing, by field.
    empty: Mapping[str, str | None]
    readers: Mapping[str, Callable[[Any], Any]]
    required: tuple[str, ...]
    triples: Mapping[tuple[str, ...], Callable[[tuple[Any, ...]], None]]
    days: tuple[str, ...]
    place: Callable[[tuple[Any, Any, Any]], Place | None]
    span: Callable[[tuple[Any, ...]], Span | None]


def checked(layer: Layer, raw_blocks: Iterable[RawBlock]) -> Iterator[Block]:
    """Check raw rows some at a time, as they come; a fault of a whole file ends it."""
    plan, seen = _plan(layer), _Ids()
    for raw in raw_blocks:
        yield _checked(layer, plan, seen, raw)


def _checked(layer: Layer, plan: _Plan, seen: _Ids, raw: RawBlock) -> Block:
    faults: Faults = {}
    ids = seen.read(raw, faults)
    _check_columns(layer, plan, raw)
    columns = {
        name: raw.columns[name].read(plan.readers[name], Unfit, faults).merged()
        if name in raw.columns
        else same(default, len(ids))
        for name, default in plan.empty.items()
    }
    for name in plan.required:
        _require(columns[name], f"{name} is empty and every row needs it", faults)
    _require(columns["source_title"], "has no source_title; every row names its source", faults)
    for names, check in plan.triples.items():
        together([columns[name] for name in names]).read(check, Unfit, faults)
    block = Block(
        ids=ids,
        places=_places(plan, raw, faults),
        columns=columns,
        valid=together([columns[name] for name in plan.days]).read(plan.span, Unfit, faults)
        if plan.days
        else same(None, len(ids)),
        sensitivities=_sensitivities(raw, faults),
    )
    if not faults:
        return block
    rejected = [
        Rejected(where=raw.where(place), id=ids[place] or None, reason=faults[place])
        for place in sorted(faults)
    ]
    is_sound = np.ones(len(ids), dtype=bool)
    is_sound[list(faults)] = False
    return replace(block.take(np.flatnonzero(is_sound)), rejected=rejected)


class _Ids:
    """The lines of the ids that were read, file by file: rows themselves are not kept."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], dict[str, int]] = {}

    def read(self, raw: RawBlock, faults: Faults) -> list[str]:
        """Read the ids of rows; one that cannot be read is empty."""
        if (raw.file, raw.unit) not in self._lines:
            _check_id_column(raw)
        lines = self._lines.setdefault((raw.file, raw.unit), {})
        cells = raw.columns.get("id") or same(None, len(raw.lines))
        ids = [found or "" for found in cells.read(read_id, Unfit, faults).rows()]
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
    days = layer.time.fields if layer.time else ()
    return _Plan(
        empty={field.name: field.default for field in fields},
        readers={field.name: _reader(field) for field in fields},
        required=tuple(field.name for field in fields if field.required),
        triples={tuple(triple): _triple_check(triple) for triple in triples if triple[1:]},
        days=days,
        place=_place_reader(layer),
        span=Remembered(partial(_span, layer, days)).__getitem__,
    )


def _reader(field: Field) -> Callable[[Any], Any]:
    """Make what reads a cell of a field, texts that come again at once."""
    convert = converter(field)
    known = Remembered[str, Any](convert)

    def read(cell: Any) -> Any:
        if cell is None or cell == "":
            return field.default
        return known[cell] if type(cell) is str else convert(cell)

    return read


def _place_reader(layer: Layer) -> Callable[[tuple[Any, Any, Any]], Place | None]:
    """Make what reads the place of a row, those of texts that come again at once."""

    def place(lon: Any, lat: Any, shape: Any = None) -> Place | None:
        return read_place(layer, {"lon": lon, "lat": lat}, shape)

    known = Remembered[tuple[str, str], Place | None](lambda cells: place(*cells))

    def read(given: tuple[Any, Any, Any]) -> Place | None:
        lon, lat, shape = given
        if shape is None and type(lon) is str and type(lat) is str:
            return known[lon, lat]
        return place(*given)

    return read


def _span(layer: Layer, names: Sequence[str], given: tuple[Any, ...]) -> Span | None:
    if layer.time is None:
        return None
    span = valid_span(layer.time, dict(zip(names, given, strict=True)))
    first = None if span is None or layer.time.kind != "event" else span[0]
    # Somewhere it may be tomorrow already.
    if first is not None and first > datetime.now(UTC).date() + timedelta(days=1):
        raise Unfit(f"happened on {first}, which is still to come")
    return span


def _require(column: Coded, reason: str, faults: Faults) -> None:
    for place in column.where(lambda value: value is None).tolist():
        faults.setdefault(place, reason)


def _places(plan: _Plan, raw: RawBlock, faults: Faults) -> Coded:
    nothing = same(None, len(raw.lines))
    given = [raw.columns.get("lon", nothing), raw.columns.get("lat", nothing)]
    return together([*given, raw.shapes or nothing]).read(plan.place, Unfit, faults)


def _sensitivities(raw: RawBlock, faults: Faults) -> Coded:
    if "sensitivity" not in raw.columns:
        return same(SENSITIVITIES[0], len(raw.lines))
    return raw.columns["sensitivity"].read(read_sensitivity, Unfit, faults)


def _check_columns(layer: Layer, plan: _Plan, raw: RawBlock) -> None:
    fields = plan.empty
    others = sorted(raw.columns.keys() - fields.keys() - _OTHER_COLUMNS)
    unknown = [name for name in others if not all(map(is_empty, raw.columns[name].values))]
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
