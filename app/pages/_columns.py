"""Choose what the table of features shows: a few properties that say most, or those asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.pages._address import Address
from app.pages._words import field_of
from geo.formats import Page
from geo.proximity import DISTANCE
from geo.spec import Field, Layer, Text
from geo.statements import sortables

WHEN = Text(en="When", fr="Quand")
ID = Text(en="Id", fr="Identifiant")
MOST_OF_A_KIND = 2
Kind = Literal["id", "label", "when", "property"]
Order = Literal["ascending", "descending", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of the table, and what a click on its head orders the features by."""

    kind: Kind
    name: str
    title: str
    sort_href: str | None
    order: Order
    is_number: bool = False


def columns(page: Page, address: Address) -> list[Column]:
    """List the columns of a page's table."""
    layer, shown = page.layer, list(page.properties)
    made = [_column("id", "id", ID, page, address)]
    if "properties" in address.parameters:
        chosen = shown
    else:
        if layer.label in shown:
            made.append(_of("label", field_of(layer, layer.label or ""), page, address))
        if layer.time is not None:
            made.append(_column("when", layer.time.start, WHEN, page, address))
        chosen = [name for name in _telling(layer) if name in shown and name != layer.label]
        chosen += [name for name in (DISTANCE,) if name in shown]
    return made + [_of("property", field_of(layer, name), page, address) for name in chosen]


def _telling(layer: Layer) -> Iterator[str]:
    """Name the properties that tell features apart: classes, region, tolls, place precision."""
    classes = [field.name for field in class_fields(layer)]
    yield from classes[:MOST_OF_A_KIND]
    yield from (field.name for field in layer.fields if field.groups and field.name == "region")
    numbers = [field.name for field in layer.fields if field.is_number and _is_main(field)]
    yield from numbers[:MOST_OF_A_KIND]
    if layer.geometry == "Point":
        yield "place_precision"


def _is_main(field: Field) -> bool:
    """Leave out the lower and upper ends of an estimate, and what is no number of persons."""
    return not field.name.endswith(("_low", "_high")) and field.unit in ("persons", None)


def class_fields(layer: Layer) -> list[Field]:
    """List the class fields that people filter by, but not one that is the same in all rows."""
    return [
        field
        for field in layer.fields
        if field.choices and (field.indexed or field.required) and field.name not in layer.where
    ]


def _of(kind: Kind, field: Field, page: Page, address: Address) -> Column:
    return _column(
        kind,
        field.name,
        field.title,
        page,
        address,
        is_number=field.is_number and not field.choices,
    )


def _column(
    kind: Kind,
    name: str,
    title: Text,
    page: Page,
    address: Address,
    *,
    is_number: bool = False,
) -> Column:
    by = address.parameters.get("sortby", "")
    order: Order = "none"
    if by.strip().lstrip("+-") == name:
        order = "descending" if by.strip().startswith("-") else "ascending"
    sort_href = None
    if address.path.endswith("/items") and name in sortables(page.layer):
        turned = f"-{name}" if order == "ascending" else name
        sort_href = address.here(sortby=turned, cursor=None)
    return Column(
        kind=kind,
        name=name,
        title=title.in_language(address.language),
        sort_href=sort_href,
        order=order,
        is_number=is_number,
    )
