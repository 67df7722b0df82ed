"""Which icons a theme has: every layer's symbols, and the marks that stand in circles.

Names: `camps:hq` a symbol, `camps:hq:hollow` the same for an imprecise place, `events:ambush:mark`
the mark in a filled circle, `…:mark-hollow` in a ring, `…:unknown` a place whose number is not
stated, `…:unknown-hollow` an imprecise one. Rows without a class have `camps:`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from geo.spec import Layer
from geo.styles.look import ClassLook, Look, is_drawn, look
from geo.styles.themes import Theme

Shape = Literal["circle", "square", "triangle", "diamond", "mark"]
# The sheets of a sprite, and dots to a pixel: MapLibre adds these endings to its address.
SHEETS = {"sprite": 1, "sprite@2x": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class Icon:
    """One icon: what it is and its colours; `fill` None is hollow, with a dashed edge."""

    name: str
    shape: Shape
    fill: str | None
    edge: str | None
    mark: str | None
    mark_colour: str


def icons(layers: Iterable[Layer], theme: Theme) -> tuple[Icon, ...]:
    """List the icons of a theme, in order of layers and classes."""
    looks = [look(layer, theme) for layer in layers if is_drawn(layer)]
    return tuple(icon for seen in looks if not seen.is_shape for icon in _of_layer(seen))


def icon_name(seen: Look, one: ClassLook, form: str | None = None) -> str:
    """Name the icon of a class."""
    return f"{seen.layer.id}:{one.value or ''}" + (f":{form}" if form else "")


def _of_layer(seen: Look) -> Iterator[Icon]:
    symbol = seen.layer.style.symbol
    shape: Shape = symbol if symbol in ("square", "triangle") else "circle"
    for one in (*seen.classes, seen.other):
        hollow = {"fill": None, "edge": one.colour, "mark": one.mark, "mark_colour": one.colour}
        filled = {**hollow, "fill": one.colour, "edge": seen.outline, "mark_colour": seen.outline}
        if shape != "circle":
            yield _icon(icon_name(seen, one), shape, filled)
            yield _icon(icon_name(seen, one, "hollow"), shape, hollow)
        else:
            # For legends; maps draw circles of any size themselves.
            yield _icon(icon_name(seen, one), shape, {**filled, "edge": one.colour})
        if seen.sized_by:
            empty = {**hollow, "fill": seen.theme.area}
            yield _icon(icon_name(seen, one, "unknown"), "diamond", empty)
            yield _icon(icon_name(seen, one, "unknown-hollow"), "diamond", hollow)
        if one.mark is not None:
            yield _icon(icon_name(seen, one, "mark"), "mark", {**filled, "fill": None})
            yield _icon(icon_name(seen, one, "mark-hollow"), "mark", hollow)


def _icon(name: str, shape: Shape, colours: dict[str, str | None]) -> Icon:
    return Icon(
        name=name,
        shape=shape,
        fill=colours["fill"],
        edge=colours["edge"],
        mark=colours["mark"],
        mark_colour=colours["mark_colour"] or "",
    )
