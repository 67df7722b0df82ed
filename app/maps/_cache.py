"""Keep drawn pages by their tag: a tag names every input of a page, so a page never goes stale."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnPage:
    """A page as it is answered: its bytes and the headers that belong to them."""

    body: bytes
    headers: Mapping[str, str]

    @property
    def size(self) -> int:
        headers = sum(len(name) + len(value) for name, value in self.headers.items())
        return len(self.body) + headers


class DrawnPages:
    """Remember the pages that were asked for last, up to a number of bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._pages: OrderedDict[str, DrawnPage] = OrderedDict()
        self.bytes = 0

    def get(self, tag: str) -> DrawnPage | None:
        if tag in self._pages:
            self._pages.move_to_end(tag)
        return self._pages.get(tag)

    def put(self, tag: str, page: DrawnPage) -> None:
        """Keep a page, and let go of those not asked for the longest; one too large is not kept."""
        if tag in self._pages or page.size > self._most_bytes:
            return
        self._pages[tag] = page
        self.bytes += page.size
        while self.bytes > self._most_bytes:
            _, dropped = self._pages.popitem(last=False)
            self.bytes -= dropped.size
