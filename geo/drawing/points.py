"""Draw points and cells: circles by area, rings, symbols, and the marks in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.drawing.canvas import Canvas
from geo.drawing.symbols import draw_mark, draw_symbol
from geo.styles import scale
from geo.styles.look import IMPRECISE_FROM, ClassLook, Look
from geo.tiles.content import Cells, Coded, Points
from geo.tiles.grid import EXTENT

Reals = NDArray[np.floating[Any]]


def draw_cells(canvas: Canvas, seen: Look, cells: Cells, size_px: int, zoom: float) -> None:
    """Draw cells as circles, the largest first, in the colour of more than half of their rows."""
    x, y = ((place + 0.5) * (size_px / cells.side) for place in (cells.column, cells.row))
    sized_by = seen.cells_sized_by
    if sized_by == "count":
        total, known = cells.count, np.ones(len(cells.count), dtype=np.bool_)
    else:
        total, known = cells.sums[sized_by].total, cells.sums[sized_by].known
    value = np.where(known, total, 0).astype(np.float64)
    radius = radii(value, seen.cell_unit_px, zoom, (scale.SMALLEST_CELL_PX, scale.LARGEST_CELL_PX))
    looks = _majorities(seen, cells)
    marked = scale.value_at(scale.MARKED_CELL_FROM_PX, seen.cell_unit_px, int(zoom))
    _draw_circles(canvas, seen, (x, y, radius), value, looks, known, marked, size_px)


def draw_points(canvas: Canvas, seen: Look, points: Points, size_px: int, zoom: float) -> None:
    """Draw points as their layer declares; hollow where the place is not exact."""
    x, y = (place * (size_px / EXTENT) for place in (points.x, points.y))
    by, style = seen.layer.style.colour_by, seen.layer.style
    looks = _looks(seen, points.properties[by]) if by else [seen.other] * len(points.x)
    precision, known = _numbers(points.properties["place_precision"])
    exact = known & (precision < IMPRECISE_FROM)
    if style.symbol != "circle":
        size = style.radius_px * scale.factor(zoom)
        for number in _inside(x, y, np.full(len(x), 2 * size), size_px).tolist():
            one = looks[number]
            place = (float(x[number]), float(y[number]), size)
            _draw_one(canvas, seen, style.symbol, place, one, is_exact=bool(exact[number]))
        return
    if seen.sized_by is None:
        value, unit = np.ones(len(x)), style.radius_px
        stated = np.ones(len(x), np.bool_)
    else:
        (value, stated), unit = _numbers(points.properties[seen.sized_by]), style.value_px
    radius = radii(value, unit, zoom, (scale.SMALLEST_PX, scale.LARGEST_PX))
    marked = scale.value_at(scale.MARKED_FROM_PX, unit, int(zoom))
    chosen = np.flatnonzero(stated)
    circles = (x[chosen], y[chosen], radius[chosen])
    stated_looks = [looks[number] for number in chosen.tolist()]
    _draw_circles(
        canvas, seen, circles, value[chosen], stated_looks, exact[chosen], marked, size_px
    )
    size = style.radius_px * scale.factor(zoom)
    unstated = np.where(stated, -np.inf, 2 * size)
    for number in _inside(x, y, unstated, size_px).tolist():
        place = (float(x[number]), float(y[number]), size)
        _draw_unstated(canvas, seen, place, looks[number], is_exact=bool(exact[number]))


def _looks(seen: Look, classes: Coded) -> list[ClassLook]:
    known = {one.value: one for one in seen.classes}
    looks = [known.get(value, seen.other) for value in (*classes.values, None)]
    return [looks[code] for code in classes.codes.tolist()]


def _numbers(coded: Coded) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the number of each point, 0 for unknown, and whether it is known."""
    return np.array([*coded.values, 0], np.float64)[coded.codes], coded.codes >= 0


def radii(
    value: Reals | NDArray[np.int64], unit_px: float, zoom: float, bounds_px: tuple[float, float]
) -> Reals:
    """Give the radii of circles (geo.styles.scale.radius_px)."""
    sized = unit_px * scale.factor(zoom) * np.sqrt(np.maximum(value, 0))
    found: Reals = np.clip(sized, *bounds_px)
    return found


def _draw_circles(
    canvas: Canvas,
    seen: Look,
    circles: tuple[Reals, Reals, Reals],
    value: Reals,
    looks: Sequence[ClassLook],
    filled: NDArray[np.bool_],
    marked_from: float,
    size_px: int,
) -> None:
    x, y, radius = circles
    # The largest first; among equals as they come, which is the order of the tile.
    seen_here = _inside(x, y, radius, size_px)
    order = seen_here[np.argsort(-value[seen_here], kind="stable")]
    colours = [looks[number].colour for number in order.tolist()]
    opacity = np.where(filled, scale.OPACITY, scale.RING_OPACITY)[order]
    canvas.circles(x[order], y[order], radius[order], colours, opacity, scale.STROKE_PX)
    for number in order[value[order] >= marked_from].tolist():
        mark = looks[number].mark
        if mark is not None:
            colour = seen.outline if filled[number] else looks[number].colour
            size = min(float(radius[number]), scale.LARGEST_MARK_PX)
            draw_mark(canvas, mark, float(x[number]), float(y[number]), size, colour)


def _draw_one(
    canvas: Canvas,
    seen: Look,
    shape: str,
    place: tuple[float, float, float],
    one: ClassLook,
    *,
    is_exact: bool,
) -> None:
    draw_symbol(
        canvas,
        shape,
        *place,
        fill=one.colour if is_exact else None,
        edge=seen.outline if is_exact else one.colour,
        mark=one.mark,
        mark_colour=seen.outline if is_exact else one.colour,
    )


def _draw_unstated(
    canvas: Canvas,
    seen: Look,
    place: tuple[float, float, float],
    one: ClassLook,
    *,
    is_exact: bool,
) -> None:
    """Draw a place whose number nobody states: empty, but not dashed where it is exact."""
    fill = seen.theme.area if is_exact else None
    draw_symbol(
        canvas,
        "diamond",
        *place,
        fill=fill,
        edge=one.colour,
        mark=one.mark,
        mark_colour=one.colour,
    )


def _majorities(seen: Look, cells: Cells) -> list[ClassLook]:
    """Find for each cell the look of the colour that more than half of its rows have."""
    chosen = np.full(len(cells.count), -1)
    groups = seen.alike()
    for number, alike in enumerate(groups):
        together = sum(
            (cells.classes[one.value] for one in alike if one.value in cells.classes),
            start=np.zeros(len(cells.count), np.int64),
        )
        chosen[2 * together > cells.count] = number
    looks = [*(alike[0] for alike in groups), seen.other]
    return [looks[number] for number in chosen.tolist()]


def _inside(x: Reals, y: Reals, reach: Reals, size_px: int) -> NDArray[np.intp]:
    """Find what can be seen in a tile."""
    across = (x + reach > 0) & (x - reach < size_px)
    down = (y + reach > 0) & (y - reach < size_px)
    return np.flatnonzero(across & down)
