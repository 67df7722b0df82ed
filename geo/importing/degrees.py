"""Bring geometries to longitude and latitude."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geo.errors import ImportRefused


def into_degrees(file: str, crs: str | None) -> Callable[[Any], Any]:
    """Give what moves shapely geometries out of the reference system that a file says it is in."""
    # pyproj and shapely take a fifth of a second to import, which a CSV should not pay.
    import pyproj
    import shapely

    if crs is None:
        raise ImportRefused(f"{file} has no coordinate reference system; add one (a .prj file)")
    try:
        source = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise ImportRefused(
            f"{file} names a coordinate reference system that is not known"
        ) from None
    if source.equals(pyproj.CRS.from_epsg(4326), ignore_axis_order=True):
        return lambda shapes: shapes
    transform: Any = pyproj.Transformer.from_crs(source, 4326, always_xy=True).transform
    return lambda shapes: shapely.transform(shapes, transform, interleaved=False)
