"""Draw one symbol: its shape, hollow or filled, and the mark of its class in it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geo.drawing.canvas import Canvas, dashes
from geo.styles.forms import DOT, IN_CORNERS, MARK_LINE, MARK_LINES, RING, RING_LINE, corners_of
from geo.styles.scale import STROKE_PX

Line = NDArray[np.float64]
_DASHED_PX = 1.3 * STROKE_PX


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
        draw_mark(canvas, mark, x, y, radius * IN_CORNERS.get(shape, 1.0), mark_colour)


def draw_mark(canvas: Canvas, mark: str, x: float, y: float, radius: float, colour: str) -> None:
    """Draw the mark of a class in a circle."""
    if mark == "dot":
        canvas.disc(x, y, DOT * radius, colour)
    elif mark == "ring":
        canvas.ring(x, y, RING * radius, colour, RING_LINE * radius)
    for line in MARK_LINES.get(mark, ()):
        points = np.array(line) * radius + (x, y)
        canvas.lines([points], colour, MARK_LINE * radius, closed=False)


@lru_cache(maxsize=256)
def _outline(shape: str, radius: float) -> tuple[Line, tuple[Line, ...]]:
    """Give a shape with the area of a circle round 0, 0, and its edge in dashes."""
    points = corners_of(shape, radius)
    cut = dashes([*points, points[0]], on_px=3.0, off_px=1.6)
    return np.array(points), tuple(np.array(dash) for dash in cut)
