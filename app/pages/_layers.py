"""What the pages of layers tell: how much there is, where and when, and where to go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from fastapi import Request

from app import http
from app.maps import maps
from app.pages._columns import class_fields
from app.pages._words import box_words
from app.wording import day_words, number_words
from geo.aggregate import dimensions, measures
from geo.cql2 import queryables
from geo.credits import attribution
from geo.database import Reader
from geo.extent import Extent, extent_of
from geo.features import NEVER, Counts, Extents, Revision, revision_of
from geo.formats import Format, PageWriter
from geo.query import FeatureQuery
from geo.spec import Field, FieldType, GeometryType, Language, Layer, Text
from geo.statements import count_features
from geo.styles.look import is_drawn
from geo.styles.themes import LIGHT

TYPES: dict[FieldType, Text] = {
    FieldType.TEXT: Text(en="text", fr="texte"),
    FieldType.INTEGER: Text(en="whole number", fr="nombre entier"),
    FieldType.NUMBER: Text(en="number", fr="nombre"),
    FieldType.DATE: Text(en="date", fr="date"),
    FieldType.BOOLEAN: Text(en="yes or no", fr="oui ou non"),
    FieldType.URL: Text(en="web address", fr="adresse web"),
}
GEOMETRIES: dict[GeometryType, Text] = {
    GeometryType.POINT: Text(en="points", fr="points"),
    GeometryType.POLYGON: Text(en="areas", fr="surfaces"),
    GeometryType.ANY: Text(en="areas and lines", fr="surfaces et lignes"),
    GeometryType.NONE: Text(en="no geometry", fr="sans géométrie"),
}
ON_A_MAP = Text(en="On a web map", fr="Sur une carte web")
TILES = Text(en="Vector tiles (TileJSON)", fr="Tuiles vectorielles (TileJSON)")
PICTURES = Text(en="Drawn tiles (TileJSON)", fr="Tuiles dessinées (TileJSON)")
DENSITY = Text(
    en="Density, with its GeoTIFF and tiles (JSON)",
    fr="Densité, avec son GeoTIFF et ses tuiles (JSON)",
)
UNIT_NAMES: dict[str, Text] = {"persons": Text(en="persons", fr="personnes")}
STILL_OPEN = Text(en="still open", fr="toujours ouvert")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A layer with the extent of its current rows; `count` None was not asked for."""

    layer: Layer
    revision: Revision
    extent: Extent
    count: int | None


async def known_of(
    reader: Reader, layer: Layer, extents: Extents, counts: Counts | None, bound: int
) -> Known:
    """Read what is known of a layer as a whole; its features are counted if `counts` is given."""
    revision = await revision_of(reader, layer)
    extent = await extent_of(reader, layer, FeatureQuery(), revision, extents)
    return Known(
        layer=layer,
        revision=revision,
        extent=extent,
        count=None if counts is None else await _count(reader, layer, revision, counts, bound),
    )


async def _count(
    reader: Reader, layer: Layer, revision: Revision, counts: Counts, bound: int
) -> int:
    key = (layer.id, revision.number, FeatureQuery().canonical())
    count = counts.get(key)
    if count is None:
        count = int(await reader.value(count_features(layer, FeatureQuery(), bound)))
        counts.put(key, count)
    return count


def summary(request: Request, known: Known, language: Language) -> dict[str, Any]:
    """Give the row that stands for a layer in the table of layers."""
    layer, lang = known.layer, {"lang": language}
    return {
        "id": layer.id,
        "title": layer.title.in_language(language),
        "description": layer.description.in_language(language),
        "href": http.link_to(request, f"/collections/{layer.id}", lang),
        "items": http.link_to(request, f"/collections/{layer.id}/items", lang),
        "count": number_words(known.count or 0, language),
        "years": _years(known, language),
        "geometry": GEOMETRIES[layer.geometry].in_language(language),
    }


def layer_page_values(
    request: Request, known: Known, layers: dict[str, Layer], language: Language
) -> dict[str, Any]:
    """Fill the page of one layer."""
    layer, path, lang = known.layer, f"/collections/{known.layer.id}", {"lang": language}
    parent = layers[layer.parent] if layer.parent else None
    return {
        **summary(request, known, language),
        "layer": layer,
        "credit": attribution(layer, known.extent.datasets, language),
        "days": _days(known, language),
        "box": known.extent.box and box_words(known.extent.box, language),
        "changed": _changed(known, language),
        "parent": parent and parent.title.in_language(language),
        "parent_href": parent and http.link_to(request, f"/collections/{parent.id}", lang),
        "fields": [describe_field(field, language) for field in queryables(layer).values()],
        "formats": _formats(request, path, language),
        "documents": {
            name: http.link_to(request, f"{path}/{name}", {**lang, "f": "json"})
            for name in ("queryables", "sortables", "schema")
        },
        "aggregates": _aggregates(request, layer),
        "maps": _maps(request, layer, language),
        "drawings": _drawings(request, layer, language),
    }


