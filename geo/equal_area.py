"""A plane in metres to compute densities on: areas are true everywhere, distances near its middle.

Lambert's azimuthal equal-area projection. At a distance of c radians from its middle, lengths are
off by 1 - cos(c / 2): 0.3 % at 1,000 km, 2.8 % at the 3,000 km beyond which nothing is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj

from geo.crs import Bounds

Numbers = npt.NDArray[np.float64]
DRAWN_WITHIN_M = 3_000_000.0
# Points a side of a box is cut into: straight in one system, it is curved in the other.
PIECES_OF_A_SIDE = 32


@dataclass(frozen=True, kw_only=True)
class EqualArea:
    """One plane, named by the longitude and latitude of its middle."""

    lon: float
    lat: float

    @property
    def proj(self) -> str:
        """Write the system in the short form of PROJ."""
        middle = f"+lat_0={self.lat:g} +lon_0={self.lon:g}"
        return f"+proj=laea {middle} +datum=WGS84 +units=m +no_defs"

    @property
    def title(self) -> str:
        north = f"{abs(self.lat):g} {'N' if self.lat >= 0 else 'S'}"
        east = f"{abs(self.lon):g} {'E' if self.lon >= 0 else 'W'}"
        return f"Lambert azimuthal equal-area round {north}, {east}"

    @property
    def wkt(self) -> str:
        """Write the system with its name, as files hold it."""
        crs = pyproj.CRS.from_proj4(self.proj).to_json_dict()
        crs["name"] = self.title
        crs["base_crs"]["name"] = "WGS 84"
        return str(pyproj.CRS.from_json_dict(crs).to_wkt(version="WKT2_2019"))

    @cached_property
    def _transformer(self) -> Any:
        return pyproj.Transformer.from_crs(4326, self.proj, always_xy=True)

    def to_metres(self, lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
        x, y = self._transformer.transform(lon, lat)
        return np.asarray(x, dtype=float), np.asarray(y, dtype=float)

    def to_degrees(self, box: Bounds) -> Bounds:
        """Give the box in degrees that holds a box of the plane."""
        west, south, east, north = box
        held = self._transformer.transform_bounds(
            west, south, east, north, densify_pts=PIECES_OF_A_SIDE, direction="INVERSE"
        )
        left, bottom, right, top = (round(float(side), 6) for side in held)
        # Over the antimeridian it would begin in the east and end in the west, which TileJSON has
        # no word for, and which no tile would be seen to touch.
        return (left, bottom, right, top) if left <= right else (-180.0, bottom, 180.0, top)


def plane_of(window: Bounds | None, lon: Numbers, lat: Numbers) -> EqualArea:
    """Choose the plane of a layer: round the middle of its window, else of the places given.

    A layer's window does not change with the selection, so that its rasters can be laid over one
    another and subtracted, cell by cell.
    """
    if window is not None:
        west, south, east, north = window
        return EqualArea(lon=round((west + east) / 2), lat=round((south + north) / 2))
    if not len(lon):
        return EqualArea(lon=0, lat=0)
    return EqualArea(**_middle(np.radians(lon), np.radians(lat)))


def _middle(lon: Numbers, lat: Numbers) -> dict[str, float]:
    """Find the whole degrees nearest to the middle of places on a sphere."""
    x = np.cos(lat) * np.cos(lon)
    y = np.cos(lat) * np.sin(lon)
    mean = [float(np.mean(axis)) for axis in (x, y, np.sin(lat))]
    middle_lon = np.degrees(np.arctan2(mean[1], mean[0]))
    middle_lat = np.degrees(np.arctan2(mean[2], np.hypot(mean[0], mean[1])))
    return {"lon": float(np.round(middle_lon)), "lat": float(np.round(middle_lat))}
