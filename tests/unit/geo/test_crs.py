from __future__ import annotations

import pytest

from geo.crs import SPOKEN, parse_crs, to_degrees
from geo.errors import BadParameter

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.mark.parametrize(
    "text",
    [f"{EPSG}32630", "EPSG:32630", "[EPSG:32630]", "urn:ogc:def:crs:EPSG::32630"],
)
def test_a_system_has_many_names(text: str) -> None:
    assert parse_crs(text, "crs").srid == 32630


def test_heights_are_read_with_a_box_and_never_written() -> None:
    uri = "http://www.opengis.net/def/crs/OGC/1.3/CRS84h"
    assert parse_crs(uri, "bbox-crs").srid == 4326
    with pytest.raises(BadParameter, match="is not a system here"):
        parse_crs(uri, "crs")


@pytest.mark.parametrize("text", ["EPSG:2154", "", "CRS84", "EPSG:4326; DROP TABLE x", f"{EPSG}"])
def test_a_system_that_is_not_spoken_is_refused(text: str) -> None:
    with pytest.raises(BadParameter):
        parse_crs(text, "crs")


def test_north_comes_first_only_where_the_register_says_so() -> None:
    assert [crs.srid for crs in SPOKEN.values() if crs.north_first] == [4326]


def test_a_geometry_comes_back_in_longitude_and_latitude() -> None:
    gao = to_degrees({"type": "Point", "coordinates": [16.27, -0.04]}, parse_crs("EPSG:4326", "c"))
    assert gao == {"type": "Point", "coordinates": (-0.04, 16.27)}
    # The middle of zone 30, 500 km from its false origin, on the equator.
    there = {"type": "Point", "coordinates": [500_000.0, 0.0]}
    assert to_degrees(there, parse_crs("EPSG:32630", "c"))["coordinates"] == pytest.approx((-3, 0))


def test_a_geometry_off_the_system_is_refused() -> None:
    with pytest.raises(BadParameter, match="does not reach"):
        to_degrees({"type": "Point", "coordinates": [1e12, 1e12]}, parse_crs("EPSG:3857", "c"))
