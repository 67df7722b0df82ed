"""Write cells and points as a Mapbox Vector Tile (version 2.1), all features at once.

A feature of one point is a row of varints. So the tile is a table of bytes with a row for each
feature, filled column by column, with a mark at each byte that is really there. The marked bytes,
row by row, are the features. Equal content gives equal bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.spec import Layer
from geo.tiles.content import Cells, Coded, Points, Whole
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
    """Properties that share their values: of each the place in `values`, or -1 for none."""

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
    return _write(layer.id, _tags_of_values(points.properties), points.x, points.y, points.ids)


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


def _tags_of_values(properties: Mapping[str, Coded]) -> _Tags:
    """Tell the values of all properties apart, by their type too: to Python, True is 1 and 1.0."""
    table: dict[tuple[type, Any], int] = {}
    codes = {}
    for name, each in properties.items():
        places = [table.setdefault((type(value), value), len(table)) for value in each.values]
        codes[name] = np.array([*places, -1]).take(each.codes, mode="wrap")
    return _Tags(codes=codes, values=[value for _, value in table])


def _write(
    name: str, tags: _Tags, x: Whole, y: Whole, ids: NDArray[np.bytes_] | None = None
) -> bytes:
    """Put a layer together; without features there is none."""
    if not len(x):
        return b""
    used = {key: codes for key, codes in tags.codes.items() if codes.max() >= 0}
    ranked, values = _often_first([*used.values()], tags.values)
    keys = [*used]
    if ids is not None:
        # No two are alike, so they come behind all that are told apart.
        keys.insert(0, "id")
        ranked.insert(0, np.arange(len(values), len(values) + len(ids)))
        values.append(_texts(ids))
    body = b"".join(
        (
            _text(_NAME, name),
            _features(ranked, x, y),
            *(_text(_KEY, key) for key in keys),
            *values,
            _EXTENT,
            _varint(EXTENT),
            _VERSION,
        )
    )
    return _LAYER + _varint(len(body)) + body


def _often_first(columns: list[Codes], values: Sequence[Any]) -> tuple[list[Codes], list[bytes]]:
    """Give what is said often a small number, which takes one byte."""
    if not columns:
        return [], []
    # The first place counts what is unknown.
    places = np.stack(columns) + 1
    counts = np.bincount(places.ravel(), minlength=len(values) + 1)
    order = np.argsort(-counts[1:], kind="stable")
    ranks = np.full(len(counts), -1, dtype=np.int64)
    ranks[order + 1] = np.arange(len(values))
    return [*ranks.take(places)], [_value(values[i]) for i in order.tolist()]


class _Table:
    """Bytes of all features, column by column, and which of them are there.

    A column is one number where all features have the same; a mark is None where all have it.
    """

    def __init__(self, count: int) -> None:
        self.columns: list[NDArray[np.uint8] | int] = []
        self.marks: list[Mask | None] = []
        self.sizes: NDArray[np.uint32] = np.zeros(count, dtype=np.uint32)

    def put(self, numbers: NDArray[np.integer[Any]], there: Mask | None = None) -> None:
        """Add varints: seven bits a byte, the lowest first, and the eighth set in all but the last.

        `there` marks the features that have the number.
        """
        most = int(numbers.max())
        while most > 127:
            more = numbers > 127
            byte = numbers.astype(np.uint8)
            byte |= more.view(np.uint8) << 7
            self._add(byte, there)
            if not more.all():
                there = more if there is None else more & there
            numbers, most = numbers >> 7, most >> 7
        self._add(numbers.astype(np.uint8), there)

    def put_constants(self, *numbers: int, there: Mask | None = None) -> None:
        """Add small numbers that are the same in all features."""
        for number in numbers:
            self._add(number, there)

    def put_within(self, number: int, inner: _Table) -> None:
        """Add another table after its number and its length, as protobuf nests things."""
        self._add(number, None)
        self.put(inner.sizes)
        self.columns += inner.columns
        self.marks += inner.marks
        self.sizes += inner.sizes

    def _add(self, column: NDArray[np.uint8] | int, there: Mask | None) -> None:
        self.columns.append(column)
        self.marks.append(there)
        self.sizes += 1 if there is None else there

    def write(self) -> bytes:
        shape = len(self.sizes), len(self.columns)
        table, there = np.empty(shape, dtype=np.uint8), np.ones(shape, dtype=np.bool_)
        for place, (column, mark) in enumerate(zip(self.columns, self.marks, strict=True)):
            table[:, place] = column
            if mark is not None:
                there[:, place] = mark
        return table[there].tobytes()


def _features(columns: Sequence[Codes], x: Whole, y: Whole) -> bytes:
    """Write the features: properties, that it is a point, and where it is."""
    properties, geometry, feature, features = (_Table(len(x)) for _ in range(4))
    for key, codes in enumerate(columns):
        known = codes >= 0
        there = None if known.all() else known
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


def _texts(texts: NDArray[np.bytes_]) -> bytes:
    """Write the values of texts that hold no zero byte, all at once."""
    width = texts.dtype.itemsize
    if width >= len(_HEADS):
        return b"".join(_value(text.decode()) for text in texts.tolist())
    letters = np.ascontiguousarray(texts).view(np.uint8).reshape(-1, width)
    table = np.empty((len(texts), 4 + width), np.uint8)
    table[:, 4:] = letters
    there = table != 0
    sizes = np.count_nonzero(letters, axis=1)
    table[:, :4] = (_VALUE[0], 0, _STRING[0], 0)
    table[:, 1], table[:, 3] = sizes + 2, sizes
    there[:, :4] = True
    written: NDArray[np.uint8] = table[there]
    return written.tobytes()


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
