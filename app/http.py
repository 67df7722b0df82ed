"""What HTTP asks of every answer: addresses, ETags, caching, and headers for pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Clients may keep an answer but ask each time whether it still holds; the ETag makes that cheap.
REVALIDATE = "public, max-age=0, must-revalidate"
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


def etag(revision: int, *parts: bytes | str) -> str:
    """Name a state of the data and a way of asking for it."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\x00")
    return f'"{revision:x}-{digest.hexdigest()}"'


def is_fresh(request: Request, tag: str) -> bool:
    """Say whether the client holds this very answer already."""
    given = request.headers.get("if-none-match", "")
    tags = [part.strip().removeprefix("W/") for part in given.split(",")]
    return "*" in tags or tag in tags


def not_modified(tag: str) -> Response:
    return Response(status_code=304, headers={"ETag": tag, "Cache-Control": REVALIDATE})


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


def page(body: str, *, tag: str | None = None, policy: str = PAGE_POLICY) -> Response:
    """Answer with an HTML page under a content security policy."""
    return respond(body, "text/html", tag=tag, headers={"Content-Security-Policy": policy})


def prefers_html(request: Request) -> bool:
    """Say whether the client is a browser, by what it accepts first."""
    accept = request.headers.get("accept", "")
    html, json = accept.find("text/html"), accept.find("json")
    return html >= 0 and (json < 0 or html < json)


class HeadAsGet:
    """Answer HEAD as GET is answered, without the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)
