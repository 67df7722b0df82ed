"""Draw areas and lines: the ground, what a map is about, and their edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.drawing.canvas import Canvas
from geo.drawing.contents import Contents, Shape
from geo.styles.look import Look
from geo.styles.shapes import LAND_LINE_PX, RIVER_PX, WATER_LINE_PX, ground_values

Lines = list[NDArray[np.float64]]


def draw_fills(canvas: Canvas, seen: Look, contents: Contents) -> None:
    """Fill land and areas; water lies above them."""
    theme = seen.theme
    if seen.is_ground:
        _areas(canvas, _of(seen, contents, "land"), theme.land, theme.land_line, LAND_LINE_PX)
    else:
        _areas(canvas, contents.shapes, theme.area, None, 0)


def draw_water(canvas: Canvas, seen: Look, contents: Contents) -> None:
    """Draw lakes and rivers over areas."""
    if not seen.is_ground:
        return
    theme = seen.theme
    _areas(canvas, _of(seen, contents, "lake"), theme.lake, theme.water_line, WATER_LINE_PX)
    for shape in _of(seen, contents, "river"):
        lines = [line for part in _parts(shape.geometry) if (line := _line(part)) is not None]
        if lines:
            canvas.lines(lines, theme.river, RIVER_PX, closed=False)


def draw_edges(canvas: Canvas, seen: Look, contents: Contents) -> None:
    """Draw the edges of areas, and lines, over all ground."""
    if seen.is_ground:
        return
    for shape in contents.shapes:
        width = seen.layer.style.line_px
        for part in _parts(shape.geometry):
            rings, line = _rings(part), _line(part)
            if rings:
                canvas.lines(rings, seen.line, width, closed=True)
            elif line is not None:
                canvas.lines([line], seen.line, width, closed=False)


def _of(seen: Look, contents: Contents, ground: str) -> Iterator[Shape]:
    values = ground_values(seen, ground)
    return (shape for shape in contents.shapes if shape.value in values)


def _areas(
    canvas: Canvas, shapes: Iterable[Shape], fill: str, edge: str | None, width_px: float
) -> None:
    drawn = [
        rings for shape in shapes for part in _parts(shape.geometry) if (rings := _rings(part))
    ]
    for rings in drawn:
        canvas.area(rings, fill)
    for rings in drawn if edge else ():
        canvas.lines(rings, edge or fill, width_px, closed=True)


def _parts(geometry: BaseGeometry) -> Sequence[BaseGeometry]:
    found: list[BaseGeometry] = shapely.get_parts(geometry).tolist()
    return found


def _rings(part: BaseGeometry) -> Lines:
    """Give the rings of an area: the outer one, and holes the other way round."""
    if part.geom_type != "Polygon":
        return []
    turned = shapely.orient_polygons(part)
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(turned)]


def _line(part: BaseGeometry) -> NDArray[np.float64] | None:
    return shapely.get_coordinates(part) if part.geom_type == "LineString" else None
