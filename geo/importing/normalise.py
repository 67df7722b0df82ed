"""Check raw rows against a layer's declaration: typed rows on one side, reasons on the other.

Pure: no database, no files. Nothing is guessed; what cannot be read is rejected with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, cast

from geo.errors import ImportRefused
from geo.importing.cells import (
    SENSITIVITIES,
    Converter,
    Unfit,
    converter,
    is_empty,
    read_id,
    read_sensitivity,
)
from geo.importing.place import LonLat, Place, read_place
from geo.importing.readers._base import RawRow
from geo.importing.remembered import Remembered
from geo.importing.span import Span, valid_span
from geo.spec import FEATURE_FIELDS, Layer

SHAPEFILE_NAME = 10
_OTHER_COLUMNS = frozenset({"id", "lon", "lat", "sensitivity"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row ready to be stored."""

    id: str
    geometry: Place | None
    values: Mapping[str, Any]
    valid: Span | None
    sensitivity: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A row that cannot be stored, and why; `id` is None where it cannot be read."""

    where: str
    id: str | None
    reason: str

    def __str__(self) -> str:
        named = f" ({self.id})" if self.id else ""
        return f"{self.where}{named}: {self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """What is asked of every row of a layer, looked up once."""

    empty: Mapping[str, str | None]
    # By the cell; by its type too, for 1 and true are equal and mean different things.
    texts: Mapping[str, Remembered[str, Any]]
    others: Mapping[str, Remembered[tuple[type, Any], Any]]
    required: tuple[str, ...]
    triples: tuple[tuple[str, ...], ...]
    points: Remembered[tuple[str, str], LonLat]
    days: tuple[str, ...]
    spans: Remembered[tuple[Any, ...], Span | None]


def normalise(layer: Layer, raw_rows: Iterable[RawRow]) -> tuple[list[Row], list[Rejected]]:
    """Sort raw rows into rows to store and rows to reject."""
    rows: list[Row] = []
    rejected: list[Rejected] = []
    for row in checked(layer, raw_rows):
        if isinstance(row, Row):
            rows.append(row)
        else:
            rejected.append(row)
    return rows, rejected


def checked(layer: Layer, raw_rows: Iterable[RawRow]) -> Iterator[Row | Rejected]:
    """Check raw rows one by one, as they come; a fault of a whole file ends it."""
    plan = _plan(layer)
    # File by file the line of each id: rows themselves are not kept.
    seen: dict[tuple[str, str], dict[str, int]] = {}
    lines: dict[str, int] = {}
    at = None
    for raw in raw_rows:
        if at != (raw.file, raw.unit):
            at = (raw.file, raw.unit)
            lines = seen.setdefault(at, {})
            _check_id_column(raw)
        try:
            name = read_id(raw.values.get("id"))
        except Unfit as reason:
            yield Rejected(where=raw.where, id=None, reason=raw.problem or str(reason))
            continue
        try:
            # Also after a row that is rejected: which of the two is meant is not ours to guess.
            earlier = _earlier(seen, name)
            if earlier is not None:
                raise Unfit(f"the id {name!r} stands in {earlier} already")
            lines[name] = raw.line
            if raw.problem is not None:
                raise Unfit(raw.problem)
            yield _checked(layer, plan, name, raw)
        except Unfit as reason:
            yield Rejected(where=raw.where, id=name, reason=str(reason))


def _earlier(seen: Mapping[tuple[str, str], Mapping[str, int]], name: str) -> str | None:
    for (file, unit), lines in seen.items():
        if name in lines:
            return f"{file} {unit} {lines[name]}"
    return None


def _check_id_column(first: RawRow) -> None:
    """Refuse a file without ids; one fault, however many rows have it."""
    if "id" not in first.values and first.problem is None:
        found = ", ".join(sorted(first.values)) or "none"
        raise ImportRefused(f"{first.file} has no column id; found {found}; nothing was changed")


@lru_cache(maxsize=64)
def _plan(layer: Layer) -> _Plan:
    fields = (*layer.fields, *FEATURE_FIELDS)
    names = [field.name for field in fields]
    stems = [name.removesuffix("_best") for name in names if name.endswith("_best")]
    triples = [[f"{stem}_{end}" for end in ("low", "best", "high")] for stem in stems]
    converters = {field.name: converter(field) for field in fields}
    days = layer.time.fields if layer.time else ()
    return _Plan(
        empty={field.name: field.default for field in fields},
        texts={name: Remembered(convert) for name, convert in converters.items()},
        others={name: Remembered(_of_value(convert)) for name, convert in converters.items()},
        required=tuple(field.name for field in fields if field.required),
        triples=tuple(tuple(n for n in triple if n in names) for triple in triples),
        points=Remembered(lambda cells: _point(layer, *cells)),
        days=days,
        spans=Remembered(lambda found: _span(layer, dict(zip(days, found, strict=True)))),
    )


def _of_value(convert: Converter) -> Callable[[tuple[type, Any]], Any]:
    return lambda typed: convert(typed[1])


def _point(layer: Layer, lon: str, lat: str) -> LonLat:
    return cast(LonLat, read_place(layer, {"lon": lon, "lat": lat}, None))


def _span(layer: Layer, values: Mapping[str, Any]) -> Span | None:
    return valid_span(layer.time, values) if layer.time else None


def _checked(layer: Layer, plan: _Plan, name: str, raw: RawRow) -> Row:
    values: dict[str, Any] = dict(plan.empty)
    texts, others, given_values = plan.texts, plan.others, raw.values
    for column, given in given_values.items():
        if given is None or given == "":
            continue
        if column in texts:
            values[column] = (
                texts[column][given] if given.__class__ is str else _other(others[column], given)
            )
        elif column not in _OTHER_COLUMNS and not is_empty(given):
            raise _unknown_columns(layer, raw)
    for column in plan.required:
        if values[column] is None:
            raise Unfit(f"{column} is empty and every row needs it")
    if values["source_title"] is None:
        raise Unfit("has no source_title; every row names its source")
    for triple in plan.triples:
        _check_triple(triple, values)
    sensitivity = given_values.get("sensitivity")
    return Row(
        id=name,
        geometry=_place(layer, plan, raw),
        values=values,
        valid=plan.spans[tuple([values[day] for day in plan.days])],
        sensitivity=sensitivity if sensitivity in SENSITIVITIES else read_sensitivity(sensitivity),
    )


def _other(known: Remembered[tuple[type, Any], Any], given: Any) -> Any:
    """Read a cell that is no text; what cannot be a key cannot be a value either."""
    try:
        return known[given.__class__, given]
    except TypeError:
        return known.work_out((given.__class__, given))


def _place(layer: Layer, plan: _Plan, raw: RawRow) -> Place | None:
    if raw.geometry is None:
        lon, lat = raw.values.get("lon"), raw.values.get("lat")
        if lon.__class__ is str and lat.__class__ is str and lon.strip() and lat.strip():
            return plan.points[lon, lat]
    return read_place(layer, raw.values, raw.geometry)


def _unknown_columns(layer: Layer, raw: RawRow) -> ImportRefused:
    fields = _plan(layer).empty
    given = {column for column, value in raw.values.items() if not is_empty(value)}
    unknown = sorted(given - {*fields, *_OTHER_COLUMNS})
    cut = raw.file.endswith(".shp") and any(len(column) == SHAPEFILE_NAME for column in unknown)
    hint = "; a shapefile cuts names to 10 letters: use GeoPackage" if cut else ""
    return ImportRefused(
        f"{raw.file} has columns that are no fields of {layer.id}: {', '.join(unknown)}{hint}; "
        "nothing was changed",
        [f"fields are {', '.join(fields)}"],
    )


def _check_triple(names: tuple[str, ...], values: Mapping[str, Any]) -> None:
    """Refuse a low figure above the best or the high one."""
    stated = [(name, value) for name in names if (value := values[name]) is not None]
    if len(stated) < 2:
        return
    for (name, value), (next_name, next_value) in pairwise(stated):
        if value > next_value:
            raise Unfit(f"{name} {value} is above {next_name} {next_value}")
