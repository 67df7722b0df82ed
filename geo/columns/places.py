"""Where rows lie to a shape, as PostGIS says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geo.columns import sets
from geo.columns.allowance import Allowance
from geo.columns.areas import in_area
from geo.columns.refusal import NotInColumns
from geo.columns.sets import Condition, Truths
from geo.columns.table import Rows
from geo.cql2.call import names_geometry
from geo.cql2.geometry import by_dimension, read_geometry

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Degrees = NDArray[np.float64]
_POINTS, _AREAS = 0, 2
# What a row costs, see geo.columns.allowance; more points than these are looked up together.
_BOX_NS, _PAIR_NS, _MISSING_NS = 5.0, 250.0, 1.0
_FEW_POINTS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The places of the rows of a table; those from `placed` on have none."""

    longitude: Degrees
    latitude: Degrees
    placed: int
    # For what is done once, whatever rows are asked for.
    allowance: Allowance

    def missing(self, wanted: bool) -> Condition:
        """Hold for the rows that have no place, or for those that have one."""
        placed = self.placed
        return sets.asking(lambda rows: (_numbers(rows) >= placed) == wanted, _MISSING_NS)

    def in_box(self, west: float, south: float, east: float, north: float) -> Condition:
        """Hold for the rows in a box, its edges included."""
        longitude, latitude = self.longitude, self.latitude

        def holds(rows: Rows) -> Truths:
            x, y = longitude[rows], latitude[rows]
            truths: Truths = (x >= west) & (x <= east) & (y >= south) & (y <= north)
            return truths

        return sets.asking(holds, _BOX_NS)

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
        return Condition(
            lambda rows, allowance: ~meets(rows, allowance) & placed(rows, allowance), meets.nbytes
        )

    def _meets(self, part: BaseGeometry, op: str) -> Condition:
        import shapely

        # As SQL is given it.
        part = shapely.from_wkt(part.wkt)
        dimension = shapely.get_dimensions(part)
        if dimension == _POINTS:
            corners = shapely.get_coordinates(part)
            if len(corners) > _FEW_POINTS:
                return self._at_points(corners)
            return sets.some([self.in_box(x, y, x, y) for x, y in corners])
        if dimension != _AREAS:
            raise NotInColumns("points on a line")
        areas = shapely.get_parts(part)
        if all(map(_is_box, areas)):
            meets = self._strictly_in_box if op == "s_within" else self.in_box
            return sets.some([meets(*area.bounds) for area in areas])
        placed = self.placed
        longitude, latitude = self.longitude[:placed], self.latitude[:placed]
        return in_area(part, longitude, latitude, self.allowance)

    def _at_points(self, corners: Degrees) -> Condition:
        """Hold for the rows at one of some points: those in their box are looked up at once."""
        pairs = np.unique(_pairs(corners[:, 0], corners[:, 1]))
        in_their_box = self.in_box(*corners.min(axis=0), *corners.max(axis=0))
        longitude, latitude = self.longitude, self.latitude

        def holds(rows: Rows, allowance: Allowance) -> Truths:
            truths = in_their_box(rows, allowance)
            near = np.flatnonzero(truths)
            allowance.take(len(near) * _PAIR_NS)
            numbers = near + rows.start if isinstance(rows, slice) else rows[near]
            asked = _pairs(longitude[numbers], latitude[numbers])
            places = np.searchsorted(pairs, asked)
            truths[near] = pairs.take(places, mode="clip") == asked
            return truths

        return Condition(holds, in_their_box.nbytes + pairs.nbytes)

    def _strictly_in_box(self, west: float, south: float, east: float, north: float) -> Condition:
        longitude, latitude = self.longitude, self.latitude

        def holds(rows: Rows) -> Truths:
            x, y = longitude[rows], latitude[rows]
            truths: Truths = (x > west) & (x < east) & (y > south) & (y < north)
            return truths

        return sets.asking(holds, _BOX_NS)


def _pairs(x: Degrees, y: Degrees) -> NDArray[np.complex128]:
    """Make one number of each two, which sorts by the first and then by the second."""
    pairs = np.empty(len(x), dtype=np.complex128)
    pairs.real, pairs.imag = x, y
    return pairs


def _numbers(rows: Rows) -> NDArray[np.intp]:
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


def _is_box(area: BaseGeometry) -> bool:
    """Say whether an area is a rectangle along the axes, whose sides no rounding moves."""
    import shapely

    if shapely.get_num_coordinates(area) != 5:
        return False
    return bool(shapely.normalize(area) == shapely.normalize(shapely.box(*area.bounds)))
