"""Bring values into as few bytes as they need, part by part, and join the parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.columns.held import MOST_WORDS
from geo.columns.table import Numbers, Words

Codes = NDArray[np.unsignedinteger[Any]]
Order = NDArray[np.intp]

_WIDTHS: tuple[type[np.unsignedinteger[Any]], ...] = (np.uint8, np.uint16, np.uint32, np.uint64)


def width_of(largest: int) -> type[np.unsignedinteger[Any]]:
    """Give the smallest unsigned type that holds a number."""
    return next(width for width in _WIDTHS if largest <= np.iinfo(width).max)


def pack_numbers(values: NDArray[np.integer[Any]], known: NDArray[np.bool_]) -> Numbers:
    """Pack whole numbers; what stands where nothing is known does not matter."""
    if not known.any():
        return Numbers(codes=np.zeros(len(values), np.uint8), offset=0)
    wide = values.astype(np.int64, copy=False)
    offset = int(np.min(wide, where=known, initial=np.iinfo(np.int64).max))
    largest = int(np.max(wide, where=known, initial=np.iinfo(np.int64).min))
    codes = (wide - (offset - 1)).astype(width_of(largest - offset + 1))
    codes[~known] = 0
    return Numbers(codes=codes, offset=offset)


def join_numbers(parts: Sequence[Numbers]) -> Numbers:
    """Put packed numbers one behind the other, under one offset."""
    largest = [int(part.codes.max(initial=0)) for part in parts]
    said = [(part.offset, most) for part, most in zip(parts, largest, strict=True) if most]
    if not said:
        return Numbers(codes=np.zeros(sum(len(p.codes) for p in parts), np.uint8), offset=0)
    offset = min(start for start, _ in said)
    width = width_of(max(start - offset + most for start, most in said))
    codes = [
        _shifted(part.codes, part.offset - offset, width) if most else part.codes.astype(width)
        for part, most in zip(parts, largest, strict=True)
    ]
    return Numbers(codes=np.concatenate(codes), offset=offset)


def _shifted(codes: Codes, by: int, width: type[np.unsignedinteger[Any]]) -> Codes:
    wide = codes.astype(width)
    if by:
        wide[wide != 0] += width(by)
    return wide


def pack_words(codes: Codes, words: Sequence[str]) -> Words:
    """Pack texts given as places in a list, from 1, and 0 for unknown."""
    return Words(codes=codes.astype(width_of(len(words)), copy=False), words=tuple(words))


def join_words(parts: Sequence[Words]) -> Words | None:
    """Put packed texts one behind the other, under one sorted list of words, if it is not long."""
    words = sorted({word for part in parts for word in part.words})
    if len(words) > MOST_WORDS:
        return None
    places = {word: place for place, word in enumerate(words, start=1)}
    width = width_of(len(words))
    codes = []
    for part in parts:
        new = np.array([0, *(places[word] for word in part.words)], width)
        codes.append(new[part.codes])
    return Words(codes=np.concatenate(codes), words=tuple(words))


def pack_ids(lengths: NDArray[np.integer[Any]], text: NDArray[np.uint8]) -> NDArray[np.bytes_]:
    """Pad texts that stand one behind the other to one width, with the zero byte no id has."""
    width = max(1, int(lengths.max(initial=0)))
    padded = np.zeros((len(lengths), width), np.uint8)
    padded[np.arange(width) < lengths[:, None]] = text
    packed: NDArray[np.bytes_] = padded.reshape(-1).view(f"S{width}")
    return packed


def ordered(codes: Codes, order: Order) -> Codes:
    """Bring the codes of a column into an order, in as few bytes as they need there."""
    taken = codes[order]
    return once(taken.astype(width_of(int(taken.max(initial=0))), copy=False))


def once(codes: Codes) -> Codes:
    """Keep a column of one value throughout once, however many rows have it."""
    if len(codes) > 1 and not np.any(codes != codes[0]):
        return np.broadcast_to(codes[0], len(codes))
    return codes
