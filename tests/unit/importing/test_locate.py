"""Region and cercle by geometry, what disagrees with the stated names, and middles of areas."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.settings import ROOT
from geo.importing.areas import Area, Areas, plain
from geo.importing.blocks import side_by_side
from geo.importing.crosswalk import CROSSWALKS
from geo.importing.locate import Disagreement, Found, located
from geo.importing.middles import CENTROID_ROWS
from geo.importing.normalise import checked
from geo.importing.readers import RawRow
from layers.events import LAYER as EVENTS
from tests.rows_of_blocks import Row, rows_of

DATA = ROOT / "data" / "admin_boundaries"


def area(
    name: str,
    west: float,
    south: float,
    east: float,
    north: float,
    *,
    region: str | None = None,
    title: str = "",
) -> Area:
    shape = shapely.box(west, south, east, north)
    return Area(id=name, name=title or name.capitalize(), region=region or name, shape=shape)


# Mopti, with Bandiagara east of it since 2023, and Gao beyond; each cercle is half of a region.
REGIONS = [
    area("mopti", -5, 14, -4, 16),
    area("bandiagara", -4, 14, -3, 16),
    area("gao", -3, 14, -2, 16),
]
CERCLES = [
    area("djenne", -5, 14, -4, 15, region="mopti", title="Djenné"),
    area("youwarou", -5, 15, -4, 16, region="mopti"),
    area("bankass", -4, 14, -3, 15, region="bandiagara"),
    area("koro", -4, 15, -3, 16, region="bandiagara"),
    area("ansongo", -3, 14, -2, 15, region="gao"),
    area("bourem", -3, 15, -2, 16, region="gao"),
]
AREAS = Areas(REGIONS, CERCLES)
# The middle of Djenné.
MIDDLE = (-4.5, 14.5)


def raw(lon: Any, lat: Any, number: int = 1, **values: Any) -> RawRow:
    given = {
        "id": f"e{number}",
        "lon": lon,
        "lat": lat,
        "source_title": "a book",
        "date": "2020-01-01",
        "event_class": "ambush",
        "target_class": "civilians",
        "place": "here",
        **values,
    }
    return RawRow(file="a.csv", line=number, values=given)


def locate(rows: Iterable[RawRow], areas: Areas, found: Found) -> list[Row]:
    return rows_of(located(checked(EVENTS, side_by_side(rows)), areas, found))


def one(lon: Any, lat: Any, areas: Areas = AREAS, **values: Any) -> tuple[Row, Found]:
    found = Found()
    (row,) = locate([raw(lon, lat, **values)], areas, found)
    return row, found


def where(row: Row) -> tuple[Any, Any]:
    return row.values.get("region"), row.values.get("cercle")


@pytest.mark.parametrize(
    ("lon", "lat", "found"),
    [
        (-4.3, 14.3, ("mopti", "Djenné")),
        ("-3.3", " 15.3 ", ("bandiagara", "Koro")),
        (-2.3, 14.3, ("gao", "Ansongo")),
        (7, 14, (None, None)),
    ],
)
def test_a_point_is_in_its_region_and_cercle(lon: Any, lat: Any, found: tuple[Any, Any]) -> None:
    assert where(one(lon, lat)[0]) == found


@given(st.sampled_from([-4.0, -3.0]), st.floats(14, 16, allow_nan=False))
def test_a_point_on_a_line_goes_to_one_side_whatever_the_order_of_areas(
    lon: float, lat: float
) -> None:
    turned = Areas(REGIONS[::-1], CERCLES[::-1])
    found = where(one(lon, lat)[0])
    assert where(one(lon, lat, turned)[0]) == found
    assert found[0] in ("bandiagara", "gao", "mopti")
    homes = {cercle.name: cercle.region for cercle in CERCLES}
    assert homes[found[1]] == found[0]


@given(st.lists(st.tuples(st.floats(-5.5, -1.5), st.floats(13.5, 16.5)), min_size=1, max_size=40))
def test_many_points_are_found_as_each_alone(points: Sequence[tuple[float, float]]) -> None:
    rows = [raw(*point, number) for number, point in enumerate(points)]
    together = {row.id: where(row) for row in locate(rows, AREAS, Found())}
    alone = {f"e{n}": where(one(*point)[0]) for n, point in enumerate(points)}
    assert together == alone


def test_a_row_without_a_place_lies_nowhere() -> None:
    row, found = one(None, None, region_stated="Gao")
    assert (where(row), found.disagreeing, found.outside) == ((None, None), 0, 0)


def test_rows_that_are_rejected_are_kept_as_such_and_not_compared() -> None:
    rows = [
        raw("x", "14", 1, region_stated="Gao"),
        raw(-4.3, 14.3, 2, region_stated="Gao", date="soon"),
        RawRow(file="a.csv", line=3, values={"id": "e"}, problem="is broken"),
        # At the middle of an area, so that it waits for others.
        raw(*MIDDLE, 4),
    ]
    found = Found()
    blocks = list(located(checked(EVENTS, side_by_side(rows)), AREAS, found))
    assert [row.where for block in blocks for row in block.rejected] == [
        f"a.csv line {line}" for line in (1, 2, 3)
    ]
    assert ([row.id for row in rows_of(blocks)], found.disagreeing) == (["e4"], 0)


def test_a_point_that_a_file_draws_is_found_too() -> None:
    drawn = dataclasses.replace(raw(None, None), geometry=shapely.Point(-4.3, 14.3))
    (row,) = locate([drawn], AREAS, Found())
    assert where(row) == ("mopti", "Djenné")


@pytest.mark.parametrize(
    ("precision", "found"),
    [
        (1, ("mopti", "Djenné")),
        ("3", ("mopti", "Djenné")),
        (4, ("mopti", None)),
        (5, ("mopti", None)),
        ("6", (None, None)),
    ],
)
def test_no_area_is_filled_that_the_precision_does_not_carry(
    precision: Any, found: tuple[Any, Any]
) -> None:
    assert where(one(-4.3, 14.3, place_precision=precision)[0]) == found


def test_without_cercles_none_is_filled_nor_compared() -> None:
    row, found = one(-4.3, 14.3, Areas(REGIONS), cercle_stated="Koro")
    assert (where(row), found.disagreeing) == (("mopti", None), 0)


@pytest.mark.parametrize(
    ("stated", "lon"),
    [
        ("Mopti", -4.3),
        ("MOPTI region", -4.3),
        # Bandiagara was a part of Mopti until 2023.
        ("Région de Mopti", -3.3),
        ("Bandiagara", -3.3),
        ("", -4.3),
        (None, -4.3),
    ],
)
def test_a_name_agrees_with_every_region_that_it_may_mean(stated: str | None, lon: float) -> None:
    _, found = one(lon, 14.3, region_stated=stated)
    assert (found.disagreements, found.disagreeing, found.unknown_names) == ([], 0, {})


def test_disagreements_are_listed_with_what_is_stated_and_what_was_found() -> None:
    rows = [
        raw(-2.3, 14.3, 1, region_stated="Mopti region", cercle_stated="Djenne"),
        raw(-4.3, 14.3, 2, region_stated="Gao", cercle_stated="Djenné"),
        raw(7, 14, 3, region_stated="Gao"),
    ]
    found = Found()
    locate(rows, AREAS, found)
    assert found.disagreements == [
        Disagreement("e1", "region", "Mopti region", "gao"),
        Disagreement("e1", "cercle", "Djenne", "Ansongo"),
        Disagreement("e2", "region", "Gao", "mopti"),
        Disagreement("e3", "region", "Gao", None),
    ]
    assert (found.disagreeing, found.outside) == (3, 1)
    assert str(found.disagreements[3]) == "e3: states the region Gao, lies in no area"


def test_what_was_stated_stays_beside() -> None:
    row, _ = one(-2.3, 14.3, region_stated="Mopti region")
    assert (row.values["region"], row.values["region_stated"]) == ("gao", "Mopti region")


def test_names_that_are_no_known_area_are_counted_and_are_no_disagreement() -> None:
    _, found = one(-4.3, 14.3, region_stated="Atlantis", cercle_stated="Atlantis cercle")
    assert found.disagreeing == 0
    assert found.unknown_names == {("region", "Atlantis"): 1, ("cercle", "Atlantis cercle"): 1}


def test_rows_of_other_countries_are_not_compared() -> None:
    _, found = one(-4.3, 14.3, country="Burkina Faso", region_stated="Gao")
    assert (found.disagreeing, found.unknown_names) == (0, {})


@pytest.mark.parametrize(
    ("one_name", "other"),
    [
        ("Ménaka", "menaka region"),
        ("Gourma-Rharous", "Gourma Rharous cercle"),
        ("District de Bamako", "BAMAKO"),
        ("Cercle de Djenné", "Djenne"),
    ],
)
def test_accents_marks_and_ranks_do_not_tell_names_apart(one_name: str, other: str) -> None:
    assert plain(one_name) == plain(other)


def test_every_name_of_the_table_means_areas_that_there_are() -> None:
    regions = {f["id"] for f in json.loads((DATA / "regions.geojson").read_text())["features"]}
    with (DATA / "cercles.csv").open(encoding="utf-8") as file:
        cercles = {row["id"] for row in csv.DictReader(file)}
    with (CROSSWALKS / "area_names.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = {"region": regions, "cercle": cercles}
    wrong = [row for row in rows if not set(row["areas"].split(";")) <= known[row["level"]]]
    assert wrong == []
    assert len({(row["level"], plain(row["name"])) for row in rows}) == len(rows)


def at_the_middle(count: int, areas: Areas = AREAS, **values: Any) -> tuple[list[Row], Found]:
    found = Found()
    rows = [raw(*MIDDLE, number, **values) for number in range(count)]
    return locate(rows, areas, found), found


def known(rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    names = ("place_basis", "place_precision", "radius_m", "cercle")
    return {tuple(row.values.get(name) for name in names) for row in rows}


def test_many_rows_at_the_middle_of_a_cercle_are_known_no_better_than_it() -> None:
    rows, found = at_the_middle(CENTROID_ROWS + 3, place_precision=1, radius_m=5_000)
    assert known(rows) == {("centroid", 3, 50_000, "Djenné")}
    assert (len(rows), found.centroids) == (13, 13)


def test_fewer_rows_there_stay_as_they_are() -> None:
    rows, found = at_the_middle(CENTROID_ROWS - 1, place_precision=1, radius_m=5_000)
    assert known(rows) == {(None, 1, 5_000, "Djenné")}
    assert (len(rows), found.centroids) == (9, 0)


def test_a_named_place_near_the_middle_is_a_place() -> None:
    areas = Areas(REGIONS, CERCLES, places=[(-4.49, 14.5)])
    assert known(at_the_middle(20, areas, place_precision=1)[0]) == {(None, 1, None, "Djenné")}


def test_a_row_that_claims_less_keeps_its_precision() -> None:
    rows, _ = at_the_middle(20, place_precision=4, radius_m=90_000)
    assert known(rows) == {("centroid", 4, 90_000, None)}


def test_the_middle_of_a_region_carries_no_cercle() -> None:
    rows = [raw(-4.5, 15.0, number, place_precision=2) for number in range(20)]
    assert known(locate(rows, AREAS, Found())) == {("centroid", 4, 150_000, None)}


def test_what_the_source_calls_a_middle_is_counted_and_not_held_back() -> None:
    rows, found = at_the_middle(2, place_precision=3, place_basis="centroid")
    assert ([row.id for row in rows], found.centroids) == (["e0", "e1"], 2)


@given(st.lists(st.sampled_from([MIDDLE, (-4.2, 14.2), (-3.5, 15.5)]), max_size=60))
def test_no_row_is_lost_while_some_are_held_back(points: Sequence[tuple[float, float]]) -> None:
    rows = [raw(*point, number) for number, point in enumerate(points)]
    given_back = [row.id for row in locate(iter(rows), AREAS, Found())]
    assert sorted(given_back) == sorted(f"e{number}" for number in range(len(points)))
