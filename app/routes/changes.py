"""What changed in a layer, step by step; who does the same holds what the layer holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import (
    DatabaseDep,
    LanguageDep,
    LayerDep,
    LimitParameter,
    SettingsDep,
    only_known_parameters,
)
from app.pages._changes import changes_values
from app.pages._chrome import page
from app.routes.landing import FormParameter, wants_html
from geo.changes import Step, select_import, select_log
from geo.database import Reader
from geo.errors import BadParameter
from geo.features import Revision, revision_of
from geo.formats._base import Record
from geo.query import Cursor, parse_as_of, parse_cursor, parse_limit
from geo.spec import Layer

router = APIRouter(
    prefix="/collections/{layer}/changes",
    tags=["features"],
    dependencies=[Depends(only_known_parameters)],
)

MEDIA_TYPE = "application/geo+json"
# The longest number of an import that the database can hold.
_DIGITS = 18


@router.get("", summary="What changed in a layer, in order")
async def changes(
    request: Request,
    layer: LayerDep,
    database: DatabaseDep,
    settings: SettingsDep,
    language: LanguageDep,
    since: Annotated[
        str | None,
        Query(description="the revision, the day or the RFC 3339 time after which; else all"),
    ] = None,
    limit: LimitParameter = None,
    cursor: Annotated[
        str | None, Query(description="from the next link of the page before")
    ] = None,
    f: FormParameter = None,
) -> Response:
    as_page = wants_html(request, f)
    size = settings.limit_default
    if limit is not None:
        size = parse_limit(limit, most=settings.limit_max)
    after = None if cursor is None else _place(layer, since, cursor)
    async with database.reading() as reader:
        revision = await revision_of(reader, layer)
        form = f"html {language}" if as_page else "geojson"
        tag = http.etag(revision.number, layer.id, form, http.with_parameters(request))
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        moment = None if since is None else await _moment(reader, layer, since, revision)
        # One step more than asked for tells whether there is a next page.
        steps = await reader.rows(select_log(layer, moment, after, size + 1))
    next_href = None
    if len(steps) > size:
        steps = steps[:size]
        next_href = http.with_parameters(request, cursor=_cursor(layer, since, steps[-1]))
    if as_page:
        told = changes_values(layer, steps, http.base_url(request), language)
        return page(request, "changes.html", language, tag=tag, next=next_href, **told)
    body = _document(request, layer, steps, revision, next_href)
    return http.respond(body, MEDIA_TYPE, tag=tag)


async def _moment(reader: Reader, layer: Layer, since: str, revision: Revision) -> datetime | None:
    """Read after which moment changes are asked for; None is the beginning."""
    if not (since.isascii() and since.isdecimal()):
        moment = parse_as_of(since, now=datetime.now(UTC), name="since")
        # A day that is asked for is told whole.
        whole_day = len(since) == len("2016-05-29")
        return moment.replace(hour=0, minute=0, second=0, microsecond=0) if whole_day else moment
    if not since.strip("0"):
        return None
    number = int(since) if len(since) <= _DIGITS else 0
    found: datetime | None = await reader.value(select_import(layer, number))
    if found is None:
        problem = f"is no revision of {layer.id}"
        allowed = f"0, one of those told here, or a time; the current one is {revision.number}"
        raise BadParameter("since", since, problem, allowed=allowed)
    return found


def _question(layer: Layer, since: str | None) -> str:
    """Name what is asked, so that a cursor is not taken to another question."""
    return f"changes of {layer.id} since {since or 0}"


def _cursor(layer: Layer, since: str | None, last: Record) -> str:
    place = (last["came"], last["row"])
    return Cursor(of=_question(layer, since), after=place, as_of=last["moment"]).encode()


def _place(layer: Layer, since: str | None, text: str) -> Step:
    """Read behind which step the page begins."""
    cursor = parse_cursor(text)
    match cursor.after:
        case (bool(came), int(row)) if cursor.of == _question(layer, since):
            return Step(moment=cursor.as_of, came=came, row=row)
    problem = "belongs to another request; follow next links as they are"
    raise BadParameter("cursor", text, problem)


def _document(
    request: Request,
    layer: Layer,
    steps: Sequence[Record],
    revision: Revision,
    next_href: str | None,
) -> bytes:
    """Write steps as GeoJSON; a row that went has neither properties nor a place."""
    links = [
        {"href": http.with_parameters(request), "rel": "self", "type": MEDIA_TYPE},
        {
            "href": http.with_parameters(request, f="html"),
            "rel": "alternate",
            "type": "text/html",
        },
        {
            "href": http.link_to(request, f"/collections/{layer.id}"),
            "rel": "collection",
            "type": "application/json",
        },
    ]
    if next_href is not None:
        links.insert(1, {"href": next_href, "rel": "next", "type": MEDIA_TYPE})
    document = {
        "type": "FeatureCollection",
        "features": [_feature(step) for step in steps],
        "numberReturned": len(steps),
        # What to ask with as `since` once there is no next page.
        "revision": revision.number,
        "links": links,
    }
    return orjson.dumps(document, option=orjson.OPT_UTC_Z)


def _feature(step: Record) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": step["id"],
        "change": "stored" if step["came"] else "removed",
        "revision": step["revision"],
        "recorded": step["moment"],
        "geometry": step["geometry"] and orjson.Fragment(step["geometry"]),
        "properties": step["document"] and orjson.Fragment(step["document"]),
    }
