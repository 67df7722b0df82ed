"""Write cells and points as a Mapbox Vector Tile (version 2.1), all features at once.

A feature of one point is a row of varints. So the tile is a table of bytes with a row for each
feature, filled column by column, with a mark at each byte that is really there. The marked bytes,
row by row, are the features. Equal content gives equal bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.spec import Layer
from geo.tiles.content import Cells, Points, Whole
from geo.tiles.grid import EXTENT
from geo.tiles.properties import class_field

# Tags of the format's protobuf: a field's number and its wire type.
_LAYER, _NAME, _KEY, _EXTENT, _VERSION = b"\x1a", b"\x0a", b"\x1a", b"\x28", b"\x78\x02"
_FEATURE, _PROPERTIES, _TYPE, _GEOMETRY = 0x12, 0x12, 0x18, 0x22
_VALUE, _STRING, _DOUBLE, _UNSIGNED, _SIGNED, _TRUTH = (
    bytes((tag,)) for tag in (0x22, 0x0A, 0x19, 0x28, 0x30, 0x38)
)
_POINT, _MOVE_TO_ONE = 1, 9
# Below this, numbers are told apart by counting and not by sorting.
_COUNTABLE = 1 << 20

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tags:
    """The properties of all features: of each the place in `values`, or -1 for none."""

    codes: Mapping[str, Codes]
    values: Sequence[Any]


def write_cells(layer: Layer, cells: Cells) -> bytes:
    """Write cells, each as a point in its middle; what is not known of one is left out."""
    every = np.ones(len(cells.count), dtype=np.bool_)
    known: dict[str, tuple[Whole, Mask]] = {"count": (cells.count, every)}
    known |= {name: (sums.total, sums.known) for name, sums in cells.sums.items()}
    by = class_field(layer)
    written = {value: "" if value is None else f"{value}" for value in cells.classes}
    for value in sorted(written, key=lambda value: (value is None, written[value])):
        name, counts = f"{by}:{written[value]}", cells.classes[value]
        if name in known:
            counts = counts + known[name][0]
        known[name] = (counts, counts > 0)
    step = EXTENT // cells.side
    x, y = (place * step + step // 2 for place in (cells.column, cells.row))
    return _write(layer.id, _tags_of_numbers(known), x, y)


def write_points(layer: Layer, points: Points) -> bytes:
    """Write every point with its properties; what is not known of one is left out."""
    return _write(layer.id, _tags_of_values(points.properties), points.x, points.y)


def _tags_of_numbers(known: Mapping[str, tuple[Whole, Mask]]) -> _Tags:
    """Tell the numbers of all properties apart in one pass."""
    every = np.concatenate([numbers[there] for numbers, there in known.values()])
    if len(every) and every.min() >= 0 and every.max() < _COUNTABLE:
        values = np.flatnonzero(np.bincount(every))
        places = np.zeros(_COUNTABLE if not len(values) else values[-1] + 1, dtype=np.int64)
        places[values] = np.arange(len(values))
        found = places[every]
    else:
        values, found = np.unique(every, return_inverse=True)
    codes, start = {}, 0
    for name, (_, there) in known.items():
        codes[name] = np.full(len(there), -1, dtype=np.int64)
        end = start + int(np.count_nonzero(there))
        codes[name][there] = found[start:end]
        start = end
    return _Tags(codes=codes, values=values.tolist())


def _tags_of_values(properties: Mapping[str, list[Any]]) -> _Tags:
    """Tell the values of all properties apart, by their type too: to Python, True is 1 and 1.0."""
    tables: dict[type, dict[Any, int]] = {}
    found: dict[str, dict[type, Codes]] = {}
    for name, column in properties.items():
        types = sorted(set(map(type, column)) - {type(None)}, key=lambda kind: kind.__name__)
        found[name] = {}
        for kind in types:
            table = tables.setdefault(kind, {})
            own = column if len(types) == 1 else [v if type(v) is kind else None for v in column]
            new = [v for v in dict.fromkeys(own) if v is not None and v not in table]
            table.update(zip(new, range(len(table), len(table) + len(new)), strict=True))
            places = map(table.get, own, repeat(-1))
            found[name][kind] = np.fromiter(places, dtype=np.int64, count=len(own))
    starts = dict(zip(tables, np.cumsum([0, *map(len, tables.values())]).tolist(), strict=False))
    codes = {}
    for name, column in properties.items():
        codes[name] = np.full(len(column), -1, dtype=np.int64)
        for kind, places_of_kind in found[name].items():
            np.copyto(codes[name], places_of_kind + starts[kind], where=places_of_kind >= 0)
    return _Tags(codes=codes, values=[value for table in tables.values() for value in table])


def _write(name: str, tags: _Tags, x: Whole, y: Whole) -> bytes:
    """Put a layer together; without features there is none."""
    if not len(x):
        return b""
    used = {key: codes for key, codes in tags.codes.items() if (codes >= 0).any()}
    ranked, values = _often_first(used, tags.values)
    body = b"".join(
        (
            _text(_NAME, name),
            _features(ranked, x, y),
            *(_text(_KEY, key) for key in used),
            *values,
            _EXTENT,
            _varint(EXTENT),
            _VERSION,
        )
    )
    return _LAYER + _varint(len(body)) + body


def _often_first(
    codes: Mapping[str, Codes], values: Sequence[Any]
) -> tuple[list[Codes], list[bytes]]:
    """Give what is said often a small number, which takes one byte."""
    counts = np.zeros(len(values) + 1, dtype=np.int64)
    for column in codes.values():
        # The first place counts what is unknown.
        counts += np.bincount(column + 1, minlength=len(counts))
    order = np.argsort(-counts[1:], kind="stable")
    ranks = np.full(len(counts), -1, dtype=np.int64)
    ranks[order + 1] = np.arange(len(values))
    written = [_value(value) for value in values]
    return [ranks[column + 1] for column in codes.values()], [written[i] for i in order.tolist()]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """Bytes of all features, column by column, and which of them are there."""

    count: int
    columns: list[NDArray[np.uint8]] = field(default_factory=list)
    marks: list[Mask] = field(default_factory=list)

    def put(self, numbers: Whole, there: Mask | None = None) -> None:
        """Add varints: seven bits a byte, the lowest first, and the eighth set in all but the last.

        `there` marks the features that have the number.
        """
        mark = np.ones(self.count, dtype=np.bool_) if there is None else there
        most = int(numbers.max(where=mark, initial=0))
        while True:
            self.marks.append(mark)
            if most < 128:
                self.columns.append(numbers.astype(np.uint8))
                return
            more = numbers > 127
            self.columns.append((numbers & 127 | more.astype(np.int64) << 7).astype(np.uint8))
            mark, numbers, most = mark & more, numbers >> 7, most >> 7

    def put_constants(self, *numbers: int, there: Mask | None = None) -> None:
        """Add small numbers that are the same in all features."""
        mark = np.ones(self.count, dtype=np.bool_) if there is None else there
        for number in numbers:
            self.columns.append(np.full(self.count, number, dtype=np.uint8))
            self.marks.append(mark)

    def put_within(self, number: int, inner: _Table) -> None:
        """Add another table after its number and its length, as protobuf nests things."""
        self.put_constants(number)
        self.put(np.sum(inner.marks, axis=0, dtype=np.int64))
        self.columns.extend(inner.columns)
        self.marks.extend(inner.marks)

    def write(self) -> bytes:
        written: NDArray[np.uint8] = np.column_stack(self.columns)[np.column_stack(self.marks)]
        return written.tobytes()


def _features(columns: Sequence[Codes], x: Whole, y: Whole) -> bytes:
    """Write the features: properties, that it is a point, and where it is."""
    properties, geometry, feature, features = (_Table(count=len(x)) for _ in range(4))
    for key, codes in enumerate(columns):
        there = codes >= 0
        if key < 128:
            properties.put_constants(key, there=there)
        else:
            properties.put(np.full(len(x), key), there)
        properties.put(codes, there)
    geometry.put_constants(_MOVE_TO_ONE)
    # Zigzag: the sign is the lowest bit.
    geometry.put((x << 1) ^ (x >> 63))
    geometry.put((y << 1) ^ (y >> 63))
    if columns:
        feature.put_within(_PROPERTIES, properties)
    feature.put_constants(_TYPE, _POINT)
    feature.put_within(_GEOMETRY, geometry)
    features.put_within(_FEATURE, feature)
    return features.write()


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        encoded = value.encode()
        if len(encoded) < len(_HEADS):
            return _HEADS[len(encoded)] + encoded
        body = _STRING + _varint(len(encoded)) + encoded
    elif isinstance(value, bool):
        body = _TRUTH + _varint(value)
    elif isinstance(value, int):
        body = _UNSIGNED + _varint(value) if value >= 0 else _SIGNED + _varint(-2 * value - 1)
    else:
        body = _DOUBLE + struct.pack("<d", value)
    return _VALUE + _varint(len(body)) + body


def _text(tag: bytes, text: str) -> bytes:
    encoded = text.encode()
    return tag + _varint(len(encoded)) + encoded


_SHORT = [bytes((number,)) for number in range(128)]
# Most values are short texts: what stands before one of each length.
_HEADS = [_VALUE + _SHORT[length + 2] + _STRING + _SHORT[length] for length in range(126)]


def _varint(number: int) -> bytes:
    """Write one number."""
    if number < 128:
        return _SHORT[number]
    return bytes((number & 127 | 128,)) + _varint(number >> 7)
