"""TileJSON: all that a map needs to show tiles, at one address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from app import http
from app.routes.tiles import FORMS
from app.tiles.ask import TILE, Reader
from app.tiles.described import described
from app.tiles.make import TileMaker
from app.tiles.picture import PARAMETERS, read_look
from app.tiles.tileset import Tileset, read_tileset, tileset_tag
from geo.credits import attribution
from geo.errors import BadParameter
from geo.spec import Language, Layer
from geo.statements import conditions

router = APIRouter(tags=["tiles"])
PATH = "/tiles/{layers}/tilejson.json"


async def tilejson(request: Request) -> Response:
    """Describe the tiles of some layers with whatever else they are asked for (TileJSON 3.0)."""
    reader: Reader = request.app.state.tile_reader
    maker: TileMaker = request.app.state.tile_maker
    names = request.path_params["layers"]
    ask = reader.read(names, request.url.query, PARAMETERS | {"tiles"})
    given = dict(ask.parameters)
    form = given.get("tiles", "mvt")
    if form not in FORMS:
        raise BadParameter("tiles", form, "is not a form of tiles", allowed=sorted(FORMS))
    look = read_look(ask, scale=1)
    if form == "mvt" and set(given) - {"tiles", "lang"}:
        name = min(set(given) - {"tiles", "lang"})
        raise BadParameter(name, given[name], "is for drawn tiles", allowed="with tiles=png")
    for part in ask.parts:
        # What every tile would refuse is refused here.
        conditions(part.layer, part.query)
    ask = await maker.pinned(ask)
    state = await maker.state()
    # The address too, as that of its tiles has the same parameters in the same order.
    said = (ask.canonical(), request.url.query, http.base_url(request))
    tag = tileset_tag(state, ask.parts, *said)
    if http.is_fresh(request, tag):
        return http.not_modified(tag)
    tileset = await read_tileset(
        ask.parts,
        "WebMercatorQuad",
        look.language,
        maker,
        state,
        request.app.state.database,
        request.app.state.extents,
    )
    layers = [part.layer for part in ask.parts]
    document = _document(request, layers, form, tileset, look.language)
    return http.respond(orjson.dumps(document), "application/json", tag=tag)


def _document(
    request: Request, layers: list[Layer], form: str, tileset: Tileset, language: Language
) -> dict[str, Any]:
    # The language of a vector tile is that of its description only.
    left_out = {"tiles"} | ({"lang"} if form == "mvt" else set())
    kept = {name: value for name, value in request.query_params.items() if name not in left_out}
    names = ",".join(layer.id for layer in layers)
    address = http.link_to(request, f"/tiles/{names}")
    query = f"?{urlencode(kept)}" if kept else ""
    first, last = tileset.zooms
    credited = [
        attribution(layer, datasets, language)
        for layer, datasets in zip(layers, tileset.datasets, strict=True)
    ]
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": names,
        "scheme": "xyz",
        "tiles": [f"{address}/{{z}}/{{x}}/{{y}}.{form}{query}"],
        "minzoom": first,
        "maxzoom": last,
        "attribution": "; ".join(dict.fromkeys(credited)),
        "vector_layers": [
            {
                "id": each.id,
                "description": each.title,
                "fields": {name: prop.title for name, prop in each.properties.items()},
            }
            for each in tileset.layers
        ],
        # For addresses with rev=, whose tiles never change.
        "revision": tileset.revision,
    }
    if tileset.bounds is not None:
        document["bounds"] = list(tileset.bounds)
    return document


router.add_api_route(
    PATH,
    tilejson,
    methods=["GET"],
    summary="TileJSON of some layers",
    openapi_extra=described(PATH, *TILE, *sorted(PARAMETERS), "tiles"),
)
