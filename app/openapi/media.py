"""Tell which media types a route answers in."""

from __future__ import annotations

from typing import Any, get_args

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from app import deps
from app.routes.landing import FormParameter
from app.routes.queryables import SCHEMA
from geo.formats import Format, PageWriter

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"
JSON, HTML = "application/json", "text/html"
# What routes answer to programs, where that is not plain JSON.
_ANSWERS: dict[str, tuple[str, ...]] = {
    "/api": (MEDIA_TYPE,),
    "/docs": (HTML,),
    "/collections/{layer}/aggregate": (JSON, "text/csv"),
    "/collections/{layer}/changes": ("application/geo+json",),
    "/collections/{layer}/items/{feature_id}/history": ("application/geo+json",),
    "/collections/{layer}/queryables": (SCHEMA,),
    "/collections/{layer}/sortables": (SCHEMA,),
    "/collections/{layer}/schema": (SCHEMA,),
    "/collections/{layer}/schema/geojson": (SCHEMA,),
    "/maps/{name}": (HTML,),
    "/maps/{name}/embed": (HTML,),
}


def dependencies_of(dependant: Dependant) -> set[Any]:
    """List every function that a route depends on, near or far."""
    found = {dependant.call}
    for nearer in dependant.dependencies:
        found |= dependencies_of(nearer)
    return found


def media_types(route: APIRoute, calls: set[Any], app: FastAPI) -> list[str]:
    """List the media types of a route's answers, the first one being the default."""
    declared = route.responses.get(200, {}).get("content")
    if declared:
        return list(declared)
    known: dict[str, Format] = app.state.formats
    if deps.format_of in calls:
        pages_only = deps.page_format in calls
        offered = [
            one.media_type
            for one in known.values()
            if not pages_only or isinstance(one.writer, PageWriter)
        ]
        return sorted(offered, key=lambda media: media != "application/geo+json")
    answered = [*_ANSWERS.get(route.path, (JSON,))]
    return [*answered, HTML] if _has_page(route) else answered


def _has_page(route: APIRoute) -> bool:
    """Say whether a route chooses between a page and a document."""
    page_or_document = get_args(FormParameter)[1].description
    given = get_flat_params(route.dependant)
    return any(field.field_info.description == page_or_document for field in given)
