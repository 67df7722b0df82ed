"""Which values of a column are meant: spans of its codes, and the rows that have one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.columns.table import Rows

Codes = NDArray[np.unsignedinteger[Any]]
Truths = NDArray[np.bool_]
# A first and a last one, both meant.
Span = tuple[int, int]
Condition = Callable[[Rows], Truths]


def spans_of(numbers: Iterable[int]) -> list[Span]:
    """Join whole numbers that follow each other."""
    spans: list[Span] = []
    for number in sorted(set(numbers)):
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return spans


def joined(spans: Iterable[Span], last: int) -> list[Span]:
    """Put spans in order, join those that meet, and cut off what is not from 1 to the last code."""
    made: list[Span] = []
    for low, high in sorted(spans):
        low, high = max(low, 1), min(high, last)
        if low > high:
            continue
        if made and low <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], high))
        else:
            made.append((low, high))
    return made


def others(spans: Iterable[Span], last: int) -> list[Span]:
    """Give the codes of what is known that are in no span."""
    found: list[Span] = []
    start = 1
    for low, high in spans:
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    if start <= last:
        found.append((start, last))
    return found


def within(codes: Codes, spans: list[Span]) -> Condition:
    """Hold for the rows whose code lies in one of the spans; never for the unknown, which is 0."""
    last = int(np.iinfo(codes.dtype).max)
    if not spans:
        return constant(False)
    if len(spans) == 1:
        return _within_one(codes, spans[0], last)
    if codes.dtype.itemsize <= 2:
        meant = np.zeros(last + 1, dtype=np.bool_)
        for low, high in spans:
            meant[low : high + 1] = True
        return lambda rows: meant.take(codes[rows])
    # Every span begins at an even place of the bounds and ends before an odd one.
    bounds = np.array([(low, high + 1) for low, high in spans], dtype=np.uint64).ravel()
    return lambda rows: (np.searchsorted(bounds, codes[rows], side="right") & 1).astype(np.bool_)


def _within_one(codes: Codes, span: Span, last: int) -> Condition:
    low, high = span
    if low == high:
        return lambda rows: codes[rows] == low
    if high == last:
        return lambda rows: codes[rows] >= low

    def between(rows: Rows) -> Truths:
        mine = codes[rows]
        truths: Truths = (mine >= low) & (mine <= high)
        return truths

    return between


def constant(truth: bool) -> Condition:
    """Hold for all rows or for none."""
    return lambda rows: np.full(length(rows), truth)


def length(rows: Rows) -> int:
    """Say how many rows there are; a slice has its start and its stop."""
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def every(conditions: Sequence[Condition]) -> Condition:
    """Hold where all of some conditions do; everywhere if there is none."""
    return _together(conditions, np.logical_and, empty=True)


def some(conditions: Sequence[Condition]) -> Condition:
    """Hold where one of some conditions does."""
    return _together(conditions, np.logical_or, empty=False)


def _together(conditions: Sequence[Condition], join: np.ufunc, *, empty: bool) -> Condition:
    if not conditions:
        return constant(empty)
    first, *rest = conditions

    def holds(rows: Rows) -> Truths:
        truths = first(rows)
        for condition in rest:
            join(truths, condition(rows), out=truths)
        return truths

    return holds
