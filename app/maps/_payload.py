"""Turn a scene into the plain data that the map's script draws: words ready, nothing to look up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from app.maps._base import Group
from app.maps._ground import basemap_labels, bounds_of, ground_features, region_labels
from app.maps._legend import LARGEST_RADIUS_PX, SINGLE_RADIUS_PX, SMALLEST_RADIUS_PX
from app.maps._places import Entry, Gathered, gather, largest_value
from app.maps._scene import Scene
from app.maps._texts import TEXTS
from app.maps._wording import (
    bound_words,
    event_date_words,
    heading_words,
    parse_day,
    place_words,
    precision_words,
    says_nothing,
    value_words,
)
from geo.spec import Field, Language, Layer, Text

# The words that the map's script writes.
SCRIPT_TEXTS = (
    *("total_count", "total_sum", "unknown", "zero", "imprecise", "unlocated", "no_rows"),
    *("place_one", "place_other", "period_one", "period_many", "precision", "source"),
    *("opens_outside", "close", "zoom_in", "zoom_out", "layers"),
)


def gather_all(scene: Scene) -> dict[str, Gathered]:
    """Gather every selectable group of the scene by place."""
    return {
        group.layer: gather(group, scene.layer(group), scene.rows(group), scene.language)
        for group in scene.spec.selectable
    }


def payload(scene: Scene, gathered: Mapping[str, Gathered]) -> dict[str, Any]:
    """Build the whole of what the script is given."""
    language = scene.language
    regions = [f for g in scene.spec.groups if g.drawn == "areas" for f in scene.rows(g)]
    basemap = [f for g in scene.spec.groups if g.drawn == "basemap" for f in scene.rows(g)]
    view = scene.bbox or bounds_of(regions)
    labels = region_labels(regions, language)
    labels += basemap_labels(basemap, regions, bounds_of(regions), language)
    return {
        "language": language,
        "title": scene.spec.title.in_language(language),
        "view": [[view[1], view[0]], [view[3], view[2]]],
        "years": selection_years(scene, gathered),
        "radius_px": {
            "largest": LARGEST_RADIUS_PX,
            "single": SINGLE_RADIUS_PX,
            "smallest": SMALLEST_RADIUS_PX,
        },
        "words": {name: TEXTS[name].in_language(language) for name in SCRIPT_TEXTS},
        "labels": labels,
        "groups": [_group(scene, group, gathered.get(group.layer)) for group in scene.spec.groups],
    }


def selection_years(scene: Scene, gathered: Mapping[str, Gathered]) -> list[int] | None:
    """Find the first and last year that any row names, within those that were asked for."""
    years = [
        year
        for group in gathered.values()
        for entry in group.entries
        for year in entry.years or ()
        if year is not None
    ]
    if not years:
        return None
    first, last = scene.years
    earliest = min(years) if first is None else max(first, min(years))
    latest = max(years) if last is None else min(last, max(years))
    # A row that may reach into the years asked for can name only others.
    return [min(earliest, latest), max(earliest, latest)]


def safe_link(url: Any) -> str | None:
    """Let only a web address become a link; anything else stays text."""
    try:
        parts = urlsplit(str(url or ""))
    except ValueError:
        return None
    return str(url) if parts.scheme in ("http", "https") and parts.hostname else None


def _group(scene: Scene, group: Group, gathered: Gathered | None) -> dict[str, Any]:
    layer, language = scene.layer(group), scene.language
    drawn: dict[str, Any] = {"id": group.layer, "drawn": group.drawn}
    drawn |= {"colour": layer.style.colour, "outline": layer.style.outline}
    if gathered is None:
        names = ("kind", "iso_a3") if group.drawn == "basemap" else ()
        return drawn | {"features": ground_features(scene.rows(group), names)}
    return drawn | {
        "symbol": layer.style.symbol,
        "noun": group.rows_noun.forms(language),
        "measure": group.measure.noun.forms(language) if group.measure else None,
        "largest": largest_value(gathered),
        "labels": [title.in_language(language) for title in _line_titles(group, layer)],
        "places": [
            {"name": p.name, "at": [p.lat, p.lon], "kind": p.kind, "radius_m": p.radius_m}
            for p in gathered.places
        ],
        "entries": [_entry(entry, group, layer, language) for entry in gathered.entries],
    }


def _entry(entry: Entry, group: Group, layer: Layer, language: Language) -> dict[str, Any]:
    properties = entry.feature["properties"]
    drawn: dict[str, Any] = {
        "place": entry.place,
        "years": None if entry.years is None else list(entry.years),
        "value": entry.value,
        "heading": heading_words(layer, group.headline, properties, language),
        "where": place_words(properties, language),
        "precision": precision_words(
            properties.get("place_precision"), properties.get("radius_m"), language
        ),
        "lines": _lines(group, layer, properties, language),
        "source": [
            str(properties.get("source_title") or ""),
            safe_link(properties.get("source_url")),
        ],
    }
    if layer.time is not None and layer.time.kind == "event":
        drawn["date"] = event_date_words(
            parse_day(properties.get(layer.time.start)),
            parse_day(properties.get(layer.time.end)),
            str(properties.get("date_precision") or ""),
            language,
        )
    return drawn | ({"hollow": True} if entry.hollow else {})


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
    time = layer.time
    return [
        bound_words(
            parse_day(properties.get(name)),
            str(properties.get(f"{name}_precision") or ""),
            parse_day(properties.get(earliest)) if earliest else None,
            parse_day(properties.get(latest)) if latest else None,
            language,
        )
        for name, earliest, latest in (
            (time.start, time.start_earliest, time.start_latest),
            (time.end, time.end_earliest, time.end_latest),
        )
    ]
