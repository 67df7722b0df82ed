"""Gather rows by place, so that one place is drawn once however many rows it has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from shapely.geometry import shape

from app.maps._base import Group
from app.maps._scene import Feature
from app.maps._wording import parse_day, place_words
from geo.spec import Language, Layer, Time

Kind = Literal["point", "road", "area"]
AREA_PRECISIONS = (3, 4, 6)
ROAD_PRECISION = 5
COORDINATE_DECIMALS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Name a place and how it may be drawn: only a `point` is as exact as it looks."""

    name: str
    lon: float
    lat: float
    kind: Kind
    radius_m: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One row as the map counts it: where, in which years, how much; `value` None is unknown.

    `years` is None for a row without a date. Open ends of a span are None inside the pair.
    """

    feature: Feature
    place: int | None
    years: tuple[int | None, int | None] | None
    value: float | None
    hollow: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """The places of one group and the rows that belong to them."""

    places: tuple[Place, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What the whole selection of one group comes to."""

    value: float
    counted: int
    places: int
    unknown: int
    imprecise: int
    unlocated: int
    top: tuple[str, float] | None


def gather(group: Group, layer: Layer, features: Sequence[Feature], language: Language) -> Gathered:
    """Gather the rows of a group, the earliest first, by the place each is drawn at."""
    ordered = sorted(features, key=lambda feature: _order(layer, feature))
    keys = [_place_key(feature) for feature in ordered]
    names: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for key, feature in zip(keys, ordered, strict=True):
        if key is not None:
            names[key][place_words(feature["properties"], language)] += 1
    index = {key: i for i, key in enumerate(sorted(names, key=lambda k: (-k[1], k[0], k[2:])))}
    places = tuple(
        Place(
            name=_commonest(names[key]),
            lon=key[0],
            lat=key[1],
            kind=key[2],
            radius_m=key[3] or None,
        )
        for key in index
    )
    entries = tuple(
        Entry(
            feature=feature,
            place=None if key is None else index[key],
            years=years_of(layer.time, feature["properties"]),
            value=_value(group, feature["properties"]),
            hollow=_is_hollow(group, feature["properties"]),
        )
        for key, feature in zip(keys, ordered, strict=True)
    )
    return Gathered(places=places, entries=entries)


def total(gathered: Gathered) -> Totals:
    """Add up a group; places known only by road or area count, but never as the top place."""
    counted = [entry for entry in gathered.entries if entry.value]
    sums: dict[int, float] = defaultdict(float)
    for entry in counted:
        if entry.place is not None:
            sums[entry.place] += entry.value or 0
    exact = [(-value, gathered.places[i].name) for i, value in sums.items() if _exact(gathered, i)]
    top = min(exact, default=None)
    return Totals(
        value=sum(entry.value or 0 for entry in counted),
        counted=len(counted),
        places=len(sums),
        unknown=sum(entry.value is None for entry in gathered.entries),
        imprecise=sum(
            entry.place is not None and not _exact(gathered, entry.place) for entry in counted
        ),
        unlocated=sum(entry.place is None for entry in counted),
        top=None if top is None else (top[1], -top[0]),
    )


def largest_value(gathered: Gathered) -> float:
    """Find the most that any circle stands for, which sets the scale; areas have no circle."""
    sums: dict[int, float] = defaultdict(float)
    for entry in gathered.entries:
        if entry.place is not None and gathered.places[entry.place].kind != "area":
            sums[entry.place] += entry.value or 0
    return max(sums.values(), default=0)


def years_of(
    time: Time | None, properties: Mapping[str, Any]
) -> tuple[int | None, int | None] | None:
    """Give the years in which a row is drawn.

    An event belongs to the year of its first possible day. A span lasts through the years in
    which it is known to have been there, and stays open only where its layer says so.
    """
    if time is None:
        return (None, None)
    if time.kind == "event":
        start = parse_day(properties.get(time.start))
        return None if start is None else (start.year, start.year)
    start = _first_day(properties, time.start, time.start_earliest, time.start_latest)
    end = _first_day(properties, time.end, time.end_latest)
    if end is None and not time.stays_open:
        end = _first_day(properties, time.end_earliest) or start
    if start is None:
        start = _first_day(properties, time.end_earliest) if end is None else end
    return (start.year if start else None, end.year if end else None)


def place_kind(place_precision: int | None) -> Kind:
    """Tell how a place may be drawn from how well it is known."""
    if place_precision in AREA_PRECISIONS:
        return "area"
    return "road" if place_precision == ROAD_PRECISION else "point"


def _first_day(properties: Mapping[str, Any], *names: str | None) -> date | None:
    days = (parse_day(properties.get(name)) for name in names if name)
    return next((day for day in days if day is not None), None)


def _order(layer: Layer, feature: Feature) -> tuple[str, str]:
    start = layer.time.start if layer.time else ""
    return (str(feature["properties"].get(start) or "9999"), str(feature.get("id")))


def _place_key(feature: Feature) -> tuple[float, float, Kind, int] | None:
    geometry = feature.get("geometry")
    if not geometry:
        return None
    if geometry["type"] == "Point":
        lon, lat = geometry["coordinates"][:2]
    else:
        point = shape(geometry).representative_point()
        lon, lat = point.x, point.y
    properties = feature["properties"]
    kind = place_kind(properties.get("place_precision"))
    radius_m = int(properties.get("radius_m") or 0) if kind == "area" else 0
    return (round(lon, COORDINATE_DECIMALS), round(lat, COORDINATE_DECIMALS), kind, radius_m)


def _commonest(names: Counter[str]) -> str:
    return min(names, key=lambda name: (-names[name], name))


def _exact(gathered: Gathered, place: int) -> bool:
    return gathered.places[place].kind == "point"


def _value(group: Group, properties: Mapping[str, Any]) -> float | None:
    if group.measure is None:
        return 1
    value = properties.get(group.measure.field)
    return value if isinstance(value, int | float) else None


def _is_hollow(group: Group, properties: Mapping[str, Any]) -> bool:
    return group.hollow is not None and properties.get(group.hollow.field) in group.hollow.values
