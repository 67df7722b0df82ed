"""The themes: the colours of the ground, of lines and of text, for light, dark and paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from geo.errors import UnknownThing
from geo.spec import Text


# Compared by identity: a theme is a key of caches.
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Theme:
    """Give the colours that are not a layer's own.

    `water` is the ground where nothing is drawn; `area` fills the areas that a map is about, such
    as regions, and `land` all other countries. `inks` are the colours of labels by what they name.
    """

    id: str
    title: Text
    is_dark: bool
    water: str
    water_line: str
    river: str
    lake: str
    land: str
    land_line: str
    area: str
    area_line: str
    symbol_outline: str
    halo: str
    inks: Mapping[str, str] = field(default_factory=dict)
    # What the layers' colours become; a dark theme turns others into light ones of their hue.
    tones: Mapping[str, str] = field(default_factory=dict)


LIGHT = Theme(
    id="light",
    title=Text(en="Light", fr="Clair"),
    is_dark=False,
    water="#DCEBF3",
    water_line="#9DC3DA",
    river="#7FB2D0",
    lake="#D6E9F2",
    land="#ECE9E1",
    land_line="#B5B09F",
    area="#FBFAF6",
    area_line="#8A8573",
    symbol_outline="#FFFFFF",
    halo="#FFFFFF",
    inks={
        "area": "#4A4537",
        "land": "#5C5748",
        "water": "#1F5C84",
        "point": "#2D2A22",
    },
)
DARK = Theme(
    id="dark",
    title=Text(en="Dark", fr="Sombre"),
    is_dark=True,
    water="#12181F",
    water_line="#2E4A5E",
    river="#3A637E",
    lake="#1B2C3A",
    land="#1A1D21",
    land_line="#454A50",
    area="#23272C",
    area_line="#6F767E",
    symbol_outline="#0E1114",
    halo="#14171A",
    inks={
        "area": "#C9C5BA",
        "land": "#9A9A94",
        "water": "#84B4D2",
        "point": "#E4E1D8",
    },
    # Found by a search near the hues: more than 23 apart in CIE Lab within a layer, also for
    # protanopes and deuteranopes, where colours that were lightened alone came as near as 9.
    tones={
        "#0072B2": "#147EF2",
        "#117733": "#36D46E",
        "#189058": "#6FA068",
        "#189090": "#4B8378",
        "#1A1A1A": "#F3F3F3",
        "#2028E8": "#A762B7",
        "#280840": "#C9A8C3",
        "#332288": "#9EADFB",
        "#400890": "#CFB1FE",
        "#4D4D4D": "#B0B0B0",
        "#503010": "#F8D9A4",
        "#6B6B6B": "#A5A5A5",
        "#882255": "#CC4DAE",
        "#D55E00": "#E33405",
    },
)
PRINT = Theme(
    id="print",
    title=Text(en="For print", fr="Pour l’impression"),
    is_dark=False,
    water="#E6EFF4",
    water_line="#8FB2C6",
    river="#6E9FBD",
    lake="#D9E7EF",
    land="#F1F1EE",
    land_line="#A5A296",
    area="#FFFFFF",
    area_line="#6E6A5E",
    symbol_outline="#FFFFFF",
    halo="#FFFFFF",
    inks={
        "area": "#3A362B",
        "land": "#58544A",
        "water": "#1F5C84",
        "point": "#1A1A1A",
    },
)
THEMES: Mapping[str, Theme] = {theme.id: theme for theme in (LIGHT, DARK, PRINT)}


def parse_theme(name: str) -> Theme:
    """Find a theme by its id."""
    if name not in THEMES:
        raise UnknownThing("style", name, THEMES)
    return THEMES[name]
