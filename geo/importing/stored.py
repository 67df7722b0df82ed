"""Write a row as the store keeps it: one line of COPY's text form, and the digest of what it says.

Pure: no database. Texts are joined by hand because that takes a third of the driver's time.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import h3.api.basic_int as h3
import orjson
import shapely

from geo.formulas import FORMULA_STARTS
from geo.importing.normalise import Row
from geo.importing.place import LonLat, Place
from geo.schema import FINEST_CELL, SRID
from geo.spec import FEATURE_FIELDS, Layer

NULL = "\\N"
_EWKB_POINT = struct.Struct("<BIIdd")
_POINT_WITH_SRID = 0x20000001
_ONE_DAY = timedelta(days=1)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class RowWriter:
    """Write the rows of one layer, and notice what a spreadsheet would run in their texts."""

    def __init__(self, layer: Layer) -> None:
        names = [field.name for field in (*layer.fields, *FEATURE_FIELDS)]
        self._unknown = dict.fromkeys(names)
        self._places = {name: place for place, name in enumerate(names)}
        self._defaults = {f.name: f.default for f in layer.fields if f.default is not None}
        self.columns = [*names, "id", "geom"]
        self.columns += ["valid", "sensitivity", "document", "cell", "fingerprint"]
        self.formula_fields: set[str] = set()

    def line(self, row: Row) -> str:
        """Write the columns of a row, in the order of `columns`."""
        # Most fields of most rows are empty: only the others are looked at one by one.
        said = {name: value for name, value in row.values.items() if value is not None}
        cells = [NULL] * len(self._places)
        for name, value in said.items():
            if isinstance(value, str):
                if value.startswith(FORMULA_STARTS):
                    self.formula_fields.add(name)
                cells[self._places[name]] = _escaped(value)
            else:
                # Numbers, dates and booleans, none of which has a sign to escape.
                cells[self._places[name]] = str(value)
        if row.id.startswith(FORMULA_STARTS):
            self.formula_fields.add("id")
        geometry, cell, place = _drawn(row.geometry)
        document = orjson.dumps(self._unknown | said).decode()
        cells += (
            _escaped(row.id),
            geometry,
            _range(row.valid),
            row.sensitivity,
            document.replace("\\", "\\\\") if "\\" in document else document,
            cell,
            "\\\\x" + _fingerprint(row, self._beyond_defaults(said), place),
        )
        return "\t".join(cells) + "\n"

    def _beyond_defaults(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """Leave out what a row need not say, so that a new field with a default changes no row."""
        defaults = self._defaults
        if any(said.get(name) == value for name, value in defaults.items()):
            return {n: v for n, v in said.items() if n not in defaults or defaults[n] != v}
        return said


def _fingerprint(row: Row, said: Mapping[str, Any], place: str | None) -> str:
    """Digest what a row says, whatever fields there are beside and in which order."""
    content = [row.id, place, row.valid, row.sensitivity, said]
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _escaped(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def _drawn(place: Place | None) -> tuple[str, str, str | None]:
    """Give a place as EWKB, its cell, and its coordinates to the centimetre.

    Below a centimetre, two files differ only by how they were made.
    """
    if place is None:
        return NULL, NULL, None
    if isinstance(place, shapely.Point):
        place = LonLat(place.x, place.y)
    if isinstance(place, LonLat):
        lon, lat = place
        drawn = _EWKB_POINT.pack(1, _POINT_WITH_SRID, SRID, lon, lat).hex()
        # Adding zero takes the sign from a zero.
        rounded = f"{round(lon, 7) + 0.0!r} {round(lat, 7) + 0.0!r}"
        return drawn, str(h3.latlng_to_cell(lat, lon, FINEST_CELL)), rounded
    with_srid = shapely.set_srid(place, SRID)
    drawn = shapely.to_wkb(with_srid, hex=True, include_srid=True, byte_order=1)
    return drawn, NULL, shapely.to_wkt(place, rounding_precision=7, trim=True)


def _range(valid: tuple[date | None, date | None] | None) -> str:
    if valid is None:
        return NULL
    start, end = valid
    # As PostgreSQL keeps days: from the first on, up to the one after the last.
    return f"[{start or ''},{'' if end is None else end + _ONE_DAY})"
