"""Write features with GDAL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyogrio

from geo.formats._arrow import stream
from geo.formats._base import Table
from geo.spec import GeometryType

_SHAPES = {
    GeometryType.POINT: "Point",
    GeometryType.POLYGON: "MultiPolygon",
    GeometryType.ANY: "Unknown",
}


def write_with_gdal(table: Table, path: Path, driver: str, **options: Any) -> None:
    """Write a file of one layer; a layer without geometry becomes a plain table."""
    shape = _SHAPES.get(table.layer.geometry)
    places: dict[str, Any] = {}
    if shape is not None:
        crs = f"EPSG:{table.crs.srid}"
        places = {"geometry_name": "geometry", "geometry_type": shape, "crs": crs}
    pyogrio.write_arrow(
        stream(table), path, layer=table.layer.id, driver=driver, **places, **options
    )
