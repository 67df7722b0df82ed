"""The layers, as collections of OGC API – Features describe them, and as pages."""

from __future__ import annotations

import math
from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app import http
from app.deps import (
    CountsDep,
    DatabaseDep,
    ExtentsDep,
    LanguageDep,
    LayerDep,
    LayersDep,
    SettingsDep,
)
from app.deps import only_known_parameters as only_known
from app.pages._chrome import page
from app.pages._layers import Known, known_of, layer_page_values, summary
from app.routes.landing import RELATIONS, FormParameter, wants_html
from geo.credits import attribution
from geo.crs import CRS84, SPOKEN
from geo.formats import Format
from geo.spec import GeometryType, Language, Layer

router = APIRouter(prefix="/collections", tags=["collections"], dependencies=[Depends(only_known)])
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
SCHEMAS = {
    "queryables": f"{RELATIONS}/queryables",
    "sortables": f"{RELATIONS}/sortables",
    "schema": f"{RELATIONS}/schema",
    # Of the GeoJSON itself; GDAL knows the relation in this spelling only.
    "schema/geojson": "describedBy",
}


@router.get("", summary="The layers")
async def collections(
    request: Request,
    layers: LayersDep,
    database: DatabaseDep,
    language: LanguageDep,
    counts: CountsDep,
    extents: ExtentsDep,
    settings: SettingsDep,
    f: FormParameter = None,
) -> Response:
    html, bound = wants_html(request, f), settings.count_bound
    async with database.reading() as reader:
        found = [
            await known_of(reader, layer, extents, counts if html else None, bound)
            for layer in layers.values()
        ]
    if html:
        rows = [summary(request, known, language) for known in found]
        return page(request, "collections.html", language, rows=rows)
    document = {
        "links": _both(request, "/collections"),
        "crs": list(SPOKEN),
        "collections": [describe(request, known, language) for known in found],
    }
    return http.respond(orjson.dumps(document), "application/json")


@router.get("/{layer}", summary="One layer")
async def collection(
    request: Request,
    layer: LayerDep,
    layers: LayersDep,
    database: DatabaseDep,
    language: LanguageDep,
    counts: CountsDep,
    extents: ExtentsDep,
    settings: SettingsDep,
    f: FormParameter = None,
) -> Response:
    html = wants_html(request, f)
    async with database.reading() as reader:
        known = await known_of(
            reader, layer, extents, counts if html else None, settings.count_bound
        )
    if html:
        values = layer_page_values(request, known, layers, language)
        return page(request, "collection.html", language, **values)
    return http.respond(orjson.dumps(describe(request, known, language)), "application/json")


def describe(request: Request, known: Known, language: Language) -> dict[str, Any]:
    """Write what a client must know of a layer before it asks for features."""
    layer = known.layer
    document: dict[str, Any] = {
        "id": layer.id,
        "title": layer.title.in_language(language),
        "description": layer.description.in_language(language),
        "attribution": attribution(layer, known.extent.datasets, language),
        "license": layer.source.licence_in(language),
        "itemType": "feature",
        "crs": list(SPOKEN),
        "storageCrs": CRS84,
        "links": _links(request, layer, language),
    }
    extent = _extent(known)
    return {**document, "extent": extent} if extent else document


def _links(request: Request, layer: Layer, language: Language) -> list[dict[str, str]]:
    path, title = f"/collections/{layer.id}", layer.title.in_language(language)
    known: dict[str, Format] = request.app.state.formats
    # Clients take the first link to items; all of them read GeoJSON.
    offered = sorted(known.values(), key=lambda one: one.id != "geojson")
    links = [{**link, "title": title} for link in _both(request, path)]
    links += [
        {
            "href": http.link_to(request, f"{path}/items", {"f": one.id}),
            "rel": "items",
            "type": one.media_type,
            "title": title,
        }
        for one in offered
    ]
    links += [
        {"href": http.link_to(request, f"{path}/{name}"), "rel": rel, "type": SCHEMA}
        for name, rel in SCHEMAS.items()
    ]
    if layer.geometry is not GeometryType.NONE:
        tiles = http.link_to(request, f"{path}/tiles")
        links.append({"href": tiles, "rel": f"{RELATIONS}/tilesets-vector", "type": JSON})
    if layer.source.url:
        # Every link says its type (Part 1, fc-md-items-links B); sources are cited by their pages.
        via = {"href": layer.source.url, "rel": "via", "type": "text/html"}
        links.append({**via, "title": layer.source.title_in(language)})
    return links


SCHEMA, JSON = "application/schema+json", "application/json"
# About a kilometre.
EXTENT_PER_DEGREE = 100


def _both(request: Request, path: str) -> list[dict[str, str]]:
    """Link a document to itself, and to its page."""
    page_href = http.link_to(request, path, {"f": "html"})
    return [
        {"href": http.link_to(request, path), "rel": "self", "type": "application/json"},
        {"href": page_href, "rel": "alternate", "type": "text/html"},
    ]


def _extent(known: Known) -> dict[str, Any]:
    extent: dict[str, Any] = {}
    found = known.extent
    if known.layer.geometry is not GeometryType.NONE and found.box is not None:
        extent["spatial"] = {"bbox": [_around(*found.box)], "crs": CRS84}
    if known.layer.time is not None and (found.first or found.last):
        last = None if found.is_open else found.last
        interval = [day and f"{day.isoformat()}T00:00:00Z" for day in (found.first, last)]
        extent["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return extent


def _around(west: float, south: float, east: float, north: float) -> list[float]:
    """Widen a box a little, so that what lies on its edge stays in it.

    Clients ask with the extent as their bbox, rounded, or moved to another system before that.
    """
    low = [math.floor(side * EXTENT_PER_DEGREE - 0.5) / EXTENT_PER_DEGREE for side in (west, south)]
    high = [math.ceil(side * EXTENT_PER_DEGREE + 0.5) / EXTENT_PER_DEGREE for side in (east, north)]
    return [max(low[0], -180.0), max(low[1], -90.0), min(high[0], 180.0), min(high[1], 90.0)]
