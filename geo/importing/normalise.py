"""Check raw rows against a layer's declaration: typed rows on one side, reasons on the other.

Pure: no database, no files. Nothing is guessed; what cannot be read is rejected with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

import shapely
from shapely.geometry.base import BaseGeometry

from geo.importing.readers._base import RawRow
from geo.spec import FEATURE_FIELDS, Field, FieldType, GeometryType, Layer, Time

LATEST = date.max - timedelta(days=1)
_OTHER_COLUMNS = frozenset({"id", "lon", "lat", "sensitivity"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row ready to be stored."""

    id: str
    geometry: BaseGeometry | None
    values: Mapping[str, Any]
    valid: tuple[date | None, date | None] | None
    sensitivity: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A row that cannot be stored, and why."""

    file: str
    line: int
    id: str | None
    reason: str

    def __str__(self) -> str:
        named = f" ({self.id})" if self.id else ""
        return f"{self.file} line {self.line}{named}: {self.reason}"


class _Bad(Exception):
    """A row's reason to be rejected."""


def normalise(layer: Layer, raw_rows: Iterable[RawRow]) -> tuple[list[Row], list[Rejected]]:
    """Sort raw rows into rows to store and rows to reject."""
    rows: list[Row] = []
    rejected: list[Rejected] = []
    seen: dict[str, str] = {}
    for raw in raw_rows:
        given = raw.values.get("id")
        name = None if given is None else str(given).strip() or None
        try:
            row = _normalise(layer, raw)
            if row.id in seen:
                raise _Bad(f"the id {row.id!r} stands in {seen[row.id]} already")
        except _Bad as reason:
            rejected.append(Rejected(file=raw.file, line=raw.line, id=name, reason=str(reason)))
            continue
        seen[row.id] = f"{raw.file} line {raw.line}"
        rows.append(row)
    return rows, rejected


def _normalise(layer: Layer, raw: RawRow) -> Row:
    fields = (*layer.fields, *FEATURE_FIELDS)
    known = {field.name for field in fields} | _OTHER_COLUMNS
    for name in raw.values:
        if name == "":
            raise _Bad(str(raw.values[name]))
        if name not in known and not _empty(raw.values[name]):
            raise _Bad(f"the column {name!r} is no field of {layer.id}")
    values = {field.name: _value(field, raw.values.get(field.name)) for field in fields}
    if _empty(raw.values.get("id")):
        raise _Bad("has no id")
    if values["source_title"] is None:
        raise _Bad("has no source_title; every row names its source")
    return Row(
        id=_text(raw.values["id"]),
        geometry=_geometry(layer, raw),
        values=values,
        valid=valid_span(layer.time, values) if layer.time else None,
        sensitivity=_text(raw.values.get("sensitivity") or "public"),
    )


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _value(field: Field, given: Any) -> Any:
    if _empty(given):
        if field.required:
            raise _Bad(f"{field.name} is empty and every row needs it")
        return None
    try:
        value = _READ[field.type](given)
    except (ValueError, TypeError, OverflowError):
        raise _Bad(f"{field.name} {str(given)!r} is not {_NAMED[field.type]}") from None
    if field.choices and field.choice(str(value)) is None:
        allowed = ", ".join(choice.value for choice in field.choices)
        raise _Bad(f"{field.name} {value!r} is none of {allowed}")
    return value


def _text(given: Any) -> str:
    text = str(given).strip()
    if "\x00" in text:
        raise _Bad("has a NUL character")
    return text


def _integer(given: Any) -> int:
    if isinstance(given, bool):
        raise ValueError(given)
    number = float(given)
    if not number.is_integer() or abs(number) > 2**31 - 1:
        raise ValueError(given)
    return int(number)


def _number(given: Any) -> float:
    number = float(given)
    if isinstance(given, bool) or number - number != 0:
        raise ValueError(given)
    return number


def _date(given: Any) -> date:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    day = date.fromisoformat(str(given).strip()[:10])
    if len(str(given).strip()) > 10:
        datetime.fromisoformat(str(given).strip())
    if day > LATEST:
        raise ValueError(given)
    return day


def _boolean(given: Any) -> bool:
    if isinstance(given, bool):
        return given
    # Tables with gaps come back from other tools with 1.0 for true.
    if isinstance(given, int | float) and given in (0, 1):
        return bool(given)
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(given).strip().lower() not in words:
        raise ValueError(given)
    return words[str(given).strip().lower()]


def _url(given: Any) -> str:
    text = _text(given)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(given)
    return text


_READ: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.URL: _url,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
}
_NAMED = {
    FieldType.TEXT: "a text",
    FieldType.URL: "an http or https address",
    FieldType.INTEGER: "a whole number",
    FieldType.NUMBER: "a number",
    FieldType.DATE: "a date (2016-05-29)",
    FieldType.BOOLEAN: "true or false",
}


def _geometry(layer: Layer, raw: RawRow) -> BaseGeometry | None:
    geometry = raw.geometry
    if geometry is None:
        lon, lat = raw.values.get("lon"), raw.values.get("lat")
        if _empty(lon) != _empty(lat):
            raise _Bad("has only one of lon and lat")
        if _empty(lon):
            return None
        try:
            geometry = shapely.Point(_number(lon), _number(lat))
        except (ValueError, TypeError):
            raise _Bad(f"lon {lon!r}, lat {lat!r} are not numbers") from None
    if geometry.is_empty:
        return None
    return _fitting(layer, shapely.force_2d(geometry))


def _fitting(layer: Layer, geometry: BaseGeometry) -> BaseGeometry:
    if layer.geometry is GeometryType.NONE:
        raise _Bad(f"has a geometry, and {layer.id} has none")
    west, south, east, north = geometry.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        problem = f"lies at {west:g}, {south:g}, outside longitude -180…180, latitude -90…90"
        raise _Bad(problem)
    if layer.geometry is GeometryType.POLYGON and geometry.geom_type == "Polygon":
        return _fitting(layer, shapely.MultiPolygon([cast(shapely.Polygon, geometry)]))
    if layer.geometry not in (GeometryType.ANY, geometry.geom_type):
        raise _Bad(f"is a {geometry.geom_type}, and {layer.id} holds {layer.geometry} features")
    if not geometry.is_valid:
        raise _Bad(f"has an invalid geometry: {shapely.is_valid_reason(geometry)}")
    return geometry


def valid_span(time: Time, values: Mapping[str, Any]) -> tuple[date | None, date | None] | None:
    """Work out from when to when a row was so, both days included; None where nothing is known.

    What is sure comes first: the stated day, else the latest possible start and the earliest
    possible end. Only where nothing is sure does the possible span stand in.
    """

    def day(name: str | None) -> date | None:
        return None if name is None else values.get(name)

    start = day(time.start) or day(time.start_latest)
    end = day(time.end) or day(time.end_earliest)
    if time.kind == "event":
        if start is None:
            return None
        end = end or start
    elif start is None and end is None:
        start, end = day(time.start_earliest), day(time.end_latest)
        if start is None and end is None:
            return None
    elif end is None and not time.stays_open:
        end = start
    elif start is None and not time.stays_open:
        start = end
    if start is not None and end is not None and end < start:
        raise _Bad(f"ends on {end}, before it starts on {start}")
    return start, end
