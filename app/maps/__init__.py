"""The Folium maps: one file per map, drawn by `render`."""

from __future__ import annotations

import sys
from functools import cache

from app.maps._base import MapSpec
from geo.registry import collect

__all__ = ["MapSpec", "maps"]


@cache
def maps() -> dict[str, MapSpec]:
    """Collect the maps, by the name that is also their address."""
    return collect(sys.modules[__name__], "MAP", MapSpec, skip=("render",))
