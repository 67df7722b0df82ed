"""Write rows as the store keeps them: lines of COPY's text form, each with the digest of its row.

Pure: no database. What a value is in its column, in the document and in the digest is written once
for all rows of a block that have it; Arrow puts together what rows say.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple

import h3.api.basic_int as h3
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.formulas import FORMULA_STARTS
from geo.importing.blocks import Block
from geo.importing.coded import Coded, each
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
    """A value as it is written: in its column, in the document and in the digest."""

    cell: str
    member: str
    # None: it has no part in it.
    digested: str | None


class _Drawn(NamedTuple):
    """A place as EWKB, its cell of the grid, and as it goes into the digest: to the centimetre.

    Below that, two files differ only by how they were made.
    """

    cell: str
    hexagon: str
    digested: str


class _Ranged(NamedTuple):
    """Days as PostgreSQL keeps them, up to the one after the last, and for the digest."""

    cell: str
    digested: str


# What rows say: one by one, an array of Arrow's, or what all of them do, a text; None is left out
# where columns are joined.
_Written = Any


class BlockWriter:
    """Write the rows of one layer, and notice what a spreadsheet would run in their texts."""

    def __init__(self, layer: Layer) -> None:
        self.formula_fields: set[str] = set()
        self._said = {
            field.name: Remembered(self._writing(field))
            for field in (*layer.fields, *FEATURE_FIELDS)
        }
        self._points = Remembered(_drawn_point)
        self._ranges = Remembered(_ranged)

    def lines(self, block: Block) -> memoryview:
        """Write the columns of rows, in the order of `stored_columns`, a line for each."""
        if not block.ids:
            return memoryview(b"")
        if any(name.startswith(FORMULA_STARTS) for name in block.ids):
            self.formula_fields.add("id")
        said = {
            name: column.map(self._said[name].__getitem__) for name, column in block.columns.items()
        }
        ids, sensitivities = each(block.ids), block.sensitivities
        drawn, ranges = block.places.map(self._draw), block.valid.map(self._ranges.__getitem__)
        members = {name: column.map(attrgetter("member")) for name, column in said.items()}
        columns = [
            *(_parts(column, "cell") for column in said.values()),
            _texts(ids.map(_escaped)),
            *(_parts(column, "cell") for column in (drawn, ranges)),
            _texts(sensitivities),
            _document([*members.values()]),
            _parts(drawn, "hexagon"),
            _digests(
                _texts(ids.map(_json)),
                *(_parts(column, "digested") for column in (drawn, ranges)),
                _texts(sensitivities.map(_json)),
                _joined(",", [_digested(said[name], members[name]) for name in sorted(said)]),
            ),
        ]
        return _bytes(_joined("\t", columns))[0]

    def _draw(self, place: Place | None) -> _Drawn:
        return self._points[place] if isinstance(place, LonLat) else _drawn(place)

    def _writing(self, field: Field) -> Callable[[Any], _Said]:
        """Make what writes the values of a field."""
        name = _json(field.name)

        def write(value: Any) -> _Said:
            member = f"{name}:{_json(value)}"
            if value is None:
                return _Said(NULL, member, None)
            is_text = isinstance(value, str)
            if is_text and value.startswith(FORMULA_STARTS):
                self.formula_fields.add(field.name)
            # What a row need not say is left out, so that a new field with a default changes none.
            digested = None if value == field.default else member
            # Numbers, dates and booleans have no sign to escape.
            return _Said(_escaped(value) if is_text else str(value), member, digested)

        return write


def _parts(column: Coded, name: str) -> _Written:
    return _texts(column.map(attrgetter(name)))


def _document(members: Sequence[Coded]) -> _Written:
    """Put members into braces, and escape the only sign of JSON that COPY takes for one of its own.

    What is done to every text that comes once is not done to the document of every row.
    """
    first, *others, last = members
    texts = [first.map("{{{}".format), *others, last.map("{}}}".format)]
    return _joined(",", [_texts(text.map(_with_escaped_signs)) for text in texts])


def _with_escaped_signs(json: str) -> str:
    return json.replace("\\", "\\\\") if "\\" in json else json


def _digested(said: Coded, members: Coded) -> _Written:
    """Write what values are in the digest, which most often is what they are in the document."""
    if any(value.digested is None for value in said.values):
        return _parts(said, "digested")
    return _texts(members)


def _texts(column: Coded) -> _Written:
    """Write what rows say, of which each is one of the texts of a column."""
    if len(column.values) == 1:
        return column.values[0]
    return pa.array(column.values, pa.large_string()).take(pa.array(column.codes))


def _joined(sign: str, columns: Iterable[_Written]) -> _Written:
    """Put together what columns say, row by row."""
    parts: list[Any] = []
    same: list[str] = []
    for column in columns:
        if isinstance(column, str):
            same.append(column)
        elif column is not None:
            if same:
                parts.append(_scalar(sign.join(same)))
                same = []
            parts.append(column)
    if not parts:
        return sign.join(same)
    if same:
        parts.append(_scalar(sign.join(same)))
    return pc.binary_join_element_wise(*parts, _scalar(sign), null_handling="skip")


def _scalar(text: str) -> pa.LargeStringScalar:
    return pa.scalar(text, pa.large_string())


def _digests(*said: _Written) -> _Written:
    """Write the digests of rows, which end their lines."""
    *before, members = said
    data, ends = _bytes(_joined("", ["[", _joined(",", [*before, "{"]), members, "}]"]))
    each_row = (data[start:end] for start, end in pairwise(ends))
    digests = (hashlib.blake2b(text, digest_size=16).hexdigest() for text in each_row)
    return _texts(each([f"\\\\x{digest}\n" for digest in digests]))


def _bytes(texts: _Written) -> tuple[memoryview, list[int]]:
    """Give the bytes of all that rows say, and where those of each end, from 0 on."""
    if isinstance(texts, str):
        data = memoryview(texts.encode())
        return data, [0, len(data)]
    _, found, data = texts.buffers()
    ends = np.frombuffer(found, np.int64, len(texts) + 1).tolist()
    return memoryview(data)[: ends[-1]], ends


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _escaped(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


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


def _ranged(valid: Span | None) -> _Ranged:
    if valid is None:
        return _Ranged(NULL, "null")
    start, end = valid
    until = "" if end is None else end + _ONE_DAY
    return _Ranged(f"[{start or ''},{until})", _json(valid))
