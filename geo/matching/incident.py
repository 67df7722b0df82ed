"""What of a row is compared with another: when, where, who, and how many were killed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.matching.parties import Party, parties_of

# How far the true place may be where a row says only what kind of place it names.
RADIUS_M: Mapping[int, int] = {1: 5_000, 2: 25_000, 3: 75_000, 4: 150_000, 5: 50_000, 6: 400_000}
UNSTATED_RADIUS_M = 25_000
_EARTH_M = 6_371_008.8


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """One version of a row, as far as matching looks at it; days are the first and the last."""

    id: str
    version: int
    dataset: str
    days: tuple[date, date]
    lon: float
    lat: float
    radius_m: float
    parties: tuple[Party, ...]
    killed: tuple[int, int] | None = None


def radius_of(row: Mapping[str, Any]) -> float:
    """Give how far the true place may be from the point."""
    if row["radius_m"] is not None:
        return float(row["radius_m"])
    return RADIUS_M.get(row["place_precision"], UNSTATED_RADIUS_M)


def incident_of(row: Mapping[str, Any]) -> Incident:
    """Take what is compared out of a row that has a point and days."""
    return Incident(
        id=row["id"],
        version=row["row"],
        dataset=row["dataset"],
        days=(row["first_day"], row["last_day"]),
        lon=row["lon"],
        lat=row["lat"],
        radius_m=radius_of(row),
        parties=parties_of(row),
        killed=_killed(row),
    )


def _killed(row: Mapping[str, Any]) -> tuple[int, int] | None:
    """Give the least and the most that are said to be dead; a single figure is both."""
    figures = [row[f"killed_{end}"] for end in ("low", "best", "high")]
    known = [figure for figure in figures if figure is not None]
    return (min(known), max(known)) if known else None


def distance_m(one: Incident, other: Incident) -> float:
    """Give the distance of two points on a sphere, half a per cent off at most."""
    south, north = math.radians(one.lat), math.radians(other.lat)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(south) * math.cos(north) * math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))
