"""Keep made tiles in memory, answer with them before any routing, and drop what changes."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.types import Scope, Send

from geo.crs import Bounds
from geo.feed import Change

Header = tuple[bytes, bytes]
Address = tuple[str, bytes]
# What a tile takes beside its bytes: measured with headers, box and keys, 2.0 KB.
BOOK_KEEPING = 2_000
_NO_GZIP = re.compile(rb"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A made tile: its bytes plain and packed, how it is named, and what it shows.

    `tag` is without the mark of a weak one. `revisions` are those of the stored layers that it was
    made of, `box` all of the world that its content depends on.
    """

    tag: bytes
    status: int
    plain: bytes
    packed: bytes | None
    plain_headers: list[Header]
    packed_headers: list[Header]
    unchanged_headers: list[Header]
    revisions: Mapping[str, int]
    box: Bounds

    async def send(self, scope: Scope, send: Send) -> None:
        """Answer with it, or with the word that the client has it already."""
        packs = held = False
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                packs = unpacks(value)
            elif name == b"if-none-match":
                # A star stands for any tag (RFC 9110, 13.1.2).
                held = self.tag in value or value.strip() == b"*"
        status, headers, body = self.status, self.plain_headers, self.plain
        if held:
            status, headers, body = 304, self.unchanged_headers, b""
        elif packs and self.packed is not None:
            headers, body = self.packed_headers, self.packed
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class HotTiles:
    """Made tiles by the address that they were asked for with, the longest unused dropped first.

    All that is published may be seen by everybody, so that the address says all about an answer.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[Address, Kept] = OrderedDict()
        self._bytes = 0
        # While it is not sure what changes, nothing that is kept can be trusted.
        self.is_sure: Callable[[], bool] = lambda: False

    def find(self, scope: Scope) -> Kept | None:
        """Find the answer to a request, if it was made before and still holds."""
        if scope["method"] != "GET":
            return None
        address = (scope["path"], scope["query_string"])
        kept = self._kept.get(address)
        if kept is None or not self.is_sure():
            return None
        self._kept.move_to_end(address)
        return kept

    def put(self, scope: Scope, kept: Kept) -> None:
        """Keep an answer, and drop the longest unused ones beyond what may be kept."""
        address = (scope["path"], scope["query_string"])
        self._forget(address)
        self._kept[address] = kept
        self._bytes += _size(address, kept)
        while self._bytes > self._most:
            self._forget(next(iter(self._kept)))

    def drop(self, change: Change) -> None:
        """Drop the tiles that show a place where a layer changed, and no others."""
        around = _around(change.boxes)
        stale = [address for address, kept in self._kept.items() if _shows(kept, change, around)]
        for address in stale:
            self._forget(address)

    def _forget(self, address: Address) -> None:
        kept = self._kept.pop(address, None)
        self._bytes -= _size(address, kept) if kept else 0

    def __len__(self) -> int:
        return len(self._kept)


def unpacks(accepted: bytes) -> bool:
    """Say whether a client takes gzip, by its Accept-Encoding."""
    return b"gzip" in accepted and (b"q=0" not in accepted or not _NO_GZIP.search(accepted))


def _size(address: Address, kept: Kept) -> int:
    """Estimate the memory that a kept tile takes, with its address, headers and book-keeping."""
    path, query = address
    return len(path) + len(query) + len(kept.plain) + len(kept.packed or b"") + BOOK_KEEPING


def _around(boxes: tuple[Bounds, ...] | None) -> Bounds | None:
    """Give the box around some, if there are any."""
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _shows(kept: Kept, change: Change, around: Bounds | None) -> bool:
    if change.layer.id not in kept.revisions:
        return False
    if change.boxes is None:
        return True
    if around is None or not _meet(kept.box, around):
        return False
    return any(_meet(kept.box, box) for box in change.boxes)


def _meet(one: Bounds, other: Bounds) -> bool:
    beside = other[0] > one[2] or other[2] < one[0]
    return not beside and other[1] <= one[3] and other[3] >= one[1]
