"""Coordinate reference systems: which are spoken, their axis order, and their limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from geo.errors import BadParameter

OGC = "http://www.opengis.net/def/crs/OGC/1.3/"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = f"{OGC}CRS84"
# The same plane with heights, of which the layers have none: read, never written. Its version in
# the register is 0; the other spelling is what its URN and CURIE come to, and is seen in clients.
CRS84H = "http://www.opengis.net/def/crs/OGC/0/CRS84h"
_WITH_HEIGHTS = (CRS84H, f"{OGC}CRS84h")


@dataclass(frozen=True, kw_only=True, slots=True)
class Crs:
    """One system: its address, its code in PostGIS, and whether north comes first."""

    uri: str
    srid: int
    north_first: bool = False
    unit: str = "degree"


_SPOKEN: tuple[Crs, ...] = (
    Crs(uri=CRS84, srid=4326),
    Crs(uri=f"{EPSG}4326", srid=4326, north_first=True),
    Crs(uri=f"{EPSG}3857", srid=3857, unit="metre"),
    # Mali lies in these three zones of UTM north.
    Crs(uri=f"{EPSG}32629", srid=32629, unit="metre"),
    Crs(uri=f"{EPSG}32630", srid=32630, unit="metre"),
    Crs(uri=f"{EPSG}32631", srid=32631, unit="metre"),
)
SPOKEN: dict[str, Crs] = {crs.uri: crs for crs in _SPOKEN}
DEFAULT = SPOKEN[CRS84]
# Twice round the earth: coordinates in metres beyond it are nowhere in any projection.
NOWHERE_BEYOND_M = 8e7
# The west, south, east and north of a box, in degrees or in metres of a plane.
Bounds = tuple[float, float, float, float]


def parse_crs(text: str, name: str) -> Crs:
    """Read the address of a system, also as a URN or a safe CURIE like [EPSG:3857]."""
    uri = text.strip().removeprefix("[").removesuffix("]")
    if uri.startswith("urn:ogc:def:crs:"):
        authority, _, code = uri.removeprefix("urn:ogc:def:crs:").partition(":")
        uri = f"{authority}:{code.rpartition(':')[2]}"
    for prefix, base in (("EPSG:", EPSG), ("OGC:", OGC)):
        if uri.startswith(prefix):
            uri = base + uri.removeprefix(prefix)
    if uri in _WITH_HEIGHTS and name == "bbox-crs":
        uri = CRS84
    if uri not in SPOKEN:
        raise BadParameter(name, text, "is not a system here", allowed=list(SPOKEN))
    return SPOKEN[uri]


def to_degrees(geometry: dict[str, Any], crs: Crs) -> dict[str, Any]:
    """Bring a GeoJSON geometry of another system to longitude and latitude."""
    import pyproj
    import shapely
    from shapely.geometry import mapping, shape

    problem = BadParameter("filter-crs", crs.uri, "does not reach to a geometry of the filter")
    try:
        read = shape(geometry)
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, IndexError):
        raise problem from None
    if not all(abs(corner) <= NOWHERE_BEYOND_M for corner in read.bounds):
        raise problem
    if crs.north_first:
        moved = shapely.transform(read, lambda points: points[:, ::-1])
    else:
        move: Any = pyproj.Transformer.from_crs(crs.srid, 4326, always_xy=True)
        moved = shapely.transform(read, move.transform, interleaved=False)
    if not all(abs(corner) <= 180 for corner in moved.bounds):
        raise problem
    return dict(mapping(moved))
