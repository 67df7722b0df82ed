"""Put dates, numbers, tolls and precision into words, in English and French."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from app.countries import in_french
from app.precision import NEAR_PRECISION
from geo.spec import FEATURE_FIELDS, Field, FieldType, Language, Layer, Text, Time

MONTHS: dict[Language, tuple[str, ...]] = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
        *("août", "septembre", "octobre", "novembre", "décembre"),
    ),
}
NOT_STATED = Text(en="not stated", fr="non précisé")
BETWEEN = Text(en="between {start} and {end}", fr="entre le {start} et le {end}")
YES = Text(en="yes", fr="oui")
NO = Text(en="no", fr="non")
NOT_BEFORE = Text(en="not before {day}", fr="pas avant : {day}")
NOT_AFTER = Text(en="not after {day}", fr="au plus tard : {day}")
RADIUS = Text(
    en="{what}; radius of uncertainty {km} km", fr="{what} ; rayon d’incertitude de {km} km"
)
NEAR = Text(en="near the named place, not in it", fr="près du lieu nommé et non dans le lieu")
COUNTRIES_FIELD = "contingents"
NO_BREAK_SPACE = "\u00a0"
NARROW_NO_BREAK_SPACE = "\u202f"
_PRECISION = next(field for field in FEATURE_FIELDS if field.name == "place_precision")


def bind_signs(text: str) -> str:
    """Keep a French sign of two parts with the word before it, never at the start of a line."""
    return re.sub(r" (?=[;:?!»%])", NO_BREAK_SPACE, text)


def number_words(value: float, language: Language) -> str:
    """Write a number with the thousands and decimals of the language."""
    text = f"{value:,.10g}"
    if language == "fr":
        text = text.replace(".", "\0").replace(",", NARROW_NO_BREAK_SPACE).replace("\0", ",")
    return text


def is_one(count: float, language: Language) -> bool:
    """Tell whether a noun stands in the singular: French says 0 attaque, English 0 attacks."""
    return abs(count) < 2 if language == "fr" else count == 1


def counted(count: float, forms: Mapping[str, str], language: Language) -> str:
    """Write a number with its noun: 1 attack, 2 attacks."""
    noun = forms["one" if is_one(count, language) else "other"]
    return f"{number_words(count, language)} {noun}"


def parse_day(value: Any) -> date | None:
    """Read a date as a row gives it: a date, or its ISO text."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def day_words(day: date, language: Language, *, year: bool = True, month: bool = True) -> str:
    """Write one day, leaving out the year or month that the sentence names elsewhere."""
    first = "1er" if language == "fr" and day.day == 1 else str(day.day)
    words = [first]
    words += [MONTHS[language][day.month - 1]] if month else []
    words += [str(day.year)] if year else []
    return " ".join(words)


def moment_words(day: date, precision: str, language: Language) -> str:
    """Write a date no more precisely than it is known."""
    if precision == "year":
        return str(day.year)
    if precision == "month":
        return f"{MONTHS[language][day.month - 1]} {day.year}"
    return day_words(day, language)


def event_date_words(
    start: date | None, end: date | None, precision: str, language: Language
) -> str:
    """Write when an event happened: a day, a month, a year, or between two days."""
    if start is None:
        return NOT_STATED.in_language(language)
    if precision in ("month", "year"):
        return moment_words(start, precision, language)
    if end is None or end <= start:
        return day_words(start, language)
    same_year = start.year == end.year
    same_month = same_year and start.month == end.month
    return BETWEEN.in_language(language).format(
        start=day_words(start, language, year=not same_year, month=not same_month),
        end=day_words(end, language),
    )


def bound_words(
    known: date | None,
    precision: str,
    earliest: date | None,
    latest: date | None,
    language: Language,
) -> str:
    """Write the start or end of a span: the date, or what bounds it, or that none is stated."""
    if known is not None:
        return moment_words(known, precision, language)
    parts = [
        text.in_language(language).format(day=day_words(day, language))
        for text, day in ((NOT_BEFORE, earliest), (NOT_AFTER, latest))
        if day is not None
    ]
    return ", ".join(parts) or NOT_STATED.in_language(language)


