"""What routes ask for by type: the layer of the path, the query of the query string, and so on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes
from weakref import WeakKeyDictionary

from fastapi import Depends, Query, Request, params
from fastapi.dependencies.utils import get_flat_params
from starlette.datastructures import QueryParams

from app.http import accepted
from app.settings import Settings
from geo import cql2
from geo.columns.keeper import Keeper
from geo.crs import DEFAULT, Crs, parse_crs
from geo.database import Database
from geo.errors import BadParameter, NotAcceptable, UnknownThing
from geo.features import Counts, Extents
from geo.formats import Format, PageWriter
from geo.query import (
    FeatureQuery,
    parse_as_of,
    parse_bbox,
    parse_cursor,
    parse_datetime,
    parse_limit,
    parse_sort,
)
from geo.spec import LANGUAGES, Language, Layer
from geo.statements import sortables

Text = str | None


async def only_known_parameters(request: Request) -> None:
    """Refuse a parameter that the route does not have, or that came twice (Features, 7.15.1)."""
    check_parameters(request.url.query, request.query_params, _declared(request))


# What a route declares stays as it is. A route itself cannot be a key, its function can.
_DECLARED: WeakKeyDictionary[Callable[..., Any], frozenset[str]] = WeakKeyDictionary()


def _declared(request: Request) -> frozenset[str]:
    """List the parameters of the query string that the route has."""
    route: Any = request.scope["route"]
    known = _DECLARED.get(route.endpoint)
    if known is None:
        fields = get_flat_params(route.dependant)
        names = (field.alias for field in fields if isinstance(field.field_info, params.Query))
        known = _DECLARED[route.endpoint] = frozenset(names)
    return known


def check_parameters(raw: str, given: QueryParams, known: Collection[str]) -> None:
    """Refuse a parameter that is not known, came twice, or has bytes that mean nothing."""
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        # Starlette would answer for what it put in the place of these bytes.
        raise BadParameter("query", raw, "has bytes that are not UTF-8") from None
    for name, value in given.items():
        if name not in known:
            allowed = sorted(known) or "none"
            raise BadParameter(name, value, "is not a parameter here", allowed=allowed)
        if len(given.getlist(name)) > 1:
            value = ", ".join(given.getlist(name))
            raise BadParameter(name, value, "is given more than once", allowed="one value")
        if "\x00" in value:
            raise BadParameter(name, value, "has a NUL character")


async def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def database_of(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def layers_of(request: Request) -> dict[str, Layer]:
    layers: dict[str, Layer] = request.app.state.layers
    return layers


async def counts_of(request: Request) -> Counts:
    counts: Counts = request.app.state.counts
    return counts


async def keeper_of(request: Request) -> Keeper:
    keeper: Keeper = request.app.state.keeper
    return keeper


SettingsDep = Annotated[Settings, Depends(settings_of)]
DatabaseDep = Annotated[Database, Depends(database_of)]
KeeperDep = Annotated[Keeper, Depends(keeper_of)]
LayersDep = Annotated[dict[str, Layer], Depends(layers_of)]


async def extents_of(request: Request) -> Extents:
    extents: Extents = request.app.state.extents
    return extents


ExtentsDep = Annotated[Extents, Depends(extents_of)]
CountsDep = Annotated[Counts, Depends(counts_of)]


async def layer_of(layer: str, request: Request) -> Layer:
    """Find the layer that the path names."""
    # Asked for in many places of one request, each of which FastAPI goes into anew.
    layers = await layers_of(request)
    if layer not in layers:
        raise UnknownThing("collection", layer, layers)
    return layers[layer]


LayerDep = Annotated[Layer, Depends(layer_of)]


async def known_parameters_or_properties(request: Request, layer: LayerDep) -> None:
    """Refuse a parameter that is neither the route's nor a property of the layer."""
    known = _declared(request) | set(cql2.queryables(layer))
    check_parameters(request.url.query, request.query_params, known)


async def as_of(
    as_of: Annotated[
        Text, Query(description="the state that the store had at this day or RFC 3339 time")
    ] = None,
) -> FeatureQuery:
    """Read the moment of the store that is asked for."""
    return FeatureQuery(as_of=None if as_of is None else parse_as_of(as_of, now=datetime.now(UTC)))


MomentDep = Annotated[FeatureQuery, Depends(as_of)]


async def selection(
    moment: MomentDep,
    bbox: Annotated[
        Text, Query(description="west,south,east,north in degrees; rows without a place are out")
    ] = None,
    bbox_crs: Annotated[Text, Query(alias="bbox-crs", description="the system of bbox")] = None,
    interval: Annotated[
        Text,
        Query(
            alias="datetime",
            description="a day, a time or an interval: 2013-07-01/.., ../2021-04-30",
        ),
    ] = None,
    condition: Annotated[
        Text, Query(alias="filter", description="CQL2, as in killed_best >= 3 AND region = 'kidal'")
    ] = None,
    filter_lang: Annotated[
        Text, Query(alias="filter-lang", description="cql2-text (default) or cql2-json")
    ] = None,
    filter_crs: Annotated[
        Text, Query(alias="filter-crs", description="the system of geometries in filter")
    ] = None,
) -> FeatureQuery:
    """Read which features are asked for."""
    return replace(
        read_selection(
            bbox=bbox,
            bbox_crs=bbox_crs,
            interval=interval,
            condition=condition,
            filter_lang=filter_lang,
            filter_crs=filter_crs,
        ),
        as_of=moment.as_of,
    )


