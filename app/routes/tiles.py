"""Tiles: by the addresses of OGC API – Tiles, and by the short ones that people paste into tools.

The routes take the bare request: for FastAPI to read a dozen parameters would take as long as the
tile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.http import accepted
from app.tiles.answer import MVT, PNG, answer, tag_of, unchanged
from app.tiles.ask import COLLECTIONS, LAYER, LAYERS, TILE, Place, Reader
from app.tiles.described import described
from app.tiles.make import TileMaker
from app.tiles.picture import PARAMETERS, read_look
from geo.errors import BadParameter, UnknownThing
from geo.spec import GeometryType, Layer
from geo.tiles.grid import Tile, parse_matrix, parse_tile

Endpoint = Callable[[Request], Awaitable[Response]]
FORMS = {"mvt": MVT, "png": PNG}
# What a form takes beside what chooses the features.
_OTHERS = {MVT: frozenset[str](), PNG: PARAMETERS}
# A drawn tile's theme and size are no parameters of the other form, so either may come with Accept.
_ALL = (*TILE, *sorted(PARAMETERS), "f")


async def layer_tile(request: Request) -> Response:
    """Answer with a tile of one layer; the row goes before the column (Tiles, Part 1, 7.1)."""
    return await _of_standard(request, request.path_params["layer"], frozenset("f"), LAYER)


async def dataset_tile(request: Request) -> Response:
    """Answer with a tile of the layers in `collections`, or of all that have a place."""
    names = request.query_params.get("collections", ",".join(placed(request)))
    return await _of_standard(request, names, frozenset(("f", "collections")), COLLECTIONS)


def placed(request: Request) -> list[str]:
    """List the layers that tiles can show."""
    layers: dict[str, Layer] = request.app.state.layers
    return [name for name, each in layers.items() if each.geometry is not GeometryType.NONE]


def short_tile(media_type: str, *, scale: int = 1) -> Endpoint:
    """Make the route of tiles at their short address, column before row."""

    async def tile(request: Request) -> Response:
        path = request.path_params
        place = parse_tile("WebMercatorQuad", path["z"], path["x"], path["y"])
        return await _tile(request, path["layers"], place, media_type, scale=scale)

    return tile


async def _of_standard(
    request: Request, names: str, others: frozenset[str], named: Place
) -> Response:
    path = request.path_params
    _, dot, ending = path["tileCol"].rpartition(".")
    if dot:
        # A short address with another ending comes here, as it has as many parts.
        raise UnknownThing("ending of tiles", f".{ending}", [".mvt", ".png", "@2x.png"])
    matrix = parse_matrix(path["tileMatrixSetId"])
    names_of_place = ("tileMatrix", "tileCol", "tileRow")
    z, x, y = (path[name] for name in names_of_place)
    tile = parse_tile(matrix, z, x, y, names_of_place)
    return await _tile(request, names, tile, _form(request), others, named)


def _form(request: Request) -> str:
    """Choose the form by `f`, else by Accept; a vector tile is what most clients mean."""
    name = request.query_params.get("f")
    if name is not None and name not in FORMS:
        raise BadParameter("f", name, "is not a form of tiles", allowed=sorted(FORMS))
    if name is not None:
        return FORMS[name]
    return next((media for media in accepted(request) if media in FORMS.values()), MVT)


async def _tile(
    request: Request,
    names: str,
    tile: Tile,
    media_type: str,
    others: frozenset[str] = frozenset(),
    named: Place = LAYERS,
    *,
    scale: int = 1,
) -> Response:
    reader: Reader = request.app.state.tile_reader
    maker: TileMaker = request.app.state.tile_maker
    asked = reader.read(names, request.url.query, others | _OTHERS[media_type], named)
    look = read_look(asked, scale=scale) if media_type == PNG else None
    ask = await maker.pinned(asked)
    state = await maker.state()
    tag = tag_of(ask, tile, media_type if look is None else look.canonical(), state)
    fresh = unchanged(request, ask, tag, media_type)
    if fresh is not None:
        return fresh
    if look is None:
        body = await maker.mvt(ask, tile, state)
    else:
        body = await maker.png(ask, tile, state, look)
    return answer(request, body, media_type, ask, tile, state, tag)


router = APIRouter(tags=["tiles"])


def _add(path: str, name: str, summary: str, endpoint: Endpoint, forms: str, *query: str) -> None:
    media_types = [FORMS[form] for form in forms.split()]
    responses: dict[int | str, dict[str, Any]] = {
        200: {"content": {media_type: {} for media_type in media_types}}
    }
    if MVT in media_types:
        responses[204] = {"description": "A vector tile that has nothing in it"}
    router.add_api_route(
        path,
        endpoint,
        methods=["GET"],
        name=name,
        operation_id=name,
        summary=summary,
        responses=responses,
        openapi_extra=described(path, *query),
    )


_STANDARD = "tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"
_SHORT = "/tiles/{layers}/{z}/{x}/{y}"
_DRAWN = sorted(PARAMETERS)
_add(
    f"/collections/{{layer}}/{_STANDARD}",
    "collection.vector.getTile",
    "A tile of a layer",
    layer_tile,
    "mvt png",
    *_ALL,
)
_add(f"{_SHORT}.mvt", "vector_tile", "A vector tile", short_tile(MVT), "mvt", *TILE)
# Before the next one, which would take @2x for a part of the row.
_add(
    f"{_SHORT}@2x.png",
    "fine_tile",
    "A drawn tile, twice as fine",
    short_tile(PNG, scale=2),
    "png",
    *TILE,
    *_DRAWN,
)
_add(f"{_SHORT}.png", "drawn_tile", "A drawn tile", short_tile(PNG), "png", *TILE, *_DRAWN)
# After the short ones, whose addresses have as many parts.
_add(
    f"/{_STANDARD}",
    "dataset.vector.getTile",
    "A tile of several layers",
    dataset_tile,
    "mvt png",
    "collections",
    *_ALL,
)
