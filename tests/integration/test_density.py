"""Density surfaces over HTTP: what is drawn, what is left out, and who may keep it how long."""

from __future__ import annotations

import io
import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import psycopg
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pyproj import Transformer
from rasterio.io import MemoryFile
from rio_cogeo.cogeo import cog_validate

import app.surfaces
import geo.surface
from geo.raster_tiles import draw_empty

ATTACKS = "/collections/attacks/density"


def described(client: TestClient, parameters: str = "", layer: str = "attacks") -> dict[str, Any]:
    response = client.get(f"/collections/{layer}/density?{parameters}")
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def counts(document: dict[str, Any]) -> dict[str, int]:
    return {found["reason"]: found["count"] for found in document["left_out"]}


def raster(client: TestClient, parameters: str) -> tuple[Any, Any]:
    """Give the values of a downloaded raster, and the longitudes and latitudes of its cells."""
    response = client.get(f"/collections/events/density.tif?{parameters}")
    assert response.status_code == 200, response.text
    with MemoryFile(response.content) as file, file.open() as dataset:
        values, t = dataset.read(1).astype(float), dataset.transform
        x = t.c + (np.arange(dataset.width) + 0.5) * t.a
        y = t.f + (np.arange(dataset.height) + 0.5) * t.e
        return values, (*np.meshgrid(x, y), dataset.crs.to_wkt())


def test_the_description_counts_every_row_of_the_selection(client: TestClient) -> None:
    document = described(client)
    items = client.get("/collections/attacks/items?limit=1").json()
    assert document["numberMatched"] == items["numberMatched"] == 173
    assert counts(document) == {"place_wider_than_bandwidth": 28}
    assert document["used"] == 145 == document["weight_total"]
    grid = document["raster"]
    assert grid["method"] == "exact"
    assert grid["method_error"] is None
    assert (grid["cell_km"], grid["unit"], grid["nodata"]) == (2.5, "1/km2", -1)
    west, south, east, north = grid["bounds_m"]
    assert (east - west, north - south) == (grid["width"] * 2_500, grid["height"] * 2_500)
    assert document["legend"]["stops"][-1]["value"] == pytest.approx(1_000 * grid["maximum"], 1e-5)


def test_an_unknown_toll_is_left_out_and_a_toll_of_none_weighs_nothing(
    client: TestClient, database_url: str
) -> None:
    statement = """SELECT count(*) FILTER (WHERE killed_best IS NULL),
        count(*) FILTER (WHERE killed_best IS NOT NULL), sum(killed_best)
        FROM published.events WHERE radius_m <= 30000"""
    with psycopg.connect(database_url) as connection:
        unknown, known, killed = connection.execute(statement).fetchone() or ()
    document = described(client, "weight=killed&bandwidth_km=30", "events")
    assert counts(document).get("weight_unknown", 0) == unknown
    assert (document["used"], document["weight_total"]) == (known, killed)
    assert document["weight"] == "killed_best"
    assert "Killed" in document["legend"]["unit"]


def test_the_file_holds_the_estimate_of_the_rows_that_items_give(client: TestClient) -> None:
    narrowing = "bbox=-2,15,4,21&datetime=2014-01-01/2019-12-31"
    asked = f"{narrowing}&weight=killed_best&bandwidth_km=40&cell_km=10"
    values, (x, y, crs) = raster(client, asked)
    rows = client.get(f"/collections/events/items?{narrowing}&limit=1000&f=geojson").json()
    kept = [
        (*row["geometry"]["coordinates"], row["properties"]["killed_best"])
        for row in rows["features"]
        if row["properties"]["radius_m"] <= 40_000 and row["properties"]["killed_best"] is not None
    ]
    lon, lat, weight = np.array(kept, dtype=float).T
    to_plane = Transformer.from_crs(4326, crs, always_xy=True)
    points = np.vstack(to_plane.transform(lon, lat))
    expected = np.zeros(values.shape)
    for (px, py), mass in zip(points.T, weight, strict=True):
        distance = (x - px) ** 2 + (y - py) ** 2
        expected += mass * np.exp(-distance / (2 * 40_000**2)) / (2 * np.pi * 40**2)
    np.testing.assert_allclose(values, expected, rtol=1e-6, atol=expected.max() * 1e-9)
    assert values.sum() * 100 == pytest.approx(weight.sum(), rel=1e-3)


