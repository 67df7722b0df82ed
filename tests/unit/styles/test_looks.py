"""What the layers look like in every theme: told apart by contrast, colour and mark."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from app.start import declared_layers
from geo.errors import UnknownThing
from geo.styles.colours import SIGHTS, contrast, distance
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
NEAREST = {"full": 23.0, "protanopia": 17.0, "deuteranopia": 23.0, "tritanopia": 5.0}


@every_look
def test_symbols_stand_out_from_every_ground(seen: Look) -> None:
    colours = {one.colour for one in (*seen.classes, seen.other)}
    faint = {
        (colour, ground): contrast(colour, ground)
        for colour, ground in product(colours, seen.theme.grounds)
        if contrast(colour, ground) < 3
    }
    assert faint == {}


@every_look
def test_marks_stand_out_from_their_symbols(seen: Look) -> None:
    faint = [one for one in seen.classes if one.mark and contrast(one.colour, seen.outline) < 3]
    assert faint == []


@every_theme
def test_text_can_be_read_on_every_ground(theme: Theme) -> None:
    grounds = (*theme.grounds, theme.halo)
    faint = {
        (name, ground): contrast(ink, ground)
        for (name, ink), ground in product(theme.inks.items(), grounds)
        if contrast(ink, ground) < 4.5
    }
    assert faint == {}


@every_look
@pytest.mark.parametrize("sight", SIGHTS)
def test_classes_are_told_apart_by_their_colours(seen: Look, sight: str) -> None:
    colours = dict.fromkeys(one.colour for one in seen.classes)
    near = {
        pair: distance(*pair, sight)  # type: ignore[arg-type]
        for pair in combinations(colours, 2)
        if distance(*pair, sight) < NEAREST[sight]  # type: ignore[arg-type]
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


def test_merged_rows_have_the_colour_of_more_than_half_of_them() -> None:
    seen = look(declared_layers()["events"], THEMES["light"])
    assert seen.majority({"mission": 3, "civilians": 2}, 5).value == "mission"
    assert seen.majority({"mission": 2, "civilians": 2}, 4) is seen.other
    assert seen.majority({None: 9, "mission": 2}, 11) is seen.other


def test_classes_that_share_a_colour_are_counted_together() -> None:
    seen = look(declared_layers()["attacks"], THEMES["light"])
    assert seen.majority({"ied_mine": 2, "svbied": 2, "ambush": 3}, 7).value == "ied_mine"


def test_circles_are_sized_by_the_best_estimate_of_the_first_measure() -> None:
    layers, light = declared_layers(), THEMES["light"]
    sized = {name: look(layers[name], light).sized_by for name in ("events", "attacks", "camps")}
    assert sized == {"events": "killed_best", "attacks": "killed_best", "camps": None}


def test_an_unknown_style_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownThing, match="did you mean dark"):
        parse_theme("drak")
