"""The colours of a figure: those of its layer and theme, and none of its own."""

from __future__ import annotations

from dataclasses import dataclass

from app.figures._base import FigureSpec
from geo.spec import Layer
from geo.styles.look import look
from geo.styles.themes import Theme


@dataclass(frozen=True, kw_only=True, slots=True)
class Colours:
    """What is drawn in which colour; `paper` is the ground of all that is not map."""

    paper: str
    mark: str
    ink: str
    note: str
    muted: str
    rule: str
    compared: str
    theme: Theme


def colours_of(spec: FigureSpec, layer: Layer, theme: Theme) -> Colours:
    """Choose the colours of a figure in a theme."""
    seen = look(layer, theme)
    mark = seen.of_class(spec.colour_class).colour if spec.colour_class else seen.colour
    return Colours(
        paper=theme.halo,
        mark=mark,
        ink=theme.inks["point"],
        note=theme.inks["area"],
        muted=theme.inks["land"],
        rule=theme.land_line,
        compared=theme.inks["water"],
        theme=theme,
    )
