"""The layers, as collections of OGC API – Features describe them."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app import http
from app.deps import DatabaseDep, LanguageDep, LayerDep, LayersDep, only_known_parameters
from app.routes.landing import FormParameter
from geo.database import Reader
from geo.errors import BadParameter
from geo.formats import formats
from geo.spec import GeometryType, Language, Layer
from geo.statements import select_extent

router = APIRouter(
    prefix="/collections", tags=["collections"], dependencies=[Depends(only_known_parameters)]
)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


def _only_json(f: str | None) -> None:
    if f not in (None, "json"):
        raise BadParameter("f", str(f), "is not a format here", allowed=["json"])


@router.get("", summary="The layers")
async def collections(
    request: Request,
    layers: LayersDep,
    database: DatabaseDep,
    language: LanguageDep,
    f: FormParameter = None,
) -> Response:
    _only_json(f)
    async with database.reading() as reader:
        described = [await describe(request, reader, layer, language) for layer in layers.values()]
    link = {"href": http.link_to(request, "/collections"), "rel": "self"}
    document = {"links": [{**link, "type": "application/json"}], "collections": described}
    return http.respond(orjson.dumps(document), "application/json")


@router.get("/{layer}", summary="One layer")
async def collection(
    request: Request,
    layer: LayerDep,
    database: DatabaseDep,
    language: LanguageDep,
    f: FormParameter = None,
) -> Response:
    _only_json(f)
    async with database.reading() as reader:
        document = await describe(request, reader, layer, language)
    return http.respond(orjson.dumps(document), "application/json")


async def describe(
    request: Request, reader: Reader, layer: Layer, language: Language
) -> dict[str, Any]:
    """Write what a client must know of a layer before it asks for features."""
    path = f"/collections/{layer.id}"
    links = [
        {
            "href": http.link_to(request, path),
            "rel": "self",
            "type": "application/json",
            "title": layer.title.in_language(language),
        }
    ]
    links += [
        {
            "href": http.link_to(request, f"{path}/items", {"f": name}),
            "rel": "items",
            "type": offered.media_type,
            "title": layer.title.in_language(language),
        }
        for name, offered in formats().items()
    ]
    if layer.source.url:
        links.append({"href": layer.source.url, "rel": "via", "title": layer.source.title})
    document: dict[str, Any] = {
        "id": layer.id,
        "title": layer.title.in_language(language),
        "description": layer.description.in_language(language),
        "attribution": layer.source.attribution or layer.source.title,
        "license": layer.source.licence,
        "itemType": "feature",
        "crs": [CRS84],
        "storageCrs": CRS84,
        "links": links,
    }
    extent = await _extent(reader, layer)
    return {**document, "extent": extent} if extent else document


async def _extent(reader: Reader, layer: Layer) -> dict[str, Any]:
    (row,) = await reader.rows(select_extent(layer))
    extent: dict[str, Any] = {}
    if layer.geometry is not GeometryType.NONE and row["west"] is not None:
        box = [row["west"], row["south"], row["east"], row["north"]]
        extent["spatial"] = {"bbox": [box], "crs": CRS84}
    if layer.time is not None and (row["first"] or row["last"]):
        first, last = row["first"], None if row["open"] else row["last"]
        interval = [day and f"{day.isoformat()}T00:00:00Z" for day in (first, last)]
        extent["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return extent
