"""Links between rows of several collections that may tell of one event.

They are read here. Deciding on them is for who works at the store (`./atlas match review`): nobody
who writes over HTTP could be told apart from anybody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    MomentDep,
    SettingsDep,
    only_known_parameters,
)
from app.pages._chrome import page
from app.pages._matches import match_values
from app.routes.landing import FormParameter, wants_html
from geo.audience import has_datasets
from geo.database import Reader
from geo.errors import BadParameter
from geo.features import Revision, revision_of
from geo.matching.pairs import (
    SIDES,
    Asked,
    count_pairs,
    links_revision,
    published_links,
    reasons_of,
    select_pairs,
    side_of,
)
from geo.matching.tables import STATUSES
from geo.matching.words import reason_words
from geo.query import Cursor, parse_cursor, parse_limit, parse_numbers
from geo.schema import published
from geo.spec import Language, Layer

router = APIRouter(
    prefix="/collections/{layer}/matches",
    tags=["matches"],
    dependencies=[Depends(only_known_parameters)],
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A page of links, how many there are of each status, and where the next page begins."""

    rows: Sequence[Mapping[str, Any]]
    counts: Mapping[str, int]
    cursor: str | None


async def asked_links(
    moment: MomentDep,
    status: Annotated[str | None, Query(description="proposed, accepted or rejected")] = None,
    min_score: Annotated[str | None, Query(description="least score, from 0 to 1")] = None,
    dataset: Annotated[str | None, Query(description="links with a row of this data set")] = None,
) -> Asked:
    """Read which links are asked for."""
    if status is not None and status not in STATUSES:
        raise BadParameter("status", status, "is no status of links", allowed=list(STATUSES))
    return Asked(
        status=status,
        least=None if min_score is None else _share(min_score),
        dataset=dataset,
        moment=moment.moment,
    )


def _share(text: str) -> float:
    numbers = parse_numbers(text, "min_score", "a number from 0 to 1, as in 0.7")
    if len(numbers) != 1 or not 0 <= numbers[0] <= 1:
        raise BadParameter("min_score", text, "is no score", allowed="a number from 0 to 1")
    return numbers[0]


CursorParameter = Annotated[str | None, Query(description="from the next link of the page before")]
AskedDep = Annotated[Asked, Depends(asked_links)]


@router.get("", summary="Rows of several collections that may tell of one event")
async def matches(
    request: Request,
    layer: LayerDep,
    asked: AskedDep,
    database: DatabaseDep,
    settings: SettingsDep,
    language: LanguageDep,
    limit: LimitParameter = None,
    cursor: Annotated[
        str | None, Query(description="from the next link of the page before")
    ] = None,
    f: FormParameter = None,
) -> Response:
    as_page = wants_html(request, f)
    most = settings.limit_default if limit is None else parse_limit(limit, most=settings.limit_max)
    async with database.reading() as reader:
        revision, links = await revision_of(reader, layer), await links_revision(reader)
        parts = (layer.id, f"{language} {as_page}", str(links.number))
        tag = http.etag(revision.number, *parts, http.with_parameters(request))
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        found = await _read(reader, layer, asked, links, most, cursor)
    if as_page:
        values = match_values(request, layer, found.rows, found.counts, found.cursor, language)
        return page(request, "matches.html", language, tag=tag, **values)
    document = _document(request, layer, found, language)
    return http.respond(orjson.dumps(document), "application/json", tag=tag)


async def _read(
    reader: Reader, layer: Layer, asked: Asked, links: Revision, most: int, cursor: str | None
) -> Found:
    """Read a page of links; a layer of one collection has none."""
    question = hashlib.blake2b(repr((layer.id, asked)).encode(), digest_size=6).hexdigest()
    at = None if cursor is None else parse_cursor(cursor)
    if at is not None and (at.of != question or not _is_key(at.after)):
        problem = "belongs to another request; follow next links as they are"
        raise BadParameter("cursor", str(cursor), problem)
    if not has_datasets(layer):
        return Found(rows=[], counts={}, cursor=None)
    # All pages are of one state of the links.
    pinned = asked if at is None else replace(asked, moment=at.as_of)
    ends = (layer, published(layer), published_links(layer), pinned)
    after = None if at is None else at.after
    rows = await reader.rows(select_pairs(*ends, limit=most + 1, after=after))
    counts = {row["status"]: row["count"] for row in await reader.rows(count_pairs(*ends))}
    following = None
    if len(rows) > most:
        last = rows[most - 1]
        moment = pinned.moment or links.changed_at
        key = (last["score"], last["id"])
        following = Cursor(of=question, after=key, as_of=moment).encode()
    return Found(rows=rows[:most], counts=counts, cursor=following)


def _is_key(after: tuple[Any, ...]) -> bool:
    return len(after) == 2 and isinstance(after[0], float | int) and isinstance(after[1], str)


def _document(request: Request, layer: Layer, found: Found, language: Language) -> dict[str, Any]:
    here = http.with_parameters(request)
    links = [{"href": here, "rel": "self", "type": "application/json"}]
    if found.cursor is not None:
        href = http.with_parameters(request, cursor=found.cursor)
        links.append({"href": href, "rel": "next", "type": "application/json"})
    return {
        "collection": layer.id,
        "matches": [_link(request, layer, row, language) for row in found.rows],
        "numberMatched": sum(found.counts.values()),
        "numberReturned": len(found.rows),
        "statuses": {status: found.counts.get(status, 0) for status in STATUSES},
        "links": links,
    }


def _link(
    request: Request, layer: Layer, row: Mapping[str, Any], language: Language
) -> dict[str, Any]:
    held = row["held"]
    return {
        "id": row["id"],
        "status": row["status"],
        "score": row["score"],
        "reasons": [
            {**reason, "text": reason_words(reason["rule"], reason["facts"], language)}
            for reason in reasons_of(row)
        ],
        "decided_at": row["decided_at"],
        "recorded": {"from": held.lower, "to": held.upper},
        **{side: _side(request, layer, row, side) for side in SIDES},
    }


def _side(request: Request, layer: Layer, row: Mapping[str, Any], side: str) -> dict[str, Any]:
    made = side_of(layer, row, side)
    href = http.link_to(request, f"/collections/{layer.id}/items/{made['id']}")
    return {**made, "links": [{"href": href, "rel": "item", "type": "application/geo+json"}]}
