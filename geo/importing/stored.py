"""Write rows as the store keeps them: lines of COPY's text form, each with the digest of its row.

Pure: no database. Texts are joined by hand because that takes a third of the driver's time.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import h3.api.basic_int as h3
import orjson
import shapely

from geo.formulas import FORMULA_STARTS
from geo.importing.blocks import Block
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

    cell: str
    member: str
    digested: str


# What rows say in a column: one by one, or one text where all say the same.
_Written = Sequence[str]


class BlockWriter:
    """Write the rows of one layer, and notice what a spreadsheet would run in their texts."""

    def __init__(self, layer: Layer) -> None:
        self.formula_fields: set[str] = set()
        self._said = {
            field.name: Remembered(self._writing(field))
            for field in (*layer.fields, *FEATURE_FIELDS)
        }
        self._drawn = Remembered(_drawn_point)
        self._ranges = Remembered(_range)

    def lines(self, block: Block) -> str:
        """Write the columns of rows, in the order of `stored_columns`, a line for each."""
        if not block.ids:
            return ""
        count = len(block.ids)
        said = {name: self._column(name, values) for name, values in block.columns.items()}
        if any(name.startswith(FORMULA_STARTS) for name in block.ids):
            self.formula_fields.add("id")
        points = self._drawn
        drawn = [points[at] if isinstance(at, LonLat) else _drawn(at) for at in block.places]
        geometries, cells, drawn_digested = zip(*drawn, strict=True)
        days, valid = zip(*map(self._ranges.__getitem__, block.valid), strict=True)
        documents = _joined(",", [members for _, members, _ in said.values()], count)
        digested = _joined(",", [said[name][2] for name in sorted(said)], count, skips_empty=True)
        columns = [
            *(written for written, _, _ in said.values()),
            [_escaped(name) for name in block.ids],
            geometries,
            days,
            block.sensitivities,
            [f"{{{text}}}".replace("\\", "\\\\") for text in documents],
            cells,
            [
                f"\\\\x{_digest(*what)}"
                for what in zip(
                    block.ids, drawn_digested, valid, block.sensitivities, digested, strict=True
                )
            ],
        ]
        return "\n".join((*_joined("\t", columns, count), ""))

    def _column(self, name: str, values: Sequence[Any]) -> tuple[_Written, _Written, _Written]:
        """Write a column: its cells, its members of the documents and of the digests."""
        known = self._said[name]
        # Most columns of most files say the same in all rows.
        if values.count(values[0]) == len(values):
            return known[values[0]]
        cells, members, digested = zip(*map(known.__getitem__, values), strict=True)
        return cells, members, digested

    def _writing(self, field: Field) -> Callable[[Any], _Said]:
        """Make what writes the values of a field."""
        name = _json(field.name)

        def write(value: Any) -> _Said:
            member = f"{name}:{_json(value)}"
            if value is None:
                return _Said(NULL, member, "")
            is_text = isinstance(value, str)
            if is_text and value.startswith(FORMULA_STARTS):
                self.formula_fields.add(field.name)
            # What a row need not say is left out, so that a new field with a default changes none.
            digested = "" if value == field.default else member
            # Numbers, dates and booleans have no sign to escape.
            return _Said(_escaped(value) if is_text else str(value), member, digested)

        return write


def _joined(
    sign: str, columns: Iterable[_Written], count: int, *, skips_empty: bool = False
) -> list[str]:
    """Put together what columns say, row by row."""
    parts: list[Sequence[str]] = []
    same: list[str] = []
    for column in (*columns, ()):
        if isinstance(column, str):
            if column or not skips_empty:
                same.append(column)
            continue
        if same:
            parts.append([sign.join(same)] * count)
            same = []
        if column:
            parts.append(column)
    rows = zip(*parts, strict=True)
    if skips_empty:
        return [sign.join(filter(None, row)) for row in rows]
    return list(map(sign.join, rows))


def _digest(row_id: str, place: str, valid: str, sensitivity: str, said: str) -> str:
    text = f"[{_json(row_id)},{place},{valid},{_json(sensitivity)},{{{said}}}]"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


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
