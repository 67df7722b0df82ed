"""Who may have what: rows that may not be passed on go to those whom the operator licenses.

Who is licensed is answered by a service of their own, which shares neither connections nor caches
with the public one, so that nothing kept for the one can reach the other.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import PREFIX, BadSetting, Secret
from geo.errors import NotLicensed

SHORTEST_TOKEN = 16
_SCHEME = "bearer "
_OF_NOBODY_ELSE = "private, no-store"


def tokens(given: Secret | None) -> tuple[str, ...]:
    """Read the tokens of the licensed; short ones could be guessed."""
    if given is None:
        return ()
    found = tuple(token.strip() for token in given.reveal().split(","))
    if any(len(token) < SHORTEST_TOKEN or not token.isascii() for token in found):
        raise BadSetting(
            f"{PREFIX}LICENSED_TOKENS has a token that is shorter than {SHORTEST_TOKEN} characters "
            "or not plain ASCII; make one with: openssl rand -hex 32"
        )
    return found


def credentials(scope: Scope) -> str | None:
    """Give what a request shows of itself, if it shows anything."""
    return next(
        (value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"),
        None,
    )


def check(shown: str, licensed: Sequence[str]) -> None:
    """Let those pass who show a token of the licensed."""
    token = shown[len(_SCHEME) :].strip() if shown.lower().startswith(_SCHEME) else ""
    # Each is compared, and each in the same time whatever it has in common.
    same = [hmac.compare_digest(token.encode(), known.encode()) for known in licensed]
    if True not in same:
        raise NotLicensed(
            "this token is not licensed here; send one that the operator gave you as "
            "Authorization: Bearer TOKEN, or none, which gives what is public"
        )


class KeptByNobody:
    """Have no cache keep an answer, and answer in full: what others hold says nothing here."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = _OF_NOBODY_ELSE
                del headers["ETag"]
            await send(message)

        asked = [pair for pair in scope["headers"] if pair[0] != b"if-none-match"]
        await self.app({**scope, "headers": asked}, receive, send_on)


class VariesByCaller:
    """Tell caches that others may be answered otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).add_vary_header("Authorization")
            await send(message)

        await self.app(scope, receive, send_on)
