"""The pages of features: a table with a small map, or one feature with all that is known of it.

They are written from a `Page` like any other format, so that they show the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.pages import _templates
from app.pages._address import Address
from app.pages._columns import Column, columns
from app.pages._form import filter_form
from app.pages._smallmap import place_kind, small_map
from app.pages._words import (
    Cell,
    cell,
    field_of,
    label_words,
    place_precision_words,
    point_words,
    when_words,
)
from app.wording import number_words
from geo.formats import Format, Page, PageWriter, formats
from geo.spec import FEATURE_FIELDS, GeometryType, Layer, Text
from geo.statements import GeometryForm

MAP_WORDS: Mapping[str, Text] = {
    "zoom_in": Text(en="Zoom in", fr="Zoom avant"),
    "zoom_out": Text(en="Zoom out", fr="Zoom arrière"),
    "close": Text(en="Close", fr="Fermer"),
}


def _page(page: Page) -> bytes:
    address = Address.of(page)
    shown = columns(page, address)
    following = next((link.href for link in page.links if link.rel == "next"), None)
    text = _templates.render(
        "items.html",
        **_surroundings(page, address),
        columns=shown,
        rows=[_row(page, row, shown, address) for row in page.rows],
        form=filter_form(page.layer, address) if address.path.endswith("/items") else None,
        matched=None if page.matched is None else number_words(page.matched, page.language),
        returned=number_words(len(page.rows), page.language),
        asked=[(name, value) for name, value in address.parameters.items() if name != "cursor"],
        next=following,
        first=address.here(cursor=None) if "cursor" in address.parameters else None,
        clear=address.to(f"/collections/{page.layer.id}/items"),
        downloads=_downloads(page, address),
    )
    return text.encode()


def _feature(page: Page) -> bytes:
    address, layer, language = Address.of(page), page.layer, page.language
    (row,) = page.rows
    properties = {name: row[name] for name in page.properties}
    path = address.item_path(layer.id, row["id"])
    shared = {field.name for field in FEATURE_FIELDS}
    cells = [
        (
            name,
            field_of(layer, name).title.in_language(language),
            cell(layer, name, properties, language),
        )
        for name in page.properties
    ]
    text = _templates.render(
        "item.html",
        **_surroundings(page, address),
        feature_id=row["id"],
        label=label_words(layer, row["id"], properties, language),
        when=when_words(layer, properties, language),
        where=_where(layer, row, properties, page),
        said=[entry for entry in cells if entry[0] not in shared],
        known=[entry for entry in cells if entry[0] in shared],
        source=_source(layer, properties, page),
        history=address.to(f"{path}/history"),
        geojson=address.to(path, address.parameters, f="geojson"),
        nearest=_nearest(address, layer, row, properties),
    )
    return text.encode()


def _surroundings(page: Page, address: Address) -> dict[str, Any]:
    """Give what both pages show around their features."""
    words = {name: text.in_language(page.language) for name, text in MAP_WORDS.items()}
    return {
        "base": address.base,
        "prefix": address.prefix,
        "language": page.language,
        "here": address.here(),
        "other": address.here(lang=address.other_language),
        "layer": page.layer,
        "layer_href": address.to(f"/collections/{page.layer.id}"),
        "as_of": address.parameters.get("as_of"),
        "permalink": next((link.href for link in page.links if link.rel == "memento"), None),
        "map": small_map(page, address, words),
    }


def _row(
    page: Page, row: Mapping[str, Any], shown: list[Column], address: Address
) -> dict[str, Any]:
    properties = {name: row[name] for name in page.properties}
    moment = {k: v for k, v in address.parameters.items() if k == "as_of"}
    return {
        "href": address.to(address.item_path(page.layer.id, row["id"]), moment),
        "cells": [_shown(page, column, row["id"], properties) for column in shown],
    }


def _shown(page: Page, column: Column, feature_id: Any, properties: Mapping[str, Any]) -> Cell:
    if column.kind == "id":
        return Cell(text=str(feature_id))
    if column.kind == "label":
        return Cell(text=label_words(page.layer, feature_id, properties, page.language))
    if column.kind == "when":
        words = when_words(page.layer, properties, page.language)
        return Cell(text=words or "–")
    return cell(page.layer, column.name, properties, page.language, in_full=False)


def _downloads(page: Page, address: Address) -> list[dict[str, str]]:
    """Link the same selection in the other formats; those without pages give all of it."""
    made = []
    for offered in formats().values():
        paged = isinstance(offered.writer, PageWriter)
        dropped = {} if paged else dict.fromkeys(("limit", "cursor"))
        if paged or address.path.endswith("/items"):
            title = offered.title.in_language(page.language)
            made.append({"title": title, "href": address.here(f=offered.id, **dropped)})
    return made


def _where(
    layer: Layer, row: Mapping[str, Any], properties: Mapping[str, Any], page: Page
) -> dict[str, Any] | None:
    """Say how well the place is known; give coordinates only for what is a place."""
    if layer.geometry is not GeometryType.POINT:
        return None
    exact = row["lon"] is not None and place_kind(properties["place_precision"]) == "point"
    return {
        "words": place_precision_words(properties, page.language),
        "point": point_words(row["lon"], row["lat"], page.language) if exact else None,
        "drawn": row["lon"] is not None,
    }


def _source(layer: Layer, properties: Mapping[str, Any], page: Page) -> dict[str, Cell]:
    return {
        name: cell(layer, f"source_{name}", properties, page.language)
        for name in ("title", "url", "licence")
    }


def _nearest(
    address: Address, layer: Layer, row: Mapping[str, Any], properties: Mapping[str, Any]
) -> str | None:
    if layer.geometry is not GeometryType.POINT or row["lon"] is None:
        return None
    if place_kind(properties["place_precision"]) != "point":
        return None
    return address.to(f"/collections/{layer.id}/nearest", {"point": f"{row['lon']},{row['lat']}"})


FORMAT = Format(
    id="html",
    title=Text(en="Web page", fr="Page web"),
    media_type="text/html",
    extension="html",
    writer=PageWriter(geometry=GeometryForm.JSON, page=_page, feature=_feature),
    # The small map needs degrees.
    any_crs=False,
)
