"""Morton codes: one number for a place on the grid, near for places that are near each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint64]

# Each step moves half of the bits that still stand together twice as far apart.
_STEPS = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


def interleave(x: NDArray[Any], y: NDArray[Any]) -> Codes:
    """Give the codes of places on the grid: bit i of x is bit 2i of the code, that of y 2i + 1."""
    codes: Codes = _spread(x) | (_spread(y) << np.uint64(1))
    return codes


def interleaved(x: int, y: int) -> int:
    """Give the code of one place."""
    return _spread_one(x) | _spread_one(y) << 1


def in_order(x: NDArray[Any], y: NDArray[Any], ids: NDArray[np.bytes_]) -> NDArray[np.intp]:
    """Give the order of points by the code of their place, then by the bytes of their id."""
    codes = interleave(x, y)
    order: NDArray[np.intp]
    if (codes[1:] >= codes[:-1]).all():
        order = np.arange(len(codes))
    else:
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
    same = codes[1:] == codes[:-1]
    if same.any():
        # Texts are slow to sort, so only those are that decide.
        alike = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
        order[alike] = order[alike][np.lexsort((ids[order[alike]], codes[alike]))]
    return order


def _spread(numbers: NDArray[Any]) -> Codes:
    spread = numbers.astype(np.uint64)
    for distance, mask in _STEPS:
        spread = (spread | (spread << np.uint64(distance))) & np.uint64(mask)
    return spread


def _spread_one(number: int) -> int:
    for distance, mask in _STEPS:
        number = (number | number << distance) & mask
    return number
