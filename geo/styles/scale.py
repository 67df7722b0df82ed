"""How large things are drawn, by zoom and by value: circles grow with their area.

Zooms are those of maps whose world is 512 pixels wide at zoom 0, as MapLibre counts them.
"""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

# Everything that stands for a place grows with the zoom by these steps, evenly between them.
ZOOMS: tuple[tuple[float, float], ...] = ((2, 0.45), (5, 0.75), (7, 1.0), (11, 1.5), (15, 2.0))
# A circle of 3 pixels is still seen; one of 30 covers no more than a small district.
SMALLEST_PX = 2.8
LARGEST_PX = 30.0
# Cells lie close to each other, so that the same value is drawn smaller in them.
CELL_SHARE = 0.2
SMALLEST_CELL_PX = 1.4
LARGEST_CELL_PX = 14.0
# The edge lies inside the radius, so that what is seen is the area that is meant.
STROKE_PX = 1.0
OPACITY = 0.7
RING_OPACITY = 0.12
# Below this radius a mark inside could not be read.
MARKED_FROM_PX = 5.0
# A mark of a larger circle would be louder than the circle.
LARGEST_MARK_PX = 10.0
MARKED_CELL_FROM_PX = 8.0
# Maps of sums at places size their circles by the largest of the selection, and a single one at
# most so large that a map of three events is not three large discs.
LARGEST_SUM_PX = 24.0
SINGLE_SUM_PX = 7.0
# A circle no larger than a symbol is drawn over it: under it, nobody would see it.
OVER_SYMBOLS_PX = 6.0
# Circles inside one another, as a legend has them, are seen through.
NESTED_OPACITY = 0.3
SYMBOL_STROKE_PX = 1.6
AREA_STROKE_PX = 2.0
# Icons are drawn for a symbol of this radius, and marks for a circle of it.
ICON_RADIUS_PX = 8.0
REACH_PX = LARGEST_PX + 2


def factor(zoom: float) -> float:
    """Give how much larger than its declared size a symbol is drawn at a zoom."""
    if zoom <= ZOOMS[0][0]:
        return ZOOMS[0][1]
    for (below, small), (above, large) in pairwise(ZOOMS):
        if zoom <= above:
            return small + (large - small) * (zoom - below) / (above - below)
    return ZOOMS[-1][1]


def radius_px(value: float, unit_px: float, zoom: float) -> float:
    """Give the radius of a circle whose area stands for a value."""
    return min(LARGEST_PX, max(SMALLEST_PX, unit_px * sqrt(max(value, 0)) * factor(zoom)))


def value_at(radius: float, unit_px: float, zoom: float) -> float:
    """Give the value from which on circles have at least a radius."""
    return (radius / (unit_px * factor(zoom))) ** 2