def event_words(time: Time, properties: Mapping[str, Any], language: Language) -> str:
    """Write when an event of a layer happened, from its properties."""
    return event_date_words(
        parse_day(properties.get(time.start)),
        parse_day(properties.get(time.end)),
        str(properties.get("date_precision") or ""),
        language,
    )


def span_words(time: Time, properties: Mapping[str, Any], language: Language) -> list[str]:
    """Write the start and the end of a row's span, each as far as it is known."""
    return [
        bind_signs(
            bound_words(
                parse_day(properties.get(name)),
                str(properties.get(f"{name}_precision") or properties.get("date_precision") or ""),
                parse_day(properties.get(earliest)) if earliest else None,
                parse_day(properties.get(latest)) if latest else None,
                language,
            )
        )
        for name, earliest, latest in (
            (time.start, time.start_earliest, time.start_latest),
            (time.end, time.end_earliest, time.end_latest),
        )
    ]


def place_words(properties: Mapping[str, Any], language: Language) -> str:
    """Name the place of a row in the language, falling back on the other one."""
    names = (properties.get("place"), properties.get("place_fr"))
    ordered = reversed(names) if language == "fr" else names
    return next((str(name) for name in ordered if name), NOT_STATED.in_language(language))


def offset_words(properties: Mapping[str, Any], language: Language) -> str:
    """Say how far and in which direction from the named place a row lies, where that is stated."""
    distance_km, direction = properties.get("distance_km"), str(properties.get("direction") or "")
    far = "" if distance_km is None else f"{number_words(distance_km, language)} km"
    return f"{far} {direction.replace('W', 'O') if language == 'fr' else direction}".strip()


def precision_words(place_precision: int | None, radius_m: int | None, language: Language) -> str:
    """Say how well the place is known, with the radius of uncertainty where there is one."""
    choice = _PRECISION.choice(str(place_precision))
    what = (choice.title if choice else NOT_STATED).in_language(language)
    if not radius_m:
        return what
    if place_precision == NEAR_PRECISION:
        # Its title in the list of choices names a distance, which the radius may contradict.
        what = NEAR.in_language(language)
    return RADIUS.in_language(language).format(
        what=what, km=number_words(radius_m / 1000, language)
    )


def value_words(field: Field, value: Any, language: Language) -> str:
    """Write one property of a row; an empty number is not stated, and never a zero."""
    if value is None or value == "":
        return NOT_STATED.in_language(language)
    choice = field.choice(str(value))
    if choice:
        return choice.title.in_language(language)
    if field.name == COUNTRIES_FIELD and language == "fr":
        return in_french(str(value))
    if isinstance(value, bool):
        return (YES if value else NO).in_language(language)
    if field.type in (FieldType.INTEGER, FieldType.NUMBER) and isinstance(value, int | float):
        return number_words(value, language)
    if field.type is FieldType.DATE:
        day = parse_day(value)
        return day_words(day, language) if day else NOT_STATED.in_language(language)
    return str(value)


def says_nothing(field: Field, value: Any) -> bool:
    """Tell whether a popup leaves the line out: text that is empty, but never an empty number."""
    is_number = field.type in (FieldType.INTEGER, FieldType.NUMBER)
    return not is_number and (value is None or value == "")


def heading_words(
    layer: Layer, names: tuple[str, ...], properties: Mapping[str, Any], language: Language
) -> str:
    """Write the line over a popup's entry from the fields that head it."""
    parts = []
    for name in names:
        field = layer.field(name)
        if name == "place":
            parts.append(place_words(properties, language))
        elif field is not None and properties.get(name):
            parts.append(value_words(field, properties[name], language))
    return " · ".join(
        part[:1].upper() + part[1:] if i == 0 else part for i, part in enumerate(parts)
    )
