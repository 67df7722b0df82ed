"""The style's layers for areas and lines: the ground, what a map is about, and their edges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from geo.styles.look import Look

_IS_AREA = ["==", ["geometry-type"], "Polygon"]
_IS_LINE = ["==", ["geometry-type"], "LineString"]
StyleLayer = dict[str, Any]
LAND_LINE_PX = 1.0
RIVER_PX = 1.6
WATER_LINE_PX = 0.8


def fill_layers(seen: Look, source: str) -> Iterator[StyleLayer]:
    """Write what fills the land and the areas of a layer; water lies above them."""
    theme = seen.theme
    if seen.is_ground:
        land = _classes(seen, "land")
        yield _fill(seen, source, "land", ["all", _IS_AREA, land], theme.land)
        yield _line(
            seen, source, "land-lines", ["all", _IS_AREA, land], theme.land_line, LAND_LINE_PX
        )
    else:
        yield _fill(seen, source, "areas", _IS_AREA, theme.area)


def water_layers(seen: Look, source: str) -> Iterator[StyleLayer]:
    """Write the lakes and rivers of the ground, which are drawn over areas."""
    if not seen.is_ground:
        return
    theme = seen.theme
    lakes = ["all", _IS_AREA, _classes(seen, "lake")]
    rivers = ["all", _IS_LINE, _classes(seen, "river")]
    yield _fill(seen, source, "lakes", lakes, theme.lake)
    yield _line(seen, source, "lake-lines", lakes, theme.water_line, WATER_LINE_PX)
    yield _line(seen, source, "rivers", rivers, theme.river, RIVER_PX)


def edge_layers(seen: Look, source: str) -> Iterator[StyleLayer]:
    """Write the edges of areas, and lines, which stand out from all ground."""
    if not seen.is_ground:
        width = seen.layer.style.line_px
        condition = ["any", _IS_AREA, _IS_LINE]
        yield _line(seen, source, "edges", condition, seen.line, width)


def ground_values(seen: Look, ground: str) -> list[str | None]:
    """List the classes that are of a kind of ground."""
    return [one.value for one in seen.classes if one.choice and one.choice.ground == ground]


def _classes(seen: Look, ground: str) -> list[Any]:
    by = seen.layer.style.colour_by
    return ["in", ["get", by], ["literal", ground_values(seen, ground)]]


def _fill(seen: Look, source: str, part: str, condition: Any, colour: str) -> StyleLayer:
    paint = {"fill-color": colour, "fill-antialias": False}
    return _layer(seen, source, part, "fill") | {"filter": condition, "paint": paint}


def _line(
    seen: Look, source: str, part: str, condition: Any, colour: str, width: float
) -> StyleLayer:
    return _layer(seen, source, part, "line") | {
        "filter": condition,
        "layout": {"line-join": "round", "line-cap": "round"},
        "paint": {"line-color": colour, "line-width": width},
    }


def _layer(seen: Look, source: str, part: str, kind: str) -> StyleLayer:
    made: StyleLayer = {
        "id": f"{seen.layer.id}-{part}",
        "type": kind,
        "source": source,
        "source-layer": seen.layer.id,
    }
    if seen.layer.style.min_zoom:
        made["minzoom"] = seen.layer.style.min_zoom
    return made
