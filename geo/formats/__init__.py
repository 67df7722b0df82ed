"""Output formats of features, one file each; a file's name is the value of `f`."""

from __future__ import annotations

import sys
from functools import cache

from geo.formats._base import (
    CopyText,
    CopyWriter,
    FileWriter,
    Format,
    Link,
    Page,
    PageWriter,
    StreamWriter,
    Table,
)
from geo.registry import collect

__all__ = [
    "CopyText",
    "CopyWriter",
    "FileWriter",
    "Format",
    "Link",
    "Page",
    "PageWriter",
    "StreamWriter",
    "Table",
    "formats",
]


@cache
def formats() -> dict[str, Format]:
    return collect(sys.modules[__name__], "FORMAT", Format)
