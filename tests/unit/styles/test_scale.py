from __future__ import annotations

import pytest

from geo.styles.scale import LARGEST_PX, SMALLEST_PX, ZOOMS, factor, radius_px, value_at


def test_a_circle_of_four_times_the_value_has_four_times_the_area() -> None:
    assert radius_px(80, 1.3, 9) == pytest.approx(2 * radius_px(20, 1.3, 9))


def test_symbols_grow_evenly_between_the_zooms_that_are_declared() -> None:
    (_, small), (_, large) = ZOOMS[1:3]
    assert factor(6) == pytest.approx((small + large) / 2)
    assert (factor(0), factor(22)) == (ZOOMS[0][1], ZOOMS[-1][1])


def test_no_circle_is_too_small_to_be_seen_or_hides_a_region() -> None:
    assert radius_px(0, 1.3, 7) == SMALLEST_PX
    assert radius_px(10**6, 1.3, 7) == LARGEST_PX


def test_the_value_at_a_radius_leads_back_to_it() -> None:
    assert radius_px(value_at(12.5, 1.3, 8.4), 1.3, 8.4) == pytest.approx(12.5)
