"""Outline the areas that rows are known only to: a region, or what of a circle lies in one."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, radians
from typing import Any

import shapely
from shapely import affinity
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from app.maps._places import Place

METRES_PER_DEGREE = 111_195.0
QUARTER_SEGMENTS = 16
DECIMALS = 3

# Polygons, each a list of rings of [lon, lat].
Outline = list[list[list[list[float]]]]


def circle(lon: float, lat: float, radius_m: float) -> BaseGeometry:
    """Draw a circle on the ground, which degrees of longitude stretch."""
    around = Point(lon, lat).buffer(radius_m / METRES_PER_DEGREE, quad_segs=QUARTER_SEGMENTS)
    return affinity.scale(around, xfact=1 / cos(radians(lat)), origin=(lon, lat))


def area_of(place: Place, regions: Mapping[str, BaseGeometry]) -> BaseGeometry:
    """Give the ground on which an area lies: never more than its region, or than the country."""
    region = None if place.region is None else regions.get(place.region)
    if place.lon is None or place.lat is None:
        return region if region is not None else Point()
    reach = circle(place.lon, place.lat, place.radius_m or 0)
    if region is None and not regions:
        return reach
    ground = region if region is not None else shapely.union_all(list(regions.values()))
    within = shapely.intersection(reach, ground)
    return reach if within.is_empty else within


def outline(area: BaseGeometry) -> Outline:
    """Write an area as rings of rounded coordinates."""
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    return [[_ring(ring) for ring in (part.exterior, *part.interiors)] for part in parts]


def spot_in(area: BaseGeometry, place: Place) -> list[float] | None:
    """Find where an area's popup points to: its own point, or another one inside it."""
    if area.is_empty:
        return None
    if place.lon is not None and place.lat is not None:
        own = Point(place.lon, place.lat)
        if shapely.intersects(own, area):
            return [place.lat, place.lon]
    inner: Any = area.representative_point()
    return [round(inner.y, DECIMALS), round(inner.x, DECIMALS)]


def _ring(ring: BaseGeometry) -> list[list[float]]:
    return [[round(float(x), DECIMALS), round(float(y), DECIMALS)] for x, y in ring.coords]
