"""The filter form of a page of features: what it shows, and what its fields mean.

A form without JavaScript sends every field, empty ones too, and two days where `datetime` wants
one interval. Features, 7.15.1 has /items refuse both. So the form goes to an address of its own,
which makes a proper query of it and sends the browser there; /items stays as strict as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.pages._address import Address
from app.pages._columns import class_fields
from app.pages._words import region_titles
from geo.spec import Layer

# No property can be called so: names of fields have no dash.
FIRST_DAY, LAST_DAY = "date-from", "date-to"
PAGE_SIZES = ("20", "50", "100", "500", "1000")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What the form does not show but keeps.
_DROPPED = ("cursor", "datetime", "filter", "limit")


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One choice of a list."""

    value: str
    title: str
    chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Select:
    """A list of choices for one property."""

    name: str
    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """The filter form as it stands for what was asked."""

    action: str
    has_dates: bool
    first_day: str
    last_day: str
    selects: tuple[Select, ...]
    limit: Select
    condition: str
    kept: tuple[tuple[str, str], ...]
    is_used: bool


def filter_form(layer: Layer, address: Address) -> Form:
    """Fill the form with what the address asks for."""
    given, language = address.parameters, address.language
    first, last = _days(given.get("datetime", ""))
    selects = [
        _select(
            field.name,
            field.title.in_language(language),
            {choice.value: choice.title.in_language(language) for choice in field.choices},
            given,
        )
        for field in class_fields(layer)
    ]
    region = layer.field("region")
    if region is not None and region.groups:
        titles = {name: title.in_language(language) for name, title in region_titles().items()}
        selects.append(_select("region", region.title.in_language(language), titles, given))
    named = {select.name for select in selects}
    kept = tuple((n, v) for n, v in given.items() if n not in named and n not in _DROPPED)
    return Form(
        action=address.plain(f"/collections/{layer.id}/find"),
        has_dates=layer.time is not None,
        first_day=first,
        last_day=last,
        selects=tuple(selects),
        limit=_select("limit", "", {size: size for size in PAGE_SIZES}, given),
        condition=given.get("filter", ""),
        kept=(*kept, ("lang", language)),
        is_used=any(name not in ("limit", "sortby", "cursor", "properties") for name in given),
    )


def asked_by(sent: Mapping[str, str]) -> dict[str, str]:
    """Make the query of /items from what the form sent: without empty fields, days as one span."""
    asked = {name: value.strip() for name, value in sent.items() if value.strip()}
    first, last = asked.pop(FIRST_DAY, ".."), asked.pop(LAST_DAY, "..")
    if (first, last) != ("..", ".."):
        asked["datetime"] = f"{first}/{last}"
    return asked


def _days(text: str) -> tuple[str, str]:
    """Take the two days from an interval, as a field for days can show them."""
    first, _, last = text.partition("/") if "/" in text else (text, "", text)
    return _day(first), _day(last)


def _day(text: str) -> str:
    found = _DAY.match(text)
    return found[0] if found else ""


def _select(name: str, title: str, titles: Mapping[str, str], given: Mapping[str, str]) -> Select:
    chosen = given.get(name)
    known = dict(titles)
    if chosen and chosen not in known:
        known[chosen] = chosen
    options = [Option(value=v, title=t, chosen=v == chosen) for v, t in known.items()]
    return Select(name=name, title=title, options=tuple(options))
