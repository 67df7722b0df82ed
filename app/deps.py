"""What routes ask for by type: the layer of the path, the query of the query string, and so on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request, params
from fastapi.dependencies.utils import get_flat_params

from app.settings import Settings
from geo import cql2
from geo.database import Database
from geo.errors import BadParameter, NotAcceptable, UnknownThing
from geo.formats import Format, formats
from geo.query import (
    FeatureQuery,
    parse_as_of,
    parse_bbox,
    parse_cursor,
    parse_datetime,
    parse_limit,
)
from geo.spec import LANGUAGES, Language, Layer

Text = str | None


async def only_known_parameters(request: Request) -> None:
    """Refuse a parameter that the route does not have, or that came twice (Features, 7.15.1)."""
    dependant: Any = request.scope["route"].dependant
    fields = get_flat_params(dependant)
    known = sorted({field.alias for field in fields if isinstance(field.field_info, params.Query)})
    for name in request.query_params:
        if name not in known:
            value = request.query_params[name]
            raise BadParameter(name, value, "is not a parameter here", allowed=known or "none")
        if len(request.query_params.getlist(name)) > 1:
            value = ", ".join(request.query_params.getlist(name))
            raise BadParameter(name, value, "is given more than once", allowed="one value")
        if "\x00" in request.query_params[name]:
            raise BadParameter(name, request.query_params[name], "has a NUL character")


async def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def database_of(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def layers_of(request: Request) -> dict[str, Layer]:
    layers: dict[str, Layer] = request.app.state.layers
    return layers


SettingsDep = Annotated[Settings, Depends(settings_of)]
DatabaseDep = Annotated[Database, Depends(database_of)]
LayersDep = Annotated[dict[str, Layer], Depends(layers_of)]


async def layer_of(layer: str, layers: LayersDep) -> Layer:
    """Find the layer that the path names."""
    if layer not in layers:
        raise UnknownThing("collection", layer, layers)
    return layers[layer]


LayerDep = Annotated[Layer, Depends(layer_of)]


async def as_of(
    as_of: Annotated[
        Text, Query(description="the state that the store had at this day or RFC 3339 time")
    ] = None,
) -> FeatureQuery:
    """Read the moment of the store that is asked for."""
    return FeatureQuery(as_of=None if as_of is None else parse_as_of(as_of))


MomentDep = Annotated[FeatureQuery, Depends(as_of)]


async def selection(
    moment: MomentDep,
    bbox: Annotated[
        Text, Query(description="west,south,east,north in degrees; rows without a place are out")
    ] = None,
    datetime: Annotated[
        Text, Query(description="a day, a time or an interval: 2013-07-01/.., ../2021-04-30")
    ] = None,
    condition: Annotated[
        Text, Query(alias="filter", description="CQL2, as in killed_best >= 3 AND region = 'kidal'")
    ] = None,
    filter_lang: Annotated[
        Text, Query(alias="filter-lang", description="cql2-text (default) or cql2-json")
    ] = None,
) -> FeatureQuery:
    """Read which features are asked for."""
    languages = ["cql2-text", "cql2-json"]
    if filter_lang is not None and filter_lang not in languages:
        raise BadParameter("filter-lang", filter_lang, "is not spoken here", allowed=languages)
    parsed = None if condition is None else cql2.parse(condition, filter_lang or "cql2-text")
    return FeatureQuery(
        as_of=moment.as_of,
        bbox=None if bbox is None else parse_bbox(bbox),
        interval=None if datetime is None else parse_datetime(datetime),
        filter=None if parsed is None else dict(parsed),
    )


QueryDep = Annotated[FeatureQuery, Depends(selection)]


async def language(
    lang: Annotated[Text, Query(description="en (default) or fr")] = None,
) -> Language:
    """Read the language of the answer."""
    for known in LANGUAGES:
        if lang == known or lang is None:
            return known
    raise BadParameter("lang", str(lang), "is not a language here", allowed=list(LANGUAGES))


LanguageDep = Annotated[Language, Depends(language)]


async def page_query(
    selected: QueryDep,
    settings: SettingsDep,
    limit: Annotated[Text, Query(description="most features on the page")] = None,
    cursor: Annotated[Text, Query(description="from the next link of the page before")] = None,
    properties: Annotated[Text, Query(description="properties to give, with commas")] = None,
) -> FeatureQuery:
    """Read which page of which features is asked for."""
    at = None if cursor is None else parse_cursor(cursor)
    names = None if properties is None else tuple(properties.split(","))
    return FeatureQuery(
        as_of=at.as_of if at else selected.as_of,
        bbox=selected.bbox,
        interval=selected.interval,
        filter=selected.filter,
        limit=None if limit is None else parse_limit(limit, most=settings.limit_max),
        after=at.after if at else None,
        properties=names,
    )


PageDep = Annotated[FeatureQuery, Depends(page_query)]


async def format_of(
    request: Request,
    f: Annotated[Text, Query(description="format of the answer; else the Accept header")] = None,
) -> Format:
    """Choose the format of features by `f`, else by what the client accepts."""
    known = formats()
    aliases = {"json": "geojson"}
    if f is not None:
        name = aliases.get(f, f)
        if name not in known:
            raise BadParameter("f", f, "is not a format here", allowed=sorted(known))
        return known[name]
    accepted = [
        part.split(";")[0].strip() for part in request.headers.get("accept", "*/*").split(",")
    ]
    for wanted in accepted:
        for offered in known.values():
            if wanted in (offered.media_type, "*/*", "application/*", "application/json"):
                return offered
    if "text/html" in accepted:
        return known["geojson"]
    offers = ", ".join(offered.media_type for offered in known.values())
    raise NotAcceptable(f"nothing in Accept: {request.headers.get('accept')} is offered; {offers}")


FormatDep = Annotated[Format, Depends(format_of)]
