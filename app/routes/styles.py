"""The styles: how maps of the layers look, for MapLibre and all that reads its style documents."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import LanguageDep, LayersDep, only_known_parameters
from app.pages._chrome import page
from app.routes.landing import FormParameter, wants_html
from app.tiles.ask import MOST_LAYERS
from app.tiles.make import TileMaker
from geo.crs import Bounds
from geo.drawing.sprite import sprite_index, sprite_sheet
from geo.errors import BadParameter, UnknownThing
from geo.extent import extent_of
from geo.features import Extents, revision_of
from geo.query import FeatureQuery
from geo.spec import Language, Layer
from geo.styles.document import CONTROL_WORDS, DISCLAIMER, bounds, default_layers, style_document
from geo.styles.legend import legend
from geo.styles.look import is_drawn, look
from geo.styles.sprite import SHEETS, Icon, icons
from geo.styles.themes import LIGHT, THEMES, Theme, parse_theme
from geo.tiles.metadata import bounds_within

router = APIRouter(prefix="/styles", tags=["styles"], dependencies=[Depends(only_known_parameters)])
# OGC API – Styles has this for the style documents of MapLibre and its ancestor.
STYLE = "application/vnd.mapbox.style+json"


async def theme_of(style: str) -> Theme:
    """Find the theme that the path names."""
    return parse_theme(style)


async def chosen_layers(
    request: Request,
    known: LayersDep,
    layers: Annotated[
        str | None,
        Query(description="the layers to draw, with commas; else all with rows, each row once"),
    ] = None,
) -> tuple[Layer, ...]:
    """Read which layers a style is for."""
    if layers is None:
        return await _held(request, [known[name] for name in default_layers(known)])
    drawable = [name for name, layer in known.items() if is_drawn(layer)]
    names = layers.split(",")
    if len(names) > MOST_LAYERS:
        problem = f"names {len(names)} layers; a style has {MOST_LAYERS} at most"
        raise BadParameter("layers", layers, problem, allowed=drawable)
    for name in names:
        if name not in known:
            raise UnknownThing("layer", name, known)
        if name not in drawable:
            raise BadParameter("layers", name, "has no places to draw", allowed=drawable)
        if names.count(name) > 1:
            raise BadParameter("layers", name, "is named twice", allowed="each layer once")
    # In declared order, so that the same layers are the same style however they are listed.
    return tuple(layer for name, layer in known.items() if name in names)


async def _held(request: Request, layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Leave out layers without a row on the map: there is nothing to credit and to explain."""
    maker: TileMaker = request.app.state.tile_maker
    state = await maker.state()
    counts = [await maker.located(layer, FeatureQuery(), state) for layer in layers]
    return tuple(layer for layer, count in zip(layers, counts, strict=True) if count)


ThemeDep = Annotated[Theme, Depends(theme_of)]
ChosenDep = Annotated[tuple[Layer, ...], Depends(chosen_layers)]


@router.get("", summary="The styles")
async def list_styles(request: Request, language: LanguageDep, f: FormParameter = None) -> Response:
    described = [_described(request, theme, language) for theme in THEMES.values()]
    if wants_html(request, f):
        return page(request, "styles.html", language, styles=described)
    document = {"default": LIGHT.id, "styles": described}
    return http.respond(orjson.dumps(document), "application/json")


@router.get(
    "/{style}",
    summary="A style as a MapLibre document, or on a map",
    responses={200: {"content": {STYLE: {}, "text/html": {}}}},
)
async def read_style(
    request: Request,
    theme: ThemeDep,
    layers: ChosenDep,
    language: LanguageDep,
    f: FormParameter = None,
) -> Response:
    if wants_html(request, f):
        on_ground = [one for one in layers if not look(one, theme).is_ground]
        shown = await _shown(request, on_ground or layers)
        return _preview(request, theme, layers, shown, language)
    base = http.base_url(request)
    names = ",".join(layer.id for layer in layers)
    tag = http.etag(0, "style", theme.id, names, language, base)
    if http.is_fresh(request, tag):
        return http.not_modified(tag)
    document = style_document(layers, theme, language, base)
    return http.respond(orjson.dumps(document), STYLE, tag=tag)


