"""Recognise the middles of areas, where sources put what they cannot place better.

A point is taken for one if at least 10 rows lie exactly there, it is no more than 2 km from the
middle of a region or cercle, and no place of the gazetteer is nearer than that. Its rows get
`place_basis` `centroid`, and the precision and radius of the area where they claim better. Rows at
such a point are held back until there are 10 of them, so that their order may change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.importing.areas import Level, Point
from geo.importing.blocks import Block, joined
from geo.importing.coded import Chosen, Coded

CENTROID = "centroid"
CENTROID_ROWS = 10
# Of an area that stands for a place: its precision, and our estimate of how far off it is.
_AREA_PRECISION: dict[Level, tuple[int, int]] = {"cercle": (3, 50_000), "region": (4, 150_000)}
_BETTER_THAN_AREAS = (None, 1, 2)


class Middles:
    """Hold back the rows at the middle of an area until there are enough of them to tell."""

    def __init__(self) -> None:
        # Rows at middles: those that their source says so of, and those that were recognised.
        self.rows = 0
        self._waiting: dict[Point, list[Block]] = {}
        self._seen: Counter[Point] = Counter()

    def sort_out(self, block: Block, wheres: Coded) -> Iterator[Block]:
        """Give the rows that need not wait, and those that need not any longer."""
        if "place_basis" not in block.columns:
            yield block
            return
        is_stated = self._stated(block, wheres)
        at_middles: dict[Point, list[int]] = {}
        for number in wheres.where(lambda where: where and where.middle_of).tolist():
            if not is_stated[number]:
                at_middles.setdefault(block.places.at(number), []).append(number)
        held = np.zeros(len(block.ids), dtype=bool)
        called: dict[Level, list[int]] = {}
        for point, numbers in at_middles.items():
            rows = np.array(numbers)
            self._seen[point] += len(rows)
            if self._seen[point] < CENTROID_ROWS:
                held[rows] = True
                self._waiting.setdefault(point, []).append(block.take(rows))
                continue
            level = wheres.at(numbers[0]).middle_of
            called.setdefault(level, []).extend(numbers)
            if point in self._waiting:
                former = joined(self._waiting.pop(point))
                yield self._called_middles(former, np.arange(len(former.ids)), level)
        for level, numbers in called.items():
            block = self._called_middles(block, np.array(numbers), level)
        if held.any():
            block = replace(block.take(np.flatnonzero(~held)), rejected=block.rejected)
        yield block

    def rest(self) -> Iterator[Block]:
        """Give the rows that were too few, as they are."""
        if self._waiting:
            yield joined([rows for held in self._waiting.values() for rows in held])

    def _stated(self, block: Block, wheres: Coded) -> NDArray[np.bool_]:
        """Say which rows their source puts at a middle, and count them."""
        stated = np.zeros(len(block.ids), dtype=bool)
        stated[block.columns["place_basis"].where(lambda basis: basis == CENTROID)] = True
        stated[wheres.where(lambda where: where is None)] = False
        self.rows += int(stated.sum())
        return stated

    def _called_middles(self, block: Block, rows: Chosen, level: Level) -> Block:
        """Say of rows at the middle of an area that they are known no better than that."""
        self.rows += len(rows)
        columns = dict(block.columns)
        claims = columns["place_precision"]
        columns["place_basis"] = columns["place_basis"].put(rows, CENTROID)
        better = np.intersect1d(rows, claims.where(lambda claim: claim in _BETTER_THAN_AREAS))
        if len(better):
            precision, radius_m = _AREA_PRECISION[level]
            columns["place_precision"] = claims.put(better, precision)
            columns["radius_m"] = columns["radius_m"].put(better, radius_m)
            if level == "region" and "cercle" in columns:
                columns["cercle"] = columns["cercle"].put(better, None)
        return replace(block, columns=columns)