def describe_field(field: Field, language: Language) -> dict[str, Any]:
    """Describe one property in words."""
    unit = UNIT_NAMES[field.unit].in_language(language) if field.unit in UNIT_NAMES else field.unit
    return {
        "name": field.name,
        "title": field.title.in_language(language),
        "description": field.description and field.description.in_language(language),
        "type": TYPES[field.type].in_language(language),
        "unit": unit,
        "choices": [(choice.value, choice.title.in_language(language)) for choice in field.choices],
        "required": field.required,
    }


def _years(known: Known, language: Language) -> str:
    extent = known.extent
    if known.layer.time is None or extent.first is None:
        return "–"
    first, last = str(extent.first.year), STILL_OPEN.in_language(language)
    if not extent.is_open and extent.last is not None:
        last = str(extent.last.year)
    return first if last == first else f"{first}–{last}"


def _days(known: Known, language: Language) -> str | None:
    extent = known.extent
    if known.layer.time is None or extent.first is None:
        return None
    last = STILL_OPEN.in_language(language)
    if not extent.is_open and extent.last is not None:
        last = day_words(extent.last, language)
    return f"{day_words(extent.first, language)} – {last}"


def _changed(known: Known, language: Language) -> str | None:
    if known.revision.changed_at == NEVER:
        return None
    return day_words(known.revision.changed_at.astimezone(UTC).date(), language)


def _formats(request: Request, path: str, language: Language) -> list[dict[str, Any]]:
    offered: dict[str, Format] = request.app.state.formats
    return [
        {
            "id": one.id,
            "title": one.title.in_language(language),
            "href": http.link_to(request, f"{path}/items", {"f": one.id, "lang": language}),
            "paged": isinstance(one.writer, PageWriter),
            "media_type": one.media_type,
        }
        for one in offered.values()
    ]


def _aggregates(request: Request, layer: Layer) -> list[tuple[str, str]]:
    """Give a few addresses of counts and sums, as they would be typed."""
    path, known = f"/collections/{layer.id}/aggregate", dimensions(layer)
    classes = [field.name for field in class_fields(layer)][:2]
    asked = [{"by": name} for name in ("year", "region", *classes) if name in known]
    main = [name for name in measures(layer) if name in ("killed", "value")]
    if "year" in known and main:
        asked.append({"by": "year", "measure": main[0], "f": "csv"})
    if {"year", "region"} <= set(known):
        asked.append({"by": "region,year"})
    if "grid" in known:
        asked.append({"by": "grid", "resolution": "3"})
    made = []
    for parameters in asked:
        href = http.link_to(request, path, parameters)
        text = "&".join(f"{name}={value}" for name, value in parameters.items())
        made.append((href, f"aggregate?{text}"))
    return made


def _drawings(request: Request, layer: Layer, language: Language) -> list[tuple[str, str]]:
    """Link to what draws a layer, if it can be drawn: web map, tiles and density."""
    if not is_drawn(layer):
        return []
    lang: dict[str, str] = {"lang": language}
    tilejson = f"/tiles/{layer.id}/tilejson.json"
    offered: list[tuple[Text, str, dict[str, str]]] = [
        (ON_A_MAP, f"/styles/{LIGHT.id}", {"layers": layer.id, **lang, "f": "html"}),
        (TILES, tilejson, lang),
        (PICTURES, tilejson, {"tiles": "png", **lang}),
    ]
    if layer.geometry is GeometryType.POINT:
        offered.append((DENSITY, f"/collections/{layer.id}/density", lang))
    return [
        (http.link_to(request, path, parameters), text.in_language(language))
        for text, path, parameters in offered
    ]


def _maps(request: Request, layer: Layer, language: Language) -> list[tuple[str, str]]:
    return [
        (
            http.link_to(request, f"/maps/{spec.id}", {"lang": language}),
            spec.title.in_language(language).replace("{period}", "").rstrip(" ,"),
        )
        for spec in maps().values()
        if spec.group(layer.id) is not None
    ]
