"""The forms of symbols, of the marks in them, and of the signs of places that are not exact.

Corners and marks are those in a circle of radius 1, y to the south.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, sin

Point = tuple[float, float]
# Marks are lines; two of them are round.
_REACH = 0.42
MARK_LINES: Mapping[str, tuple[tuple[Point, ...], ...]] = {
    "bar": (((-_REACH, 0.0), (_REACH, 0.0)),),
    "cross": (
        ((-0.32, -0.32), (0.32, 0.32)),
        ((-0.32, 0.32), (0.32, -0.32)),
    ),
    "plus": (
        ((-_REACH, 0.0), (_REACH, 0.0)),
        ((0.0, -_REACH), (0.0, _REACH)),
    ),
    "stroke": (((0.0, -_REACH), (0.0, _REACH)),),
    "chevron": (((-0.38, 0.2), (0.0, -0.25), (0.38, 0.2)),),
    "slash": (((-0.32, 0.32), (0.32, -0.32)),),
    "corner": (((-0.3, -0.35), (-0.3, 0.3), (0.35, 0.3)),),
    "bars": (
        ((-0.38, -0.2), (0.38, -0.2)),
        ((-0.38, 0.2), (0.38, 0.2)),
    ),
}
MARK_LINE = 0.22
DOT, RING, RING_LINE = 0.26, 0.36, 0.9 * MARK_LINE
# Where the first corner lies, in turns from the east, and how far out corners are.
CORNERS: Mapping[str, tuple[float, float]] = {
    "square": (0.125, 1.2533),
    "diamond": (0.0, 1.1),
    "triangle": (-0.25, 1.5551),
}
# Of a mark in a shape with corners, against one in a circle of the same area.
IN_CORNERS: Mapping[str, float] = {"square": 0.95, "triangle": 0.66, "diamond": 0.7}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ring:
    """The sign of a place that is not exactly where it is drawn: its dashes, and how it is filled.

    `radius_px` is its size where it is explained.
    """

    dashes: str
    opacity: float
    radius_px: float = 7.0


# In how many ways a place may not be known: maps that draw one sign a place tell them apart.
RINGS: Mapping[str, Ring] = {
    "near": Ring(dashes="1 2.5", opacity=0.3),
    "road": Ring(dashes="3 2.5", opacity=0.12),
    "unsure": Ring(dashes="5 3", opacity=0.0),
    "area": Ring(dashes="6 7", opacity=0.05, radius_px=9.0),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkPath:
    """A mark as a path of SVG: lines of a width, or filled where there is none."""

    path: str
    line_px: float | None


def corners_of(shape: str, radius: float) -> list[Point]:
    """Give the corners of a symbol whose area is that of a circle of a radius."""
    first, reach = CORNERS[shape]
    count = 3 if shape == "triangle" else 4
    turns = [2 * pi * (first + step / count) for step in range(count)]
    return [(reach * radius * cos(turn), reach * radius * sin(turn)) for turn in turns]


def symbol_path(shape: str, radius: float) -> str:
    """Write a symbol round 0, 0 as a path of SVG."""
    if shape not in CORNERS:
        return _circle(radius)
    return f"M{'L'.join(_place(point) for point in corners_of(shape, radius))}Z"


def mark_path(mark: str, shape: str, radius: float) -> MarkPath:
    """Write the mark of a symbol round 0, 0 as a path of SVG."""
    within = radius * IN_CORNERS.get(shape, 1.0)
    if mark == "dot":
        return MarkPath(path=_circle(DOT * within), line_px=None)
    if mark == "ring":
        return MarkPath(path=_circle(RING * within), line_px=_rounded(RING_LINE * within))
    lines = [
        "L".join(_place((x * within, y * within)) for x, y in line) for line in MARK_LINES[mark]
    ]
    return MarkPath(
        path="".join(f"M{line}" for line in lines), line_px=_rounded(MARK_LINE * within)
    )


def _circle(radius: float) -> str:
    r = _rounded(radius)
    return f"M{-r:g} 0a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0Z"


def _place(point: Point) -> str:
    x, y = map(_rounded, point)
    return f"{x:g} {y:g}"


def _rounded(number: float) -> float:
    # Never -0, which would be written with its sign.
    return round(number, 2) + 0.0
