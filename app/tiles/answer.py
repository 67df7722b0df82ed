"""Put a tile into a response: its tag, how long it may be kept, and its copy in memory."""

from __future__ import annotations

import gzip

from starlette.requests import Request
from starlette.responses import Response

from app import http
from app.tiles.ask import Ask
from app.tiles.hot import Header, HotTiles, Kept
from app.tiles.make import State
from geo.feed import Box, Feed
from geo.tiles.grid import GRID_BITS, Tile, Window, degrees_of, window

MVT, PNG = "application/vnd.mapbox-vector-tile", "image/png"
# A tile of a named revision never changes.
IMMUTABLE = "public, max-age=31536000, immutable"
# Below this, packing saves no packet.
_WORTH_PACKING = 1_000
# Packing a tile of 100 KB takes 2 ms so; twice as hard saves 5 % more.
_PACKED_HOW_HARD = 3
# How far beyond its edge a tile shows something, in tiles.
REACH = {MVT: 1 / 16, PNG: 1.0}


def tag_of(ask: Ask, tile: Tile, media_type: str, state: State) -> str:
    """Name a tile by the state of the data and the way it was asked for."""
    numbers = repr([state.of(part.layer).number for part in ask.parts])
    place = repr((tile.matrix, tile.z, tile.x, tile.y))
    return http.etag(state.newest(ask), ask.canonical(), place, media_type, numbers)


def unchanged(request: Request, ask: Ask, tag: str, media_type: str) -> Response | None:
    """Answer that the client holds this very tile, if it does."""
    if not http.is_fresh(request, tag):
        return None
    return Response(status_code=304, headers=_headers(ask, tag, media_type))


def answer(
    request: Request, body: bytes, media_type: str, ask: Ask, tile: Tile, state: State, tag: str
) -> Response:
    """Answer with a tile, and keep it in memory if the address alone says what it is."""
    kept = _kept(body, media_type, ask, tile, state, tag)
    hot: HotTiles = request.app.state.hot_tiles
    feed: Feed = request.app.state.feed
    current = all(feed.revisions.get(name) == state.revisions[name] for name in kept.revisions)
    if feed.is_sure and current and _says_its_form(request):
        hot.put(request.scope, kept)
    packs = "gzip" in request.headers.get("accept-encoding", "") and kept.packed is not None
    response = Response(kept.packed if packs else kept.plain, status_code=kept.status)
    response.raw_headers = list(kept.packed_headers if packs else kept.plain_headers)
    return response


def _says_its_form(request: Request) -> bool:
    """Say whether the address itself, and not the Accept header, says what is wanted."""
    return "." in request.url.path.rsplit("/", 1)[-1] or "f" in request.query_params


def _kept(body: bytes, media_type: str, ask: Ask, tile: Tile, state: State, tag: str) -> Kept:
    packs = media_type == MVT and len(body) >= _WORTH_PACKING
    packed = gzip.compress(body, _PACKED_HOW_HARD, mtime=0) if packs else None
    common = [
        (name.lower().encode(), value.encode())
        for name, value in _headers(ask, tag, media_type).items()
    ]
    common += [
        (b"x-content-type-options", b"nosniff"),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"ETag"),
    ]
    typed = [*common, (b"content-type", media_type.encode())] if body else common

    def sized(headers: list[Header], size: int) -> list[Header]:
        return [*headers, (b"content-length", str(size).encode())] if size else headers

    stored = {part.layer.stored_in for part in ask.parts}
    return Kept(
        tag=tag.encode(),
        # A tile that shows nothing is no error.
        status=200 if body else 204,
        plain=body,
        packed=packed,
        plain_headers=sized(typed, len(body)),
        packed_headers=sized([*typed, (b"content-encoding", b"gzip")], len(packed or b"")),
        unchanged_headers=common,
        revisions={name: state.revisions[name].number for name in stored & set(state.revisions)},
        box=_reach(tile, media_type),
    )


def _headers(ask: Ask, tag: str, media_type: str) -> dict[str, str]:
    kept = IMMUTABLE if ask.revision is not None else http.REVALIDATE
    varies = "Accept, Accept-Encoding" if media_type == MVT else "Accept"
    return {"ETag": tag, "Cache-Control": kept, "Vary": varies}


def _reach(tile: Tile, media_type: str) -> Box:
    """Give the box of all that a tile shows."""
    around = int(REACH[media_type] * (1 << (GRID_BITS - tile.z)))
    own = window(tile, 1)
    wider = Window(
        west=own.west - around,
        north=own.north - around,
        east=own.east + around,
        south=own.south + around,
    )
    return degrees_of(tile.matrix, wider)
