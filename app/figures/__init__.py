"""The figures of a report: one file per figure, drawn by `draw`."""

from __future__ import annotations

import sys
from functools import cache

from app.figures._base import FigureSpec
from geo.errors import BadDeclaration
from geo.registry import collect

__all__ = ["FigureSpec", "figures"]


@cache
def figures() -> dict[str, FigureSpec]:
    """Collect the figures, by the number that is also their address."""
    declared = collect(sys.modules[__name__], "FIGURE", FigureSpec, skip=("draw",)).values()
    found: dict[str, FigureSpec] = {}
    for spec in sorted(declared, key=lambda spec: spec.figure):
        if spec.figure in found:
            raise BadDeclaration(f"two figures have the number {spec.figure!r}")
        found[spec.figure] = spec
    return found
