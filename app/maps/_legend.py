"""Draw the legend's signs; its circles are drawn by the script, to the scale of the years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from geo.spec import Style

LARGEST_RADIUS_PX = 24.0
# What a single one is drawn with at most, so that a map of three events is not three large discs.
SINGLE_RADIUS_PX = 7.0
SMALLEST_RADIUS_PX = 2.5
# Radius, filling and dashes of the signs of imprecise places; atlas-symbols.js draws the same.
RINGS = {
    "near": (7, "0.3", "1 2.5"),
    "road": (7, "0.12", "3 2.5"),
    "unsure": (7, "0", "5 3"),
    "area": (9, "0.06", "6 4"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One line of the legend: a small drawing and what it stands for."""

    name: str
    drawing: Markup
    text: str


def ring(style: Style, kind: str) -> Markup:
    """Draw the sign of a place that is not exactly where it is drawn."""
    radius, fill_opacity, dashes = RINGS[kind]
    return _svg(
        26,
        20,
        [
            Markup(
                '<circle cx="13" cy="10" r="{}" fill="{}" fill-opacity="{}" stroke="{}" '
                'stroke-width="1.4" stroke-dasharray="{}"/>'
            ).format(radius, style.colour, fill_opacity, style.colour, dashes)
        ],
    )


def symbol(style: Style, *, hollow: bool = False) -> Markup:
    """Draw the sign of one thing at a place, filled or empty."""
    fill, stroke = ("#ffffff", style.colour) if hollow else (style.colour, style.outline)
    return _svg(
        26,
        20,
        [
            Markup('<path d="{}" fill="{}" stroke="{}" stroke-width="1.6"/>').format(
                symbol_path(style.symbol, 13, 10), fill, stroke
            )
        ],
    )


def unknown(style: Style) -> Markup:
    """Draw the sign of a place where something happened whose toll nobody stated."""
    path = symbol_path("diamond", 13, 10)
    return _svg(
        26,
        20,
        [
            Markup('<path d="{}" fill="#ffffff" stroke="{}" stroke-width="1.6"/>').format(
                path, style.colour
            )
        ],
    )


def line(colour: str) -> Markup:
    """Draw the sign of a line on the ground."""
    parts = [
        Markup('<path d="M2 13Q8 3 14 10T24 8" fill="none" stroke="{}" stroke-width="2"/>').format(
            colour
        )
    ]
    return _svg(26, 20, parts)


def symbol_path(shape: str, x: float, y: float) -> str:
    """Outline a symbol as an SVG path; the browser draws the same shapes on the map."""
    if shape == "triangle":
        return f"M{x} {y - 8.5}L{x + 8.5} {y + 6}L{x - 8.5} {y + 6}Z"
    if shape == "diamond":
        return f"M{x} {y - 6}L{x + 6} {y}L{x} {y + 6}L{x - 6} {y}Z"
    if shape == "square":
        return f"M{x - 6.7:.1f} {y - 6.7:.1f}h13.4v13.4h-13.4Z"
    return f"M{x - 6} {y}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0Z"


def _svg(width: float, height: float, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg width="{0}" height="{1}" viewBox="0 0 {0} {1}" aria-hidden="true">{2}</svg>'
    ).format(_px(width), _px(height), Markup("").join(parts))


def _px(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
