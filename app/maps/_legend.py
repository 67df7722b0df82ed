"""Draw the legend's signs; its circles are drawn by the script, to the scale of the years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from geo.styles.forms import RINGS, mark_path, symbol_path
from geo.styles.look import ClassLook, Look
from geo.styles.scale import STROKE_PX, SYMBOL_STROKE_PX

WIDTH_PX, HEIGHT_PX = 20, 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One line of the legend: a small drawing and what it stands for."""

    name: str
    drawing: Markup
    text: str


def ring(seen: Look, kind: str) -> Markup:
    """Draw the sign of a place that is not exactly where it is drawn."""
    sign = RINGS[kind]
    return _sign(
        [
            Markup(
                '<circle r="{:g}" fill="{}" fill-opacity="{:g}" stroke="{}" stroke-width="{:g}" '
                'stroke-dasharray="{}"/>'
            ).format(sign.radius_px, seen.colour, sign.opacity, seen.colour, STROKE_PX, sign.dashes)
        ]
    )


def symbol(seen: Look, one: ClassLook, *, hollow: bool = False) -> Markup:
    """Draw the sign of one thing of a class at a place, filled or empty."""
    style = seen.layer.style
    fill, edge = (seen.theme.area, one.colour) if hollow else (one.colour, seen.outline)
    parts = [_path(symbol_path(style.symbol, style.radius_px), fill, edge, SYMBOL_STROKE_PX)]
    if one.mark:
        mark = mark_path(one.mark, style.symbol, style.radius_px)
        if mark.line_px is None:
            parts.append(_path(mark.path, edge, "none", 0))
        else:
            parts.append(_path(mark.path, "none", edge, mark.line_px))
    return _sign(parts)


def unknown(seen: Look) -> Markup:
    """Draw the sign of a place where something happened whose toll nobody stated."""
    path = symbol_path("diamond", seen.layer.style.radius_px)
    return _sign([_path(path, seen.theme.area, seen.colour, SYMBOL_STROKE_PX)])


def line(colour: str) -> Markup:
    """Draw the sign of a line on the ground."""
    return _sign([_path("M-9 3Q-4 -7 1 4T9 -2", "none", colour, 2)])


def _path(path: str, fill: str, stroke: str, width: float) -> Markup:
    return Markup('<path d="{}" fill="{}" stroke="{}" stroke-width="{:g}"/>').format(
        path, fill, stroke, width
    )


def _sign(parts: Sequence[Markup]) -> Markup:
    """Frame drawings round 0, 0."""
    return Markup(
        '<svg width="{0}" height="{1}" viewBox="{2:g} {3:g} {0} {1}" aria-hidden="true">{4}</svg>'
    ).format(WIDTH_PX, HEIGHT_PX, -WIDTH_PX / 2, -HEIGHT_PX / 2, Markup("").join(parts))
