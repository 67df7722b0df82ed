"""Prepare the ground of a map: clipped outlines and the points their labels stand at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import shapely
from shapely.geometry import MultiPolygon, Point, mapping, shape
from shapely.geometry.base import BaseGeometry

from app.maps._areas import outline
from app.maps._scene import Feature
from geo.spec import Field, Language

Box = tuple[float, float, float, float]
# West Africa: what the map can be panned over. Beyond it the ground is left empty.
WINDOW: Box = (-20.0, 4.0, 18.0, 30.0)
MALI: Box = (-12.3, 10.1, 4.3, 25.05)
COORDINATE_DECIMALS = 3
# About 450 m: a third of a pixel where towns get their names, twelve in the closest view.
SIMPLIFIED_DEGREES = 0.004
# From which zoom on a kind of place is named.
TOWN_ZOOMS = {"city": 7, "town": 7, "village": 8.5}
LABEL_TOLERANCE = 0.05
COUNTRY_TOLERANCE = 0.05
# A label farther than this from the regions would stand at the edge of the page or outside it.
LABEL_MARGIN = 2.2
# A river is named at the first of these parts of its length where there is room.
RIVER_SPOTS = (0.5, 0.6, 0.4, 0.7, 0.3, 0.8, 0.2, 0.9, 0.1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """An area of the ground as it is drawn: simplified together with its neighbours."""

    id: str
    geometry: BaseGeometry
    properties: Mapping[str, Any]


def regions_of(features: Sequence[Feature]) -> tuple[Region, ...]:
    """Simplify areas for drawing, so that neighbours still share their edges."""
    placed = [feature for feature in features if feature.get("geometry")]
    shapes = [shape(feature["geometry"]) for feature in placed]
    simple: Any = shapely.coverage_simplify(shapes, SIMPLIFIED_DEGREES) if shapes else []
    return tuple(
        Region(id=str(feature["id"]), geometry=geometry, properties=feature["properties"])
        for feature, geometry in zip(placed, simple, strict=True)
    )


def region_features(regions: Sequence[Region]) -> list[dict[str, Any]]:
    """Write regions as the browser draws them."""
    return [
        {
            "type": "Feature",
            "id": region.id,
            "geometry": {"type": "MultiPolygon", "coordinates": outline(region.geometry)},
            "properties": {},
        }
        for region in regions
    ]


def ground_features(
    features: Sequence[Feature], names: tuple[str, ...] = ("kind",)
) -> list[dict[str, Any]]:
    """Clip and round outlines to what the map shows, keeping only the named properties."""
    found = []
    for feature in features:
        geometry = _clipped(feature)
        if geometry is None:
            continue
        rounded = mapping(geometry)
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


def bounds_of(regions: Sequence[Region], fallback: Box = MALI) -> Box:
    """Find the box around the regions, which is what the map opens on."""
    if not regions:
        return fallback
    bounds = shapely.total_bounds([region.geometry for region in regions])
    west, south, east, north = (round(float(n), 4) for n in bounds)
    return (west, south, east, north)


def region_labels(
    regions: Sequence[Region], kinds: Field | None, language: Language
) -> list[dict[str, Any]]:
    """Give every region's name the widest spot inside it; the larger region is named first."""
    sized = sorted(regions, key=lambda region: (-region.geometry.area, region.id))
    labels = []
    for region in sized:
        name = name_in(region.properties, language)
        if name:
            names = dict.fromkeys((name, _shorter(name, region.properties, kinds, language)))
            spot = _label([_widest_spot(region.geometry)], tuple(names), "region")
            labels.append(spot | {"region": region.id})
    return labels


def town_labels(features: Sequence[Feature], language: Language) -> list[dict[str, Any]]:
    """Name cities, towns and villages, the larger kind first, where the map is near enough."""
    found = []
    for feature in features:
        kind, name = feature["properties"].get("kind"), name_in(feature["properties"], language)
        if kind in TOWN_ZOOMS and name and feature.get("geometry"):
            label = _label([shape(feature["geometry"])], (name,), "town")
            found.append((list(TOWN_ZOOMS).index(kind), name, label | {"zoom": TOWN_ZOOMS[kind]}))
    return [label for _, _, label in sorted(found, key=lambda town: town[:2])]


def basemap_labels(
    features: Sequence[Feature], country: Sequence[Region], view: Box, language: Language
) -> list[dict[str, Any]]:
    """Name the neighbours and the rivers that have names, near the country that is shown."""
    window = shapely.box(*view).buffer(LABEL_MARGIN)
    # A rough line will do for a band so wide; round fine ones it costs ten times as much.
    shapes = [region.geometry.simplify(COUNTRY_TOLERANCE) for region in country]
    inside = shapely.union_all(shapes).buffer(0.3) if shapes else None
    labels: list[dict[str, Any]] = []
    named_lines: dict[str, BaseGeometry] = {}
    for feature in features:
        name, kind = name_in(feature["properties"], language), feature["properties"].get("kind")
        geometry = _clipped(feature)
        if not name or geometry is None:
            continue
        if kind == "country":
            seen = geometry.intersection(window)
            seen = seen.difference(inside) if inside is not None else seen
            if geometry.intersection(window).area and seen.area > 1.5:
                labels.append(_label([_widest_spot(seen)], (name,), "country"))
        elif kind == "river" and geometry.intersects(shapely.box(*view)):
            known = named_lines.get(name)
            named_lines[name] = geometry if known is None else known.union(geometry)
    for name, line in sorted(named_lines.items()):
        within = line.intersection(inside if inside is not None else shapely.box(*view))
        if within.length > 3:
            longest = max(getattr(within, "geoms", [within]), key=lambda part: part.length)
            spots = [longest.interpolate(part, normalized=True) for part in RIVER_SPOTS]
            labels.append(_label(spots, (name,), "river"))
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


def _label(points: Sequence[BaseGeometry], names: tuple[str, ...], kind: str) -> dict[str, Any]:
    spots = [[round(float(shapely.get_y(p)), 3), round(float(shapely.get_x(p)), 3)] for p in points]
    return {"names": list(names), "kind": kind, "spots": spots}


def _shorter(
    name: str, properties: Mapping[str, Any], kinds: Field | None, language: Language
) -> str:
    """Leave out of a name the word that only says what kind of region it is."""
    choice = kinds.choice(str(properties.get("kind"))) if kinds else None
    if choice is None:
        return name
    word = re.escape(choice.title.in_language(language))
    return re.sub(rf"^{word} (?:de |du |d’|d')?| {word}$", "", name, flags=re.IGNORECASE) or name


def name_in(properties: Mapping[str, Any], language: Language) -> str:
    """Name what is on the ground in the language, falling back on the other one."""
    preferred = ("name_fr", "name") if language == "fr" else ("name", "name_fr")
    return next((str(properties[key]) for key in preferred if properties.get(key)), "")


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float | int):
        return round(coordinates, COORDINATE_DECIMALS)
    return [_rounded(part) for part in coordinates]
