"""Which values of a column are meant: spans of its codes, and the rows that have one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.columns.allowance import Allowance
from geo.columns.table import Rows

Codes = NDArray[np.unsignedinteger[Any]]
Truths = NDArray[np.bool_]
# A first and a last one, both meant.
Span = tuple[int, int]

# What a row costs, see geo.columns.allowance.
COMPARED_NS, LOOKED_UP_NS, SEARCHED_NS, CONSTANT_NS = 1.0, 5.0, 30.0, 0.1
# More spans than these are not compared one by one.
_MOST_COMPARED = 8
# Two functions and what they refer to.
_CLOSURE_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds for some rows: asked of rows, it takes what that costs from an allowance."""

    holds: Callable[[Rows, Allowance], Truths]
    # What is kept in memory as long as the condition is.
    nbytes: int = 0

    def __call__(self, rows: Rows, allowance: Allowance) -> Truths:
        return self.holds(rows, allowance)


def asking(holds: Callable[[Rows], Truths], row_ns: float, nbytes: int = 0) -> Condition:
    """Make a condition of what costs the same for every row."""

    def paid(rows: Rows, allowance: Allowance) -> Truths:
        allowance.take(length(rows) * row_ns)
        return holds(rows)

    return Condition(paid, _CLOSURE_BYTES + nbytes)


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
    if len(spans) <= _MOST_COMPARED:
        return some([_within_one(codes, span, last) for span in spans])
    if codes.dtype.itemsize <= 2:
        return _looked_up(codes, spans, last)
    # Every span begins at an even place of the bounds and ends before an odd one. Bounds of the
    # codes' own type spare a copy of the codes; only the last may be beyond it.
    bounds = np.array([(low, high + 1) for low, high in spans], dtype=np.uint64).ravel()
    if bounds[-1] > last:
        bounds = bounds[:-1]
    bounds = bounds.astype(codes.dtype)
    return asking(
        lambda rows: (np.searchsorted(bounds, codes[rows], side="right") & 1).astype(np.bool_),
        SEARCHED_NS,
        bounds.nbytes,
    )


def _looked_up(codes: Codes, spans: list[Span], last: int) -> Condition:
    """Look codes up in a table of what is meant; all beyond its end are as its last one is."""
    low, high = spans[-1]
    meant = np.zeros((low if high == last else high + 1) + 1, dtype=np.bool_)
    for low, high in spans:
        meant[low : high + 1] = True
    return asking(
        lambda rows: meant.take(codes[rows], mode="clip"), LOOKED_UP_NS, nbytes=meant.nbytes
    )


def _within_one(codes: Codes, span: Span, last: int) -> Condition:
    low, high = span
    if low == high:
        return asking(lambda rows: codes[rows] == low, COMPARED_NS)
    if high == last:
        return asking(lambda rows: codes[rows] >= low, COMPARED_NS)

    def between(rows: Rows) -> Truths:
        mine = codes[rows]
        truths: Truths = (mine >= low) & (mine <= high)
        return truths

    return asking(between, COMPARED_NS)


def constant(truth: bool) -> Condition:
    """Hold for all rows or for none."""
    return asking(lambda rows: np.full(length(rows), truth), CONSTANT_NS)


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
    if not rest:
        return first

    def holds(rows: Rows, allowance: Allowance) -> Truths:
        truths = first(rows, allowance)
        for condition in rest:
            join(truths, condition(rows, allowance), out=truths)
        return truths

    return Condition(holds, _CLOSURE_BYTES + sum(each.nbytes for each in conditions))
