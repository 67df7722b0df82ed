"""Write how the ground looks as Leaflet takes it, for maps that draw shapes themselves."""

from __future__ import annotations

from typing import Any

from geo.styles.shapes import LAND_LINE_PX, RIVER_PX, WATER_LINE_PX
from geo.styles.themes import Theme

Path = dict[str, Any]


def ground_paths(theme: Theme) -> dict[str, Path]:
    """Give the path of each kind of ground; what has no kind of its own is land."""
    return {
        "country": filled(theme.land, theme.land_line, LAND_LINE_PX),
        "lake": filled(theme.lake, theme.water_line, WATER_LINE_PX),
        "river": {"fill": False, "color": theme.river, "weight": RIVER_PX},
    }


def filled(fill: str, line: str, width: float) -> Path:
    """Give the path of a shape that hides what lies under it."""
    return {"fillColor": fill, "fillOpacity": 1, "color": line, "weight": width}
