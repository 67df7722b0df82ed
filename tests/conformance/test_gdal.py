"""GDAL's OAPIF driver, which many programs read us with."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from shapely.geometry import shape

from geo.spec import Layer

pytestmark = pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL is not installed")
Gdal = Callable[..., str]
DATE = re.compile(r"\d{4}/\d{2}/\d{2}")


def features(gdal: Gdal, server: str, layer: str, *options: str) -> list[dict[str, Any]]:
    """Read a layer with GDAL and give it as GeoJSON features."""
    written = gdal("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", *options, f"OAPIF:{server}", layer)
    found: list[dict[str, Any]] = json.loads(written)["features"]
    return found


def served(server: str, layer: str, query: str = "") -> list[dict[str, Any]]:
    address = f"{server}/collections/{layer}/items?limit=10000&{query}"
    found: list[dict[str, Any]] = httpx2.get(address).json()["features"]
    return found


def values(feature: dict[str, Any]) -> dict[str, Any]:
    """Give the properties that are known; GDAL leaves out what no feature has."""
    return {
        # A date that GDAL knows to be one is written with slashes.
        name: value.replace("/", "-") if DATE.fullmatch(str(value)) else value
        for name, value in feature["properties"].items()
        if value is not None and name != "id"
    }


def test_every_layer_is_listed(gdal: Gdal, own_server: str, layers: dict[str, Layer]) -> None:
    listed = gdal("ogrinfo", "-q", f"OAPIF:{own_server}")
    assert re.findall(r"^\d+: (\w+)", listed, re.MULTILINE) == list(layers)


def test_every_layer_is_read_with_the_same_values(
    gdal: Gdal, own_server: str, layers: dict[str, Layer]
) -> None:
    for name in layers:
        ours = served(own_server, name)
        theirs = features(gdal, own_server, name)
        assert [values(one) for one in theirs] == [values(one) for one in ours], name
        for here, there in zip(ours, theirs, strict=True):
            assert (here["geometry"] is None) is (there["geometry"] is None)
            if here["geometry"] is not None:
                assert shape(there["geometry"]).equals_exact(shape(here["geometry"]), 1e-6)


@pytest.mark.parametrize("size", ["10", "100"])
def test_pages_are_followed_to_the_end(gdal: Gdal, own_server: str, size: str) -> None:
    read = features(gdal, own_server, "events", "--config", "OGR_OAPIF_PAGE_SIZE", size)
    assert [values(one) for one in read] == [values(one) for one in served(own_server, "events")]


def test_a_box_is_asked_of_the_service(gdal: Gdal, own_server: str) -> None:
    read = features(gdal, own_server, "attacks", "-spat", "0", "15", "3", "21")
    expected = served(own_server, "attacks", "bbox=0,15,3,21")
    assert 50 < len(read) == len(expected) < 173
    assert [values(one) for one in read] == [values(one) for one in expected]


@pytest.mark.parametrize(
    ("condition", "filter_text"),
    [
        ("region = 'kidal'", "region='kidal'"),
        ("killed_best >= 3 AND region = 'gao'", "killed_best >= 3 AND region = 'gao'"),
        ("killed_best IS NULL OR place = 'Kidal'", "killed_best IS NULL OR place = 'Kidal'"),
        ("date >= '2016/01/01'", "date >= DATE('2016-01-01')"),
    ],
)
def test_a_condition_finds_what_our_filter_finds(
    gdal: Gdal, own_server: str, condition: str, filter_text: str
) -> None:
    read = features(gdal, own_server, "attacks", "-where", condition)
    expected = served(own_server, "attacks", f"filter={filter_text}")
    assert 0 < len(read) < 173
    assert [values(one) for one in read] == [values(one) for one in expected]


def test_a_geopackage_and_back_loses_nothing(gdal: Gdal, own_server: str, tmp_path: Path) -> None:
    package = str(tmp_path / "camps.gpkg")
    gdal("ogr2ogr", package, f"OAPIF:{own_server}", "camps")
    back = json.loads(gdal("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", package, "camps"))["features"]
    ours = served(own_server, "camps")
    assert [values(one) for one in back] == [values(one) for one in ours]
    assert [one["geometry"] for one in back] == [one["geometry"] for one in ours]


def test_a_summary_has_type_extent_and_count(gdal: Gdal, own_server: str) -> None:
    summary = gdal("ogrinfo", "-so", f"OAPIF:{own_server}", "attacks")
    assert "Geometry: Point" in summary
    assert "Feature Count: 173" in summary
    assert re.search(r"^killed_best: Integer", summary, re.MULTILINE)


@pytest.fixture(scope="module")
def with_many_events(own_server: str, database_url: str) -> int:
    """Add events by the thousand, each a copy of one that is there."""
    with psycopg.connect(database_url) as connection:
        columns = [
            name
            for (name,) in connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'atlas' "
                "AND table_name = 'events' AND column_name NOT IN ('id', 'row')"
            )
        ]
        listed = ", ".join(f'"{name}"' for name in columns)
        connection.execute(
            f"INSERT INTO atlas.events (id, {listed}) SELECT e.id || '-' || n, "
            + ", ".join(f'e."{name}"' for name in columns)
            + " FROM atlas.events e, generate_series(1, 12) n"
        )
        connection.execute(
            "UPDATE atlas.revisions SET revision = revision + 1, changed_at = clock_timestamp()"
        )
        (count,) = connection.execute("SELECT count(*) FROM published.events").fetchone() or (0,)
    return int(count)


def test_more_than_a_thousand_features_are_all_read(
    gdal: Gdal, own_server: str, with_many_events: int
) -> None:
    read = features(gdal, own_server, "events")
    assert len(read) == with_many_events > 3_000
    paged = features(gdal, own_server, "events", "--config", "OGR_OAPIF_PAGE_SIZE", "500")
    assert [values(one) for one in paged] == [values(one) for one in read]


def test_another_system_can_be_asked_for(gdal: Gdal, own_server: str) -> None:
    if "name='CRS'" not in gdal("ogrinfo", "--format", "OAPIF"):
        pytest.skip("this GDAL is older than 3.8 and asks for no system")
    system = "http://www.opengis.net/def/crs/EPSG/0/3857"
    summary = gdal("ogrinfo", "-so", "-oo", f"CRS={system}", f"OAPIF:{own_server}", "camps")
    assert 'ID["EPSG",3857]' in summary
