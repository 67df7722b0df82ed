"""The features of a layer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app import http
from app.deps import (
    DatabaseDep,
    FormatDep,
    LayerDep,
    MomentDep,
    PageDep,
    SettingsDep,
    only_known_parameters,
)
from geo.database import Reader
from geo.errors import UnknownThing
from geo.formats import Format, Link, Page
from geo.query import Cursor, FeatureQuery
from geo.spec import Layer
from geo.statements import (
    count_features,
    property_names,
    select_feature,
    select_features,
    select_revision,
)

router = APIRouter(
    prefix="/collections/{layer}/items",
    tags=["features"],
    dependencies=[Depends(only_known_parameters)],
)
# The state of a layer that nothing was ever loaded into.
NEVER = datetime.min.replace(tzinfo=UTC)


@router.get("", summary="Features of a layer")
async def items(
    request: Request,
    layer: LayerDep,
    query: PageDep,
    written: FormatDep,
    database: DatabaseDep,
    settings: SettingsDep,
) -> Response:
    async with database.reading() as reader:
        revision, changed_at = await revision_of(reader, layer)
        tag = http.etag(revision, layer.id, written.id, query.canonical(), http.base_url(request))
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        names = property_names(layer, query)
        # One row more than asked for tells whether there is a next page.
        limit = query.limit or settings.limit_default
        wider = replace(query, limit=limit + 1)
        found: list[Any] = await reader.rows(select_features(layer, wider, written.geometry))
        matched = await reader.value(count_features(layer, query, settings.count_bound))
    rows = found[:limit]
    links = [_self_link(request, written)]
    if len(found) > len(rows):
        cursor = Cursor(after=rows[-1]["id"], as_of=query.as_of or changed_at).encode()
        href = http.with_parameters(request, cursor=cursor)
        links.append(Link(href=href, rel="next", type=written.media_type, title="The next page"))
    links.append(_collection_link(request, layer))
    page = Page(
        layer=layer,
        properties=names,
        rows=rows,
        links=links,
        matched=matched if matched <= settings.count_bound else None,
    )
    return http.respond(written.page(page), written.media_type, tag=tag)


@router.get("/{feature_id}", summary="One feature")
async def item(
    request: Request,
    layer: LayerDep,
    feature_id: str,
    moment: MomentDep,
    written: FormatDep,
    database: DatabaseDep,
) -> Response:
    if "\x00" in feature_id:
        raise UnknownThing(f"feature of {layer.id}", feature_id, ())
    async with database.reading() as reader:
        revision, _ = await revision_of(reader, layer)
        parts = (layer.id, feature_id, written.id, moment.canonical(), http.base_url(request))
        tag = http.etag(revision, *parts)
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        row = await reader.row(select_feature(layer, feature_id, moment, written.geometry))
    if row is None:
        raise UnknownThing(f"feature of {layer.id}", feature_id, ())
    links = [_self_link(request, written), _collection_link(request, layer)]
    names = property_names(layer, FeatureQuery())
    page = Page(layer=layer, properties=names, rows=[row], links=links, matched=1)
    return http.respond(written.feature(page), written.media_type, tag=tag)


async def revision_of(reader: Reader, layer: Layer) -> tuple[int, datetime]:
    """Give the revision of a layer's data and when it came about."""
    row = await reader.row(select_revision(layer))
    return (0, NEVER) if row is None else (row["revision"], row["changed_at"])


def _self_link(request: Request, written: Format) -> Link:
    href = http.with_parameters(request)
    return Link(href=href, rel="self", type=written.media_type, title="This document")


def _collection_link(request: Request, layer: Layer) -> Link:
    href = http.link_to(request, f"/collections/{layer.id}")
    return Link(href=href, rel="collection", type="application/json", title=layer.title.en)
