"""Circles whose area is the value."""

from __future__ import annotations

from math import isclose

import pytest

from app.figures._circles import legend_values, scale_of


def test_the_area_grows_with_the_value() -> None:
    scale = scale_of(500, side_pt=300)
    areas = [scale.radius_pt(value) ** 2 for value in (5, 50, 500)]
    assert isclose(areas[1] / areas[0], 10)
    assert isclose(areas[2] / areas[1], 10)


def test_a_map_of_few_is_not_a_map_of_large_discs() -> None:
    assert scale_of(1, side_pt=300).radius_pt(1) < scale_of(500, side_pt=300).radius_pt(500) / 3


@pytest.mark.parametrize(
    ("largest", "values"),
    [
        (0, ()),
        (1, (1,)),
        (2, (2, 1)),
        (4, (4, 1)),
        (9, (9, 2, 1)),
        (22, (20, 5, 1)),
        (500, (500, 100, 20)),
        (1_006, (1_000, 200, 50)),
    ],
)
def test_the_legend_has_up_to_three_round_sizes(largest: int, values: tuple[int, ...]) -> None:
    assert legend_values(largest) == values
