"""Which places are drawn as what, and what belongs to one place."""

from __future__ import annotations

from typing import Any

import pytest

from app.figures._numbers import Toll
from app.figures._spots import kind_of, spots_of


def row(**given: Any) -> dict[str, Any]:
    usual = {
        "lon": 0.5,
        "lat": 16.0,
        "place": "Labbezanga",
        "place_fr": None,
        "region": "gao",
        "place_precision": 1,
        "radius_m": 5_000,
    }
    return {**usual, **given}


def toll(value: int | None, events: int = 1) -> Toll:
    unknown = events if value is None else 0
    return Toll(value=value, low=value, high=value, events=events, unknown=unknown)


@pytest.mark.parametrize(
    ("precision", "kind"),
    [
        (1, "point"),
        (2, "near"),
        (3, "area"),
        (4, "region"),
        (5, "road"),
        (6, "wider"),
        (None, "unsure"),
        (9, "unsure"),
    ],
)
def test_only_what_is_known_to_a_place_is_a_point(precision: int | None, kind: str) -> None:
    assert kind_of(precision) == kind


def test_rows_of_one_place_are_one_spot_under_its_commonest_name() -> None:
    rows = [
        (row(place="Labbezanga"), toll(2, events=3)),
        (row(place="near Labbezanga"), toll(5)),
        (row(lon=0.50001, radius_m=9_000), toll(None)),
    ]
    (spot,) = spots_of(rows)
    assert (spot.name, spot.name_fr) == ("Labbezanga", "Labbezanga")
    assert spot.toll == Toll(value=7, low=7, high=7, events=5, unknown=1)


def test_what_is_known_to_a_region_is_one_area_wherever_its_point_lies() -> None:
    rows = [
        (row(place_precision=4, lon=1.4, radius_m=200_000), toll(1)),
        (row(place_precision=4, lon=0.1, radius_m=100_000), toll(2)),
    ]
    (spot,) = spots_of(rows)
    assert (spot.kind, spot.region, spot.lon, spot.toll.value) == ("region", "gao", None, 3)


def test_areas_of_different_reach_are_apart() -> None:
    rows = [(row(place_precision=3, radius_m=reach), toll(1)) for reach in (10_000, 50_000)]
    assert len(spots_of(rows)) == 2


def test_a_row_without_a_point_is_kept() -> None:
    (spot,) = spots_of([(row(lon=None, lat=None), toll(4))])
    assert (spot.kind, spot.toll.value) == ("none", 4)


def test_the_largest_comes_first_and_the_unknown_last() -> None:
    rows = [(row(lon=lon), toll(value)) for lon, value in ((1, None), (2, 0), (3, 9), (4, 2))]
    assert [spot.toll.value for spot in spots_of(rows)] == [9, 2, 0, None]
