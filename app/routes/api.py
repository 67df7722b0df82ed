"""What the service can be asked: for programs as OpenAPI, for people as a page to try it on."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app import http, openapi
from app.assets import AssetsMissing
from app.deps import LanguageDep, only_known_parameters
from app.routes.landing import FormParameter, wants_html
from app.settings import ROOT

router = APIRouter(tags=["capabilities"], dependencies=[Depends(only_known_parameters)])
SCRIPT = ROOT / "app" / "static" / "swagger-ui-dist" / "swagger-ui-bundle.js"


@router.get("/api", summary="The OpenAPI definition")
async def api(request: Request, language: LanguageDep, f: FormParameter = None) -> Response:
    if wants_html(request, f):
        return docs_page(request, language)
    definition = openapi.document(request.app, http.base_url(request))
    return http.respond(orjson.dumps(definition), openapi.MEDIA_TYPE)


@router.get("/docs", summary="The definition as a page for people")
async def docs(request: Request, language: LanguageDep) -> Response:
    return docs_page(request, language)


def docs_page(request: Request, language: str) -> Response:
    """Show every operation of the definition, each with a form to try it."""
    if not SCRIPT.is_file():
        raise AssetsMissing("the scripts of this page are not built; npm run build in app/web")
    template = request.app.state.templates.get_template("docs.html")
    other = "en" if language == "fr" else "fr"
    text = template.render(
        base=http.base_url(request),
        language=language,
        other=http.with_parameters(request, lang=other),
    )
    return http.page(text)
