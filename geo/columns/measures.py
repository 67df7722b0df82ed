"""Add up what rows state, exactly, as geo.aggregate has SQL do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.aggregate import sum_columns
from geo.columns.lots import count_by, count_pairs, lots
from geo.columns.refusal import NotInColumns
from geo.columns.sets import Codes
from geo.columns.table import Column, Numbers
from geo.spec import FieldType, Layer

Whole = NDArray[np.int64]
Chosen = NDArray[np.intp]
# So many counters lie near enough to each other to be quick.
_MOST_TOGETHER = 1 << 16


class Groups(Protocol):
    """Rows that are parted into groups, and sums by group of what each row has."""

    @property
    def count(self) -> int:
        """Say how many groups there are."""
        ...

    def size(self) -> Whole:
        """Count the rows of each group."""
        ...

    def add(self, numbers: Codes) -> Whole:
        """Add up a number of every row."""
        ...

    def add_known(self, codes: Codes) -> tuple[Whole, Whole]:
        """Add up a code of every row, and count the rows that have one other than 0."""
        ...

    def add_some(self, chosen: Chosen, numbers: Whole) -> Whole:
        """Add up a number of some of the rows, which are counted from the first."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """The sums of a measure by group: what is known of it, and how many rows know it."""

    total: Whole
    known: Whole


def measure_columns(layer: Layer, columns: Mapping[str, Column], name: str) -> list[Numbers]:
    """Find the columns of a measure: its own, or those of its low, best and high figure."""
    names = [name] if layer.field(name) else [f"{name}_{end}" for end in ("low", "best", "high")]
    found: list[Numbers] = []
    for each in names:
        column, field = columns.get(each), layer.field(each)
        if not isinstance(column, Numbers) or field is None or field.type is not FieldType.INTEGER:
            raise NotInColumns(f"the field {each}")
        found.append(column)
    return found


def add_measure(
    layer: Layer,
    columns: Mapping[str, Column],
    name: str,
    groups: Groups,
    read: Callable[[Codes], Codes],
) -> Iterator[tuple[str, Added]]:
    """Add up a measure, and give its sums by the names that they have in an aggregate.

    `read` takes the codes of the groups' rows from those of all rows.
    """
    found = measure_columns(layer, columns, name)
    labels = sum_columns(layer, name)
    middle = found[len(found) // 2]
    stated = read(middle.codes)
    best = _nothing(groups) if _is_unknown(middle) else _added(middle, stated, groups)
    for label, column in zip(labels, found, strict=False):
        if column is middle or _is_unknown(column):
            yield label, best
        else:
            yield label, _instead(best, middle, stated, column, read(column.codes), groups)
    size = groups.size()
    yield labels[-1], Added(total=size - best.known, known=size)


def _is_unknown(column: Numbers) -> bool:
    """Say whether a column says nothing of any row: where all are alike, it has no strides."""
    return not any(column.codes.strides) and not column.codes[:1].any()


def _nothing(groups: Groups) -> Added:
    none = np.zeros(groups.count, dtype=np.int64)
    return Added(total=none, known=none)


def _known(codes: Codes) -> NDArray[np.uint8]:
    known: NDArray[np.uint8] = (codes != 0).view(np.uint8)
    return known


def _added(column: Numbers, codes: Codes, groups: Groups) -> Added:
    total, known = groups.add_known(codes)
    return Added(total=total + (column.offset - 1) * known, known=known)


def _instead(
    best: Added,
    middle: Numbers,
    stated: Codes,
    end: Numbers,
    bounds: Codes,
    groups: Groups,
) -> Added:
    """Add up an end of a range: the bound where it is stated, else the figure in the middle.

    Few sources state bounds, so the sum of the figures is mended where one does.
    """
    chosen = np.flatnonzero(bounds)
    if not len(chosen):
        return best
    figures = stated.take(chosen).astype(np.int64)
    unknown = figures == 0
    figures += middle.offset - 1
    figures[unknown] = 0
    ends = bounds.take(chosen).astype(np.int64) + (end.offset - 1)
    return Added(
        total=best.total + groups.add_some(chosen, ends - figures),
        known=best.known + groups.add_some(chosen, unknown.astype(np.int64)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Runs:
    """Groups whose rows follow each other; every bound ends a group and begins the next one."""

    bounds: Chosen

    @property
    def count(self) -> int:
        return len(self.bounds) - 1

    def size(self) -> Whole:
        return np.diff(self.bounds).astype(np.int64)

    def add(self, numbers: Codes) -> Whole:
        most = int(np.iinfo(numbers.dtype).max) * len(numbers)
        # Half the time of adding to 64 bits.
        wide: Any = np.uint32 if most < 1 << 32 else np.int64
        return _by_bounds(numbers, self.bounds, wide)

    def add_known(self, codes: Codes) -> tuple[Whole, Whole]:
        return self.add(codes), self.add(_known(codes))

    def add_some(self, chosen: Chosen, numbers: Whole) -> Whole:
        return _by_bounds(numbers, np.searchsorted(chosen, self.bounds), np.int64)


def _by_bounds(numbers: NDArray[Any], bounds: Chosen, wide: Any) -> Whole:
    totals = np.zeros(len(bounds) - 1, dtype=np.int64)
    filled = bounds[1:] > bounds[:-1]
    if filled.any():
        totals[filled] = np.add.reduceat(numbers, bounds[:-1][filled], dtype=wide)
    return totals


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """Groups of which every row says the number."""

    keys: Codes
    count: int

    @cached_property
    def _sizes(self) -> Whole:
        return count_by(self.keys, self.count)

    def size(self) -> Whole:
        return self._sizes

    def add(self, numbers: Codes) -> Whole:
        totals = np.zeros(self.count, dtype=np.int64)
        for lot in lots(len(self.keys), self.count):
            totals += self._added(self.keys[lot], numbers[lot])
        return totals

    def add_known(self, codes: Codes) -> tuple[Whole, Whole]:
        wide = int(codes.max(initial=0)) + 1
        if wide * self.count > _MOST_TOGETHER:
            return self.add(codes), self.add(_known(codes))
        # To count the rows of each code takes a third of the time of adding up twice.
        counted = count_pairs(self.keys, self.count, codes, wide)
        return counted @ np.arange(wide), self.size() - counted[:, 0]

    def add_some(self, chosen: Chosen, numbers: Whole) -> Whole:
        return self._added(self.keys.take(chosen), numbers)

    def _added(self, keys: Codes, numbers: NDArray[Any]) -> Whole:
        # Sums are made in floating point, which has 53 bits: 16 of a number leave room for 2^37
        # rows.
        totals = np.zeros(self.count, dtype=np.int64)
        digits = range(0, 8 * numbers.dtype.itemsize, 16)
        for shift in digits:
            part = numbers >> shift if shift else numbers
            if shift != digits[-1] and numbers.dtype.itemsize > 2:
                part = part & 0xFFFF
            if shift and not part.any():
                continue
            sums = np.bincount(keys, weights=part, minlength=self.count)
            totals += sums.astype(np.int64) << shift
        return totals
