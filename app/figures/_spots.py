"""Gather rows by place, and tell places from areas that nothing nearer is known of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from app.figures._numbers import Spot, SpotKind, Toll, add_up
from app.precision import NEAR_PRECISION, REGION_PRECISION, ROAD_PRECISION, WIDER_PRECISION

# Four decimals of a degree are 11 m.
DECIMALS = 4
_KINDS: Mapping[int | None, SpotKind] = {
    1: "point",
    NEAR_PRECISION: "near",
    3: "area",
    REGION_PRECISION: "region",
    ROAD_PRECISION: "road",
    WIDER_PRECISION: "wider",
}
Key = tuple[Any, ...]


def spots_of(rows: Iterable[tuple[Mapping[str, Any], Toll]]) -> tuple[Spot, ...]:
    """Make one spot of all rows of a place, the largest first; areas go by their region."""
    tolls: dict[Key, list[Toll]] = defaultdict(list)
    names: dict[Key, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row, toll in rows:
        key = _key(row)
        tolls[key].append(toll)
        place = row["place"] or ""
        names[key][place, row["place_fr"] or place] += toll.events
    spots = [_spot(key, tolls[key], names[key]) for key in tolls]
    return tuple(sorted(spots, key=_largest_first))


def kind_of(precision: int | None) -> SpotKind:
    """Tell how a place may be drawn; a precision that nobody stated is not exact."""
    return _KINDS.get(precision, "unsure")


def _key(row: Mapping[str, Any]) -> Key:
    kind = kind_of(row["place_precision"])
    if row["lon"] is None:
        return ("none", None, None, None, row["region"], row["place_precision"])
    if kind == "region" and row["region"]:
        return (kind, None, None, None, row["region"], row["place_precision"])
    lon, lat = round(float(row["lon"]), DECIMALS), round(float(row["lat"]), DECIMALS)
    radius_m = row["radius_m"] if kind in ("area", "region", "wider") else None
    return (kind, lon, lat, radius_m, row["region"], row["place_precision"])


def _spot(key: Key, tolls: list[Toll], names: Counter[tuple[str, str]]) -> Spot:
    kind, lon, lat, radius_m, region, precision = key
    name, name_fr = min(names, key=lambda pair: (-names[pair], pair))
    return Spot(
        kind=kind,
        name=name,
        name_fr=name_fr,
        toll=add_up(tolls),
        lon=lon,
        lat=lat,
        radius_m=radius_m,
        region=region,
        precision=precision,
    )


def _largest_first(spot: Spot) -> tuple[Any, ...]:
    value = -1 if spot.toll.value is None else spot.toll.value
    where = (spot.lat or 0, spot.lon or 0, spot.radius_m or 0, spot.region or "")
    return (-value, spot.kind, *where, spot.name)
