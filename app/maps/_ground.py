"""Prepare the ground of a map: clipped outlines and the points their labels stand at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import shapely
from shapely.geometry import MultiPolygon, Point, mapping, shape
from shapely.geometry.base import BaseGeometry

from app.maps._scene import Feature
from geo.spec import Language

Box = tuple[float, float, float, float]
# West Africa: what the map can be panned over. Beyond it the ground is left empty.
WINDOW: Box = (-20.0, 4.0, 18.0, 30.0)
MALI: Box = (-12.3, 10.1, 4.3, 25.05)
COORDINATE_DECIMALS = 3
LABEL_TOLERANCE = 0.05
# A label farther than this from the regions would stand at the edge of the page or outside it.
LABEL_MARGIN = 2.2
# A river is named at the first of these parts of its length where there is room.
RIVER_SPOTS = (0.5, 0.6, 0.4, 0.7, 0.3, 0.8, 0.2, 0.9, 0.1)


def ground_features(
    features: Sequence[Feature], names: tuple[str, ...] = ("kind",)
) -> list[dict[str, Any]]:
    """Clip and round outlines to what the map shows, keeping only the named properties."""
    found = []
    for feature in features:
        geometry = _clipped(feature)
        if geometry is None:
            continue
        rounded = mapping(shapely.set_precision(geometry, 10**-COORDINATE_DECIMALS))
        properties = {name: feature["properties"].get(name) for name in names}
        found.append(
            {
                "type": "Feature",
                "geometry": {
                    "type": rounded["type"],
                    "coordinates": _rounded(rounded["coordinates"]),
                },
                "properties": properties,
            }
        )
    return found


def bounds_of(features: Sequence[Feature], fallback: Box = MALI) -> Box:
    """Find the box around the features, which is what the map opens on."""
    shapes = [shape(feature["geometry"]) for feature in features if feature.get("geometry")]
    if not shapes:
        return fallback
    west, south, east, north = (round(float(n), 4) for n in shapely.total_bounds(shapes))
    return (west, south, east, north)


def region_labels(features: Sequence[Feature], language: Language) -> list[dict[str, Any]]:
    """Give every region's name the widest spot inside it; the larger region is named first."""
    sized = [(shape(f["geometry"]), f) for f in features if f.get("geometry")]
    sized.sort(key=lambda pair: (-pair[0].area, str(pair[1].get("id"))))
    return [
        _label([_widest_spot(geometry)], _name(feature, language), "region")
        for geometry, feature in sized
        if _name(feature, language)
    ]


def basemap_labels(
    features: Sequence[Feature], country: Sequence[Feature], view: Box, language: Language
) -> list[dict[str, Any]]:
    """Name the neighbours and the rivers that have names, near the country that is shown."""
    window = shapely.box(*view).buffer(LABEL_MARGIN)
    shapes = [shape(feature["geometry"]) for feature in country if feature.get("geometry")]
    inside = shapely.union_all([part.buffer(0.3) for part in shapes]) if shapes else None
    labels: list[dict[str, Any]] = []
    named_lines: dict[str, BaseGeometry] = {}
    for feature in features:
        name, kind = _name(feature, language), feature["properties"].get("kind")
        geometry = _clipped(feature)
        if not name or geometry is None:
            continue
        if kind == "country":
            seen = geometry.intersection(window)
            seen = seen.difference(inside) if inside is not None else seen
            if geometry.intersection(window).area and seen.area > 1.5:
                labels.append(_label([_widest_spot(seen)], name, "country"))
        elif kind == "river" and geometry.intersects(shapely.box(*view)):
            known = named_lines.get(name)
            named_lines[name] = geometry if known is None else known.union(geometry)
    for name, line in sorted(named_lines.items()):
        within = line.intersection(inside if inside is not None else shapely.box(*view))
        if within.length > 3:
            longest = max(getattr(within, "geoms", [within]), key=lambda part: part.length)
            spots = [longest.interpolate(part, normalized=True) for part in RIVER_SPOTS]
            labels.append(_label(spots, name, "river"))
    return labels


def _clipped(feature: Feature) -> BaseGeometry | None:
    if not feature.get("geometry"):
        return None
    geometry = shapely.clip_by_rect(shape(feature["geometry"]), *WINDOW)
    return None if geometry.is_empty else geometry


def _widest_spot(geometry: BaseGeometry) -> BaseGeometry:
    radius: Any = shapely.maximum_inscribed_circle(
        cast(MultiPolygon, geometry), tolerance=LABEL_TOLERANCE
    )
    return Point(radius.coords[0])


def _label(points: Sequence[BaseGeometry], text: str, kind: str) -> dict[str, Any]:
    spots = [[round(float(shapely.get_y(p)), 3), round(float(shapely.get_x(p)), 3)] for p in points]
    return {"text": text, "kind": kind, "spots": spots}


def _name(feature: Feature, language: Language) -> str:
    properties: Mapping[str, Any] = feature["properties"]
    preferred = ("name_fr", "name") if language == "fr" else ("name", "name_fr")
    return next((str(properties[key]) for key in preferred if properties.get(key)), "")


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float | int):
        return round(coordinates, COORDINATE_DECIMALS)
    return [_rounded(part) for part in coordinates]
