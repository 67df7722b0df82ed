"""The features of a layer: pages with links, or all of them streamed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app import http
from app.deps import (
    CountsDep,
    CrsDep,
    DatabaseDep,
    FormatDep,
    KeeperDep,
    LanguageDep,
    LayerDep,
    MomentDep,
    PageDep,
    PageFormatDep,
    SettingsDep,
    known_parameters_or_properties,
    only_known_parameters,
)
from app.exports import export
from geo.columns.sums import count
from geo.columns.table import Snapshot
from geo.crs import Crs
from geo.errors import BadParameter, UnknownThing
from geo.features import (
    Revision,
    Wanted,
    at_revision,
    read_chosen_page,
    read_page,
    revision_of,
)
from geo.formats import Format, Link, Page, PageWriter
from geo.query import FeatureQuery
from geo.quickly import quickly
from geo.spec import Layer
from geo.statements import property_names, select_feature, select_revision_number

router = APIRouter(prefix="/collections/{layer}/items", tags=["features"])


@router.get(
    "",
    summary="Features of a layer",
    dependencies=[Depends(known_parameters_or_properties)],
)
async def items(
    request: Request,
    layer: LayerDep,
    query: PageDep,
    written: FormatDep,
    language: LanguageDep,
    database: DatabaseDep,
    settings: SettingsDep,
    counts: CountsDep,
    keeper: KeeperDep,
) -> Response:
    check_speaks(written, query.crs)
    names, writer = property_names(layer, query), written.writer
    if not isinstance(writer, PageWriter):
        return await export(layer, query, written, database, settings)
    parts = (layer.id, written.id, language, query.canonical(), http.base_url(request))
    if "if-none-match" in request.headers:
        number = await database.value(select_revision_number(layer))
        tag = http.etag(number or 0, *parts)
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
    wanted = Wanted(
        form=writer.geometry,
        documents=writer.documents,
        limit=query.limit or settings.limit_default,
        count_bound=settings.count_bound,
    )
    snapshot = keeper.snapshot(layer)
    found = await read_chosen_page(database, layer, query, snapshot, wanted)
    if found is None:
        async with database.reading() as reader:
            revision = await revision_of(reader, layer)
            in_columns = partial(_count, snapshot, layer, revision)
            found = await read_page(reader, layer, query, revision, counts, wanted, in_columns)
    changed_at = found.revision.changed_at
    tag = http.etag(found.revision.number, *parts)
    links = http.page_links(request, layer, written, language, changed_at)
    if found.cursor is not None:
        href = http.with_parameters(request, cursor=found.cursor)
        links.insert(1, Link(href=href, rel="next", type=written.media_type))
    page = Page(
        layer=layer,
        properties=names,
        rows=found.rows,
        links=links,
        matched=found.matched,
        as_document=found.as_document,
        documents=found.documents,
        language=language,
    )
    return http.features(writer.page(page), written, query.crs, tag)


def _count(
    snapshot: Snapshot | None, layer: Layer, revision: Revision, query: FeatureQuery
) -> int | None:
    """Count in the columns, if they are of this very revision."""
    if snapshot is None or snapshot.revision != revision.number:
        return None
    return quickly(f"a count of {layer.id}", lambda: count(snapshot, layer, query))


@router.get("/{feature_id}", summary="One feature", dependencies=[Depends(only_known_parameters)])
async def item(
    request: Request,
    layer: LayerDep,
    feature_id: str,
    moment: MomentDep,
    crs: CrsDep,
    written: PageFormatDep,
    language: LanguageDep,
    database: DatabaseDep,
) -> Response:
    check_speaks(written, crs)
    query, writer = replace(moment, crs=crs), written.page_writer
    async with database.reading() as reader:
        revision = await revision_of(reader, layer)
        parts = (layer.id, feature_id, written.id, language, query.canonical())
        tag = http.etag(revision.number, *parts, http.base_url(request))
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        # PostgreSQL has no NUL in texts, so no id has one.
        statement = select_feature(layer, feature_id, at_revision(query, revision), writer.geometry)
        row = None if "\x00" in feature_id else await reader.row(statement)
    if row is None:
        raise UnknownThing(f"feature of {layer.id}", feature_id, ())
    page = Page(
        layer=layer,
        properties=property_names(layer, FeatureQuery()),
        rows=[row],
        links=http.page_links(request, layer, written, language, revision.changed_at),
        matched=1,
        language=language,
    )
    return http.features(writer.feature(page), written, query.crs, tag)


def check_speaks(written: Format, crs: Crs) -> None:
    """Refuse coordinates that the format could not say the system of."""
    if not written.speaks(crs):
        raise BadParameter("crs", crs.uri, f"cannot be said in {written.id}")
