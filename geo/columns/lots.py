"""Work through many rows a lot at a time.

What is made of a lot stays in the memory nearest to the processor until it is counted. To add up
five million rows by two fields takes a third of the time that way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.columns.sets import Codes

ROWS_AT_ONCE = 1 << 15
# Counters are cleared and added for each lot: it should have several rows for each.
_ROWS_A_COUNTER = 8
Scalar = TypeVar("Scalar", bound=np.generic)


def lots(rows: int, counters: int = 0) -> Iterator[slice]:
    """Part rows into lots, which are larger where there are many counters."""
    size = max(ROWS_AT_ONCE, _ROWS_A_COUNTER * counters)
    for start in range(0, rows, size):
        yield slice(start, start + size)


def count_by(keys: Codes, groups: int) -> NDArray[np.int64]:
    """Count the rows of each group."""
    counted = np.zeros(groups, dtype=np.int64)
    for lot in lots(len(keys), groups):
        counted += np.bincount(keys[lot], minlength=groups)
    return counted


def count_pairs(keys: Codes, groups: int, codes: Codes, width: int) -> NDArray[np.int64]:
    """Count the rows of each group that have each code; all codes are below `width`."""
    counted = np.zeros(groups * width, dtype=np.int64)
    for lot in lots(len(keys), len(counted)):
        places = keys[lot].astype(np.intp)
        places *= width
        places += codes[lot]
        counted += np.bincount(places, minlength=len(counted))
    return counted.reshape(groups, width)


def look_up(table: NDArray[Scalar], codes: Codes) -> NDArray[Scalar]:
    """Give what a table has for each code; it has something for all."""
    found: NDArray[Any] = np.empty(len(codes), dtype=table.dtype)
    for lot in lots(len(codes)):
        # Without clipping numpy would write somewhere else first.
        table.take(codes[lot], out=found[lot], mode="clip")
    return found
