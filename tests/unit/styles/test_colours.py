from __future__ import annotations

import pytest

from geo.styles.colours import contrast, distance, hexadecimal, on_dark, over, rgb


def test_a_colour_is_read_and_written_back() -> None:
    assert rgb("#D55E00") == (213, 94, 0)
    assert hexadecimal((213, 94, 0)) == "#D55E00"


def test_black_on_white_has_the_most_contrast_and_a_colour_none_to_itself() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#D55E00", "#D55E00") == 1


def test_half_of_a_colour_lets_half_of_the_ground_through() -> None:
    assert over("#000000", "#FFFFFF", 0.5) == "#808080"


def test_red_and_green_of_one_lightness_come_together_for_who_sees_no_red() -> None:
    red, green = "#C87850", "#80966E"
    assert distance(red, green) > 40
    assert distance(red, green, "protanopia") < 20


def test_distance_is_that_of_cie_lab() -> None:
    assert distance("#000000", "#FFFFFF") == pytest.approx(100, abs=0.01)


@pytest.mark.parametrize("colour", ["#1A1A1A", "#280840", "#400890", "#0072B2", "#D55E00"])
def test_on_a_dark_ground_the_darkest_colour_becomes_the_lightest(colour: str) -> None:
    lighter = on_dark(colour)
    assert contrast(lighter, "#000000") > contrast(on_dark("#FFFFFF"), "#000000")
    assert contrast(on_dark("#000000"), "#000000") >= contrast(lighter, "#000000")
