"""Draw the legend: nested circles of three sizes and a sign for everything else on the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from markupsafe import Markup

from app.maps._wording import number_words
from geo.spec import Language, Style

LARGEST_RADIUS_PX = 24.0
# What a single one is drawn with at most, so that a map of three events is not three large discs.
SINGLE_RADIUS_PX = 7.0
SMALLEST_RADIUS_PX = 2.5
STEPS = (1, 2, 3, 5, 10, 15, 20, 25, 30, 40, 50, 75)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One line of the legend: a small drawing and what it stands for."""

    drawing: Markup
    text: str


def circle_radius_px(value: float, largest: float) -> float:
    """Size a circle by its area, never by its radius, so that the largest stays in bounds."""
    if value <= 0 or largest <= 0:
        return 0.0
    scale = min(LARGEST_RADIUS_PX / sqrt(largest), SINGLE_RADIUS_PX)
    return max(scale * sqrt(value), SMALLEST_RADIUS_PX)


def legend_values(largest: float) -> tuple[int, ...]:
    """Choose up to three round values to explain the circles with, the largest first."""
    if largest < 1:
        return ()
    steps = [step * 100**power for power in range(5) for step in STEPS]
    within = [step for step in steps if step <= largest]
    top = within[-1]
    chosen = [top]
    for part in (5, 25):
        lower = [step for step in within if step < chosen[-1]]
        if lower:
            chosen.append(min(lower, key=lambda step: abs(step - top / part)))
    return tuple(chosen)


def nested_circles(largest: float, style: Style, language: Language) -> Markup:
    """Draw the legend's circles inside one another, each with its value at a leader line."""
    values = legend_values(largest)
    if not values:
        return Markup("")
    radii = [circle_radius_px(value, largest) for value in values]
    base = 2 * radii[0] + 9
    centre = radii[0] + 2
    label_x = centre + radii[0] + 14
    # Labels need 13 px each: the smallest circle's label may have to stand below its top.
    heights: list[float] = []
    for radius in radii:
        top = base - 2 * radius
        heights.append(max(top, heights[-1] + 13) if heights else top)
    height = max(base + 3, heights[-1] + 6)
    parts = [
        Markup('<circle cx="{}" cy="{}" r="{}" fill="{}" fill-opacity="0.3" stroke="{}"/>').format(
            _px(centre), _px(base - radius), _px(radius), style.colour, style.colour
        )
        for radius in radii
    ]
    for value, radius, y in zip(values, radii, heights, strict=True):
        parts.append(
            Markup(
                '<path d="M{} {}L{} {}" fill="none" stroke="#5c6670" stroke-width="0.8"/>'
                '<text x="{}" y="{}" font-size="12" fill="#1f2933">{}</text>'
            ).format(
                *(_px(centre), _px(base - 2 * radius), _px(label_x - 4), _px(y)),
                *(_px(label_x), _px(y + 4), number_words(value, language)),
            )
        )
    width = label_x + 9 * len(number_words(values[0], language)) + 4
    return _svg(width, height, parts)


def ring(style: Style, *, dashed: bool, area: bool) -> Markup:
    """Draw the sign of a place that is no exact point."""
    return _svg(
        26,
        20,
        [
            Markup(
                '<circle cx="13" cy="10" r="{}" fill="{}" fill-opacity="{}" stroke="{}" '
                'stroke-width="{}" stroke-dasharray="{}"/>'
            ).format(
                *("9" if area else "7", style.colour, "0.06" if area else "0.2", style.colour),
                *("1.2" if area else "1.5", ("5 4" if area else "2.5 2.5") if dashed else "none"),
            )
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