@pytest.mark.parametrize("layer", ["events", "attacks", "camps", "places"])
def test_the_file_is_a_cog_that_says_where_it_is_from(
    layer: str, client: TestClient, tmp_path: Path
) -> None:
    query = "bandwidth_km=30&filter=place_precision%20%3C%203"
    response = client.get(f"/collections/{layer}/density.tif?{query}")
    path = tmp_path / "density.tif"
    path.write_bytes(response.content)
    assert cog_validate(str(path), strict=True) == (True, [], [])
    assert response.headers["content-type"].startswith("image/tiff")
    assert f"{layer}-density.tif" in response.headers["content-disposition"]
    told = json.loads(subprocess.check_output(["gdalinfo", "-json", str(path)]))
    tags = told["metadata"][""]
    document = described(client, query, layer)
    assert tags["ATLAS_COLLECTION"] == layer
    assert tags["ATLAS_REVISION"] == str(document["revision"])
    assert int(tags["ATLAS_ROWS_USED"]) == document["used"]
    assert json.loads(tags["ATLAS_ROWS_LEFT_OUT"]) == counts(document)
    assert (tags["ATLAS_BANDWIDTH_KM"], tags["ATLAS_KERNEL"]) == ("30", "gaussian")
    assert json.loads(tags["ATLAS_QUERY"])["filter"]["op"] == "<"
    assert tags["ATLAS_LICENCE"] == document["license"]
    assert told["bands"][0]["noDataValue"] == -1
    assert "Lambert azimuthal equal-area" in told["coordinateSystem"]["wkt"]


@pytest.mark.parametrize(
    "narrowing",
    ["region=kidal", "filter=region%3D'kidal'", "bbox=-1,17,4,21", "datetime=2016-01-01/.."],
)
def test_the_selection_is_that_of_items(narrowing: str, client: TestClient) -> None:
    items = client.get(f"/collections/attacks/items?limit=1&{narrowing}").json()
    document = described(client, narrowing)
    assert 0 < document["numberMatched"] == items["numberMatched"] < 173
    assert document["used"] + sum(counts(document).values()) == document["numberMatched"]


def test_which_places_are_precise_enough_can_be_chosen(client: TestClient) -> None:
    points = described(client, "precision=points")
    assert counts(points) == {"place_not_a_point": 29}
    spread = described(client, "precision=spread")
    assert (counts(spread), spread["used"]) == ({}, 173)
    # What is known to a region only is spread over it, not heaped on its middle.
    assert spread["raster"]["maximum"] < 1.1 * points["raster"]["maximum"]
    assert counts(described(client, "bandwidth_km=3"))["place_wider_than_bandwidth"] > 28


def test_where_nothing_can_be_drawn_it_is_said_and_tiles_are_empty(client: TestClient) -> None:
    document = described(client, "datetime=1990-01-01")
    assert (document["numberMatched"], document["used"]) == (0, 0)
    assert (document["raster"], document["legend"]) == (None, None)
    file = client.get(f"{ATTACKS}.tif?datetime=1990-01-01")
    assert file.status_code == 400
    assert "no row of this selection can be drawn" in file.json()["detail"]
    tile = client.get(f"{ATTACKS}/tiles/5/15/14.png?datetime=1990-01-01")
    assert (tile.status_code, tile.content) == (200, draw_empty(256))
    assert client.get(f"{ATTACKS}/legend.svg?datetime=1990-01-01").status_code == 200
    tilejson = client.get(f"{ATTACKS}/tilejson.json?datetime=1990-01-01").json()
    assert "bounds" not in tilejson


