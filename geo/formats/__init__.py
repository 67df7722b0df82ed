"""Output formats of features, one file each; a file's name is the value of `f`."""

from __future__ import annotations

import sys
from functools import cache

from geo.formats._base import Format, Link, Page
from geo.registry import collect

__all__ = ["Format", "Link", "Page", "formats"]


@cache
def formats() -> dict[str, Format]:
    return collect(sys.modules[__name__], "FORMAT", Format)
