"""The forms of symbols and marks, as SVG has them."""

from __future__ import annotations

import re
from math import pi

import pytest
from shapely.geometry import Polygon

from geo.styles.forms import CORNERS, RINGS, corners_of, mark_path, symbol_path
from geo.styles.look import MARKS


@pytest.mark.parametrize("shape", ["square", "triangle"])
def test_a_symbol_covers_as_much_as_a_circle_of_its_radius(shape: str) -> None:
    assert Polygon(corners_of(shape, 6.0)).area == pytest.approx(pi * 36, rel=0.001)


@pytest.mark.parametrize("shape", CORNERS)
def test_a_path_of_svg_has_the_same_corners(shape: str) -> None:
    path = symbol_path(shape, 6.0)
    assert path[0] + path[-1] == "MZ"
    found = [tuple(map(float, point.split())) for point in path[1:-1].split("L")]
    for point, corner in zip(found, corners_of(shape, 6.0), strict=True):
        assert point == pytest.approx(corner, abs=0.005)


def test_a_circle_is_drawn_round_its_middle() -> None:
    assert symbol_path("circle", 5) == "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z"


@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_lies_inside_its_symbol(mark: str) -> None:
    drawn = mark_path(mark, "square", 6.0)
    numbers = [abs(float(number)) for number in re.findall(r"-?\d+(?:\.\d+)?", drawn.path)]
    # The farthest number is twice the radius of a round mark.
    assert 0 < max(numbers) < 6
    assert (drawn.line_px is None) == (mark == "dot")
    assert mark_path(mark, "triangle", 6.0) != drawn


def test_no_two_ways_of_not_knowing_a_place_look_alike() -> None:
    assert len({ring.dashes for ring in RINGS.values()}) == len(RINGS)
