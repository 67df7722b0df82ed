"""Say in words what a style draws: every sign, the sizes of circles, and what to keep in mind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo.spec import Field, Language, Layer, Text
from geo.styles import scale
from geo.styles.look import SEVERAL, ClassLook, Look, is_drawn, look
from geo.styles.sprite import icon_name
from geo.styles.themes import Theme

_IMPRECISE = Text(
    en="hollow: known only to the cercle, region or road; the place is not exact",
    fr="creux : connu seulement au niveau du cercle, de la région ou de la route ; le lieu n’est "
    "pas exact",
)
_UNKNOWN = Text(en="number not stated", fr="nombre non précisé")
_ROWS = Text(en="number of entries", fr="nombre d’entrées")
_CELLS = Text(
    en="Where circles merge many entries, they are coloured by the kind of more than half of them; "
    "entries whose place is not exact are counted too.",
    fr="Quand un cercle réunit de nombreuses entrées, sa couleur est celle du type de plus de la "
    "moitié d’entre elles ; les entrées au lieu inexact sont comptées aussi.",
)
_ROUND_VALUES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_SIZES_PX = (4.0, 10.0, 20.0)


def legend(layers: Iterable[Layer], theme: Theme, language: Language) -> list[dict[str, Any]]:
    """List what each layer's signs mean, in the order in which the layers are drawn."""
    looks = [look(layer, theme) for layer in layers if is_drawn(layer)]
    return [_of_layer(seen, language) for seen in looks]


def _of_layer(seen: Look, language: Language) -> dict[str, Any]:
    layer = seen.layer
    by = layer.field(layer.style.colour_by) if layer.style.colour_by else None
    made: dict[str, Any] = {
        "layer": layer.id,
        "title": layer.title.in_language(language),
        "colour_by": by.name if by else None,
        "colour_by_title": by.title.in_language(language) if by else None,
        "entries": [_entry(seen, one, language) for one in _told(seen)],
    }
    if not seen.is_shape:
        made["hollow"] = _IMPRECISE.in_language(language)
        made["cells"] = _cells(seen, language)
    if seen.sized_by:
        made["sizes"] = _sizes(seen, language)
        made["unknown"] = _UNKNOWN.in_language(language)
    return made


def _told(seen: Look) -> tuple[ClassLook, ...]:
    """List the classes that look different, or the layer itself where none do."""
    differ = len({(one.colour, one.mark) for one in seen.classes}) > 1 or seen.is_ground
    return seen.classes if differ else (seen.other,)


def _entry(seen: Look, one: ClassLook, language: Language) -> dict[str, Any]:
    layer = seen.layer
    title = layer.title if one.value is None else one.title
    shape, colour = layer.style.symbol, one.colour
    ground = one.choice.ground if one.choice else None
    if ground:
        theme = seen.theme
        shape = "line" if ground == "river" else "area"
        colour = {"land": theme.land, "lake": theme.lake, "river": theme.river}[ground]
    elif seen.is_shape:
        colour = seen.line
    entry = {
        "value": one.value,
        "title": title.in_language(language),
        "shape": shape,
        "colour": colour,
        "outline": seen.outline,
        "mark": one.mark,
    }
    if not seen.is_shape:
        entry["icon"] = icon_name(seen, one)
    return entry


def _cells(seen: Look, language: Language) -> dict[str, Any]:
    return {
        "note": _CELLS.in_language(language),
        "mixed": {"title": SEVERAL.in_language(language), "colour": seen.other.colour},
        "sized_by": seen.cells_sized_by,
        "sized_by_title": _size_title(seen, seen.cells_sized_by, language),
        "unit_px": seen.cell_unit_px,
        "smallest_px": scale.SMALLEST_CELL_PX,
        "largest_px": scale.LARGEST_CELL_PX,
    }


def _sizes(seen: Look, language: Language) -> dict[str, Any]:
    """Give three circles, and what any other is worth: radius = unit · √value · factor(zoom)."""
    unit = seen.layer.style.value_px
    values = [
        min(_ROUND_VALUES, key=lambda value: abs(unit * value**0.5 - size)) for size in _SIZES_PX
    ]
    return {
        "property": seen.sized_by,
        "title": _size_title(seen, seen.sized_by or "", language),
        "unit_px": unit,
        "smallest_px": scale.SMALLEST_PX,
        "largest_px": scale.LARGEST_PX,
        "zoom_factors": [list(pair) for pair in scale.ZOOMS],
        "circles": [
            {"value": value, "radius_px": round(scale.radius_px(value, unit, 7.0), 1)}
            for value in dict.fromkeys(values)
        ],
    }


def _size_title(seen: Look, name: str, language: Language) -> str:
    found: Field | None = seen.layer.field(name)
    return (found.title if found else _ROWS).in_language(language)
