"""Prepare what a map is drawn on: areas, rivers and neighbours, on a plane of true areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from app.maps._ground import MALI, Region, basemap_labels, bounds_of, region_labels, regions_of
from geo.equal_area import EqualArea
from geo.query import Box
from geo.schema import SRID
from geo.spec import Language, Layer

# The middle of Mali: lengths on the map are off by less than 0.3 %.
PLANE = EqualArea(lon=-4, lat=17)
Bounds = tuple[float, float, float, float]
# A box is straight in degrees and curved on the plane.
PIECES_OF_A_SIDE = 32
# What is seen round a country or a box that is asked for, as a share of it.
MARGIN = 0.04
LEAST_WIDTH_M = 60_000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """A name on the ground, in words that get shorter, and the spots where it may stand."""

    texts: tuple[str, ...]
    kind: str
    spots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """Shapes and names below the data; `areas` are in degrees and the rest in metres.

    `country` is what all regions cover together.
    """

    areas: Mapping[str, BaseGeometry]
    area_names: Mapping[str, str]
    regions: tuple[BaseGeometry, ...]
    country: BaseGeometry
    land: tuple[BaseGeometry, ...]
    lakes: tuple[BaseGeometry, ...]
    rivers: tuple[BaseGeometry, ...]
    names: tuple[Name, ...]
    bounds: Bounds


def ground_of(
    rows: Mapping[str, Sequence[Any]], layers: Mapping[str, Layer], language: Language
) -> Ground:
    """Prepare the ground from the rows of its layers."""
    regions = regions_of([_feature(row) for row in rows["regions"]])
    basemap = [_feature(row) for row in rows["basemap"]]
    view = bounds_of(regions, fallback=MALI)
    kinds: dict[str, list[BaseGeometry]] = {"country": [], "lake": [], "river": []}
    for feature in basemap:
        if feature["geometry"]:
            kinds[feature["properties"]["kind"]].append(shape(feature["geometry"]))
    labels = region_labels(regions, layers["regions"].field("kind"), language)
    labels += basemap_labels(basemap, regions, view, language)
    areas = tuple(projected(region.geometry) for region in regions)
    return Ground(
        areas={region.id: region.geometry for region in regions},
        area_names={region.id: _name(region, language) for region in regions},
        regions=areas,
        country=shapely.union_all(areas),
        land=tuple(map(projected, kinds["country"])),
        lakes=tuple(map(projected, kinds["lake"])),
        rivers=tuple(map(projected, kinds["river"])),
        names=tuple(
            Name(texts=tuple(label["names"]), kind=label["kind"], spots=_spots(label["spots"]))
            for label in labels
        ),
        bounds=bounds_on_plane(view),
    )


def projected(geometry: BaseGeometry) -> BaseGeometry:
    """Move a shape from degrees to metres of the plane."""

    def move(points: Any) -> Any:
        return np.column_stack(PLANE.to_metres(points[:, 0], points[:, 1]))

    return shapely.transform(geometry, move)


def point_on_plane(lon: float, lat: float) -> tuple[float, float]:
    x, y = PLANE.to_metres(np.array([lon]), np.array([lat]))
    return float(x[0]), float(y[0])


def bounds_on_plane(box: Bounds) -> Bounds:
    """Give the bounds on the plane of a box in degrees."""
    outline = shapely.segmentize(shapely.box(*box), max(box[2] - box[0], 1) / PIECES_OF_A_SIDE)
    west, south, east, north = (float(side) for side in projected(outline).bounds)
    return west, south, east, north


def view_of(ground: Ground, asked: Box | None, width: float, height: float) -> Bounds:
    """Choose what is seen: the country or the box asked for, as wide as the chart is."""
    west, south, east, north = ground.bounds
    box = asked
    if box is not None and box.srid == SRID and box.west < box.east and box.south < box.north:
        around = bounds_on_plane((box.west, box.south, box.east, box.north))
        if around[2] - around[0] < 2.5 * (east - west):
            west, south, east, north = around
    wide = max(east - west, LEAST_WIDTH_M) * (1 + 2 * MARGIN)
    high = max(north - south, LEAST_WIDTH_M) * (1 + 2 * MARGIN)
    if wide / high < width / height:
        wide = high * width / height
    else:
        high = wide * height / width
    x, y = (west + east) / 2, (south + north) / 2
    return (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def _feature(row: Any) -> dict[str, Any]:
    geometry = row["geometry"]
    return {
        "id": row["id"],
        "geometry": None if geometry is None else orjson.loads(geometry),
        "properties": row,
    }


def _name(region: Region, language: Language) -> str:
    first, second = ("name_fr", "name") if language == "fr" else ("name", "name_fr")
    return str(region.properties.get(first) or region.properties.get(second) or region.id)


def _spots(spots: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    """Move spots, which are given north first, to the plane."""
    return tuple(point_on_plane(lon, lat) for lat, lon in spots)
