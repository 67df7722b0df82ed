from __future__ import annotations

import pytest
import shapely
from shapely.geometry import Point

from app.maps._areas import area_of, circle, outline, spot_in
from app.maps._places import Place

REGIONS = {"west": shapely.box(-2, 14, 0, 16), "east": shapely.box(0, 14, 2, 16)}


def test_a_circle_is_as_wide_on_the_ground_as_it_is_high() -> None:
    west, south, east, north = circle(0, 60, 111_195).bounds
    assert [(east - west) / 2, (north - south) / 2] == pytest.approx([2, 1])


def test_an_area_without_a_point_is_its_region() -> None:
    place = Place(name="west", kind="area", region="west")
    assert area_of(place, REGIONS).equals(REGIONS["west"])


def test_a_circle_does_not_leave_its_region() -> None:
    place = Place(name="x", kind="area", lon=-0.1, lat=15, radius_m=50_000, region="west")
    area = area_of(place, REGIONS)
    assert REGIONS["west"].covers(area)
    assert 0 < area.area < circle(-0.1, 15, 50_000).area


def test_a_circle_of_no_region_does_not_leave_the_country() -> None:
    place = Place(name="x", kind="area", lon=0, lat=15, radius_m=500_000)
    assert area_of(place, REGIONS).equals(shapely.box(-2, 14, 2, 16))


def test_a_circle_outside_of_every_region_stays_whole() -> None:
    place = Place(name="x", kind="area", lon=20, lat=15, radius_m=50_000, region="west")
    assert area_of(place, REGIONS).equals(circle(20, 15, 50_000))


def test_a_popup_points_into_its_area() -> None:
    ring = Point(0, 15).buffer(1).difference(Point(0, 15).buffer(0.5))
    lat, lon = spot_in(ring, Place(name="x", kind="area", lon=0, lat=15)) or (0, 0)
    assert ring.contains(Point(lon, lat))
    assert spot_in(ring, Place(name="x", kind="area", lon=0.75, lat=15)) == [15, 0.75]
    assert spot_in(Point(), Place(name="x", kind="area")) is None


def test_an_outline_is_rounded_and_keeps_its_holes() -> None:
    hole = shapely.Polygon([(0, 0), (3, 0), (0, 3.00049)], [[(1, 1), (1, 1.5), (1.5, 1)]])
    assert outline(hole) == [
        [[[0, 0], [3, 0], [0, 3], [0, 0]], [[1, 1], [1, 1.5], [1.5, 1], [1, 1]]]
    ]
