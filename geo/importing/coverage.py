"""See to it that areas that ought to cover the ground do: find gaps and overlaps, and mend them.

Pure: shapes in, shapes out, in longitude and latitude; no database, no files, no layer by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

SQUARE_METRES = 1e6  # in a square kilometre
METRES_PER_DEGREE = 111_195.0
# Below this, a gap or overlap is arithmetic, not a fault of the file: 100 square metres.
NOTICED_KM2 = 1e-4
# A slit between areas that is open to the outside is seen up to this width, when areas line this
# much of its edge. Less of it is lined where the country's own outline has an inlet.
SLIT_M = 500.0
SLIT_LINED = 0.8
TOUCH_M = 0.05
GRID_DEGREES = 1e-8  # about a millimetre, on which a mended coverage is drawn anew


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """A piece of ground that two areas claim, or that none does."""

    kind: str
    between: tuple[int, ...]
    area_km2: float
    shape: BaseGeometry

    def told(self, names: Sequence[str]) -> str:
        """Say what is wrong, with the names of the areas it lies between."""
        sides = " and ".join(names[number] for number in self.between)
        return f"{self.kind} of {self.area_km2:,.4f} km² between {sides}"


def as_multipolygon(shape: BaseGeometry) -> shapely.MultiPolygon:
    """Keep the polygons of a shape."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])


def find_faults(areas: Sequence[BaseGeometry]) -> list[Fault]:
    """Find the ground that two areas claim and the ground inside that none does."""
    in_metres = _scale(areas)
    shapes = list(shapely.transform(areas, lambda points: points * in_metres))
    found = [
        (kind, between, shapely.transform(shape, lambda points: points / in_metres))
        for kind, pairs in (("overlap", _overlaps(shapes)), ("gap", _gaps(shapes)))
        for between, shape in pairs
    ]
    sizes_km2 = _areas_km2([shape for *_, shape in found])
    faults = [
        Fault(kind=kind, between=tuple(int(i) for i in between), area_km2=size, shape=shape)
        for (kind, between, shape), size in zip(found, sizes_km2, strict=True)
        if size >= NOTICED_KM2
    ]
    return sorted(faults, key=lambda fault: -fault.area_km2)


def _scale(areas: Sequence[BaseGeometry]) -> NDArray[np.float64]:
    """Give metres per degree of longitude and latitude in the middle of the areas.

    Only stretched, edges that meet along a line still do; a true projection would bend them apart
    wherever one of the two has a point more.
    """
    _, south, _, north = shapely.total_bounds(areas)
    return np.array(
        [METRES_PER_DEGREE * np.cos(np.radians((south + north) / 2)), METRES_PER_DEGREE]
    )


def _areas_km2(shapes: Sequence[BaseGeometry]) -> list[float]:
    """Measure shapes on an equal-area plane that touches the globe in their middle."""
    import geopandas

    if not shapes:
        return []
    series = geopandas.GeoSeries(shapes, crs=4326)
    west, south, east, north = series.total_bounds
    plane = f"+proj=laea +lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +datum=WGS84"
    return [float(area) / SQUARE_METRES for area in series.to_crs(plane).area]


def _overlaps(shapes: Sequence[BaseGeometry]) -> Iterator[tuple[list[int], BaseGeometry]]:
    tree = shapely.STRtree(shapes)
    for one, other in sorted(zip(*tree.query(shapes, predicate="intersects"), strict=True)):
        if one < other:
            yield [one, other], shapely.intersection(shapes[one], shapes[other])


def _gaps(shapes: Sequence[BaseGeometry]) -> Iterator[tuple[list[int], BaseGeometry]]:
    """Find holes in the whole, and slits between units that are open to the outside."""
    tree = shapely.STRtree(shapes)
    whole = shapely.union_all(shapes)
    rings = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    holes = [shapely.Polygon(ring) for ring in rings]
    for hole in holes:
        yield sorted(tree.query(hole, predicate="intersects")), hole
    # Growing and shrinking by the same width closes slits; mitred corners leave the rest as it is.
    grown = shapely.buffer(whole, SLIT_M / 2, join_style="mitre")
    closed = shapely.buffer(grown, -SLIT_M / 2, join_style="mitre")
    for slit in shapely.get_parts(shapely.difference(closed, shapely.union_all([whole, *holes]))):
        beside = sorted(tree.query(slit, predicate="dwithin", distance=TOUCH_M))
        lining = shapely.buffer(shapely.union_all([shapes[i] for i in beside]), TOUCH_M)
        lined = shapely.length(shapely.intersection(slit.boundary, lining))
        if len(beside) > 1 and lined >= SLIT_LINED * slit.length:
            yield beside, slit


def mend(areas: Sequence[BaseGeometry], gaps: Sequence[BaseGeometry]) -> list[shapely.MultiPolygon]:
    """Draw areas anew so that neighbours share their edges exactly; leave them if they do.

    All outlines together cut the ground into faces. A face goes to the first area that holds it,
    a face that none holds to the area it shares most of its edge with.
    """
    if not gaps and shapely.coverage_is_valid(areas):
        return [as_multipolygon(area) for area in areas]
    lines = shapely.union_all(shapely.boundary([*areas, *gaps]), grid_size=GRID_DEGREES)
    faces = list(shapely.get_parts(shapely.polygonize(shapely.get_parts(lines))))
    owners = _owners(faces, areas)
    return [
        union([face for face, owner in zip(faces, owners, strict=True) if owner == number])
        for number in range(len(areas))
    ]


def union(areas: Sequence[BaseGeometry]) -> shapely.MultiPolygon:
    """Join areas that share their edges, so that no sliver is left between them."""
    return as_multipolygon(shapely.coverage_union_all(areas))


def _owners(faces: Sequence[shapely.Polygon], shapes: Sequence[BaseGeometry]) -> list[int | None]:
    tree = shapely.STRtree(shapes)
    owners: list[int | None] = []
    for face in faces:
        holders = tree.query(face.representative_point(), predicate="intersects")
        owners.append(int(min(holders)) if len(holders) else None)
    edges = shapely.STRtree(faces)
    for number, face in enumerate(faces):
        if owners[number] is None:
            shared: dict[int, float] = {}
            for neighbour in edges.query(face, predicate="intersects"):
                owner = owners[neighbour]
                if owner is not None:
                    length = shapely.length(shapely.intersection(face, faces[neighbour]))
                    shared[owner] = shared.get(owner, 0.0) + float(length)
            owners[number] = max(shared, key=lambda owner: shared[owner]) if shared else None
    return owners
