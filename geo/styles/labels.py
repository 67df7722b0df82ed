"""How names are written: their kinds, sizes, fonts and order; and the style's layers for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from geo.spec import Language
from geo.styles import expressions as made
from geo.styles.look import ClassLook, Look

Font = Literal["regular", "semibold", "italic"]
# What a style calls the fonts; they come with it, so that none need be installed.
FONT_NAMES: dict[Font, str] = {
    "regular": "Noto Sans Regular",
    "semibold": "Noto Sans SemiBold",
    "italic": "Noto Sans Italic",
}
HALO_PX = 1.4
WRAPPED_EM = 9.0
LINE_EM = 1.15


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelKind:
    """How the names of a kind of thing are written.

    `rank` says which goes first where there is no room for all, the lowest before others. The
    offsets lead from the place to the anchor of the text, in ems.
    """

    ink: str
    font: Font
    size_px: float
    rank: int
    anchor: Literal["center", "left", "bottom"]
    offset_em: tuple[float, float] = (0.0, 0.0)
    spacing_em: float = 0.0
    is_upper: bool = False
    until_zoom: float = 24.0


AREA = LabelKind(
    ink="area", font="semibold", size_px=12.5, rank=0, anchor="center", until_zoom=10.0
)
LAND = LabelKind(
    ink="land",
    font="regular",
    size_px=11.0,
    rank=1,
    anchor="center",
    spacing_em=0.14,
    is_upper=True,
    until_zoom=8.0,
)
LAKE = LabelKind(ink="water", font="italic", size_px=11.0, rank=3, anchor="center")
RIVER = LabelKind(ink="water", font="italic", size_px=11.0, rank=2, anchor="center")
# Beside its symbol, where a circle's name stands above it: both fit at one town.
SYMBOL = LabelKind(
    ink="point", font="semibold", size_px=11.0, rank=4, anchor="left", offset_em=(0.85, 0.0)
)
CIRCLE = LabelKind(
    ink="point", font="regular", size_px=11.0, rank=5, anchor="bottom", offset_em=(0.0, -0.45)
)
_OF_GROUND = {"land": LAND, "lake": LAKE, "river": RIVER}


def label_kind(seen: Look, one: ClassLook) -> LabelKind:
    """Choose how the names of a class are written."""
    ground = one.choice.ground if one.choice else None
    if ground:
        return _OF_GROUND[ground]
    if seen.is_shape:
        return AREA
    return CIRCLE if seen.layer.style.symbol == "circle" else SYMBOL


def label_zoom(seen: Look, one: ClassLook) -> float:
    """Say from which zoom on the names of a class are written."""
    own = one.choice.label_zoom if one.choice else None
    return max(seen.layer.style.min_zoom, seen.layer.style.label_zoom if own is None else own)


def label_layers(seen: Look, source: str, language: Language) -> Iterator[dict[str, Any]]:
    """Write the names of a layer: for each kind and zoom one layer of the style."""
    if not seen.layer.style.labelled:
        return
    groups: dict[tuple[LabelKind, float], list[ClassLook]] = {}
    for one in seen.classes or (seen.other,):
        groups.setdefault((label_kind(seen, one), label_zoom(seen, one)), []).append(one)
    # The lowest in a style is placed last: what is written early is what may be left out first.
    for number, ((kind, zoom), members) in enumerate(reversed(groups.items())):
        is_line = kind is RIVER
        yield {
            "id": f"{seen.layer.id}-labels-{number}",
            "type": "symbol",
            "source": source,
            "source-layer": _source_layer(seen, is_line=is_line),
            "minzoom": zoom,
            "maxzoom": kind.until_zoom,
            "filter": _condition(seen, members, is_line=is_line),
            "layout": _layout(seen, kind, language, is_line=is_line),
            "paint": {
                "text-color": seen.theme.inks[kind.ink],
                "text-halo-color": seen.theme.halo,
                "text-halo-width": HALO_PX,
            },
        }


def _source_layer(seen: Look, *, is_line: bool) -> str:
    """Name the points that areas are named at; lines are named along themselves."""
    return f"{seen.layer.id}_labels" if seen.is_shape and not is_line else seen.layer.id


def _condition(seen: Look, members: list[ClassLook], *, is_line: bool) -> Any:
    conditions: list[Any] = []
    if seen.classes and len(members) < len(seen.classes):
        values = [one.value for one in members]
        conditions.append(["in", ["get", seen.layer.style.colour_by], ["literal", values]])
    if is_line:
        conditions.append(["==", ["geometry-type"], "LineString"])
    elif not seen.is_shape:
        conditions.append(["has", "id"])
    return made.all_of(conditions) if conditions else True


def _layout(seen: Look, kind: LabelKind, language: Language, *, is_line: bool) -> dict[str, Any]:
    text = made.label(seen.layer, language)
    layout: dict[str, Any] = {
        "text-field": ["upcase", text] if kind.is_upper else text,
        "text-font": [FONT_NAMES[kind.font]],
        "text-size": kind.size_px,
        "text-max-width": WRAPPED_EM,
        "text-line-height": LINE_EM,
        "text-padding": 2,
    }
    if kind.spacing_em:
        layout["text-letter-spacing"] = kind.spacing_em
    if is_line:
        return layout | {"symbol-placement": "line", "symbol-spacing": 400}
    justify = "left" if kind.anchor == "left" else "center"
    layout |= {"text-anchor": kind.anchor, "text-justify": justify}
    return layout | {"text-offset": list(kind.offset_em)}
