"""Find out where a row lies, and whether that can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import shorten
from geo.importing.cells import Unfit, is_empty, read_number
from geo.spec import GeometryType, Layer

Box = tuple[float, float, float, float]
WORLD: Box = (-180, -90, 180, 90)


class LonLat(NamedTuple):
    """A point. A million of them as shapely objects would take ten times as long to make."""

    lon: float
    lat: float


Place = LonLat | BaseGeometry


def read_place(layer: Layer, values: Mapping[str, Any], geometry: Any) -> Place | None:
    """Give the place of a row from its geometry, else from its cells lon and lat."""
    if geometry is None:
        lon, lat = values.get("lon"), values.get("lat")
        if is_empty(lon) or is_empty(lat):
            if is_empty(lon) != is_empty(lat):
                raise Unfit("has only one of lon and lat")
            return None
        try:
            point = LonLat(read_number(lon), read_number(lat))
        except (ValueError, TypeError):
            told = f"lon {shorten(str(lon))!r}, lat {shorten(str(lat))!r}"
            raise Unfit(f"{told} are not numbers") from None
        return _fitting_point(layer, point)
    if geometry.is_empty:
        return None
    if isinstance(geometry, shapely.Point):
        return _fitting_point(layer, LonLat(geometry.x, geometry.y))
    return _fitting_shape(layer, shapely.force_2d(geometry))


def _fitting_point(layer: Layer, point: LonLat) -> LonLat:
    _check_kind(layer, "Point")
    _check_bounds(layer, (*point, *point))
    return point


def _fitting_shape(layer: Layer, shape: BaseGeometry) -> BaseGeometry:
    if layer.geometry is GeometryType.POLYGON and isinstance(shape, shapely.Polygon):
        shape = shapely.MultiPolygon([shape])
    _check_kind(layer, shape.geom_type)
    _check_bounds(layer, shape.bounds)
    if not shape.is_valid:
        raise Unfit(f"has an invalid geometry: {shapely.is_valid_reason(shape)}")
    return shape


def _check_kind(layer: Layer, kind: str) -> None:
    if layer.geometry is GeometryType.NONE:
        raise Unfit(f"has a geometry, and {layer.id} has none")
    if layer.geometry not in (GeometryType.ANY, kind):
        raise Unfit(f"is a {kind}, and {layer.id} holds {layer.geometry} features")


def _check_bounds(layer: Layer, bounds: Box) -> None:
    if not _within(bounds, WORLD):
        raise Unfit(_outside(bounds, WORLD))
    if layer.window is None or _within(bounds, layer.window):
        return
    west, south, east, north = bounds
    hint = ""
    if not any(bounds):
        hint = "; where the place is not known, leave lon and lat empty"
    elif _within((south, west, north, east), layer.window):
        hint = "; are lon and lat swapped?"
    raise Unfit(f"{_outside(bounds, layer.window)}, where {layer.id} are{hint}")


def _within(bounds: Box, frame: Box) -> bool:
    west, south, east, north = bounds
    left, bottom, right, top = frame
    return left <= west and bottom <= south and east <= right and north <= top


def _outside(bounds: Box, frame: Box) -> str:
    west, south, *_ = bounds
    left, bottom, right, top = frame
    spans = f"longitude {left:g}…{right:g}, latitude {bottom:g}…{top:g}"
    return f"lies at {west:g}, {south:g}, outside {spans}"
