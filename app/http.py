"""What HTTP asks of every answer: addresses, ETags, caching, and headers for pages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlencode

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import ROOT
from geo.crs import Crs
from geo.features import NEVER
from geo.formats import Format, Link, PageWriter
from geo.spec import Language, Layer

# Clients may keep an answer but ask each time whether it still holds; the ETag makes that cheap.
REVALIDATE = "public, max-age=0, must-revalidate"
_FOUND = (200, 204, 206)
_WEIGHT = re.compile(r"[01](\.\d{0,3})?\Z", re.ASCII)
PAGE_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; script-src 'self'; font-src 'self'; connect-src 'self'; "
    "frame-src 'self'; frame-ancestors 'self'"
)


def base_url(request: Request) -> str:
    """Give the service's own address, as clients see it, without a slash at the end."""
    public: str | None = request.app.state.settings.public_url
    return (public or str(request.base_url)).rstrip("/")


def link_to(request: Request, path: str, parameters: Mapping[str, str] | None = None) -> str:
    """Make an absolute address of the service."""
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"{base_url(request)}{path}{query}"


def with_parameters(request: Request, **changes: str | None) -> str:
    """Give the address of this request with some parameters changed, or dropped by None."""
    parameters = {**request.query_params, **changes}
    kept = {name: value for name, value in parameters.items() if value is not None}
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return link_to(request, path, kept)


@cache
def build() -> bytes:
    """Digest what answers are made by: another build may answer the same question otherwise."""
    digest = hashlib.blake2b(digest_size=12)
    for folder in ("app", "geo", "layers"):
        for path in sorted((ROOT / folder).rglob("*.py")) + sorted((ROOT / folder).rglob("*.html")):
            if "node_modules" not in path.parts:
                digest.update(path.read_bytes())
    return digest.digest()


def etag(revision: int, *parts: bytes | str) -> str:
    """Name a state of the data and a way of asking for it."""
    digest = hashlib.blake2b(build(), digest_size=12)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\x00")
    return f'"{revision:x}-{digest.hexdigest()}"'


def is_fresh(request: Request, tag: str) -> bool:
    """Say whether the client holds this very answer already."""
    given = request.headers.get("if-none-match", "")
    tags = [part.strip().removeprefix("W/") for part in given.split(",")]
    # Not "*": that a tag can be made does not say that there is anything to hold. CommonHeaders
    # sees whether there is.
    return tag in tags


def not_modified(tag: str) -> Response:
    headers = {"ETag": tag, "Cache-Control": REVALIDATE, "Vary": "Accept"}
    return Response(status_code=304, headers=headers)


def respond(
    body: bytes | str,
    media_type: str,
    *,
    tag: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with a body that may be kept as long as its tag holds."""
    made = {"Cache-Control": REVALIDATE, "Vary": "Accept"}
    if tag is not None:
        made["ETag"] = tag
    return Response(body, media_type=media_type, headers={**made, **(headers or {})})


def features(body: bytes, written: Format, crs: Crs, tag: str) -> Response:
    """Answer with features, and the system that their coordinates are in (Features, Part 2)."""
    headers = {"Content-Crs": f"<{crs.uri}>"}
    if written.media_type.startswith("text/html"):
        headers["Content-Security-Policy"] = PAGE_POLICY
    return respond(body, written.media_type, tag=tag, headers=headers)


def page_links(
    request: Request,
    layer: Layer,
    written: Format,
    language: Language,
    changed_at: datetime | None = None,
) -> list[Link]:
    """Link a list of features to itself, its other formats, its layer and this state of it."""
    known: dict[str, Format] = request.app.state.formats
    links = [Link(href=with_parameters(request), rel="self", type=written.media_type)]
    for offered in known.values():
        if offered.id != written.id and isinstance(offered.writer, PageWriter):
            href = with_parameters(request, f=offered.id)
            links.append(Link(href=href, rel="alternate", type=offered.media_type))
    # A cursor pins its page already, and belongs to the address that it was given out for.
    pins = changed_at != NEVER and "cursor" not in request.query_params
    if changed_at is not None and pins:
        # RFC 7089: the same address at a moment of the store.
        pinned = changed_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        href = with_parameters(request, as_of=request.query_params.get("as_of", pinned))
        links.append(Link(href=href, rel="memento", type=written.media_type))
    href = link_to(request, f"/collections/{layer.id}")
    title = layer.title.in_language(language)
    links.append(Link(href=href, rel="collection", type="application/json", title=title))
    return links


def page(body: str, *, tag: str | None = None, policy: str = PAGE_POLICY) -> Response:
    """Answer with an HTML page under a content security policy."""
    return respond(body, "text/html", tag=tag, headers={"Content-Security-Policy": policy})


def prefers_html(request: Request) -> bool:
    """Say whether the client is a browser, by what it would rather have."""
    for wanted in accepted(request):
        if wanted in ("text/html", "application/xhtml+xml"):
            return True
        if wanted == "*/*" or "json" in wanted:
            return False
    return False


def accepted(request: Request) -> list[str]:
    """List the media types that the client accepts, the most wanted first (RFC 9110, 12.5.1)."""
    weighed: list[tuple[float, str]] = []
    for part in (request.headers.get("accept") or "*/*").split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        given = [piece[2:] for piece in parameters if piece.startswith("q=")]
        weight = float(given[0]) if given and _WEIGHT.match(given[0]) else 1.0
        if weight > 0:
            weighed.append((weight, name.lower()))
    return [name for _, name in sorted(weighed, key=lambda pair: -pair[0])]


class CommonHeaders:
    """Give every answer what it owes: no sniffing, a word on caching, and HEAD without a body.

    Who holds any answer (`If-None-Match: *`) is told so of whatever there is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # HEAD is answered as GET is, without the body (RFC 9110, 9.3.2).
        head = scope["method"] == "HEAD"
        holds_any = scope["method"] in ("GET", "HEAD") and (b"if-none-match", b"*") in (
            (name, value.strip()) for name, value in scope["headers"]
        )
        bare = head

        async def send_on(message: Message) -> None:
            nonlocal bare
            if message["type"] == "http.response.start":
                if holds_any and message["status"] in _FOUND:
                    message, bare = _unchanged(message), True
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", REVALIDATE)
            elif bare and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A download looks for this mark, and reads no rows to throw them away.
        headed = {**scope, "method": "GET", "headed": True}
        await self.app(headed if head or holds_any else scope, receive, send_on)


def _unchanged(message: Message) -> Message:
    """Turn the start of an answer into the word that the client has it already."""
    # What describes a body goes with it (RFC 9110, 15.4.5).
    headers = [pair for pair in message["headers"] if not pair[0].startswith(b"content-")]
    return {**message, "status": 304, "headers": headers}
