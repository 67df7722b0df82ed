from __future__ import annotations

import re
from itertools import pairwise

import pytest

from app.maps import _legend as legend
from geo.spec import Style

STYLE = Style(colour="#D55E00", outline="#FFFFFF")


@pytest.mark.parametrize(
    ("largest", "values"),
    [(0, ()), (1, (1,)), (3, (3, 1)), (28, (25, 5, 1)), (340, (300, 50, 10))],
)
def test_the_legend_explains_round_values_up_to_the_largest(
    largest: int, values: tuple[int, ...]
) -> None:
    assert legend.legend_values(largest) == values


def test_a_circle_of_four_times_the_value_has_four_times_the_area() -> None:
    small, large = legend.circle_radius_px(5, 100), legend.circle_radius_px(20, 100)
    assert large / small == pytest.approx(2)


def test_the_largest_circle_stays_in_bounds_and_one_event_stays_small() -> None:
    assert legend.circle_radius_px(400, 400) == legend.LARGEST_RADIUS_PX
    assert legend.circle_radius_px(1, 1) == legend.SINGLE_RADIUS_PX
    assert legend.circle_radius_px(0, 10) == 0


def test_the_labels_of_the_nested_circles_do_not_touch() -> None:
    drawn = str(legend.nested_circles(28, STYLE, "en"))
    heights = [float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)"', drawn)]
    assert re.findall(r">(\d+)</text>", drawn) == ["25", "5", "1"]
    assert all(low - high >= 12.5 for high, low in pairwise(heights))


def test_a_colour_cannot_leave_its_attribute() -> None:
    style = Style(colour='"><script>', outline="#000")
    assert "<script>" not in str(legend.symbol(style)) + str(legend.unknown(style))
