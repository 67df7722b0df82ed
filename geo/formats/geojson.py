"""GeoJSON (RFC 7946), the format that every client of OGC API – Features reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from geo.formats._base import Format, Page, PageWriter, Record
from geo.spec import GeometryType, Layer, Text
from geo.statements import GeometryForm


def _geometry(layer: Layer, row: Record) -> Any:
    if layer.geometry is GeometryType.NONE:
        return None
    if layer.geometry is GeometryType.POINT:
        lon = row["lon"]
        return None if lon is None else {"type": "Point", "coordinates": (lon, row["lat"])}
    text = row["geometry"]
    # PostGIS wrote it already; parsing it only to write it again cost most of the time.
    return None if text is None else orjson.Fragment(text)


def feature(
    layer: Layer, properties: Sequence[str], row: Record, *, as_document: bool = False
) -> dict[str, Any]:
    """Make one GeoJSON feature of a row."""
    said: Any = {name: row[name] for name in properties} if not as_document else None
    return {
        "type": "Feature",
        "id": row["id"],
        "geometry": _geometry(layer, row),
        "properties": orjson.Fragment(row["document"]) if as_document else said,
    }


def _page(page: Page) -> bytes:
    document: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [
            feature(page.layer, page.properties, row, as_document=page.as_document)
            for row in page.rows
        ],
        "numberReturned": len(page.rows),
        "links": [link.as_json() for link in page.links],
    }
    if page.matched is not None:
        document["numberMatched"] = page.matched
    return orjson.dumps(document)


def _feature(page: Page) -> bytes:
    document = feature(page.layer, page.properties, page.rows[0])
    return orjson.dumps({**document, "links": [link.as_json() for link in page.links]})


FORMAT = Format(
    id="geojson",
    title=Text(en="GeoJSON", fr="GeoJSON"),
    media_type="application/geo+json",
    extension="geojson",
    writer=PageWriter(geometry=GeometryForm.JSON, page=_page, feature=_feature, documents=True),
)
