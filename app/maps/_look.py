"""Look up what a map is drawn with: every colour and size is that of the styles (geo/styles)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.maps._base import Group
from app.maps._scene import Scene
from geo.spec import Layer
from geo.styles import forms, scale
from geo.styles.labels import AREA, CIRCLE, HALO_PX, LAND, RIVER, LabelKind
from geo.styles.leaflet import filled, ground_paths
from geo.styles.look import ClassLook, Look, look
from geo.styles.themes import LIGHT

THEME = LIGHT
_NAMES = {"region": AREA, "country": LAND, "river": RIVER, "town": CIRCLE}


def look_of(layer: Layer) -> Look:
    """Give the look of a layer in the theme of these maps."""
    return look(layer, THEME)


def page_look() -> dict[str, Any]:
    """Say what every map is drawn with, as Leaflet and the script take it."""
    return {
        "water": THEME.water,
        "ground": ground_paths(THEME),
        "names": {kind: _name(written) for kind, written in _NAMES.items()},
        "rings": {name: asdict(ring) for name, ring in forms.RINGS.items()},
        "circle": {
            "largest": scale.LARGEST_SUM_PX,
            "single": scale.SINGLE_SUM_PX,
            "smallest": scale.SMALLEST_PX,
            "over_symbols": scale.OVER_SYMBOLS_PX,
            "weight": scale.STROKE_PX,
            "opacity": scale.OPACITY,
            "nested_opacity": scale.NESTED_OPACITY,
        },
        "symbol_weight": scale.SYMBOL_STROKE_PX,
        "area_weight": scale.AREA_STROKE_PX,
    }


def group_look(scene: Scene, group: Group) -> dict[str, Any]:
    """Say what the places of a group are drawn with; the last of its `kinds` stands for several."""
    seen = look_of(scene.layer(group))
    drawn: dict[str, Any] = {"colour": seen.colour, "outline": seen.outline}
    if group.drawn == "areas":
        return drawn | {"area": filled(THEME.area, seen.line, seen.layer.style.line_px)}
    if not group.selectable:
        return drawn
    return drawn | {
        "empty": THEME.area,
        "form": forms.symbol_path(seen.layer.style.symbol, seen.layer.style.radius_px),
        "unknown": forms.symbol_path("diamond", seen.layer.style.radius_px),
        "kinds": [_kind(seen, one) for one in kinds_of(seen)],
    }


def kinds_of(seen: Look) -> tuple[ClassLook, ...]:
    """List the classes that symbols are told apart by, and what stands for several of them."""
    return (*seen.classes, seen.other)


def kind_of(seen: Look, value: Any) -> int:
    """Number the class of a row among the kinds."""
    return kinds_of(seen).index(seen.of_class(value))


def _kind(seen: Look, one: ClassLook) -> dict[str, Any]:
    style = seen.layer.style
    mark = forms.mark_path(one.mark, style.symbol, style.radius_px) if one.mark else None
    return {"colour": one.colour, "mark": mark and asdict(mark)}


def _name(written: LabelKind) -> dict[str, str]:
    """Write how a kind of name looks, as properties of an element's style."""
    halo = ", ".join([f"0 0 {round(HALO_PX * 2)}px {THEME.halo}"] * 4)
    return {
        "color": THEME.inks[written.ink],
        "fontSize": f"{written.size_px:g}px",
        "fontWeight": "600" if written.font == "semibold" else "400",
        "fontStyle": "italic" if written.font == "italic" else "normal",
        "letterSpacing": f"{written.spacing_em:g}em",
        "textTransform": "uppercase" if written.is_upper else "none",
        "textShadow": halo,
    }
