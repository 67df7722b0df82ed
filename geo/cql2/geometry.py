"""Geometries of a filter: read from WKT, GeoJSON or a box, checked, and brought to degrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from geo.cql2.limits import MAX_VERTICES
from geo.cql2.refusal import refused
from geo.crs import DEFAULT, Crs, to_degrees
from geo.query import Box, parse_bbox

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_HINT = "WKT, as in POINT(-0.04 16.27), or GeoJSON"
# What GeoJSON has, as GEOS numbers them: points, lines, areas, and several of one kind.
_MEMBERS = {0, 1, 3, 4, 5, 6}
# A straight side of a box in metres is a curve in degrees.
_PIECES_OF_A_SIDE = 32


def read_wkt(text: str) -> dict[str, Any]:
    """Read WKT as GeoJSON."""
    import shapely

    try:
        geometry = shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        raise refused(text, "is not a geometry", _HINT) from None
    return to_geojson(_bounded(geometry))


def from_geojson(node: Mapping[str, Any]) -> BaseGeometry:
    """Read a GeoJSON geometry; what lies where is not looked at yet."""
    import shapely
    from shapely.geometry import shape

    try:
        geometry = shape(dict(node))
    except (
        shapely.errors.ShapelyError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        OverflowError,
        RecursionError,
    ):
        raise refused(dict(node), "is not a geometry", _HINT) from None
    return _bounded(geometry)


def _bounded(geometry: BaseGeometry) -> BaseGeometry:
    import numpy as np
    import shapely

    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        problem = f"is a geometry with more than {MAX_VERTICES} vertices"
        raise refused(geometry.geom_type, problem, "a simpler geometry")
    members = shapely.get_parts(geometry)
    if not set(shapely.get_type_id(members)) <= _MEMBERS:
        raise refused(geometry.wkt, "is not a geometry, or a collection of collections", _HINT)
    finite = np.isfinite(shapely.get_coordinates(geometry)).all()
    if geometry.is_empty or shapely.is_empty(members).any() or not finite:
        raise refused(geometry.wkt, "is not a valid geometry: it is empty or not finite", _HINT)
    return shapely.force_2d(geometry)


def to_geojson(geometry: BaseGeometry) -> dict[str, Any]:
    """Write a geometry as GeoJSON."""
    from shapely.geometry import mapping

    return dict(mapping(geometry))


def box_geometry(box: Box) -> BaseGeometry:
    """Make the geometry of a box: one or two areas, or a line or a point where it has no area."""
    import shapely
    from shapely.geometry import LineString, Point
    from shapely.geometry import box as rectangle

    made: list[BaseGeometry] = []
    for west, south, east, north in box.parts:
        if west == east and south == north:
            made.append(Point(west, south))
        elif west == east or south == north:
            made.append(LineString([(west, south), (east, north)]))
        else:
            made.append(rectangle(west, south, east, north, ccw=True))
    return made[0] if len(made) == 1 else shapely.GeometryCollection(made)


def read_box(corners: list[float], crs: Crs = DEFAULT) -> Box:
    """Read the numbers of BBOX(…) as those of the parameter bbox are read."""
    return parse_bbox(",".join(repr(number) for number in corners), "filter", crs)


def read_geometry(node: Any) -> BaseGeometry:
    """Read a geometry that is given in degrees, and hold it to be valid and on the earth."""
    import shapely

    if isinstance(node, Mapping) and "bbox" in node:
        return box_geometry(read_box(node["bbox"]))
    if not isinstance(node, Mapping) or "type" not in node:
        raise refused(node, "is not a geometry", _HINT)
    geometry = from_geojson(node)
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        raise refused(geometry.wkt, f"is not a valid geometry: {reason}")
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise refused(geometry.wkt, "lies outside longitude -180…180, latitude -90…90")
    return geometry


def by_dimension(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Join the members of a collection: its points, its lines and its areas."""
    import shapely

    if geometry.geom_type != "GeometryCollection":
        return [geometry]
    members = shapely.get_parts(geometry)
    dimensions = shapely.get_dimensions(members)
    return [shapely.union_all(members[dimensions == d]) for d in sorted(set(dimensions))]


def in_degrees(expression: Mapping[str, Any], crs: Crs) -> dict[str, Any]:
    """Bring the geometries of a filter from their system to longitude and latitude."""
    if crs == DEFAULT:
        return dict(expression)
    return {"op": expression["op"], "args": [_moved(arg, crs) for arg in expression["args"]]}


def _moved(node: Any, crs: Crs) -> Any:
    if isinstance(node, list):
        return [_moved(item, crs) for item in node]
    if not isinstance(node, dict):
        return node
    if "op" in node:
        return in_degrees(node, crs)
    if "bbox" in node:
        return _moved_box(read_box(node["bbox"], crs), crs)
    return to_degrees(node, crs) if "type" in node else node


def _moved_box(box: Box, crs: Crs) -> dict[str, Any]:
    import shapely

    if crs.unit == "degree":
        return {"bbox": [box.west, box.south, box.east, box.north]}
    longest = max(box.east - box.west, box.north - box.south) / _PIECES_OF_A_SIDE
    area = box_geometry(box)
    return to_degrees(to_geojson(area if longest == 0 else shapely.segmentize(area, longest)), crs)
