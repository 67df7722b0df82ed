"""Which rows lie in an area, as PostGIS says it.

Rows near each other are near on the map, so most blocks of rows are wholly in or out of an area,
and only the others are looked at row by row. PostGIS finds the side of a line in plain floating
point, GEOS without error: they can differ for a point within 1e-11 degrees of a slanting line.
Where a point comes within a hundred times of that, columns do not answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.columns import sets
from geo.columns.allowance import Allowance
from geo.columns.refusal import NotInColumns
from geo.columns.sets import Condition, Truths
from geo.columns.table import Rows

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Degrees = NDArray[np.float64]
BLOCK_BITS = 8
DOUBTFUL_DEGREES = 1e-9
_OUTSIDE, _INSIDE, _MIXED, _NOT_ASKED = 0, 1, 2, 3
# What things cost, see geo.columns.allowance. GEOS looks at all lines of an edge that reach over
# the latitude of a point: three times as many for a row (the area has them once, what is near its
# edge twice), and two for a block.
_CORNER_NS, _ROW_NS, _BLOCK_NS, _LINE_OF_BLOCK_NS, _POINT_NS, _LINE_OF_POINT_NS = (
    *(20_000, 5),
    *(2_000, 30),
    *(200, 30),
)
# Of so many rows the lines that reach over them are counted.
_SAMPLE = 512
# The corner itself, the four or so around it, and what makes finding them fast.
_CORNER_BYTES = 1_500


def in_area(
    area: BaseGeometry, longitude: Degrees, latitude: Degrees, allowance: Allowance
) -> Condition:
    """Hold for the rows in an area; whether its edge is of it does not matter, see above.

    The degrees are those of the rows that have a place, which come first.
    """
    import shapely

    corners = int(shapely.get_num_coordinates(area))
    allowance.take(corners * _CORNER_NS)
    blocks = _Blocks(area=area, longitude=longitude, latitude=latitude)
    doubtful = _along(area.boundary)
    shapely.prepare([area, doubtful])

    def holds(rows: Rows, allowance: Allowance) -> Truths:
        allowance.take(sets.length(rows) * _ROW_NS)
        verdicts = blocks.verdicts(rows, allowance)
        inside: Truths = verdicts == _INSIDE
        mixed = np.flatnonzero(verdicts == _MIXED)
        numbers = mixed + rows.start if isinstance(rows, slice) else rows[mixed]
        x, y = longitude[numbers], latitude[numbers]
        allowance.take(len(numbers) * (_POINT_NS + blocks.lines_at(y) * _LINE_OF_POINT_NS))
        if shapely.intersects_xy(doubtful, x, y).any():
            raise NotInColumns("points on the edge of an area")
        inside[mixed] = shapely.contains_xy(area, x, y)
        return inside

    return Condition(holds, blocks.nbytes + corners * _CORNER_BYTES)


def _along(edge: BaseGeometry) -> BaseGeometry:
    """Draw the area of all that is near an edge, and hold it to be so."""
    import shapely

    # Corners are cut, not rounded: a third as many lines, and still wide enough.
    near = shapely.buffer(edge, 10 * DOUBTFUL_DEGREES, quad_segs=1)
    bounds = near.boundary
    shapely.prepare([near, bounds])
    if not shapely.contains(near, edge) or shapely.dwithin(bounds, edge, DOUBTFUL_DEGREES):
        raise NotInColumns("an edge as fine as numbers are")
    return near


class _Blocks:
    """What is known of an area and of each block of so many rows that have a place."""

    def __init__(self, *, area: BaseGeometry, longitude: Degrees, latitude: Degrees) -> None:
        self._area, self._longitude, self._latitude = area, longitude, latitude
        self._placed = len(longitude)
        self._found = np.full((self._placed >> BLOCK_BITS) + 1, _NOT_ASKED, dtype=np.uint8)
        self._lows, self._highs = _reaches(area)

    @property
    def nbytes(self) -> int:
        return self._found.nbytes + self._lows.nbytes + self._highs.nbytes

    def lines_at(self, latitudes: Degrees) -> float:
        """Say over how many lines of the edge a latitude lies, in the mean of some of those given.

        GEOS looks at just these to find the side of a point.
        """
        some = latitudes[:: len(latitudes) // _SAMPLE + 1]
        if not len(some):
            return 0.0
        begun = np.searchsorted(self._lows, some, side="right")
        return float((begun - np.searchsorted(self._highs, some, side="left")).mean())

    def verdicts(self, rows: Rows, allowance: Allowance) -> NDArray[np.uint8]:
        """Say of each row whether all of its block are in the area, out of it, or neither.

        Rows are in their order; those that have no place, behind all that have one, are out.
        """
        verdicts = np.full(sets.length(rows), _OUTSIDE, dtype=np.uint8)
        if isinstance(rows, slice):
            first, last = rows.start, min(rows.stop, self._placed)
        else:
            rows = rows[: np.searchsorted(rows, self._placed)]
            first, last = (rows[0], rows[-1] + 1) if len(rows) else (0, 0)
        if first >= last:
            return verdicts
        block, end = first >> BLOCK_BITS, ((last - 1) >> BLOCK_BITS) + 1
        found = self._asked(block, end, allowance)
        if isinstance(rows, slice):
            start = first - (block << BLOCK_BITS)
            of_each = np.repeat(found, 1 << BLOCK_BITS)
            verdicts[: last - first] = of_each[start : start + last - first]
        else:
            verdicts[: len(rows)] = found.take((rows >> BLOCK_BITS) - block)
        return verdicts

    def _asked(self, first: int, end: int, allowance: Allowance) -> NDArray[np.uint8]:
        """Give what is known of blocks, and find out what is not."""
        import shapely

        found = self._found[first:end]
        asked = np.flatnonzero(found == _NOT_ASKED)
        if len(asked):
            latitudes = self._latitude[first << BLOCK_BITS : end << BLOCK_BITS]
            lines = self.lines_at(latitudes)
            allowance.take(len(asked) * (_BLOCK_NS + lines * _LINE_OF_BLOCK_NS))
            boxes = self._boxes(first, end)[asked]
            answers = np.full(len(boxes), _MIXED, dtype=np.uint8)
            answers[shapely.disjoint(self._area, boxes)] = _OUTSIDE
            answers[shapely.contains_properly(self._area, boxes)] = _INSIDE
            found[asked] = answers
        return found

    def _boxes(self, first: int, end: int) -> NDArray[np.object_]:
        """Draw the box of each of some blocks, a little larger than it is."""
        import shapely

        rows = slice(first << BLOCK_BITS, end << BLOCK_BITS)
        longitude, latitude = self._longitude[rows], self._latitude[rows]
        starts = np.arange(0, len(longitude), 1 << BLOCK_BITS)
        boxes: NDArray[np.object_] = shapely.box(
            np.minimum.reduceat(longitude, starts) - DOUBTFUL_DEGREES,
            np.minimum.reduceat(latitude, starts) - DOUBTFUL_DEGREES,
            np.maximum.reduceat(longitude, starts) + DOUBTFUL_DEGREES,
            np.maximum.reduceat(latitude, starts) + DOUBTFUL_DEGREES,
        )
        return boxes


def _reaches(area: BaseGeometry) -> tuple[Degrees, Degrees]:
    """Give the latitudes at which lines of an edge begin, in order, and those at which they end."""
    import shapely

    every = shapely.get_rings(shapely.get_parts(area))
    rings = [shapely.get_coordinates(ring)[:, 1] for ring in every]
    lows = np.concatenate([np.minimum(ring[1:], ring[:-1]) for ring in rings])
    highs = np.concatenate([np.maximum(ring[1:], ring[:-1]) for ring in rings])
    return np.sort(lows), np.sort(highs)
