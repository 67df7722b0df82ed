"""The data sets that can be brought in, one a file; `_base.py` says what a source of data is."""

from __future__ import annotations

import sys
from functools import cache

from geo.importing.sources._base import DataSource
from geo.registry import collect

__all__ = ["DataSource", "sources"]


@cache
def sources() -> dict[str, DataSource]:
    return collect(sys.modules[__name__], "SOURCE", DataSource)
