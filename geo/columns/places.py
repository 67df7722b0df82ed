"""Where rows lie to a shape, as PostGIS says it.

Rows near each other are near on the map, so most blocks of rows are wholly in or out of a shape,
and only the others are looked at row by row. PostGIS finds the side of a line in plain floating
point, GEOS without error: they can differ for a point within 1e-11 degrees of a slanting line.
Where a point comes within a hundred times of that, columns do not answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geo.columns import sets
from geo.columns.refusal import NotInColumns
from geo.columns.sets import Condition, Truths
from geo.columns.table import Rows
from geo.cql2.call import names_geometry
from geo.cql2.geometry import by_dimension, read_geometry

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Degrees = NDArray[np.float64]
BLOCK_BITS = 8
DOUBTFUL_DEGREES = 1e-9
_OUTSIDE, _INSIDE, _MIXED, _NOT_ASKED = 0, 1, 2, 3
_POINTS, _AREAS = 0, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The places of the rows of a table; those from `placed` on have none."""

    longitude: Degrees
    latitude: Degrees
    placed: int

    def missing(self, wanted: bool) -> Condition:
        """Hold for the rows that have no place, or for those that have one."""
        placed = self.placed
        return lambda rows: (_numbers(rows) >= placed) == wanted

    def in_box(self, west: float, south: float, east: float, north: float) -> Condition:
        """Hold for the rows in a box, its edges included."""
        longitude, latitude = self.longitude, self.latitude

        def holds(rows: Rows) -> Truths:
            x, y = longitude[rows], latitude[rows]
            truths: Truths = (x >= west) & (x <= east) & (y >= south) & (y <= north)
            return truths

        return holds

    def relation(self, op: str, args: list[Any], wanted: bool) -> Condition:
        """Hold for the rows that surely stand so to a shape, or surely do not."""
        row_first = names_geometry(args[0])
        shape = read_geometry(args[1] if row_first else args[0])
        if op == "s_contains":
            # A point contains nothing but itself; a shape contains what is within it.
            op, row_first = "s_within", not row_first
        if op not in ("s_intersects", "s_disjoint", "s_within") or (
            op == "s_within" and not row_first
        ):
            raise NotInColumns(op)
        meets = sets.some([self._meets(part, op) for part in by_dimension(shape)])
        # A row without a place stands in no way to anything: unknown, whatever is asked.
        if (op != "s_disjoint") is wanted:
            return meets
        placed = self.missing(wanted=False)
        return lambda rows: ~meets(rows) & placed(rows)

    def _meets(self, part: BaseGeometry, op: str) -> Condition:
        import shapely

        # As SQL is given it.
        part = shapely.from_wkt(part.wkt)
        dimension = shapely.get_dimensions(part)
        if dimension == _POINTS:
            corners = shapely.get_coordinates(part)
            return sets.some([self.in_box(x, y, x, y) for x, y in corners])
        if dimension != _AREAS:
            raise NotInColumns("points on a line")
        areas = shapely.get_parts(part)
        if all(map(_is_box, areas)):
            meets = self._strictly_in_box if op == "s_within" else self.in_box
            return sets.some([meets(*area.bounds) for area in areas])
        return self._in_area(part)

    def _strictly_in_box(self, west: float, south: float, east: float, north: float) -> Condition:
        longitude, latitude = self.longitude, self.latitude

        def holds(rows: Rows) -> Truths:
            x, y = longitude[rows], latitude[rows]
            truths: Truths = (x > west) & (x < east) & (y > south) & (y < north)
            return truths

        return holds

    def _in_area(self, area: BaseGeometry) -> Condition:
        """Hold for the rows in an area; whether its edge is of it does not matter, see above."""
        import shapely

        placed = self.placed
        longitude, latitude = self.longitude[:placed], self.latitude[:placed]
        blocks = _Blocks(area=area, longitude=longitude, latitude=latitude)
        doubtful = _along(area.boundary)
        shapely.prepare([area, doubtful])

        def holds(rows: Rows) -> Truths:
            verdicts = blocks.verdicts(rows)
            inside: Truths = verdicts == _INSIDE
            mixed = np.flatnonzero(verdicts == _MIXED)
            numbers = mixed + rows.start if isinstance(rows, slice) else rows[mixed]
            x, y = longitude[numbers], latitude[numbers]
            if shapely.intersects_xy(doubtful, x, y).any():
                raise NotInColumns("points on the edge of an area")
            inside[mixed] = shapely.contains_xy(area, x, y)
            return inside

        return holds


def _along(edge: BaseGeometry) -> BaseGeometry:
    """Draw the area of all that is near an edge, and hold it to be so."""
    import shapely

    near = shapely.buffer(edge, 10 * DOUBTFUL_DEGREES)
    if not near.contains(edge) or near.boundary.distance(edge) < DOUBTFUL_DEGREES:
        raise NotInColumns("an edge as fine as numbers are")
    return near


def _numbers(rows: Rows) -> NDArray[np.intp]:
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


def _is_box(area: BaseGeometry) -> bool:
    """Say whether an area is a rectangle along the axes, whose sides no rounding moves."""
    import shapely

    if shapely.get_num_coordinates(area) != 5:
        return False
    return bool(shapely.normalize(area) == shapely.normalize(shapely.box(*area.bounds)))


class _Blocks:
    """What is known of an area and of each block of so many rows that have a place."""

    def __init__(self, *, area: BaseGeometry, longitude: Degrees, latitude: Degrees) -> None:
        self._area, self._longitude, self._latitude = area, longitude, latitude
        self._placed = len(longitude)
        self._found = np.full((self._placed >> BLOCK_BITS) + 1, _NOT_ASKED, dtype=np.uint8)

    def verdicts(self, rows: Rows) -> NDArray[np.uint8]:
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
        found = self._asked(block, end)
        if isinstance(rows, slice):
            start = first - (block << BLOCK_BITS)
            of_each = np.repeat(found, 1 << BLOCK_BITS)
            verdicts[: last - first] = of_each[start : start + last - first]
        else:
            verdicts[: len(rows)] = found.take((rows >> BLOCK_BITS) - block)
        return verdicts

    def _asked(self, first: int, end: int) -> NDArray[np.uint8]:
        """Give what is known of blocks, and find out what is not."""
        import shapely

        found = self._found[first:end]
        asked = np.flatnonzero(found == _NOT_ASKED)
        if len(asked):
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
