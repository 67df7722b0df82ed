from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from app.maps import maps
from app.maps._base import Group
from app.maps._places import Place, Totals, gather, largest_value, total, years_of
from app.maps._scene import Feature
from geo.spec import Layer

MakeFeature = Callable[..., Feature]


def group_of(name: str, layer: str = "attacks") -> Group:
    found = maps()[name].group(layer)
    assert found is not None
    return found


@pytest.fixture
def rows(attack: MakeFeature) -> list[Feature]:
    ber = (-2.5103, 16.7729)
    return [
        attack("A3", peacekeepers_killed=None),
        attack("A1", peacekeepers_killed=2, date="2014-01-01"),
        attack("A2", peacekeepers_killed=0),
        attack("A4", peacekeepers_killed=3, place="Ber", at=ber),
        attack("A5", peacekeepers_killed=7, place="Kidal region", place_precision=4, radius_m=9000),
        attack("A6", peacekeepers_killed=1, place="road", place_precision=5, radius_m=5000, at=ber),
        attack("A7", peacekeepers_killed=4, place="somewhere", at=None),
    ]


def test_one_point_known_as_a_place_a_road_and_an_area_is_three_places(
    rows: list[Feature], layers: dict[str, Layer]
) -> None:
    gathered = gather(group_of("attacks"), layers["attacks"], rows, "en")
    kidal = partial(Place, lon=1.4092, lat=18.4434)
    ber = partial(Place, lon=-2.5103, lat=16.7729)
    assert gathered.places == (
        kidal(name="Kidal region", kind="area", radius_m=9000),
        kidal(name="Kidal", kind="point"),
        ber(name="Ber", kind="point"),
        ber(name="road", kind="road"),
    )
    assert [entry.feature["id"] for entry in gathered.entries] == [
        *("A1", "A2", "A3", "A4", "A5", "A6", "A7"),
    ]


def test_unknown_tolls_are_counted_apart_and_never_as_zero(
    rows: list[Feature], layers: dict[str, Layer]
) -> None:
    gathered = gather(group_of("fatalities"), layers["attacks"], rows, "en")
    assert total(gathered) == Totals(
        value=17, counted=5, places=4, unknown=1, imprecise=2, unlocated=1, top=("Ber", 3)
    )


def test_without_a_measure_every_row_counts_one(
    rows: list[Feature], layers: dict[str, Layer]
) -> None:
    gathered = gather(group_of("attacks"), layers["attacks"], rows, "en")
    assert total(gathered) == Totals(
        value=7, counted=7, places=4, unknown=0, imprecise=2, unlocated=1, top=("Kidal", 3)
    )


def test_an_area_has_no_circle_and_so_does_not_set_the_scale(
    rows: list[Feature], layers: dict[str, Layer]
) -> None:
    gathered = gather(group_of("fatalities"), layers["attacks"], rows, "en")
    assert largest_value(gathered) == 3


def test_the_order_of_the_rows_does_not_matter(
    rows: list[Feature], layers: dict[str, Layer]
) -> None:
    one = gather(group_of("attacks"), layers["attacks"], rows, "en")
    assert gather(group_of("attacks"), layers["attacks"], rows[::-1], "en") == one


@pytest.mark.parametrize(
    ("layer", "properties", "years"),
    [
        ("attacks", {"date": "2014-12-30", "date_end": "2015-01-02"}, (2014, 2014)),
        ("attacks", {"date": None}, None),
        ("camps", {"opened": "2013-07-01", "closed": "2016-12-31"}, (2013, 2016)),
        ("camps", {"opened": "2013-07-01"}, (2013, None)),
        ("camps", {"opened_not_after": "2014-12-31"}, (2014, None)),
        ("camps", {"closed": "2023-12-11"}, (2023, 2023)),
        ("tobs", {"start_not_after": "2019-10-06", "end_not_before": "2019-10-06"}, (2019, 2019)),
        ("tobs", {"start_not_before": "2020-10-01", "start_not_after": "2021-05-31"}, (2020, 2020)),
        ("tobs", {"start": "2019-01-01", "end_not_before": "2021-05-01"}, (2019, 2021)),
        ("regions", {}, (None, None)),
    ],
)
def test_a_row_is_drawn_in_the_years_in_which_it_is_known_to_be_there(
    layer: str, properties: dict[str, Any], years: Any, layers: dict[str, Layer]
) -> None:
    assert years_of(layers[layer].time, properties) == years


def test_a_planned_base_is_hollow(layers: dict[str, Layer]) -> None:
    group = group_of("overview", "tobs")
    rows: list[Feature] = [
        {"id": name, "geometry": None, "properties": {"status": status}}
        for name, status in (("T1", "planned"), ("T2", "stated_tob"))
    ]
    gathered = gather(group, layers["tobs"], rows, "en")
    assert [entry.hollow for entry in gathered.entries] == [True, False]
