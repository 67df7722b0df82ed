from __future__ import annotations

import shutil
import subprocess

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from geo.spec import Layer


def test_a_program_gets_links_and_a_browser_gets_a_page(client: TestClient) -> None:
    document = client.get("/", headers={"Accept": "application/json"}).json()
    relations = {(link["rel"], link["href"]) for link in document["links"]}
    assert relations == {
        ("self", "http://testserver/"),
        ("service-desc", "http://testserver/api"),
        ("service-doc", "http://testserver/docs"),
        ("conformance", "http://testserver/conformance"),
        ("data", "http://testserver/collections"),
        ("http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", "http://testserver/tiles"),
        ("http://www.opengis.net/def/rel/ogc/1.0/styles", "http://testserver/styles"),
        ("related", "http://testserver/maps"),
        ("related", "http://testserver/figures"),
    }
    page = client.get("/", headers={"Accept": "text/html,*/*"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http://testserver/maps/overview/embed?lang=en" in page.text


def test_every_link_of_the_landing_page_answers(client: TestClient) -> None:
    document = client.get("/").json()
    statuses = {link["href"]: client.get(link["href"]).status_code for link in document["links"]}
    assert set(statuses.values()) == {200}, statuses


def test_the_landing_page_speaks_french(client: TestClient) -> None:
    page = client.get("/?f=html&lang=fr").text
    assert '<html lang="fr">' in page
    assert "Bases opérationnelles temporaires" in page


def test_every_layer_is_a_collection_and_can_be_read(
    client: TestClient, layers: dict[str, Layer]
) -> None:
    listed = client.get("/collections").json()["collections"]
    assert [collection["id"] for collection in listed] == list(layers)
    for collection in listed:
        (items, *_) = [link for link in collection["links"] if link["rel"] == "items"]
        assert items["type"] == "application/geo+json"
        assert client.get(items["href"]).status_code == 200
        assert client.get(f"/collections/{collection['id']}").json() == collection


def test_the_extent_of_camps_is_open_at_its_end(client: TestClient) -> None:
    extent = client.get("/collections/camps").json()["extent"]
    west, south, east, north = extent["spatial"]["bbox"][0]
    assert -12.3 < west < east < 4.3
    assert 10 < south < north < 25
    ((first, last),) = extent["temporal"]["interval"]
    assert (first, last) == ("2013-01-01T00:00:00Z", None)


def test_an_empty_layer_has_no_extent(client: TestClient) -> None:
    assert "extent" not in client.get("/collections/cercles").json()


def test_links_bear_the_public_address_when_it_is_set(database_url: str) -> None:
    settings = Settings(database_url=database_url, public_url="https://example.org/atlas/")
    with TestClient(create_app(settings)) as client:
        document = client.get("/collections/attacks/items?limit=1").json()
        page = client.get("/?f=html").text
    assert {link["href"].split("/collections")[0] for link in document["links"]} == {
        "https://example.org/atlas"
    }
    assert 'src="https://example.org/atlas/maps/overview/embed?lang=en"' in page


def test_a_forwarded_host_is_not_believed(client: TestClient) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert "evil.example" not in client.get("/", headers=headers).text


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL's ogrinfo is not installed")
def test_ogrinfo_lists_the_layers_and_reads_them(
    live_server: str, layers: dict[str, Layer]
) -> None:
    listed = ogrinfo("-q", f"OAPIF:{live_server}")
    names = [line.split(": ")[1].split(" ")[0] for line in listed.splitlines() if ": " in line]
    assert names == list(layers)
    box = ("-spat", "0", "15", "3", "21", "--config", "OGR_OAPIF_PAGE_SIZE", "20")
    read = ogrinfo("-q", *box, f"OAPIF:{live_server}", "attacks")
    summary = ogrinfo("-so", *box, f"OAPIF:{live_server}", "attacks")
    count = read.count("OGRFeature(attacks)")
    assert count == read.count("POINT (") > 50
    assert f"Feature Count: {count}" in summary
    assert "Geometry: Point" in summary


def ogrinfo(*arguments: str) -> str:
    """Run GDAL's ogrinfo and give what it prints."""
    command = ["ogrinfo", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
