from __future__ import annotations

import pytest

from geo.errors import BadParameter
from geo.tiles.grid import DEEPEST
from geo.tiles.plan import points_from, side_of


@pytest.mark.parametrize(
    ("located", "zoom"),
    [(0, 0), (5_000, 0), (5_001, 8), (100_000, 10), (1_000_000, 11), (5_000_000, 12)],
)
def test_the_more_points_the_deeper_the_zoom_that_shows_each(located: int, zoom: int) -> None:
    assert points_from(located) == zoom


def test_any_number_of_points_is_shown_one_by_one_at_the_deepest_zoom() -> None:
    assert side_of(10**18, DEEPEST, None) is None


def test_a_million_points_are_fine_cells_then_coarse_ones_then_points() -> None:
    sides = [side_of(1_000_000, z, None) for z in range(DEEPEST + 1)]
    assert sides == [256] * 3 + [64] * 8 + [None] * 12


def test_a_small_layer_is_points_at_every_zoom() -> None:
    assert {side_of(5_000, z, None) for z in range(DEEPEST + 1)} == {None}


@pytest.mark.parametrize(("asked", "side"), [("64", 64), ("256", 256), ("none", None)])
@pytest.mark.parametrize("located", [3, 1_000_000])
@pytest.mark.parametrize("z", [0, 4, 14])
def test_who_asks_for_cells_gets_them(z: int, located: int, asked: str, side: int | None) -> None:
    assert side_of(located, z, asked) == side


@pytest.mark.parametrize("asked", ["", "65", "NONE", "064", "64,256", "-1"])
def test_other_numbers_of_cells_are_refused(asked: str) -> None:
    with pytest.raises(BadParameter) as refusal:
        side_of(1_000_000, 4, asked)
    assert (refusal.value.name, refusal.value.allowed) == ("cells", ["64", "256", "none"])
