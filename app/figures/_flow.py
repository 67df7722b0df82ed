"""Lay out a figure from the top down, before anything is drawn: what stands where, in points."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.figures._type import balanced, wrapped
from geo.styles.labels import Font

LINE = 1.32
_FIRST = re.compile(r"\b1er\b")
# Draws on the whole page, from a corner in points: the page, left, top.
Painter = Callable[[Any, float, float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of text, by its left end and its baseline below the top of the flow."""

    text: str
    left: float
    baseline: float
    size_pt: float
    font: Font
    ink: str


@dataclass(kw_only=True, slots=True)
class Flow:
    """A column of blocks, one below the other."""

    width: float
    fonts: Path
    height: float = 0.0
    lines: list[Line] = field(default_factory=list)
    painted: list[tuple[Painter, float]] = field(default_factory=list)

    def space(self, height: float) -> None:
        self.height += height

    def text(
        self,
        text: str,
        size_pt: float,
        ink: str,
        *,
        font: Font = "regular",
        indent: float = 0.0,
        sign: Painter | None = None,
        is_balanced: bool = False,
    ) -> None:
        """Set a text in as many lines as it needs, with a sign before its first one."""
        # As French print does: 1er mars.
        text = _FIRST.sub("1\u1d49\u02b3", text)
        step = size_pt * LINE
        if sign is not None:
            self.painted.append((sign, self.height + step / 2))
        broken = balanced if is_balanced else wrapped
        for line in broken(text, self.width - indent, size_pt, font, self.fonts):
            baseline = self.height + step * 0.76
            self.lines.append(
                Line(text=line, left=indent, baseline=baseline, size_pt=size_pt, font=font, ink=ink)
            )
            self.height += step

    def block(self, height: float, painter: Painter) -> None:
        """Keep room for something that is drawn later."""
        self.painted.append((painter, self.height))
        self.height += height
