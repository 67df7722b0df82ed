"""What one feature of a layer looks like in GeoJSON, as JSON Schema.

GDAL takes the types of fields from here. Without it a number that the first page does not know
becomes a text.
"""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app import http
from app.deps import LanguageDep, LayerDep, only_known_parameters
from app.routes.queryables import SCHEMA, describe
from geo.cql2 import queryables
from geo.spec import GeometryType, Language, Layer

router = APIRouter(
    prefix="/collections/{layer}/schema/geojson",
    tags=["collections"],
    dependencies=[Depends(only_known_parameters)],
)


@router.get("", summary="A feature in GeoJSON, as JSON Schema")
async def feature_schema(request: Request, layer: LayerDep, language: LanguageDep) -> Response:
    address = http.link_to(request, request.url.path)
    return http.respond(orjson.dumps(schema_of(layer, address, language)), SCHEMA)


def schema_of(layer: Layer, address: str, language: Language) -> dict[str, Any]:
    """Describe a feature; what is not required may be null, which JSON Schema has no short for."""
    fields = {name: field for name, field in queryables(layer).items() if name != "id"}
    geometry: dict[str, Any] = {"type": "object"}
    if layer.geometry is GeometryType.NONE:
        geometry = {"type": "null"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": layer.title.in_language(language),
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": geometry,
            "properties": {
                "type": "object",
                "properties": {name: describe(field, language) for name, field in fields.items()},
            },
        },
    }
