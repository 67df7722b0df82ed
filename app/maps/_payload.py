"""Turn a scene into the plain data that the map's script draws: words ready, nothing to look up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry

from app.links import safe_link
from app.maps._areas import area_of, outline, spot_in
from app.maps._base import Group, Measure
from app.maps._density import Shading, shading_payload
from app.maps._found import nothing_words
from app.maps._ground import (
    Region,
    basemap_labels,
    bounds_of,
    ground_features,
    region_features,
    region_labels,
    regions_of,
    town_labels,
)
from app.maps._look import group_look, kind_of, look_of, page_look
from app.maps._places import Entry, Gathered, Place, selection_years
from app.maps._scene import Scene
from app.maps._texts import TEXTS
from app.wording import (
    bind_signs,
    event_words,
    heading_words,
    offset_words,
    place_words,
    precision_words,
    says_nothing,
    span_words,
    value_words,
)
from geo.spec import Field, Language, Layer, Text

# The words that the map's script writes.
SCRIPT_TEXTS = (
    *("found", "total_sum", "at_places", "on_roads", "in_areas", "at_unsure", "nowhere"),
    *("near", "imprecise", "unsure", "vague", "unlocated", "undated", "no_rows", "with_near"),
    *("place_one", "place_other", "period_one", "period_many", "precision", "source"),
    *("density", "density_left_out", "density_of_all", "density_redraw", "legend"),
    *("opens_outside", "close", "zoom_in", "zoom_out", "layers"),
)


def payload(
    scene: Scene, gathered: Mapping[str, Gathered], shadings: Mapping[str, Shading]
) -> dict[str, Any]:
    """Build the whole of what the script is given."""
    language = scene.language
    regions = regions_of(scene.drawn("areas"))
    view = scene.bbox or bounds_of(regions)
    return {
        "language": language,
        "title": bind_signs(scene.spec.title.in_language(language)),
        "alt": bind_signs(scene.spec.alt.in_language(language)),
        "counted": scene.spec.counted.layer,
        "view": [[view[1], view[0]], [view[3], view[2]]],
        "years": selection_years(scene, gathered),
        "interval": [day.isoformat() if day else None for day in scene.interval],
        "look": page_look(),
        "words": {name: TEXTS[name].in_language(language) for name in SCRIPT_TEXTS},
        "labels": _labels(scene, regions),
        "groups": [
            _group(scene, group, gathered.get(group.layer), regions, shadings.get(group.layer))
            for group in scene.spec.groups
        ],
    }


def _labels(scene: Scene, regions: Sequence[Region]) -> list[dict[str, Any]]:
    """List the names that the map may write, those that come first where there is room."""
    areas = next((group for group in scene.spec.groups if group.drawn == "areas"), None)
    kinds = scene.layer(areas).field("kind") if areas else None
    ground = scene.drawn("basemap")
    return [
        *region_labels(regions, kinds, scene.language),
        *town_labels(scene.drawn("names"), scene.language),
        *basemap_labels(ground, regions, bounds_of(regions), scene.language),
    ]


def _group(
    scene: Scene,
    group: Group,
    gathered: Gathered | None,
    regions: Sequence[Region],
    shading: Shading | None,
) -> dict[str, Any]:
    layer, language = scene.layer(group), scene.language
    drawn: dict[str, Any] = {"id": group.layer, "drawn": group.drawn}
    drawn |= group_look(scene, group)
    if group.drawn == "areas":
        return drawn | {"features": region_features(regions)}
    if gathered is None:
        basemap = group.drawn == "basemap"
        rows = scene.rows(group) if basemap else ()
        return drawn | {"features": ground_features(rows, ("kind", "iso_a3"))}
    shapes = {region.id: region.geometry for region in regions}
    return drawn | {
        "noun": group.rows_noun.forms(language),
        "measure": _measure(group.measure, language) if group.measure else None,
        "nothing": nothing_words(scene, group),
        "labels": [title.in_language(language) for title in _line_titles(group, layer)],
        "places": [_place(place, shapes) for place in gathered.places],
        "entries": [
            _entry(entry, group, layer, language) | _left_out(entry, shading)
            for entry in gathered.entries
        ],
        **shading_payload(scene, group, shading),
    }


def _left_out(entry: Entry, shading: Shading | None) -> dict[str, str]:
    reason = None if shading is None else shading.left_out.get(str(entry.feature["id"]))
    return {} if reason is None else {"left_out": reason.value}


def _measure(measure: Measure, language: Language) -> dict[str, Any]:
    others = measure.others
    said = {
        "noun": measure.noun.forms(language),
        "zero": bind_signs(measure.zero.in_language(language)),
        "unknown": bind_signs(measure.unknown.in_language(language)),
    }
    if others is None:
        return said | {"others": None}
    told, unstated = (text.in_language(language) for text in (others.told, others.unstated))
    return said | {
        "others": {"noun": others.noun.forms(language), "told": told, "unstated": unstated}
    }


def _place(place: Place, regions: Mapping[str, BaseGeometry]) -> dict[str, Any]:
    drawn: dict[str, Any] = {"kind": place.kind, "at": None}
    if place.kind == "area":
        area = area_of(place, regions)
        drawn["at"] = spot_in(area, place)
        if place.lon is None:
            return drawn | {"region": place.region}
        return drawn | {"outline": outline(area)}
    return drawn if place.lat is None else drawn | {"at": [place.lat, place.lon]}


def _entry(entry: Entry, group: Group, layer: Layer, language: Language) -> dict[str, Any]:
    properties = entry.feature["properties"]
    precision, radius_m = properties.get("place_precision"), properties.get("radius_m")
    drawn: dict[str, Any] = {
        "place": entry.place,
        "years": None if entry.years is None else list(entry.years),
        "value": entry.value,
        "heading": heading_words(layer, group.headline, properties, language),
        "where": place_words(properties, language),
        "site": str(properties.get("site") or ""),
        "offset": offset_words(properties, language),
        "known": bind_signs(precision_words(precision, None, language)),
        "precision": bind_signs(precision_words(precision, radius_m, language)),
        "lines": _lines(group, layer, properties, language),
        "source": [
            str(properties.get("source_title") or ""),
            safe_link(properties.get("source_url")),
        ],
    }
    if group.measure and group.measure.others and entry.value == 0:
        drawn["others"] = properties.get(group.measure.others.field)
    if layer.time is not None and layer.time.kind == "event":
        drawn["date"] = event_words(layer.time, properties, language)
    by = layer.style.colour_by
    if group.drawn == "symbols" and by is not None:
        drawn["kind"] = kind_of(look_of(layer), properties.get(by))
    drawn |= {"hollow": True} if entry.hollow else {}
    return drawn | ({"near": True} if entry.near else {})


def _line_titles(group: Group, layer: Layer) -> list[Text]:
    """List the labels that a popup's lines point to: the span's two ends, then the fields."""
    return [field.title for field in (*_span_fields(layer), *_popup_fields(group, layer))]


def _lines(
    group: Group, layer: Layer, properties: Mapping[str, Any], language: Language
) -> list[tuple[int, str]]:
    spans = _span_words(layer, properties, language)
    lines = list(enumerate(spans))
    for i, field in enumerate(_popup_fields(group, layer), start=len(spans)):
        value = properties.get(field.name)
        if not says_nothing(field, value):
            lines.append((i, value_words(field, value, language)))
    return lines


def _popup_fields(group: Group, layer: Layer) -> list[Field]:
    return [field for field in map(layer.field, group.popup) if field is not None]


def _span_fields(layer: Layer) -> list[Field]:
    if layer.time is None or layer.time.kind != "span":
        return []
    ends = (layer.field(layer.time.start), layer.field(layer.time.end))
    return [field for field in ends if field is not None]


def _span_words(layer: Layer, properties: Mapping[str, Any], language: Language) -> list[str]:
    if not _span_fields(layer) or layer.time is None:
        return []
    return span_words(layer.time, properties, language)
