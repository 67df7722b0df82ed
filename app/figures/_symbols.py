"""Draw the symbols of the web map on a printed page: the same shapes and marks, as lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from numpy.typing import NDArray

from app.figures._page import Page
from geo.drawing.canvas import Canvas
from geo.drawing.symbols import draw_mark, draw_symbol
from geo.styles.look import ClassLook

Line = NDArray[np.float64]
SITE_PT = 3.4
ROAD_DASHES: Any = (0, (2.2, 1.4))
# A smaller circle could not show its mark; a mark of a larger one would be louder than it.
MARKED_FROM_PT, LARGEST_MARK_PT = 2.2, 6.0


class PageCanvas(Canvas):
    """Take what draws symbols on pictures, and draw it on a page, in points from its top left."""

    def __init__(self, page: Page, zorder: float) -> None:
        self.page, self.zorder = page, zorder

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        looks: dict[str, Any] = {"facecolor": colour, "edgecolor": "none", "linewidth": 0}
        self.page.circle(x, y, radius, zorder=self.zorder, **looks)

    def ring(self, x: float, y: float, radius: float, colour: str, width_px: float) -> None:
        looks: dict[str, Any] = {"facecolor": "none", "edgecolor": colour}
        self.page.circle(x, y, radius, linewidth=width_px, zorder=self.zorder, **looks)

    def area(self, rings: Sequence[Line], colour: str) -> None:
        for ring in rings:
            looks: dict[str, Any] = {"facecolor": colour, "edgecolor": "none", "linewidth": 0}
            self.page.axes.add_artist(Polygon(ring, closed=True, zorder=self.zorder, **looks))

    def lines(self, lines: Sequence[Line], colour: str, width_px: float, *, closed: bool) -> None:
        for line in lines:
            points = np.vstack([line, line[:1]]) if closed else line
            looks: dict[str, Any] = {"color": colour, "linewidth": width_px}
            drawn = Line2D(points[:, 0], points[:, 1], solid_capstyle="butt", **looks)
            drawn.set_zorder(self.zorder)
            self.page.axes.add_artist(drawn)


def draw_circle(
    page: Page,
    x: float,
    y: float,
    radius: float,
    seen: ClassLook,
    edge: str,
    *,
    is_road: bool = False,
) -> None:
    """Draw the circle of a class; one whose place is no more than a road is dashed and empty."""
    canvas = PageCanvas(page, 4)
    if is_road:
        looks: dict[str, Any] = {"facecolor": page.paper, "edgecolor": seen.colour}
        page.circle(x, y, radius, linewidth=0.7, linestyle=ROAD_DASHES, zorder=4, **looks)
    else:
        # An edge keeps it apart from its neighbours.
        canvas.disc(x, y, radius + 0.4, edge)
        canvas.disc(x, y, radius, seen.colour)
    if seen.mark is not None and radius >= MARKED_FROM_PT:
        inked = seen.colour if is_road else edge
        draw_mark(canvas, seen.mark, x, y, min(radius, LARGEST_MARK_PT), inked)


def draw_site(
    page: Page,
    shape: str,
    x: float,
    y: float,
    seen: ClassLook,
    edge: str,
    *,
    fill: str | None = None,
    is_exact: bool = True,
    radius: float = SITE_PT,
) -> None:
    """Draw the symbol of a camp or base: open with a `fill` of its own, in dashes where unsure."""
    is_open = fill is not None or not is_exact
    draw_symbol(
        PageCanvas(page, 6),
        shape,
        x,
        y,
        radius,
        fill=(fill or seen.colour) if is_exact else None,
        edge=seen.colour if is_open else edge,
        mark=seen.mark,
        mark_colour=seen.colour if is_open else edge,
    )
