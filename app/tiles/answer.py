"""Put a tile into a response: its tag, how long it may be kept, and its copy in memory."""

from __future__ import annotations

from collections.abc import Mapping

from isal import igzip
from starlette.requests import Request
from starlette.responses import Response

from app import http
from app.tiles.ask import Ask
from app.tiles.hot import Header, HotTiles, Kept, unpacks
from app.tiles.make import State
from geo.crs import Bounds
from geo.feed import Feed
from geo.tiles.grid import Tile, degrees_of, window

MVT, PNG = "application/vnd.mapbox-vector-tile", "image/png"
# A tile of a named revision never changes.
IMMUTABLE = "public, max-age=31536000, immutable"
# Below this, packing saves no packet.
_WORTH_PACKING = 1_000
# The hardest that ISA-L packs. Tiles of cells of 69 KB, each by itself: 0.23 ms, where zlib takes
# 1.36 ms to make them 1 % smaller, a quarter of the time that the whole tile took.
_PACKED_HOW_HARD = 3
# How far beyond its edge a tile shows something: into how many steps it is cut, and how many.
REACH = {MVT: (16, 1), PNG: (1, 1)}


def tag_of(ask: Ask, tile: Tile, form: str, state: State) -> str:
    """Name a tile by the state of the data, and by all that it was asked for with."""
    layers = [part.layer for part in ask.parts]
    place = repr((tile.matrix, tile.z, tile.x, tile.y))
    numbers = repr(state.numbers(layers))
    return http.etag(state.newest(layers), ask.canonical(), place, form, numbers)


def unchanged(request: Request, ask: Ask, tag: str, media_type: str) -> Response | None:
    """Answer that the client holds this very tile, if it does."""
    if not http.is_fresh(request, tag):
        return None
    headers = _headers(ask, tag, media_type, by_accept=not _says_its_form(request))
    return Response(status_code=304, headers=headers)


def answer(
    request: Request, body: bytes, media_type: str, ask: Ask, tile: Tile, state: State, tag: str
) -> Response:
    """Answer with a tile, and keep it in memory if the address alone says what it is."""
    headers = _headers(ask, tag, media_type, by_accept=not _says_its_form(request))
    kept = _kept(body, media_type, headers, ask, tile, state, tag)
    hot: HotTiles = request.app.state.hot_tiles
    feed: Feed = request.app.state.feed
    layers = [part.layer.stored_in for part in ask.parts]
    # A change may have come while the tile was made.
    current = all(feed.revisions.get(name) == state.revisions.get(name) for name in layers)
    if feed.is_sure and current and _says_its_form(request):
        hot.put(request.scope, kept)
    given = request.headers.get("accept-encoding", "").encode("latin-1")
    packs = unpacks(given) and kept.packed is not None
    response = Response(kept.packed if packs else kept.plain, status_code=kept.status)
    response.raw_headers = list(kept.packed_headers if packs else kept.plain_headers)
    return response


def _says_its_form(request: Request) -> bool:
    """Say whether the address itself, and not the Accept header, says what is wanted."""
    return "." in request.url.path.rsplit("/", 1)[-1] or "f" in request.query_params


def _kept(
    body: bytes,
    media_type: str,
    headers: Mapping[str, str],
    ask: Ask,
    tile: Tile,
    state: State,
    tag: str,
) -> Kept:
    packs = media_type == MVT and len(body) >= _WORTH_PACKING
    packed = igzip.compress(body, _PACKED_HOW_HARD, mtime=0) if packs else None
    common = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    common += [
        (b"x-content-type-options", b"nosniff"),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"ETag"),
    ]
    typed = [*common, (b"content-type", media_type.encode())] if body else common

    def sized(headers: list[Header], size: int) -> list[Header]:
        return [*headers, (b"content-length", str(size).encode())] if size else headers

    return Kept(
        tag=tag.encode(),
        # A tile that shows nothing is no error.
        status=200 if body else 204,
        plain=body,
        packed=packed,
        plain_headers=sized(typed, len(body)),
        packed_headers=sized([*typed, (b"content-encoding", b"gzip")], len(packed or b"")),
        unchanged_headers=common,
        # Of a layer that nothing was loaded into yet too: it may be.
        revisions={part.layer.stored_in: state.of(part.layer).number for part in ask.parts},
        box=_reach(tile, media_type),
    )


def _headers(ask: Ask, tag: str, media_type: str, *, by_accept: bool) -> dict[str, str]:
    varies = ["Accept"] if by_accept else []
    varies += ["Accept-Encoding"] if media_type == MVT else []
    return {
        # Weak: packed and plain are one tile (RFC 9110, 8.8.1).
        "ETag": f"W/{tag}",
        "Cache-Control": IMMUTABLE if ask.revision is not None else http.REVALIDATE,
        **({"Vary": ", ".join(varies)} if varies else {}),
    }


def _reach(tile: Tile, media_type: str) -> Bounds:
    """Give the box of all that a tile shows."""
    return degrees_of(tile.matrix, window(tile, *REACH[media_type]))
