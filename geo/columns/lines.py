"""Read the lines of a COPY, as geo.columns.reads asks for them, into packed columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from geo.columns.held import held_fields
from geo.columns.pack import pack_ids, pack_numbers, pack_words
from geo.columns.reads import PLACE, TIME
from geo.columns.table import Numbers, Words
from geo.spec import Layer


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Block:
    """Some of a layer's rows, as they came."""

    row: NDArray[np.int64]
    ids: NDArray[np.bytes_]
    placed: NDArray[np.bool_]
    degrees: dict[str, NDArray[np.float64]]
    grid: dict[str, NDArray[np.uint32]]
    numbers: dict[str, Numbers]
    words: dict[str, Words]
    fields: Sequence[str]


_PARSE = csv.ParseOptions(newlines_in_values=True)
_READ: dict[str, Any] = {"use_threads": False, "block_size": 1 << 20}


@lru_cache(maxsize=64)
def _types(layer: Layer) -> dict[str, pa.DataType]:
    numbers = dict.fromkeys(TIME, pa.int32())
    degrees = {name: pa.float64() if name in ("lon", "lat") else pa.int64() for name in PLACE}
    words = pa.dictionary(pa.int32(), pa.string())
    fields = {field.name: words if field.is_text else pa.int32() for field in held_fields(layer)}
    return {"row": pa.int64(), "id": pa.binary(), **degrees, **numbers, **fields}


def read_lines(layer: Layer, lines: bytes) -> Block:
    """Read whole lines of CSV, and pack them."""
    types = _types(layer)
    if lines:
        # COPY tells an empty text, "", from an unknown one.
        convert = csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )
        read = csv.ReadOptions(column_names=list(types), **_READ)
        table = csv.read_csv(pa.BufferReader(lines), read, _PARSE, convert)
    else:
        table = pa.table({name: pa.array([], kind) for name, kind in types.items()})
    table = table.unify_dictionaries().combine_chunks()
    columns = {name: _whole(table[name]) for name in types}
    fields = [field.name for field in held_fields(layer)]
    texts = [name for name in fields if pa.types.is_dictionary(types[name])]
    # LEAST and GREATEST pass over what is null, so that a row without a place has a grid place.
    placed = _known(columns["lon"])
    return Block(
        row=_values(columns["row"]),
        ids=_ids(columns["id"]),
        placed=placed,
        degrees={
            name: np.asarray(columns[name].fill_null(np.nan), np.float64) for name in ("lon", "lat")
        },
        grid={
            name: np.where(placed, _values(columns[name]), 0).astype(np.uint32)
            for name in ("x", "y")
        },
        numbers={
            name: pack_numbers(_values(columns[name]), _known(columns[name]))
            for name in (*TIME, *fields)
            if name not in texts
        },
        words={name: _words(columns[name]) for name in texts},
        fields=fields,
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _known(column: pa.Array) -> NDArray[np.bool_]:
    if not column.null_count:
        return np.ones(len(column), np.bool_)
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False), np.bool_)


def _values(column: pa.Array) -> NDArray[Any]:
    """Give the values as they lie in memory, with anything where none is known."""
    kind = np.dtype(column.type.to_pandas_dtype())
    values: NDArray[Any] = np.frombuffer(column.buffers()[1] or b"", kind, len(column))
    return values


def _ids(column: pa.Array) -> NDArray[np.bytes_]:
    _, offsets, text = column.buffers()
    bounds = np.frombuffer(offsets or bytes(4), np.int32, len(column) + 1)
    letters = np.frombuffer(text or b"", np.uint8)[bounds[0] : bounds[-1]]
    return pack_ids(np.diff(bounds), letters)


def _words(column: pa.DictionaryArray) -> Words:
    codes = np.where(_known(column), _values(column.indices) + 1, 0).astype(np.uint32)
    return pack_words(codes, column.dictionary.to_pylist())
