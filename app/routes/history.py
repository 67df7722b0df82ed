"""Every version of a feature that the store ever held."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app import http
from app.deps import DatabaseDep, LayerDep, only_known_parameters
from geo.errors import UnknownThing
from geo.features import revision_of
from geo.formats.geojson import feature
from geo.query import FeatureQuery
from geo.statements import GeometryForm, property_names, select_history

router = APIRouter(
    prefix="/collections/{layer}/items/{feature_id}/history",
    tags=["features"],
    dependencies=[Depends(only_known_parameters)],
)


@router.get("", summary="Every version of a feature, oldest first")
async def history(
    request: Request, layer: LayerDep, feature_id: str, database: DatabaseDep
) -> Response:
    async with database.reading() as reader:
        revision = await revision_of(reader, layer)
        tag = http.etag(revision.number, layer.id, feature_id, http.base_url(request))
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        statement = select_history(layer, feature_id, GeometryForm.JSON)
        rows = [] if "\x00" in feature_id else await reader.rows(statement)
    if not rows:
        raise UnknownThing(f"feature of {layer.id}", feature_id, ())
    names = property_names(layer, FeatureQuery())
    versions = [
        {
            **feature(layer, names, row),
            "recorded": {"from": row["recorded_from"], "to": row["recorded_to"]},
        }
        for row in rows
    ]
    here = {"href": http.with_parameters(request), "rel": "self", "type": "application/geo+json"}
    document = {
        "type": "FeatureCollection",
        "features": versions,
        "numberReturned": len(versions),
        "numberMatched": len(versions),
        "links": [here],
    }
    return http.respond(orjson.dumps(document), "application/geo+json", tag=tag)
