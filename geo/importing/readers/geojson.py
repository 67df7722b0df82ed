"""Read GeoJSON (RFC 7946) without GDAL, which would guess what else a JSON file may be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from geo.errors import ImportRefused
from geo.importing.degrees import into_degrees
from geo.importing.readers._base import RawRow, Reader

DEGREES = "OGC:CRS84"


def _read(path: Path) -> Iterator[RawRow]:
    import shapely

    features, crs = _features(path)
    moved = into_degrees(path.name, crs)
    for number, feature in enumerate(features, start=1):
        values, drawn, problem = _parts(feature)
        geometry = None
        if drawn is not None and problem is None:
            try:
                geometry = moved(shapely.from_geojson(orjson.dumps(drawn)))
            except shapely.errors.GEOSException:
                problem = "has a geometry that GeoJSON does not know"
        yield RawRow(
            file=path.name,
            line=number,
            values=values,
            geometry=geometry,
            unit="feature",
            problem=problem,
        )


def _features(path: Path) -> tuple[list[Any], str]:
    """Give the features of a file and the reference system that files of old may name."""
    try:
        document = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise ImportRefused(f"{path.name} cannot be read as JSON: {error}") from None
    kind = document.get("type") if isinstance(document, dict) else None
    features = [document] if kind == "Feature" else None
    if kind == "FeatureCollection":
        features = document.get("features")
    if not isinstance(features, list):
        raise ImportRefused(f"{path.name} is no GeoJSON: it needs a FeatureCollection of features")
    match document.get("crs"):
        case None:
            return features, DEGREES
        case {"properties": {"name": str(name)}}:
            return features, name
    raise ImportRefused(f"{path.name} names a coordinate reference system in no known way")


def _parts(feature: Any) -> tuple[dict[str, Any], Any, str | None]:
    """Take a feature apart: its properties with its id, its geometry, and what is wrong with it."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return {"id": None}, None, "is no GeoJSON feature"
    properties = feature.get("properties")
    values = {"id": None, **(properties if isinstance(properties, dict) else {})}
    given = feature.get("id")
    problem = None
    if given is not None:
        if values["id"] not in (None, given) and str(values["id"]) != str(given):
            problem = f"has the id {given!r} and another one, {values['id']!r}, as a property"
        values["id"] = given
    return values, feature.get("geometry"), problem


READER = Reader(id="geojson", suffixes=(".geojson", ".json"), read=_read)
