"""The front door: a page for people, links for programs."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import LanguageDep, LayersDep, only_known_parameters
from app.pages._chrome import page
from geo.errors import BadParameter

router = APIRouter(tags=["capabilities"], dependencies=[Depends(only_known_parameters)])

TITLE = "Conflict Atlas"
DESCRIPTION = (
    "Mali 2012–2023: regions, camps and temporary operating bases of the UN mission MINUSMA, "
    "attacks on it and incidents with civilian victims, each with its source."
)
# Only what the tests hold the service to.
CONFORMS_TO = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/collections-selection",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/png",
]
RELATIONS = "http://www.opengis.net/def/rel/ogc/1.0"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
FormParameter = Annotated[str | None, Query(description="html or json; else the Accept header")]


def wants_html(request: Request, f: str | None) -> bool:
    """Choose between the page and the document by `f`, else by what the client accepts."""
    if f is None:
        return http.prefers_html(request)
    if f not in ("html", "json"):
        raise BadParameter("f", f, "is not a format here", allowed=["html", "json"])
    return f == "html"


@router.get("/", summary="Landing page")
async def landing(
    request: Request, layers: LayersDep, language: LanguageDep, f: FormParameter = None
) -> Response:
    if wants_html(request, f):
        return landing_page(request, layers, language)
    document: dict[str, Any] = {
        "title": TITLE,
        "description": DESCRIPTION,
        "links": [
            _link(request, "/", "self", "application/json", "This document"),
            _link(request, "/api", "service-desc", OPENAPI, "OpenAPI definition"),
            _link(request, "/docs", "service-doc", "text/html", "The definition as a page"),
            _link(request, "/conformance", "conformance", "application/json", "Conformance"),
            _link(request, "/collections", "data", "application/json", "The layers"),
            _link(request, "/tiles", f"{RELATIONS}/tilesets-vector", "application/json", "Tiles"),
            _link(request, "/styles", f"{RELATIONS}/styles", "application/json", "Styles"),
            _link(request, "/maps", "related", "text/html", "The maps"),
            _link(request, "/figures", "related", "text/html", "The figures"),
        ],
    }
    return http.respond(orjson.dumps(document), "application/json")


@router.get("/conformance", summary="The parts of the standards that the service keeps")
async def conformance(request: Request, language: LanguageDep, f: FormParameter = None) -> Response:
    if wants_html(request, f):
        return page(request, "conformance.html", language, classes=CONFORMS_TO)
    return http.respond(orjson.dumps({"conformsTo": CONFORMS_TO}), "application/json")


def _link(request: Request, path: str, rel: str, media: str, title: str) -> dict[str, str]:
    href = http.link_to(request, path)
    return {"href": href, "rel": rel, "type": media, "title": title}


def landing_page(request: Request, layers: LayersDep, language: LanguageDep) -> Response:
    """Show people the map, and where everything else is."""
    lang = {"lang": language}
    return page(
        request,
        "landing.html",
        language,
        layers=[layer for layer in layers.values() if layer.id != "basemap"],
        pages={name: http.link_to(request, f"/collections/{name}", lang) for name in layers},
        links={name: http.link_to(request, f"/collections/{name}/items") for name in layers},
    )
