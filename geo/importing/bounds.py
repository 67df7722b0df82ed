"""Best figures that pass their own low or high bound, as some that UCDP publishes do.

Pure: declarations and cells in, no file is read.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from geo.importing.cells import read_number

_BOUNDS = ("low", "high")


def bounded(names: Collection[str]) -> list[tuple[str, str]]:
    """Pair each best figure among some fields with each bound that it has."""
    stems = [name.removesuffix("_best") for name in names if name.endswith("_best")]
    pairs = [(f"{stem}_best", f"{stem}_{end}") for stem in stems for end in _BOUNDS]
    return [(best, bound) for best, bound in pairs if bound in names]


def passes(best: Any, bound: str, stated: Any) -> bool:
    """Say whether a best figure lies beyond a bound; cells that are no numbers are not compared."""
    try:
        figure, limit = read_number(best), read_number(stated)
    except (ValueError, TypeError):
        return False
    return figure < limit if bound.endswith("_low") else figure > limit