def test_tilejson_leads_to_tiles_of_the_same_selection(client: TestClient) -> None:
    tilejson = client.get(f"{ATTACKS}/tilejson.json?region=kidal&colours=tempo&lang=fr").json()
    assert tilejson["tilejson"] == "3.0.0"
    west, south, east, north = tilejson["bounds"]
    assert -2 < west < east < 5
    assert 16 < south < north < 23
    (template,) = tilejson["tiles"]
    assert parse_qs(urlsplit(template).query) == {"region": ["kidal"], "colours": ["tempo"]}
    address = template.replace("{z}", "5").replace("{x}", "16").replace("{y}", "14")
    tile = client.get(address)
    assert tile.headers["content-type"] == "image/png"
    assert tile.content != draw_empty(256)
    other = client.get(address.replace("tempo", "matter"))
    assert other.content != tile.content


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize(("parameters", "side"), [("", 256), ("size=256", 256), ("size=512", 512)])
def test_tiles_have_the_size_that_is_asked_for(
    parameters: str, side: int, client: TestClient
) -> None:
    tile = client.get(f"{ATTACKS}/tiles/5/15/14.png?{parameters}")
    with MemoryFile(tile.content) as file, file.open() as dataset:
        assert (dataset.width, dataset.height) == (side, side)
    beside = client.get(f"{ATTACKS}/tiles/5/1/1.png?{parameters}")
    assert (beside.status_code, beside.content) == (200, draw_empty(side))


@pytest.mark.parametrize(
    "place",
    ["15/0/0", "14/16384/0", "3/8/0", "3/0/8", "40/1/1"],
)
def test_a_tile_outside_the_matrix_is_not_found(place: str, client: TestClient) -> None:
    response = client.get(f"{ATTACKS}/tiles/{place}.png")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("place", ["-1/0/0", "3/1.5/0", "a/b/c", "3/٣/0", f"{'9' * 5000}/0/0"])
