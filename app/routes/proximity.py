"""What is nearest to a point, and what lies within a distance of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import (
    DatabaseDep,
    LanguageDep,
    LayerDep,
    LayerQueryDep,
    LimitParameter,
    PageFormatDep,
    PropertiesParameter,
    SettingsDep,
    known_parameters_or_properties,
)
from geo.crs import DEFAULT
from geo.errors import BadParameter
from geo.features import Revision, at_revision, revision_of
from geo.formats import Format, Page
from geo.proximity import (
    DISTANCE,
    MATCHED,
    SURE,
    Place,
    check_has_places,
    parse_distance,
    parse_point,
    select_nearest,
    select_within,
)
from geo.query import FeatureQuery, parse_limit
from geo.spec import Language, Layer
from geo.statements import property_names

router = APIRouter(
    prefix="/collections/{layer}",
    tags=["distance"],
    dependencies=[Depends(known_parameters_or_properties)],
)
MOST_NEAREST = 1_000
NEAREST = 10
PointParameter = Annotated[str | None, Query(description="lon,lat in degrees")]


async def place_of(layer: LayerDep, point: PointParameter = None) -> Place:
    """Read the point that distances are measured from."""
    check_has_places(layer)
    if point is None:
        raise BadParameter("point", "", "is missing", allowed="lon,lat in degrees")
    return parse_point(point)


PlaceDep = Annotated[Place, Depends(place_of)]


@router.get("/nearest", summary="The features nearest to a point, with their distances")
async def nearest(
    request: Request,
    layer: LayerDep,
    place: PlaceDep,
    query: LayerQueryDep,
    written: PageFormatDep,
    language: LanguageDep,
    database: DatabaseDep,
    k: Annotated[str | None, Query(description="how many; 10 unless told")] = None,
    properties: PropertiesParameter = None,
) -> Response:
    most = NEAREST if k is None else parse_limit(k, most=MOST_NEAREST, name="k")
    query = _with_properties(query, properties)
    async with database.reading() as reader:
        revision = await revision_of(reader, layer)
        tag = _tag(request, layer, written, language, query, revision, repr((place, most)))
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        current = at_revision(query, revision)
        rows = await reader.rows(select_nearest(layer, current, place, most))
    names = [*property_names(layer, query), DISTANCE]
    return _page(request, layer, names, written, language, rows, len(rows), revision, tag)


@router.get("/within", summary="The features within a distance of a point, nearest first")
async def within(
    request: Request,
    layer: LayerDep,
    place: PlaceDep,
    query: LayerQueryDep,
    written: PageFormatDep,
    language: LanguageDep,
    database: DatabaseDep,
    settings: SettingsDep,
    distance_m: Annotated[str | None, Query(description="metres on the ellipsoid")] = None,
    limit: LimitParameter = None,
    properties: PropertiesParameter = None,
) -> Response:
    if distance_m is None:
        raise BadParameter("distance_m", "", "is missing", allowed="metres, as in 50000")
    reach = parse_distance(distance_m)
    most = settings.limit_default if limit is None else parse_limit(limit, most=settings.limit_max)
    query = replace(_with_properties(query, properties), limit=most)
    async with database.reading() as reader:
        revision = await revision_of(reader, layer)
        tag = _tag(request, layer, written, language, query, revision, repr((place, reach)))
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        current = at_revision(query, revision)
        rows = await reader.rows(select_within(layer, current, place, reach))
    matched = rows[0][MATCHED] if rows else 0
    names = [*property_names(layer, query), DISTANCE, SURE]
    return _page(request, layer, names, written, language, rows, matched, revision, tag)


def _with_properties(query: FeatureQuery, properties: str | None) -> FeatureQuery:
    return replace(query, properties=None if properties is None else tuple(properties.split(",")))


def _tag(
    request: Request,
    layer: Layer,
    written: Format,
    language: Language,
    query: FeatureQuery,
    revision: Revision,
    asked: str,
) -> str:
    parts = (request.url.path, layer.id, written.id, language, query.canonical(), asked)
    return http.etag(revision.number, *parts, http.base_url(request))


def _page(
    request: Request,
    layer: Layer,
    names: list[str],
    written: Format,
    language: Language,
    rows: list[Any],
    matched: int,
    revision: Revision,
    tag: str,
) -> Response:
    page = Page(
        layer=layer,
        properties=names,
        rows=rows,
        links=http.page_links(request, layer, written, language, revision.changed_at),
        matched=matched,
        language=language,
    )
    return http.features(written.page_writer.page(page), written, DEFAULT, tag)
