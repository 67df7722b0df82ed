"""Answer consumers of oEmbed 1.0 (https://oembed.com): what to show for an address, how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import orjson

from app.embed._citation import NAME
from geo.errors import AtlasError, BadParameter

FORMATS = {"json": "application/json", "xml": "text/xml"}
LARGEST = 10_000
MAP_SIZE = (960, 720)
# A smaller frame would show nothing of a map.
LEAST_MAP = (240, 180)
PAGE_DPI = 150
# How many seconds an answer may be kept: a pinned address shows the same for ever.
KEPT_PINNED_S, KEPT_S = 31_536_000, 3_600


class UnofferedFormat(AtlasError):
    """A format of an oEmbed answer that is not made here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """How large what is embedded may be at most, in pixels."""

    width: int | None = None
    height: int | None = None

    def hold(self, width: int, height: int) -> bool:
        """Say whether something of a size is small enough."""
        return width <= (self.width or width) and height <= (self.height or height)


def read_bounds(width: str | None, height: str | None) -> Bounds:
    """Read maxwidth and maxheight."""
    return Bounds(width=_pixels("maxwidth", width), height=_pixels("maxheight", height))


def read_format(given: str | None) -> str:
    """Read the format; one that is not made is 501 by the specification, 2.3.5."""
    name = given or "json"
    if name not in FORMATS:
        raise UnofferedFormat(
            f"format {name[:40]!r} is not made here; ask for one of {', '.join(FORMATS)}"
        )
    return name


def dpi_within(size_pt: tuple[float, float], bounds: Bounds, least: int) -> int | None:
    """Find how fine a picture may be to fit; None if even the coarsest is too large."""
    for dpi in range(PAGE_DPI, least - 1, -1):
        if bounds.hold(*pixels_of(size_pt, dpi)):
            return dpi
    return None


def first_dpi(width_mm: float, bounds: Bounds, least: int) -> int | None:
    """Find how fine a picture may be by its width alone, which is known before it is drawn."""
    return dpi_within((width_mm * 72 / 25.4, 0), bounds, least)


def pixels_of(size_pt: tuple[float, float], dpi: int) -> tuple[int, int]:
    """Give the size of a picture in pixels, as it is drawn: parts of pixels are cut off."""
    width, height = (int(side * dpi / 72 + 1e-6) for side in size_pt)
    return width, height


def map_size(bounds: Bounds) -> tuple[int, int] | None:
    """Give the size of a map's frame; None if it would be too small to show anything."""
    width = min(MAP_SIZE[0], bounds.width or LARGEST)
    height = min(MAP_SIZE[1], bounds.height or LARGEST)
    too_small = width < LEAST_MAP[0] or height < LEAST_MAP[1]
    return None if too_small else (width, height)


def answer(kind: str, title: str, base: str, *, is_pinned: bool, **said: Any) -> dict[str, Any]:
    """Write the members that every answer has, and those of its kind."""
    return {
        "version": "1.0",
        "type": kind,
        "title": title,
        "provider_name": NAME,
        "provider_url": f"{base}/",
        "cache_age": KEPT_PINNED_S if is_pinned else KEPT_S,
        **said,
    }


def written(document: dict[str, Any], form: str) -> bytes:
    """Write an answer as JSON or XML."""
    if form == "json":
        return orjson.dumps(document)
    root = ET.Element("oembed")
    for name, value in document.items():
        ET.SubElement(root, name).text = str(value)
    opening = b'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
    return opening + ET.tostring(root)


def _pixels(name: str, given: str | None) -> int | None:
    if given is None:
        return None
    is_whole = given.isascii() and given.isdecimal() and len(given) < 6
    if not is_whole or not 1 <= int(given) <= LARGEST:
        allowed = f"a whole number of pixels from 1 to {LARGEST:,}"
        raise BadParameter(name, given, "is no size", allowed=allowed)
    return int(given)
