"""What a layer's features can be filtered and ordered by, and what they hold, as JSON Schema."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app import http
from app.deps import LanguageDep, LayerDep, only_known_parameters
from app.pages._chrome import page
from app.pages._layers import describe_field
from app.routes.landing import FormParameter, wants_html
from geo.cql2 import queryables as fields_of
from geo.spec import Field, FieldType, GeometryType, Language, Layer, Text

router = APIRouter(
    prefix="/collections/{layer}",
    tags=["collections"],
    dependencies=[Depends(only_known_parameters)],
)
SCHEMA = "application/schema+json"
HEADINGS = {
    "queryables": Text(en="What to filter by", fr="Propriétés filtrables"),
    "sortables": Text(en="What to order by", fr="Propriétés triables"),
    "schema": Text(en="What features hold", fr="Contenu des éléments"),
}
_TYPES: dict[FieldType, dict[str, str]] = {
    FieldType.TEXT: {"type": "string"},
    FieldType.URL: {"type": "string", "format": "uri"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
}
_GEOMETRIES = {
    GeometryType.POINT: "geometry-point",
    GeometryType.POLYGON: "geometry-multipolygon",
    GeometryType.ANY: "geometry-any",
}


@router.get("/queryables", summary="What features can be filtered by")
async def queryables(
    request: Request, layer: LayerDep, language: LanguageDep, f: FormParameter = None
) -> Response:
    return _respond(request, layer, language, f, with_geometry=True)


@router.get("/sortables", summary="What features can be ordered by")
async def sortables(
    request: Request, layer: LayerDep, language: LanguageDep, f: FormParameter = None
) -> Response:
    return _respond(request, layer, language, f, with_geometry=False)


@router.get("/schema", summary="What features hold")
async def schema(
    request: Request, layer: LayerDep, language: LanguageDep, f: FormParameter = None
) -> Response:
    return _respond(request, layer, language, f, with_geometry=True)


def _respond(
    request: Request, layer: Layer, language: Language, f: str | None, *, with_geometry: bool
) -> Response:
    if wants_html(request, f):
        return _page(request, layer, language)
    properties = {name: describe(field, language) for name, field in fields_of(layer).items()}
    properties["id"]["x-ogc-role"] = "id"
    if with_geometry and layer.geometry is not GeometryType.NONE:
        properties["geom"] = {
            "format": _GEOMETRIES[layer.geometry],
            "x-ogc-role": "primary-geometry",
        }
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": http.link_to(request, request.url.path),
        "type": "object",
        "title": layer.title.in_language(language),
        "description": layer.description.in_language(language),
        "properties": properties,
        "additionalProperties": False,
    }
    return http.respond(orjson.dumps(document), SCHEMA)


def _page(request: Request, layer: Layer, language: Language) -> Response:
    name = request.url.path.rpartition("/")[2]
    fields = [describe_field(field, language) for field in fields_of(layer).values()]
    heading = HEADINGS[name].in_language(language)
    return page(request, "fields.html", language, layer=layer, fields=fields, heading=heading)


def describe(field: Field, language: Language) -> dict[str, Any]:
    """Describe one property as JSON Schema."""
    made: dict[str, Any] = {"title": field.title.in_language(language), **_TYPES[field.type]}
    if field.description is not None:
        made["description"] = field.description.in_language(language)
    if field.unit is not None:
        made["x-ogc-unit"] = field.unit
    if field.choices:
        numbers = field.type is FieldType.INTEGER
        made["enum"] = [int(c.value) if numbers else c.value for c in field.choices]
    return made
