"""The one place that knows status codes: error class → status → problem document (RFC 9457).

A browser gets the same as a page.
"""

from __future__ import annotations

import logging
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import http
from app.assets import AssetsMissing
from app.embed._oembed import UnofferedFormat
from app.pages._problem import problem_page
from geo.errors import (
    AtlasError,
    BadParameter,
    DatabaseAway,
    NotAcceptable,
    NotLicensed,
    TooLarge,
    Uncomputable,
    UnknownThing,
)
from geo.spec import Text

STATUS: dict[type[Exception], int] = {
    BadParameter: 400,
    Uncomputable: 400,
    UnknownThing: 404,
    NotAcceptable: 406,
    TooLarge: 413,
    DatabaseAway: 503,
    AssetsMissing: 503,
    NotLicensed: 401,
    UnofferedFormat: 501,
}
RETRY_AFTER_S = 5
# What an answer of a status must say beside (RFC 9110, 10.2.3 and 11.6.1).
_OWED = {503: {"Retry-After": str(RETRY_AFTER_S)}, 401: {"WWW-Authenticate": "Bearer"}}
LOG = logging.getLogger("atlas")
_TITLES = {
    400: Text(en="The request is not understood", fr="La requête n’est pas comprise"),
    401: Text(en="Not licensed", fr="Sans licence"),
    404: Text(en="Not found", fr="Introuvable"),
    405: Text(en="Method not allowed", fr="Méthode non autorisée"),
    406: Text(en="No such format", fr="Format inconnu"),
    413: Text(en="Too large", fr="Trop volumineux"),
    500: Text(en="Something went wrong here", fr="Une erreur est survenue ici"),
    501: Text(en="No such format", fr="Format inconnu"),
    503: Text(en="Not ready", fr="Indisponible pour l’instant"),
}
_OTHER = Text(en="Error", fr="Erreur")


def problem(
    request: Request,
    status: int,
    detail: str,
    errors: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Write the problem document that every error answers with, or the page for a browser."""
    title = _TITLES.get(status, _OTHER)
    said = {"Cache-Control": "no-store", "Vary": "Accept", **(headers or {})}
    if _wants_page(request):
        page = problem_page(request, status, title, detail, errors or [])
        said["Content-Security-Policy"] = http.PAGE_POLICY
        return Response(page, status_code=status, media_type="text/html", headers=said)
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": title.en,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
    }
    if errors:
        document["errors"] = errors
    return Response(
        orjson.dumps(document),
        status_code=status,
        media_type="application/problem+json",
        headers=said,
    )


def _wants_page(request: Request) -> bool:
    """Say whether a person reads the answer; whoever asks for a format of data is a program."""
    asked = request.query_params.get("f")
    return http.prefers_html(request) if asked is None else asked == "html"


def _parameter(error: BadParameter) -> dict[str, Any]:
    return {
        "in": error.where,
        "name": error.name,
        "value": error.value,
        "problem": error.problem,
        "allowed": error.allowed,
    }


async def atlas_error(request: Request, error: Exception) -> Response:
    """Answer for what the service refuses on purpose."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    if status == 500:
        LOG.error("%s %s", request.method, request.url.path, exc_info=error)
        return await _unforeseen(request, error)
    errors = [_parameter(error)] if isinstance(error, BadParameter) else None
    return problem(request, status, str(error), errors, _OWED.get(status))


async def _http_error(request: Request, error: HTTPException) -> Response:
    allowed = {name.lower(): value for name, value in (error.headers or {}).items()}.get("allow")
    details = {
        404: "there is nothing at this address; / lists what there is",
        405: f"{request.method} is not offered here; {allowed or 'GET'} is",
    }
    detail = details.get(error.status_code, str(error.detail))
    return problem(request, error.status_code, detail, headers=dict(error.headers or {}))


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    errors = [
        {
            "in": str(found["loc"][0]),
            "name": str(found["loc"][-1]),
            "value": None,
            "problem": str(found["msg"]),
            "allowed": None,
        }
        for found in error.errors()
    ]
    return problem(request, 400, "a parameter is missing or not understood", errors)


async def _unforeseen(request: Request, error: Exception) -> Response:
    # The traceback is in the server's log; the client learns only that it was not its doing.
    return problem(request, 500, "the request was understood but could not be answered")


def install(app: FastAPI) -> None:
    """Answer every error of the service in the one shape."""
    handlers: dict[type[Exception], Any] = {
        AtlasError: atlas_error,
        HTTPException: _http_error,
        RequestValidationError: _invalid,
        Exception: _unforeseen,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