def test_a_tile_is_named_by_whole_numbers(place: str, client: TestClient) -> None:
    response = client.get(f"{ATTACKS}/tiles/{place}.png")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("regions/density", 400, "has no points"),
        ("regions/density.tif", 400, "has no points"),
        ("series/density/tiles/0/0/0.png", 400, "has no points"),
        ("nowhere/density", 404, "there is no collection"),
        ("attacks/density?bandwidth_km=0", 400, "kilometres from 0.5 to 500"),
        ("attacks/density?bandwidth_km=1e9", 400, "kilometres from 0.5 to 500"),
        ("attacks/density?weight=place", 400, "weighs no row"),
        ("attacks/density?cell_km=13", 400, "kilometres from 0.05 to 12.5"),
        ("attacks/density?cell_km=0.1", 413, "ask for cells of"),
        ("attacks/density?precision=all", 400, "fitting"),
        ("attacks/density?colours=jet", 400, "matter"),
        ("attacks/density.tif?colours=matter", 400, "is not a parameter here"),
        ("attacks/density/tiles/3/3/3.png?size=1024", 400, "256"),
        ("attacks/density?limit=5", 400, "is not a parameter here"),
        ("attacks/density?filter=killed%20%3E%20", 400, "filter"),
        ("attacks/density?lang=de", 400, "en"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_the_one_shape(
    address: str, status: int, said: str, client: TestClient
) -> None:
    response = client.get(f"/collections/{address}")
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert said in response.text


def test_a_tile_for_fine_screens_has_twice_as_many_pixels(client: TestClient) -> None:
    def tile(form: str) -> bytes:
        return client.get(f"{ATTACKS}/tiles/5/15/14{form}").content

    fine = tile("@2x.png?colours=tempo")
    assert Image.open(io.BytesIO(fine)).size == (512, 512)
    assert fine == tile(".png?colours=tempo&size=512") != tile(".png?colours=tempo")
    assert Image.open(io.BytesIO(tile("@2x.png?size=512"))).size == (1024, 1024)
    assert client.get(f"{ATTACKS}/tiles/5/15/14@3x.png").status_code == 400
    assert client.get(f"{ATTACKS}/tiles/5/15/99@2x.png").status_code == 404


@pytest.mark.parametrize(
    "form", ["?", ".tif?", "/tiles/5/15/14.png?", "/tilejson.json?", "/legend.svg?"]
)
def test_what_the_client_holds_is_not_sent_again(form: str, client: TestClient) -> None:
    address = f"{ATTACKS}{form}bandwidth_km=20"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(
        address.replace("20", "21"), headers={"If-None-Match": first.headers["etag"]}
    )
    assert other.status_code == 200
    assert other.headers["etag"] != first.headers["etag"]


def test_a_surface_is_computed_once_for_all_its_forms(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    compute = geo.surface.surface_of

    def counting(*given: Any) -> Any:
        computed.append(given[0].id)
        return compute(*given)

    monkeypatch.setattr(app.surfaces, "surface_of", counting)
    for form in ("?", ".tif?", "/tiles/4/7/7.png?", "/tiles/5/15/14.png?", "/legend.svg?"):
        assert client.get(f"{ATTACKS}{form}bandwidth_km=33").status_code == 200
    assert computed == ["attacks"]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_legend_is_a_picture_that_names_its_unit(lang: str, client: TestClient) -> None:
    response = client.get(f"{ATTACKS}/legend.svg?lang={lang}&colours=matter_r")
    assert response.headers["content-type"].startswith("image/svg+xml")
    drawn = ET.fromstring(response.text)
    texts = ["".join(part.itertext()) for part in drawn.iter() if part.tag.endswith("text")]
    stops = described(client, f"lang={lang}")["legend"]
    assert texts[:2] == [stops["unit"], "0"]
    assert len(texts) == 2 + len(stops["stops"])
    assert ("per 1,000 km²" if lang == "en" else "pour 1\u202f000 km²") in texts[0]


def test_the_description_is_in_both_languages(client: TestClient) -> None:
    english, french = (described(client, f"lang={lang}") for lang in ("en", "fr"))
    for name in ("title", "precision_means"):
        assert english[name] != french[name]
    assert english["left_out"][0]["means"] != french["left_out"][0]["means"]
    assert english["raster"]["maximum"] == french["raster"]["maximum"]


def test_a_state_of_the_store_has_the_surface_that_it_had(client: TestClient) -> None:
    now = described(client)
    state = now["data_as_of"].replace("+00:00", "Z")
    pinned = described(client, f"as_of={state}")
    assert pinned["raster"] == now["raster"]
    before = described(client, "as_of=2020-01-01")
    assert (before["numberMatched"], before["raster"]) == (0, None)


def test_a_raster_is_read_in_parts(client: TestClient) -> None:
    whole = client.get(f"{ATTACKS}.tif")
    size = len(whole.content)
    assert whole.headers["accept-ranges"] == "bytes"
    for asked, first, last in (
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, size - 1),
        ("bytes=-50", size - 50, size - 1),
        (f"bytes={size - 1}-{size + 10}", size - 1, size - 1),
    ):
        part = client.get(f"{ATTACKS}.tif", headers={"Range": asked})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.content == whole.content[first : last + 1]
        assert part.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=5-3", "bytes=-0", "bytes=-"])
def test_a_part_that_is_not_there_is_said_to_be_none(client: TestClient, asked: str) -> None:
    assert client.get(f"{ATTACKS}.tif", headers={"Range": asked}).status_code == 416


@pytest.mark.parametrize("asked", ["lines=1-2", "bytes=0-1,5-6", "bytes", "bytes=a-b", ""])
def test_a_range_that_means_nothing_gets_the_whole(client: TestClient, asked: str) -> None:
    answer = client.get(f"{ATTACKS}.tif", headers={"Range": asked})
    assert (answer.status_code, answer.content[:2]) == (200, b"II")


def test_a_part_of_another_state_is_not_mixed_in(client: TestClient) -> None:
    asked = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert client.get(f"{ATTACKS}.tif", headers=asked).status_code == 200
    held = client.get(f"{ATTACKS}.tif").headers["etag"]
    assert client.get(f"{ATTACKS}.tif", headers={**asked, "If-Range": held}).status_code == 206
