"""Recognise the middles of areas, where sources put what they cannot place better.

A point is taken for one if at least 10 rows lie exactly there, it is no more than 2 km from the
middle of a region or cercle, and no place of the gazetteer is nearer than that. Its rows get
`place_basis` `centroid`, and the precision and radius of the area where they claim better. Rows at
such a point are held back until there are 10 of them, so that their order may change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from geo.importing.areas import Level, Point, Where
from geo.importing.blocks import Block, together
from geo.importing.place import LonLat

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

    def sort_out(self, block: Block, wheres: Sequence[Where]) -> Iterator[Block]:
        """Give the rows that need not wait, and those that need not any longer."""
        bases = block.columns.get("place_basis")
        if bases is None:
            yield block
            return
        at_middles: dict[Point, list[int]] = {}
        for number, (at, basis, where) in enumerate(zip(block.places, bases, wheres, strict=True)):
            if not isinstance(at, LonLat):
                continue
            if basis == CENTROID:
                self.rows += 1
            elif where.middle_of is not None:
                at_middles.setdefault(at, []).append(number)
        held: set[int] = set()
        for point, numbers in at_middles.items():
            self._seen[point] += len(numbers)
            if self._seen[point] < CENTROID_ROWS:
                held.update(numbers)
                self._waiting.setdefault(point, []).append(block.take(numbers))
                continue
            level = wheres[numbers[0]].middle_of
            self._call_middles(block, numbers, level)
            if point in self._waiting:
                rows = together(self._waiting.pop(point))
                self._call_middles(rows, range(len(rows.ids)), level)
                yield rows
        if held:
            others = block.take([n for n in range(len(wheres)) if n not in held])
            block = replace(others, rejected=block.rejected)
        yield block

    def rest(self) -> Iterator[Block]:
        """Give the rows that were too few, as they are."""
        if self._waiting:
            yield together([rows for held in self._waiting.values() for rows in held])

    def _call_middles(self, block: Block, numbers: Sequence[int], level: Level | None) -> None:
        """Say of rows at the middle of an area that they are known no better than that."""
        columns = block.columns
        precision, radius_m = _AREA_PRECISION[level or "region"]
        for number in numbers:
            columns["place_basis"][number] = CENTROID
            if columns["place_precision"][number] in _BETTER_THAN_AREAS:
                columns["place_precision"][number] = precision
                columns["radius_m"][number] = radius_m
                if level == "region" and "cercle" in columns:
                    columns["cercle"][number] = None
        self.rows += len(numbers)
