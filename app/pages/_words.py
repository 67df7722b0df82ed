"""Put the properties of features into the words of a page; what is unknown says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.links import safe_link
from app.settings import ROOT
from app.wording import (
    NO_BREAK_SPACE,
    NOT_STATED,
    bind_signs,
    counted,
    event_words,
    moment_words,
    number_words,
    parse_day,
    precision_words,
    span_words,
    value_words,
)
from geo.proximity import DISTANCE
from geo.spec import FEATURE_FIELDS, Field, FieldType, Language, Layer, Text

Properties = Mapping[str, Any]
METRES_OF_A_KM = 1_000
WEST = Text(en="W", fr="O")
BOX = Text(en="{} to {}, {} to {}", fr="de {} à {}, de {} à {}")
NO_END = Text(en="no end stated", fr="sans fin indiquée")
UNITS: Mapping[str, tuple[Text, Text]] = {
    "persons": (Text(en="person", fr="personne"), Text(en="persons", fr="personnes")),
    "km": (Text(en="km", fr="km"), Text(en="km", fr="km")),
    "m": (Text(en="m", fr="m"), Text(en="m", fr="m")),
}
# Not of a layer: where distances are asked for, every feature bears its own.
DISTANCE_FIELD = Field(
    name=DISTANCE, type=FieldType.NUMBER, unit="m", title=Text(en="Distance", fr="Distance")
)
_SHARED = {field.name: field for field in (*FEATURE_FIELDS, DISTANCE_FIELD)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One value as a page shows it."""

    text: str
    known: bool = True
    href: str | None = None
    colour: str | None = None
    is_number: bool = False


def field_of(layer: Layer, name: str) -> Field:
    """Find a property's declaration, be it the layer's own or one that every layer has."""
    return layer.field(name) or _SHARED[name]


@cache
def region_titles() -> dict[str, Text]:
    """Read what the regions are called; rows name them by id."""
    path = ROOT / "data" / "admin_boundaries" / "regions.geojson"
    regions = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {
        region["id"]: Text(en=region["properties"]["name"], fr=region["properties"]["name_fr"])
        for region in regions
    }


def cell(
    layer: Layer, name: str, properties: Properties, language: Language, *, in_full: bool = True
) -> Cell:
    """Write one property of a feature no more precisely than it is known, in full with its unit."""
    field, value = field_of(layer, name), properties.get(name)
    if name == DISTANCE and value is not None:
        return Cell(text=_distance_words(value, language), is_number=True)
    if value is None or value == "":
        text = NOT_STATED.in_language(language)
        return Cell(text=text, known=False, is_number=field.is_number)
    if field.type is FieldType.URL:
        return Cell(text=str(value), href=safe_link(value))
    if field.type is FieldType.DATE:
        return Cell(text=_date_words(layer, name, properties, language))
    if name == "region" and field.groups and value in region_titles():
        return Cell(text=region_titles()[value].in_language(language))
    choice = field.choice(str(value))
    if choice is not None:
        by = layer.style.colour_by == name
        return Cell(text=choice.title.in_language(language), colour=choice.colour if by else None)
    if in_full and field.unit and isinstance(value, int | float) and field.unit in UNITS:
        one, other = (noun.in_language(language) for noun in UNITS[field.unit])
        return Cell(text=counted(value, {"one": one, "other": other}, language), is_number=True)
    return Cell(text=value_words(field, value, language), is_number=field.is_number)


def _date_words(layer: Layer, name: str, properties: Properties, language: Language) -> str:
    day = parse_day(properties[name])
    if day is None:
        return str(properties[name])
    precision = properties.get(f"{name}_precision")
    if precision is None and layer.time is not None and layer.time.kind == "event":
        precision = properties.get("date_precision") if name in layer.time.fields else None
    return moment_words(day, str(precision or "day"), language)


def place_precision_words(properties: Properties, language: Language) -> str:
    """Say how well a place is known, and within what radius."""
    said = precision_words(properties["place_precision"], properties["radius_m"], language)
    return bind_signs(said) if language == "fr" else said


def when_words(layer: Layer, properties: Properties, language: Language) -> str | None:
    """Say when a row was so in the world; None where the layer or the page has no dates."""
    time = layer.time
    if time is None or time.start not in properties:
        return None
    if time.kind == "event":
        return event_words(time, properties, language)
    sides = span_words(time, properties, language)
    unknown = NOT_STATED.in_language(language)
    if sides[1] == unknown:
        sides[1] = NO_END.in_language(language)
    if sides == [unknown, NO_END.in_language(language)]:
        return unknown
    if sides[0] == sides[1]:
        return sides[0]
    return " – ".join(sides)


def _distance_words(distance_m: float, language: Language) -> str:
    if distance_m < METRES_OF_A_KM:
        return f"{number_words(round(distance_m), language)} m"
    return f"{number_words(round(distance_m / METRES_OF_A_KM, 1), language)} km"


def point_words(lon: float, lat: float, language: Language) -> str:
    """Write a point in degrees with its hemispheres."""
    return f"{_latitude(lat, 4, language)}, {_longitude(lon, 4, language)}"


def box_words(box: tuple[float, float, float, float], language: Language) -> str:
    """Write a box in degrees with its hemispheres."""
    west, south, east, north = box
    ends = (
        *(_longitude(west, 3, language), _longitude(east, 3, language)),
        *(_latitude(south, 3, language), _latitude(north, 3, language)),
    )
    return BOX.in_language(language).format(*ends)


def _longitude(degrees: float, decimals: int, language: Language) -> str:
    side = "E" if degrees >= 0 else WEST.in_language(language)
    return f"{number_words(round(abs(degrees), decimals), language)}°{NO_BREAK_SPACE}{side}"


def _latitude(degrees: float, decimals: int, language: Language) -> str:
    side = "N" if degrees >= 0 else "S"
    return f"{number_words(round(abs(degrees), decimals), language)}°{NO_BREAK_SPACE}{side}"


def label_words(layer: Layer, feature_id: Any, properties: Properties, language: Language) -> str:
    """Name a feature by its label in the language, else in the other one, else by its id."""
    if layer.label is None:
        return str(feature_id)
    names = (layer.label, f"{layer.label}_fr")
    ordered = reversed(names) if language == "fr" else iter(names)
    found = (properties.get(name) for name in ordered)
    return next((str(value) for value in found if value), str(feature_id))
