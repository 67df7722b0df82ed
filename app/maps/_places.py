"""Gather rows by place, so that one place is drawn once however many rows it has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from shapely.geometry import shape

from app.maps._base import Group
from app.maps._scene import Feature, Scene
from app.precision import (
    AREA_PRECISIONS,
    NEAR_PRECISION,
    POINT_PRECISIONS,
    REGION_PRECISION,
    ROAD_PRECISION,
    WIDER_PRECISION,
)
from app.wording import place_words
from geo.spec import Language, Layer

# Only a `point` is as exact as it looks. An `unsure` one may be anything, nobody says how well it
# is known; a `vague` one is too wide to be drawn, and `none` cannot be mapped at all.
Kind = Literal["point", "road", "area", "unsure", "vague", "none"]
Years = tuple[int | None, int | None]
COORDINATE_DECIMALS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Name a place and how it may be drawn.

    An area that is a whole region has no point of its own; one that is smaller lies round its
    point, as far as the radius and the region reach.
    """

    name: str
    kind: Kind
    lon: float | None = None
    lat: float | None = None
    radius_m: int | None = None
    region: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One row as the map counts it: where, in which years, how much; `value` None is unknown.

    `years` is None for a row without a date. Open ends of a span are None inside the pair.
    """

    feature: Feature
    place: int
    years: Years | None
    value: float | None
    hollow: bool = False
    near: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """The places of one group and the rows that belong to them."""

    places: tuple[Place, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What the whole selection of one group comes to, by how well its places are known."""

    value: float
    counted: int
    places: int
    by_kind: Mapping[Kind, float]
    top: tuple[str, float] | None


def gather(
    group: Group,
    layer: Layer,
    features: Sequence[Feature],
    language: Language,
    regions: Collection[str] = (),
) -> Gathered:
    """Gather the rows of a group, the earliest first, by the place each is drawn at."""
    ordered = sorted(features, key=lambda feature: _order(layer, feature))
    keys = [_place_key(feature, regions, language) for feature in ordered]
    names: dict[Place, Counter[str]] = defaultdict(Counter)
    for key, feature in zip(keys, ordered, strict=True):
        names[key][place_words(feature["properties"], language)] += 1
    index = {key: i for i, key in enumerate(sorted(names, key=_north_first))}
    places = tuple(
        Place(
            name=_commonest(names[key]),
            kind=key.kind,
            lon=key.lon,
            lat=key.lat,
            radius_m=key.radius_m,
            region=key.region,
        )
        for key in index
    )
    entries = tuple(
        Entry(
            feature=feature,
            place=index[key],
            years=years_of(layer, feature),
            value=_value(group, feature["properties"]),
            hollow=_is_hollow(group, feature["properties"]),
            near=feature["properties"].get("place_precision") == NEAR_PRECISION,
        )
        for key, feature in zip(keys, ordered, strict=True)
    )
    return Gathered(places=places, entries=entries)


def gather_all(scene: Scene) -> dict[str, Gathered]:
    """Gather every selectable group of the scene by place."""
    regions = {str(row["id"]) for row in scene.drawn("areas") if row.get("geometry")}
    return {
        group.layer: gather(group, scene.layer(group), scene.rows(group), scene.language, regions)
        for group in scene.spec.selectable
    }


def total(gathered: Gathered) -> Totals:
    """Add up a group; only places known as points count as places, and only they can be the top."""
    counted = [entry for entry in gathered.entries if entry.value]
    sums: dict[int, float] = defaultdict(float)
    by_kind: dict[Kind, float] = defaultdict(float)
    for entry in counted:
        sums[entry.place] += entry.value or 0
        by_kind[gathered.places[entry.place].kind] += entry.value or 0
    points = {i: value for i, value in sums.items() if gathered.places[i].kind == "point"}
    top = min(((-value, gathered.places[i].name) for i, value in points.items()), default=None)
    return Totals(
        value=sum(entry.value or 0 for entry in counted),
        counted=len(counted),
        places=len(points),
        by_kind=dict(by_kind),
        top=None if top is None else (top[1], -top[0]),
    )


def years_of(layer: Layer, feature: Feature) -> Years | None:
    """Give the years in which a row is drawn: those of the days that it is stored as valid."""
    if layer.time is None:
        return (None, None)
    span: tuple[date | None, date | None] | None = feature.get("valid")
    if span is None:
        return None
    first, last = span
    return (first.year if first else None, last.year if last else None)


def selection_years(scene: Scene, gathered: Mapping[str, Gathered]) -> list[int] | None:
    """Find the first and last year that any row names, within those that were asked for."""
    spans = [entry.years for group in gathered.values() for entry in group.entries if entry.years]
    named = {year for span in spans for year in span if year is not None}
    if not named:
        return None
    within = [_clamped(year, scene.years) for year in named]
    return [min(within), max(within)]


def place_kind(place_precision: int | None) -> Kind:
    """Tell how a place may be drawn from how well it is known; unknown is not exact."""
    if place_precision in POINT_PRECISIONS:
        return "point"
    if place_precision == WIDER_PRECISION:
        return "vague"
    if place_precision in AREA_PRECISIONS:
        return "area"
    return "road" if place_precision == ROAD_PRECISION else "unsure"


def _clamped(year: int, years: Years) -> int:
    first, last = years
    later = year if first is None else max(first, year)
    return later if last is None else min(last, later)


def _order(layer: Layer, feature: Feature) -> tuple[str, str]:
    start = layer.time.start if layer.time else ""
    return (str(feature["properties"].get(start) or "9999"), str(feature.get("id")))


def _place_key(feature: Feature, regions: Collection[str], language: Language) -> Place:
    """Make the place that a row is drawn at; a row with no point of its own is told by its name."""
    properties, geometry = feature["properties"], feature.get("geometry")
    if not geometry:
        return Place(name=place_words(properties, language), kind="none")
    precision, radius_m = properties.get("place_precision"), int(properties.get("radius_m") or 0)
    kind = place_kind(precision)
    region = str(properties.get("region"))
    if kind == "area" and region in regions and (precision == REGION_PRECISION or not radius_m):
        return Place(name="", kind="area", region=region)
    if kind == "vague" or (kind == "area" and not radius_m):
        return Place(name=place_words(properties, language), kind="vague")
    lon, lat = (round(number, COORDINATE_DECIMALS) for number in point_of(geometry))
    if kind != "area":
        return Place(name="", kind=kind, lon=lon, lat=lat)
    within = region if region in regions else None
    return Place(name="", kind="area", lon=lon, lat=lat, radius_m=radius_m, region=within)


def point_of(geometry: dict[str, Any]) -> Iterable[float]:
    """Give the longitude and latitude that a geometry is counted at."""
    if geometry["type"] == "Point":
        return tuple(geometry["coordinates"][:2])
    point = shape(geometry).representative_point()
    return (point.x, point.y)


def _north_first(place: Place) -> tuple[Any, ...]:
    lon, lat = place.lon or 0, place.lat or 0
    return (-lat, lon, place.kind, place.radius_m or 0, place.region or "", place.name)


def _commonest(names: Counter[str]) -> str:
    return min(names, key=lambda name: (-names[name], name))


def _value(group: Group, properties: Mapping[str, Any]) -> float | None:
    if group.measure is None:
        return 1
    value = properties.get(group.measure.field)
    return value if isinstance(value, int | float) else None


def _is_hollow(group: Group, properties: Mapping[str, Any]) -> bool:
    return group.hollow is not None and properties.get(group.hollow.field) in group.hollow.values
