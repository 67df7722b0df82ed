"""Draw one symbol: its shape, hollow or filled, and the mark of its class in it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geo.drawing.canvas import Canvas, Points, dashes, regular
from geo.styles.scale import STROKE_PX

Line = NDArray[np.float64]
# Marks are lines in a circle of radius 1, y to the south; two of them are round.
_REACH = 0.42
_LINES: dict[str, tuple[Points, ...]] = {
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
_LINE = 0.22
_DASHED_PX = 1.3 * STROKE_PX
# Where the first corner lies, in turns from the east, and how far out corners are.
_CORNERS = {"square": (0.125, 1.2533), "diamond": (0.0, 1.1), "triangle": (-0.25, 1.5551)}
# Of a mark in a shape with corners, against one in a circle of the same area.
_IN_CORNERS = {"square": 0.95, "triangle": 0.66, "diamond": 0.7}


def draw_symbol(
    canvas: Canvas,
    shape: str,
    x: float,
    y: float,
    radius: float,
    *,
    fill: str | None,
    edge: str,
    mark: str | None,
    mark_colour: str,
) -> None:
    """Draw a symbol whose area is that of a circle of a radius."""
    if shape == "circle":
        canvas.disc(x, y, radius, fill or edge)
    elif shape != "mark":
        whole, dashed = _outline(shape, radius)
        place = np.array((x, y))
        if fill is not None:
            canvas.area([whole + place], fill)
            canvas.lines([whole + place], edge, STROKE_PX, closed=True)
        else:
            canvas.lines([dash + place for dash in dashed], edge, _DASHED_PX, closed=False)
    if mark is not None:
        draw_mark(canvas, mark, x, y, radius * _IN_CORNERS.get(shape, 1.0), mark_colour)


def draw_mark(canvas: Canvas, mark: str, x: float, y: float, radius: float, colour: str) -> None:
    """Draw the mark of a class in a circle."""
    if mark == "dot":
        canvas.disc(x, y, 0.26 * radius, colour)
    elif mark == "ring":
        canvas.ring(x, y, 0.36 * radius, colour, 0.9 * _LINE * radius)
    for line in _LINES.get(mark, ()):
        points = np.array(line) * radius + (x, y)
        canvas.lines([points], colour, _LINE * radius, closed=False)


@lru_cache(maxsize=256)
def _outline(shape: str, radius: float) -> tuple[Line, tuple[Line, ...]]:
    """Give a shape with the area of a circle round 0, 0, and its edge in dashes."""
    first, reach = _CORNERS[shape]
    count = 3 if shape == "triangle" else 4
    points = regular(0.0, 0.0, reach * radius, count, first)
    cut = dashes([*points, points[0]], on_px=3.0, off_px=1.6)
    return np.array(points), tuple(np.array(dash) for dash in cut)
