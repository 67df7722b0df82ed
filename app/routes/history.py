"""Every version of a feature that the store ever held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app import http
from app.deps import DatabaseDep, LanguageDep, LayerDep, only_known_parameters
from app.pages._chrome import page
from app.pages._history import history_values
from app.routes.landing import FormParameter, wants_html
from geo.changes import select_imports_at
from geo.errors import UnknownThing
from geo.features import revision_of
from geo.formats._base import Record
from geo.formats.geojson import feature
from geo.query import FeatureQuery
from geo.spec import Layer
from geo.statements import GeometryForm, property_names, select_history

router = APIRouter(
    prefix="/collections/{layer}/items/{feature_id}/history",
    tags=["features"],
    dependencies=[Depends(only_known_parameters)],
)


@router.get("", summary="Every version of a feature, oldest first")
async def history(
    request: Request,
    layer: LayerDep,
    feature_id: str,
    database: DatabaseDep,
    language: LanguageDep,
    f: FormParameter = None,
) -> Response:
    as_page = wants_html(request, f)
    async with database.reading() as reader:
        revision = await revision_of(reader, layer)
        form = f"html {language}" if as_page else "geojson"
        tag = http.etag(revision.number, layer.id, feature_id, form, http.with_parameters(request))
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        statement = select_history(layer, feature_id, GeometryForm.JSON)
        rows = [] if "\x00" in feature_id else await reader.rows(statement)
        if not rows:
            raise UnknownThing(f"feature of {layer.id}", feature_id, ())
        moments = {row[end] for row in rows for end in ("recorded_from", "recorded_to")} - {None}
        imports = {
            found["recorded_at"]: found
            for found in await reader.rows(select_imports_at(layer, moments))
        }
    if as_page:
        told = history_values(layer, feature_id, rows, imports, http.base_url(request), language)
        return page(request, "history.html", language, tag=tag, **told)
    document = _document(request, layer, rows, imports)
    return http.respond(document, "application/geo+json", tag=tag)


def _document(
    request: Request,
    layer: Layer,
    rows: Sequence[Record],
    imports: Mapping[datetime, Record],
) -> bytes:
    """Write the versions as GeoJSON, each with when the store held it and which imports did it."""
    names = property_names(layer, FeatureQuery())
    versions = [
        {
            **feature(layer, names, row),
            "recorded": {"from": row["recorded_from"], "to": row["recorded_to"]},
            "opened_by": _import(imports.get(row["recorded_from"])),
            "closed_by": _import(imports.get(row["recorded_to"])),
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
    return orjson.dumps(document)


def _import(found: Record | None) -> dict[str, Any] | None:
    """Name an import as its books do; `origin` has names of files, never where they lay."""
    if found is None:
        return None
    named = {name: found[name] for name in ("kind", "origin", "recorded_at")}
    return {"number": found["id"], **named}
