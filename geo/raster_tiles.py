"""Read a raster as map tiles and as one picture, in colours, with rio-tiler."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from geo.crs import Bounds
from geo.png import write_png
from geo.ramps import STEPS, USUAL_RAMP, ramp

MOST_ZOOM = 14
WEB_MERCATOR = "EPSG:3857"
# How far GDAL may be off in the place of a pixel, inside a tile; at its edges it is not.
TOLERANCE_PX = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A raster as one PNG in Web Mercator, and the box in degrees that it fills."""

    png: bytes
    box: Bounds


def draw_tile(
    cog: bytes, box: Bounds, maximum: float, colours: str, *, zoom: int, x: int, y: int, size: int
) -> bytes:
    """Draw one tile as PNG; where the raster, whose box is in degrees, does not reach, nothing."""
    from morecantile import Tile
    from rio_tiler.constants import WEB_MERCATOR_TMS

    place = Tile(x=x, y=y, z=zoom)
    west, south, east, north = WEB_MERCATOR_TMS.bounds(place)
    if west >= box[2] or east <= box[0] or south >= box[3] or north <= box[1]:
        return draw_empty(size)
    left, bottom, right, top = WEB_MERCATOR_TMS.xy_bounds(place)
    return paint(read_part(cog, (left, bottom, right, top), size, size), maximum, colours)


def draw_picture(cog: bytes, maximum: float, colours: str, *, longest_px: int) -> Picture:
    """Draw the whole raster as one PNG to lay over a web map."""
    from rasterio.io import MemoryFile
    from rasterio.warp import transform_bounds

    with MemoryFile(cog) as file, file.open() as dataset:
        bounds = transform_bounds(dataset.crs, WEB_MERCATOR, *dataset.bounds, densify_pts=21)
    west, south, east, north = bounds
    pixel = max(east - west, north - south) / longest_px
    width, height = (max(1, round(side / pixel)) for side in (east - west, north - south))
    degrees = transform_bounds(WEB_MERCATOR, "EPSG:4326", *bounds)
    left, bottom, right, top = (round(float(side), 6) for side in degrees)
    png = paint(read_part(cog, bounds, width, height), maximum, colours)
    return Picture(png=png, box=(left, bottom, right, top))


def read_part(cog: bytes, bounds: Bounds, width: int, height: int, crs: str = WEB_MERCATOR) -> Any:
    """Read the values in a box of a plane, else Web Mercator's, each pixel at its own place.

    By itself rio-tiler reads at the raster's resolution, which it works out for each tile anew, and
    GDAL places pixels to an eighth of one only: tiles would have seams.
    """
    from affine import Affine
    from rasterio.enums import Resampling
    from rasterio.io import MemoryFile
    from rasterio.vrt import WarpedVRT
    from rio_tiler.reader import read

    west, south, east, north = bounds
    across, down = (east - west) / width, (south - north) / height
    with (
        MemoryFile(cog) as file,
        file.open() as dataset,
        WarpedVRT(
            dataset,
            crs=crs,
            transform=Affine(across, 0, west, 0, down, north),
            width=width,
            height=height,
            resampling=Resampling.bilinear,
            tolerance=TOLERANCE_PX,
            XSCALE="1",
            YSCALE="1",
        ) as warped,
    ):
        return read(warped)


def paint(image: Any, maximum: float, colours: str) -> bytes:
    """Colour a picture by the square root of its values (geo.ramps.position_of)."""
    return write_png(steps_of(image, maximum), ramp(colours))


def steps_of(image: Any, maximum: float) -> Any:
    """Give for each pixel the step of a ramp that its value has."""
    scale = 1 / maximum if maximum > 0 else 0
    values = np.clip(image.array.filled(0)[0] * scale, 0, 1)
    return np.rint(STEPS * np.sqrt(values)).astype(np.uint8)


@cache
def draw_empty(size: int) -> bytes:
    """Draw a tile that can be seen through everywhere."""
    return write_png(np.zeros((size, size), np.uint8), ramp(USUAL_RAMP))