@router.get("/{style}/legend", summary="What the signs of a style mean")
async def read_legend(
    request: Request, theme: ThemeDep, layers: ChosenDep, language: LanguageDep
) -> Response:
    names = ",".join(layer.id for layer in layers)
    tag = http.etag(0, "legend", theme.id, names, language)
    if http.is_fresh(request, tag):
        return http.not_modified(tag)
    document = {
        "theme": theme.id,
        "title": theme.title.in_language(language),
        "layers": legend(layers, theme, language),
        "disclaimer": DISCLAIMER.in_language(language),
    }
    return http.respond(orjson.dumps(document), "application/json", tag=tag)


@router.get(
    "/{style}/{sheet}",
    summary="The icons of a style: sprite.json, sprite@2x.png …",
    responses={200: {"content": {"application/json": {}, "image/png": {}}}},
)
async def read_sprite(request: Request, theme: ThemeDep, known: LayersDep, sheet: str) -> Response:
    stem, _, ending = sheet.rpartition(".")
    if stem not in SHEETS or ending not in ("json", "png"):
        offered = [f"{stem}.{ending}" for stem in SHEETS for ending in ("json", "png")]
        raise UnknownThing("sheet of icons", sheet, offered)
    tag = http.etag(0, "sprite", theme.id, sheet)
    if http.is_fresh(request, tag):
        return http.not_modified(tag)
    drawn = icons(known.values(), theme)
    if ending == "png":
        return http.respond(_sheet(drawn, SHEETS[stem]), "image/png", tag=tag)
    index = orjson.dumps(sprite_index(drawn, SHEETS[stem]))
    return http.respond(index, "application/json", tag=tag)


@lru_cache(maxsize=len(THEMES) * len(SHEETS))
def _sheet(drawn: tuple[Icon, ...], scale: int) -> bytes:
    return sprite_sheet(drawn, scale)


def _described(request: Request, theme: Theme, language: Language) -> dict[str, Any]:
    path, lang = f"/styles/{theme.id}", {"lang": str(language)}
    links: list[tuple[str, str, str, dict[str, str]]] = [
        ("stylesheet", STYLE, path, {**lang, "f": "json"}),
        ("alternate", "text/html", path, {**lang, "f": "html"}),
        ("describedby", "application/json", f"{path}/legend", lang),
    ]
    return {
        "id": theme.id,
        "title": theme.title.in_language(language),
        "links": [
            {"rel": rel, "type": kind, "href": http.link_to(request, there, parameters)}
            for rel, kind, there, parameters in links
        ],
    }


async def _shown(request: Request, layers: Sequence[Layer]) -> Bounds | None:
    """Say what a map shows first: the box of the rows; None where there are none."""
    boxes = []
    async with request.app.state.database.reading() as reader:
        for layer in layers:
            revision = await revision_of(reader, layer)
            extents: Extents = request.app.state.extents
            extent = await extent_of(reader, layer, FeatureQuery(), revision, extents)
            boxes += [extent.box] if extent.box is not None else []
    return bounds_within("WebMercatorQuad", boxes)


def _preview(
    request: Request,
    theme: Theme,
    layers: tuple[Layer, ...],
    shown: Bounds | None,
    language: Language,
) -> Response:
    """Show a style on a map, with its legend."""
    kept = {name: value for name, value in request.query_params.items() if name == "layers"}
    lang = {"lang": language}
    index = sprite_index(icons(request.app.state.layers.values(), theme), 1)
    return page(
        request,
        "style.html",
        language,
        theme=theme,
        legend=legend(layers, theme, language),
        shown=orjson.dumps(shown or bounds(layers)).decode(),
        within=orjson.dumps(bounds(layers)).decode(),
        words=orjson.dumps(CONTROL_WORDS[language]).decode(),
        icons=index,
        style_href=http.link_to(request, f"/styles/{theme.id}", {**lang, **kept, "f": "json"}),
        themes=[
            (
                other.title.in_language(language),
                http.link_to(request, f"/styles/{other.id}", {**lang, **kept, "f": "html"}),
                other is theme,
            )
            for other in THEMES.values()
        ],
        disclaimer=DISCLAIMER.in_language(language),
    )
