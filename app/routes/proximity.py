"""What is nearest to a point, and what lies within a distance of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import (
    DatabaseDep,
    KeeperDep,
    LanguageDep,
    LayerDep,
    LayerQueryDep,
    LimitParameter,
    PageFormatDep,
    PropertiesParameter,
    SettingsDep,
    known_parameters_or_properties,
)
from geo.columns.table import Snapshot
from geo.crs import DEFAULT
from geo.database import Database, Written
from geo.errors import BadParameter
from geo.features import Revision, at_revision, revision_held, revision_of
from geo.formats import Format, Page
from geo.proximity import (
    DISTANCE,
    MATCHED,
    SURE,
    Place,
    check_has_places,
    nearest_at,
    parse_distance,
    parse_point,
    select_nearest,
    select_within,
    within_at,
)
from geo.query import FeatureQuery, parse_limit
from geo.spec import Language, Layer
from geo.statements import Select, property_names

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
    keeper: KeeperDep,
    k: Annotated[str | None, Query(description="how many; 10 unless told")] = None,
    properties: PropertiesParameter = None,
) -> Response:
    most = NEAREST if k is None else parse_limit(k, most=MOST_NEAREST, name="k")
    query = _with_properties(query, properties)
    asked = (layer.id, written.id, language, query.canonical(), repr((place, most)))
    found = await _find(
        request,
        database,
        keeper.snapshot(layer),
        layer,
        asked,
        lambda revision: select_nearest(layer, at_revision(query, revision), place, most),
        lambda held: nearest_at(layer, at_revision(query, held), place, most, held.number),
    )
    if isinstance(found, Response):
        return found
    names = [*property_names(layer, query), DISTANCE]
    return _page(request, layer, names, written, language, len(found.rows), found)


@router.get("/within", summary="The features within a distance of a point, nearest first")
async def within(
    request: Request,
    layer: LayerDep,
    place: PlaceDep,
    query: LayerQueryDep,
    written: PageFormatDep,
    language: LanguageDep,
    database: DatabaseDep,
    keeper: KeeperDep,
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
    asked = (layer.id, written.id, language, query.canonical(), repr((place, reach)))
    found = await _find(
        request,
        database,
        keeper.snapshot(layer),
        layer,
        asked,
        lambda revision: select_within(layer, at_revision(query, revision), place, reach),
        lambda held: within_at(layer, at_revision(query, held), place, reach, held.number),
    )
    if isinstance(found, Response):
        return found
    matched = found.rows[0][MATCHED] if found.rows else 0
    names = [*property_names(layer, query), DISTANCE, SURE]
    return _page(request, layer, names, written, language, matched, found)


def _with_properties(query: FeatureQuery, properties: str | None) -> FeatureQuery:
    return replace(query, properties=None if properties is None else tuple(properties.split(",")))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """Rows, the revision that they were read at, and the tag of an answer with them."""

    rows: list[Any]
    revision: Revision
    tag: str


async def _find(
    request: Request,
    database: Database,
    snapshot: Snapshot | None,
    layer: Layer,
    asked: Sequence[bytes | str],
    write: Callable[[Revision], Select],
    write_at: Callable[[Revision], Select | Written],
) -> _Found | Response:
    """Read rows, or say that the client has them already.

    `write_at` writes what `write` does, as a read by itself that finds nothing at another revision.
    """

    def tag_at(revision: Revision) -> str:
        return http.etag(revision.number, request.url.path, *asked, http.base_url(request))

    held = revision_held(snapshot)
    if held is not None and "if-none-match" not in request.headers:
        # One journey to the database in place of four, if it is where it is thought to be.
        rows = await database.rows(write_at(held))
        if rows:
            return _Found(rows=rows, revision=held, tag=tag_at(held))
    async with database.reading() as reader:
        revision = await revision_of(reader, layer)
        tag = tag_at(revision)
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        return _Found(rows=await reader.rows(write(revision)), revision=revision, tag=tag)


def _page(
    request: Request,
    layer: Layer,
    names: list[str],
    written: Format,
    language: Language,
    matched: int,
    found: _Found,
) -> Response:
    page = Page(
        layer=layer,
        properties=names,
        rows=found.rows,
        links=http.page_links(request, layer, written, language, found.revision.changed_at),
        matched=matched,
        language=language,
    )
    return http.features(written.page_writer.page(page), written, DEFAULT, found.tag)
