from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from app.maps import maps
from app.maps._base import Group
from app.maps._places import Kind, Place, Totals, gather, place_kind, total, years_of
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
        attack("A8", peacekeepers_killed=2, place="the north", place_precision=6, radius_m=9000),
        attack("A9", peacekeepers_killed=5, place_precision=None),
    ]


def test_one_point_known_in_several_ways_is_several_places(
    rows: list[Feature], layers: dict[str, Layer]
) -> None:
    gathered = gather(group_of("attacks"), layers["attacks"], rows, "en")
    kidal = partial(Place, lon=1.4092, lat=18.4434)
    ber = partial(Place, lon=-2.5103, lat=16.7729)
    assert gathered.places == (
        kidal(name="Kidal region", kind="area", radius_m=9000),
        kidal(name="Kidal", kind="point"),
        kidal(name="Kidal", kind="unsure"),
        ber(name="Ber", kind="point"),
        ber(name="road", kind="road"),
        Place(name="somewhere", kind="none"),
        Place(name="the north", kind="vague"),
    )
    assert [entry.feature["id"] for entry in gathered.entries] == [
        *("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9"),
    ]


def test_a_row_known_to_a_region_is_drawn_as_the_region_where_the_map_has_it(
    attack: MakeFeature, layers: dict[str, Layer]
) -> None:
    known = partial(attack, place_precision=4, radius_m=220_000, place="Kidal region")
    rows = [known("A1", region="kidal"), known("A2", region=None), known("A3", region="taoudeni")]
    gathered = gather(group_of("attacks"), layers["attacks"], rows, "en", {"kidal", "gao"})
    circle = Place(name="Kidal region", kind="area", lon=1.4092, lat=18.4434, radius_m=220_000)
    assert gathered.places == (circle, Place(name="Kidal region", kind="area", region="kidal"))
    assert [entry.place for entry in gathered.entries] == [1, 0, 0]


def test_a_cercle_is_a_circle_within_its_region(
    attack: MakeFeature, layers: dict[str, Layer]
) -> None:
    rows = [attack("A1", place_precision=3, radius_m=30_000, region="gao")]
    gathered = gather(group_of("attacks"), layers["attacks"], rows, "en", {"gao"})
    (place,) = gathered.places
    assert (place.kind, place.radius_m, place.region) == ("area", 30_000, "gao")


@pytest.mark.parametrize(
    ("precision", "kind"),
    [
        *[(1, "point"), (2, "point"), (3, "area"), (4, "area"), (5, "road"), (6, "vague")],
        *[(None, "unsure"), (7, "unsure")],
    ],
)
def test_only_a_stated_precision_makes_a_point(precision: int | None, kind: str) -> None:
    assert place_kind(precision) == kind


def test_a_row_near_a_place_is_told_from_one_in_it(
    attack: MakeFeature, layers: dict[str, Layer]
) -> None:
    rows = [attack("A1"), attack("A2", place_precision=2)]
    gathered = gather(group_of("attacks"), layers["attacks"], rows, "en")
    assert [(entry.place, entry.near) for entry in gathered.entries] == [(0, False), (0, True)]


def test_unknown_tolls_are_counted_apart_and_never_as_zero(
    rows: list[Feature], layers: dict[str, Layer]
) -> None:
    gathered = gather(group_of("fatalities"), layers["attacks"], rows, "en")
    kinds: dict[Kind, float] = {
        "point": 5,
        "area": 7,
        "road": 1,
        "none": 4,
        "vague": 2,
        "unsure": 5,
    }
    assert total(gathered) == Totals(value=24, counted=7, places=2, by_kind=kinds, top=("Ber", 3))


def test_without_a_measure_every_row_counts_one(
    rows: list[Feature], layers: dict[str, Layer]
) -> None:
    gathered = gather(group_of("attacks"), layers["attacks"], rows, "en")
    kinds: dict[Kind, float] = {
        "point": 4,
        "area": 1,
        "road": 1,
        "none": 1,
        "vague": 1,
        "unsure": 1,
    }
    assert total(gathered) == Totals(value=9, counted=9, places=2, by_kind=kinds, top=("Kidal", 3))


def test_the_order_of_the_rows_does_not_matter(
    rows: list[Feature], layers: dict[str, Layer]
) -> None:
    one = gather(group_of("attacks"), layers["attacks"], rows, "en")
    assert gather(group_of("attacks"), layers["attacks"], rows[::-1], "en") == one


@pytest.mark.parametrize(
    ("layer", "valid", "years"),
    [
        ("attacks", (date(2014, 12, 30), date(2015, 1, 2)), (2014, 2015)),
        ("attacks", None, None),
        ("camps", (date(2013, 7, 1), date(2016, 12, 31)), (2013, 2016)),
        ("camps", (date(2013, 7, 1), None), (2013, None)),
        ("tobs", (None, date(2019, 10, 6)), (None, 2019)),
        ("regions", None, (None, None)),
    ],
)
def test_a_row_is_drawn_in_the_years_of_its_stored_span(
    layer: str, valid: Any, years: Any, layers: dict[str, Layer]
) -> None:
    # The fields say otherwise: they are not what datetime= asks.
    properties = {"date": "2001-01-01", "opened": "2001-01-01", "start": "2001-01-01"}
    feature = {"id": "x", "geometry": None, "properties": properties, "valid": valid}
    assert years_of(layers[layer], feature) == years


def test_a_planned_base_is_hollow(layers: dict[str, Layer]) -> None:
    group = group_of("overview", "tobs")
    rows: list[Feature] = [
        {"id": name, "geometry": None, "properties": {"status": status}}
        for name, status in (("T1", "planned"), ("T2", "stated_tob"))
    ]
    gathered = gather(group, layers["tobs"], rows, "en")
    assert [entry.hollow for entry in gathered.entries] == [True, False]
