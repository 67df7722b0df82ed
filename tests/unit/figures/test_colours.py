"""Whether a figure can be read by everybody, on every ground, and in grey."""

from __future__ import annotations

from typing import get_args

import pytest

from app.figures import figures
from app.figures._look import Colours, colours_of
from app.figures._map import AREA_OPACITY, ROAD_OPACITY
from app.start import declared_layers
from geo.styles.colours import Sight, contrast, distance, over, rgb
from geo.styles.scale import OPACITY
from geo.styles.themes import THEMES

LAYERS = declared_layers()
every_theme = pytest.mark.parametrize("theme", THEMES)
every_figure = pytest.mark.parametrize("number", figures())
every_sight = pytest.mark.parametrize("sight", get_args(Sight))
# In CIE Lab; 2 is just seen side by side, 10 at a glance. Bars and the diamonds beside them differ
# in shape too.
APART, APART_WITH_SHAPE = 20.0, 15.0
# What a grey print still parts: a tenth of the way from black to white.
GREY_APART = 20


def colours(number: str, theme: str) -> Colours:
    spec = figures()[number]
    return colours_of(spec, LAYERS[spec.layer], THEMES[theme])


def grey(colour: str) -> int:
    """Give how light a colour is in a greyscale print (Rec. 601)."""
    red, green, blue = rgb(colour)
    return round(0.299 * red + 0.587 * green + 0.114 * blue)


@every_theme
@every_figure
def test_marks_stand_out_and_texts_can_be_read(number: str, theme: str) -> None:
    seen = colours(number, theme)
    for mark in (seen.mark, seen.compared):
        assert contrast(mark, seen.paper) >= 3
    for ink in (seen.ink, seen.note, seen.muted, seen.compared):
        assert contrast(ink, seen.paper) >= 4.5
    assert contrast(seen.mark, seen.theme.area) >= 3


@every_sight
@every_theme
@every_figure
def test_bars_comparisons_and_ground_differ_for_every_sight(
    number: str, theme: str, sight: Sight
) -> None:
    seen = colours(number, theme)
    for one in (seen.mark, seen.compared):
        assert distance(one, seen.paper, sight) > APART
    assert distance(seen.mark, seen.compared, sight) > APART_WITH_SHAPE


@every_sight
@every_theme
@pytest.mark.parametrize("number", ["2", "4", "6"])
def test_circles_areas_and_ground_differ_for_every_sight(
    number: str, theme: str, sight: Sight
) -> None:
    seen = colours(number, theme)
    ground = seen.theme.area
    circle = over(seen.mark, ground, OPACITY)
    for fainter in (over(seen.mark, ground, share) for share in (AREA_OPACITY, ROAD_OPACITY)):
        assert distance(circle, fainter, sight) > APART
    assert distance(circle, ground, sight) > APART
    assert distance(circle, seen.theme.river, sight) > APART


@every_theme
@every_figure
def test_in_grey_marks_are_still_seen(number: str, theme: str) -> None:
    seen = colours(number, theme)
    assert abs(grey(seen.mark) - grey(seen.paper)) > GREY_APART
    assert abs(grey(seen.ink) - grey(seen.paper)) > 3 * GREY_APART
    # A line from low to high lies over the bar.
    assert abs(grey(seen.ink) - grey(seen.mark)) > GREY_APART
