"""Write sizes, colours and names as expressions of MapLibre styles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from geo.spec import Language, Layer
from geo.styles.look import IMPRECISE_FROM, ClassLook, Look, label_texts
from geo.styles.scale import LARGEST_MARK_PX, STROKE_PX, ZOOMS, value_at

Expression = Any
# Filters see whole zooms; symbols grow too slowly for anything between to matter.
_WHOLE_ZOOMS = range(2, 16)


def number(name: str) -> Expression:
    """Read a number that may be missing as 0."""
    return ["to-number", ["get", name], 0]


def by_zoom(at: Callable[[float], Expression]) -> Expression:
    """Let a size grow with the zoom, as geo.styles.scale says."""
    stops = [part for zoom, grown in ZOOMS for part in (zoom, at(grown))]
    return ["interpolate", ["linear"], ["zoom"], *stops]


def radius(value: Expression, unit_px: float, bounds_px: tuple[float, float]) -> Expression:
    """Size a circle so that its area stands for a value (geo.styles.scale.radius_px)."""
    root = ["sqrt", ["max", 0, value]]
    smallest, largest = bounds_px

    def at(grown: float) -> Expression:
        sized = ["*", round(unit_px * grown, 4), root]
        return ["-", ["min", largest, ["max", smallest, sized]], STROKE_PX]

    return by_zoom(at)


def is_at_least(value: Expression, radius_px: float, unit_px: float) -> Expression:
    """Hold where a circle has at least a radius at the whole zoom."""

    def holds(zoom: float) -> Expression:
        return [">=", value, round(value_at(radius_px, unit_px, zoom), 3)]

    steps = [part for zoom in _WHOLE_ZOOMS for part in (zoom, holds(zoom))]
    return ["step", ["zoom"], holds(0), *steps]


def is_imprecise() -> Expression:
    """Hold for points that are not where they are drawn; unknown is not exact."""
    return [">=", ["coalesce", ["get", "place_precision"], IMPRECISE_FROM], IMPRECISE_FROM]


def by_class(seen: Look, of: Callable[[ClassLook], Expression]) -> Expression:
    """Choose by the class of a feature."""
    by, other = seen.layer.style.colour_by, of(seen.other)
    pairs = [(one.value, of(one)) for one in seen.classes]
    if by is None or all(made == other for _, made in pairs):
        return other
    return ["match", ["get", by], *(part for pair in pairs for part in pair), other]


def by_majority(seen: Look, of: Callable[[ClassLook], Expression]) -> Expression:
    """Choose by the colour that more than half of a cell's rows have."""
    by, other = seen.layer.style.colour_by, of(seen.other)
    cases: list[Expression] = []
    for alike in seen.alike():
        counts = [number(f"{by}:{one.value}") for one in alike]
        together = counts[0] if len(counts) == 1 else ["+", *counts]
        cases += [[">", ["*", 2, together], ["get", "count"]], of(alike[0])]
    if by is None or all(made == other for made in cases[1::2]):
        return other
    return ["case", *cases, other]


def label(layer: Layer, language: Language) -> Expression:
    """Write a feature's name, in the language where it has one."""
    names = label_texts(layer)
    ordered = sorted(names, key=lambda name: name.endswith("_fr") != (language == "fr"))
    return ["coalesce", *(["get", name] for name in ordered), ""]


def all_of(conditions: Sequence[Expression]) -> Expression:
    """Join conditions."""
    return conditions[0] if len(conditions) == 1 else ["all", *conditions]


def icon_size(radius_px: float, drawn_for_px: float) -> Expression:
    """Scale an icon that was drawn for one radius to another, by zoom."""
    return by_zoom(lambda grown: round(radius_px / drawn_for_px * grown, 4))


def mark_size(value: Expression, unit_px: float, drawn_for_px: float) -> Expression:
    """Scale a mark to the circle that it stands in."""
    root = ["sqrt", ["max", 0, value]]
    largest = LARGEST_MARK_PX / drawn_for_px

    def at(grown: float) -> Expression:
        return ["min", largest, ["*", round(unit_px * grown / drawn_for_px, 4), root]]

    return by_zoom(at)
