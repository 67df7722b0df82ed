"""What the layers look like in every theme: told apart by contrast, colour and mark."""

from __future__ import annotations

from itertools import combinations, product
from typing import get_args

import pytest

from app.start import declared_layers
from geo.errors import UnknownThing
from geo.styles.colours import Sight, contrast, distance
from geo.styles.look import Look, is_drawn, look
from geo.styles.themes import THEMES, Theme, parse_theme

POINT_LAYERS = [layer for layer in declared_layers().values() if is_drawn(layer)]
LOOKS = [
    look(layer, theme)
    for theme, layer in product(THEMES.values(), POINT_LAYERS)
    if layer.style.symbol not in ("area", "line")
]
every_look = pytest.mark.parametrize(
    "seen", LOOKS, ids=[f"{one.theme.id}-{one.layer.id}" for one in LOOKS]
)
every_theme = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
# Colours alone: the marks tell the rest, and all that a tritanope (1 in 10,000) cannot.
NEAREST: dict[Sight, float] = {
    "full": 23.0,
    "protanopia": 17.0,
    "deuteranopia": 23.0,
    "tritanopia": 5.0,
}


def grounds(theme: Theme) -> tuple[str, ...]:
    """List what symbols and text may stand on."""
    return (theme.area, theme.land, theme.lake, theme.water)


@every_look
def test_symbols_stand_out_from_every_ground(seen: Look) -> None:
    colours = {one.colour for one in (*seen.classes, seen.other)}
    faint = {
        (colour, ground): contrast(colour, ground)
        for colour, ground in product(colours, grounds(seen.theme))
        if contrast(colour, ground) < 3
    }
    assert faint == {}


@every_look
def test_marks_stand_out_from_their_symbols(seen: Look) -> None:
    faint = [one for one in seen.classes if one.mark and contrast(one.colour, seen.outline) < 3]
    assert faint == []


@every_theme
def test_text_can_be_read_on_every_ground(theme: Theme) -> None:
    faint = {
        (name, ground): contrast(ink, ground)
        for (name, ink), ground in product(theme.inks.items(), (*grounds(theme), theme.halo))
        if contrast(ink, ground) < 4.5
    }
    assert faint == {}


@every_look
@pytest.mark.parametrize("sight", get_args(Sight))
def test_classes_are_told_apart_by_their_colours(seen: Look, sight: Sight) -> None:
    colours = dict.fromkeys(one.colour for one in seen.classes)
    near = {
        pair: distance(*pair, sight)
        for pair in combinations(colours, 2)
        if distance(*pair, sight) < NEAREST[sight]
    }
    assert near == {}


@every_look
def test_classes_of_different_colours_have_different_marks(seen: Look) -> None:
    pairs = {(one.colour, one.mark) for one in seen.classes}
    marks = [mark for _, mark in pairs]
    assert len(set(marks)) == len({one.colour for one in seen.classes}) == len(pairs) or not pairs


def test_a_mark_means_the_same_class_in_every_theme() -> None:
    layer = declared_layers()["attacks"]
    marks = [[one.mark for one in look(layer, theme).classes] for theme in THEMES.values()]
    assert marks[0] == marks[1] == marks[2]


def test_circles_are_sized_by_the_best_estimate_of_the_first_measure() -> None:
    layers, light = declared_layers(), THEMES["light"]
    sized = {name: look(layers[name], light).sized_by for name in ("events", "attacks", "camps")}
    assert sized == {"events": "killed_best", "attacks": "killed_best", "camps": None}


def test_an_unknown_style_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownThing, match="did you mean dark"):
        parse_theme("drak")
