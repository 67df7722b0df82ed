"""Colours for a surface: even steps of lightness, see-through where there is little."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from geo.errors import BadParameter
from geo.png import Colour
from geo.spec import Text

# Ramps of cmocean, which rio-tiler brings. Each goes in steps that look alike from light to dark,
# so that they can be told apart in grey and without seeing red or green; `_r` is for dark ground.
RAMPS: Mapping[str, Text] = {
    "matter": Text(en="sand to purple, for light ground", fr="du sable au violet, pour fond clair"),
    "matter_r": Text(
        en="purple to sand, for dark ground", fr="du violet au sable, pour fond sombre"
    ),
    "tempo": Text(
        en="white to blue-green, for light ground", fr="du blanc au bleu-vert, fond clair"
    ),
    "tempo_r": Text(
        en="blue-green to white, for dark ground", fr="du bleu-vert au blanc, fond sombre"
    ),
}
USUAL_RAMP = "matter"
STEPS = 255
# From this part of the ramp on it is as dense as it gets; names stay readable through it.
FULL_FROM = 0.5
MOST_ALPHA = 225
_ROUND = (1, 2, 5)
MOST_STOPS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """One value of a legend, where it stands on the ramp (0 to 1), and its colour."""

    value: float
    position: float
    colour: Colour

    @property
    def hexadecimal(self) -> str:
        return "#{:02x}{:02x}{:02x}".format(*self.colour[:3])

    @property
    def opacity(self) -> float:
        return round(self.colour[3] / 255, 3)


def parse_ramp(name: str | None) -> str:
    """Read which colours are asked for."""
    if name is not None and name not in RAMPS:
        raise BadParameter("colours", name, "is no ramp here", allowed=list(RAMPS))
    return name or USUAL_RAMP


@cache
def ramp(name: str) -> tuple[Colour, ...]:
    """Give the colour of each of the 256 steps."""
    from rio_tiler.colormap import cmap

    known = cmap.get(name)
    steps = range(STEPS + 1)
    return tuple((*known[step][:3], alpha_of(step / STEPS)) for step in steps)


def alpha_of(position: float) -> int:
    """Let the ground through where there is little, and hide it nowhere wholly."""
    return round(MOST_ALPHA * min(position / FULL_FROM, 1.0))


def position_of(value: float, maximum: float) -> float:
    """Say where on the ramp a value stands: by its square root, so that little is seen too."""
    return math.sqrt(min(max(value / maximum, 0.0), 1.0)) if maximum > 0 else 0.0


def stops(maximum: float, name: str) -> list[Stop]:
    """Explain a ramp by a few round values and the maximum, the lowest first."""
    if maximum <= 0:
        return []
    colours = ramp(name)
    values = [*_round_values(maximum), maximum]
    positions = [position_of(value, maximum) for value in values]
    return [
        Stop(value=value, position=position, colour=colours[round(STEPS * position)])
        for value, position in zip(values, positions, strict=True)
    ]


def _round_values(maximum: float) -> list[float]:
    """Choose round values that stand apart from one another and from the maximum."""
    power = math.floor(math.log10(maximum))
    rounds = [float(f"{step}e{power - down}") for down in (2, 1, 0) for step in _ROUND]
    chosen: list[float] = []
    farthest = 1 - 1 / (MOST_STOPS + 1)
    for value in reversed(rounds):
        position = position_of(value, maximum)
        if 1 / (MOST_STOPS + 3) <= position <= farthest:
            chosen.append(value)
            farthest = position - 1 / (MOST_STOPS + 1)
    return chosen[::-1]