def read_selection(
    *,
    bbox: Text = None,
    bbox_crs: Text = None,
    interval: Text = None,
    condition: Text = None,
    filter_lang: Text = None,
    filter_crs: Text = None,
) -> FeatureQuery:
    """Read the texts that say which features are asked for."""
    languages = ["cql2-text", "cql2-json"]
    if filter_lang is not None and filter_lang not in languages:
        raise BadParameter("filter-lang", filter_lang, "is not spoken here", allowed=languages)
    box_crs = DEFAULT if bbox_crs is None else parse_crs(bbox_crs, "bbox-crs")
    shape_crs = DEFAULT if filter_crs is None else parse_crs(filter_crs, "filter-crs")
    parsed = None
    if condition is not None:
        parsed = dict(cql2.parse(condition, filter_lang or "cql2-text"))
        parsed = cql2.in_degrees(parsed, shape_crs)
    return FeatureQuery(
        bbox=None if bbox is None else parse_bbox(bbox, crs=box_crs),
        interval=None if interval is None else parse_datetime(interval),
        filter=parsed,
    )


QueryDep = Annotated[FeatureQuery, Depends(selection)]


async def layer_selection(request: Request, layer: LayerDep, selected: QueryDep) -> FeatureQuery:
    """Add the properties that are given as parameters, as in region=gao (Features, Part 3)."""
    declared, fields = _declared(request), cql2.queryables(layer)
    asked = {
        name: value
        for name, value in request.query_params.items()
        if name in fields and name not in declared
    }
    parts: list[Any] = [cql2.equals(fields[name], value) for name, value in asked.items()]
    if selected.filter is not None:
        parts.append(selected.filter)
    return replace(selected, filter=all_of(parts))


def all_of(parts: list[Any]) -> dict[str, Any] | None:
    """Join conditions; none hold for everything."""
    if len(parts) > 1:
        return {"op": "and", "args": parts}
    return parts[0] if parts else None


LayerQueryDep = Annotated[FeatureQuery, Depends(layer_selection)]


async def language(
    lang: Annotated[Text, Query(description="en (default) or fr")] = None,
) -> Language:
    """Read the language of the answer."""
    for known in LANGUAGES:
        if lang == known or lang is None:
            return known
    raise BadParameter("lang", str(lang), "is not a language here", allowed=list(LANGUAGES))


LanguageDep = Annotated[Language, Depends(language)]

LimitParameter = Annotated[Text, Query(description="most features on the page")]
PropertiesParameter = Annotated[Text, Query(description="properties to give, with commas")]
CrsParameter = Annotated[Text, Query(description="the system of coordinates in the answer")]


async def crs_of(crs: CrsParameter = None) -> Crs:
    """Read the system that coordinates are wanted in."""
    return DEFAULT if crs is None else parse_crs(crs, "crs")


CrsDep = Annotated[Crs, Depends(crs_of)]


async def page_query(
    layer: LayerDep,
    selected: LayerQueryDep,
    settings: SettingsDep,
    limit: LimitParameter = None,
    cursor: Annotated[Text, Query(description="from the next link of the page before")] = None,
    sortby: Annotated[Text, Query(description="properties, - for descending: -date,place")] = None,
    properties: PropertiesParameter = None,
    crs: CrsDep = DEFAULT,
) -> FeatureQuery:
    """Read which page of which features is asked for, in what order and form."""
    ordered = replace(selected, sort=() if sortby is None else parse_sort(sortby, sortables(layer)))
    at = None if cursor is None else parse_cursor(cursor)
    if at is not None and at.of != ordered.question(layer.id):
        problem = "belongs to another request; follow next links as they are"
        raise BadParameter("cursor", str(cursor), problem)
    names = None if properties is None else tuple(properties.split(","))
    return replace(
        ordered,
        pinned=at.as_of if at else None,
        limit=None if limit is None else parse_limit(limit, most=settings.limit_max),
        after=at.after if at else None,
        properties=names,
        crs=crs,
    )


PageDep = Annotated[FeatureQuery, Depends(page_query)]


async def format_of(
    request: Request,
    f: Annotated[Text, Query(description="format of the answer; else the Accept header")] = None,
) -> Format:
    """Choose the format of features by `f`, else by what the client accepts."""
    known: dict[str, Format] = request.app.state.formats
    if f is not None:
        name = {"json": "geojson"}.get(f, f)
        if name not in known:
            raise BadParameter("f", f, "is not a format here", allowed=sorted(known))
        return known[name]
    for wanted in accepted(request):
        if wanted in ("*/*", "application/*", "application/json"):
            return known["geojson"]
        for offered in known.values():
            if wanted == offered.media_type.split(";")[0]:
                return offered
    offers = ", ".join(offered.media_type for offered in known.values())
    asked = request.headers.get("accept", "")[:200]
    raise NotAcceptable(f"nothing in Accept: {asked} is offered; {offers}")


FormatDep = Annotated[Format, Depends(format_of)]


async def page_format(request: Request, chosen: FormatDep) -> Format:
    """Choose a format that can write a single feature or a short list with links."""
    if not isinstance(chosen.writer, PageWriter):
        known: dict[str, Format] = request.app.state.formats
        paged = [one.id for one in known.values() if isinstance(one.writer, PageWriter)]
        raise BadParameter("f", chosen.id, "is for whole layers (/items)", allowed=paged)
    return chosen


PageFormatDep = Annotated[Format, Depends(page_format)]
