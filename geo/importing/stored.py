"""Write a row as the store keeps it: one line of COPY's text form, and the digest of what it says.

Pure: no database. Texts are joined by hand because that takes a third of the driver's time.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import h3.api.basic_int as h3
import orjson
import shapely

from geo.formulas import FORMULA_STARTS
from geo.importing.normalise import Row
from geo.importing.place import LonLat, Place
from geo.importing.remembered import Remembered
from geo.importing.span import Span
from geo.schema import FINEST_CELL, SRID
from geo.spec import FEATURE_FIELDS, Field, Layer

NULL = "\\N"
_EWKB_POINT = struct.Struct("<BIIdd")
_POINT_WITH_SRID = 0x20000001
_ONE_DAY = timedelta(days=1)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def stored_columns(layer: Layer) -> list[str]:
    """Name the columns that a row is written to, in the order of its cells."""
    names = [field.name for field in (*layer.fields, *FEATURE_FIELDS)]
    return [*names, "id", "geom", "valid", "sensitivity", "document", "cell", "fingerprint"]


class _Said(NamedTuple):
    """A value of a field as it is written: in its column, in the document and in the digest."""

    place: int
    cell: str
    member: str
    digest_place: int
    digested: str | None
    # Whether a spreadsheet would run it.
    risky: bool


class RowWriter:
    """Write the rows of one layer, and notice what a spreadsheet would run in their texts."""

    def __init__(self, layer: Layer) -> None:
        fields = (*layer.fields, *FEATURE_FIELDS)
        in_order = sorted(field.name for field in fields)
        self._values = {
            field.name: Remembered(_writing(field, place, in_order.index(field.name)))
            for place, field in enumerate(fields)
        }
        self._unsaid = [f"{_json(field.name)}:null" for field in fields]
        self._drawn = Remembered(_drawn_point)
        self._ranges = Remembered(_range)
        self.formula_fields: set[str] = set()

    def line(self, row: Row) -> str:
        """Write the columns of a row, in the order of `stored_columns`."""
        values, unsaid = self._values, self._unsaid
        cells, document = [NULL] * len(unsaid), unsaid.copy()
        digested: list[str | None] = [None] * len(unsaid)
        for name, value in row.values.items():
            # Most fields of most rows are empty.
            if value is not None:
                place, cell, member, digest_place, digest, risky = values[name][value]
                cells[place], document[place] = cell, member
                digested[digest_place] = digest
                if risky:
                    self.formula_fields.add(name)
        if row.id.startswith(FORMULA_STARTS):
            self.formula_fields.add("id")
        shape = row.geometry
        drawn = self._drawn[shape] if isinstance(shape, LonLat) else _drawn(shape)
        days, valid = self._ranges[row.valid]
        digest_text = (
            f"[{_json(row.id)},{drawn.digested},{valid},{_json(row.sensitivity)},"
            f"{{{','.join(filter(None, digested))}}}]"
        )
        fingerprint = hashlib.blake2b(digest_text.encode(), digest_size=16).hexdigest()
        whole = f"{{{','.join(document)}}}"
        cells += (
            _escaped(row.id),
            drawn.geometry,
            days,
            row.sensitivity,
            whole.replace("\\", "\\\\") if "\\" in whole else whole,
            drawn.cell,
            "\\\\x" + fingerprint,
        )
        return "\t".join(cells) + "\n"


def _writing(field: Field, place: int, digest_place: int) -> Callable[[Any], _Said]:
    """Make what writes the values of a field."""
    name = _json(field.name)

    def write(value: Any) -> _Said:
        member = f"{name}:{_json(value)}"
        # Numbers, dates and booleans have no sign to escape.
        cell = _escaped(value) if isinstance(value, str) else str(value)
        # What a row need not say is left out, so that a new field with a default changes no row.
        digested = None if value == field.default else member
        risky = isinstance(value, str) and value.startswith(FORMULA_STARTS)
        return _Said(place, cell, member, digest_place, digested, risky)

    return write


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _escaped(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


class _Drawn(NamedTuple):
    """A place as EWKB, its cell, and as it goes into the digest: to the centimetre.

    Below that, two files differ only by how they were made.
    """

    geometry: str
    cell: str
    digested: str


def _drawn_point(place: LonLat) -> _Drawn:
    lon, lat = place
    geometry = _EWKB_POINT.pack(1, _POINT_WITH_SRID, SRID, lon, lat).hex()
    # Adding zero takes the sign from a zero.
    rounded = f"{round(lon, 7) + 0.0!r} {round(lat, 7) + 0.0!r}"
    return _Drawn(geometry, str(h3.latlng_to_cell(lat, lon, FINEST_CELL)), _json(rounded))


def _drawn(place: Place | None) -> _Drawn:
    if place is None:
        return _Drawn(NULL, NULL, "null")
    if isinstance(place, LonLat):
        return _drawn_point(place)
    if isinstance(place, shapely.Point):
        return _drawn_point(LonLat(place.x, place.y))
    with_srid = shapely.set_srid(place, SRID)
    geometry = shapely.to_wkb(with_srid, hex=True, include_srid=True, byte_order=1)
    return _Drawn(geometry, NULL, _json(shapely.to_wkt(place, rounding_precision=7, trim=True)))


def _range(valid: Span | None) -> tuple[str, str]:
    """Write days as PostgreSQL keeps them, up to the one after the last, and for the digest."""
    if valid is None:
        return NULL, "null"
    start, end = valid
    return f"[{start or ''},{'' if end is None else end + _ONE_DAY})", _json(valid)
