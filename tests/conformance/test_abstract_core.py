"""Part 1 of OGC API – Features, up to the features: what the service says of itself.

These and the two files beside this one are the standards' own annexes A, and what the OGC's suite
makes of them, in our words and over every layer.
"""

from __future__ import annotations

import http.client
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from app.openapi import operation_id
from geo.spec import Layer
from tests.conformance.answers import (
    CRS84,
    GEOJSON,
    HTML,
    JSON,
    OPENAPI,
    assert_links,
    get,
    get_json,
)

PART_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
PART_2 = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs"
PARTS = {f"{PART_1}{name}" for name in ("core", "geojson", "html", "oas30")} | {PART_2}


def test_the_service_speaks_http_1_1(live_server: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(live_server).netloc, timeout=10)
    connection.request("GET", "/")
    response = connection.getresponse()
    assert (response.version, response.status) == (11, 200)
    connection.close()


def test_the_landing_page_leads_everywhere(client: TestClient) -> None:
    document = get_json(client, "/")
    links = {link["rel"]: link for link in document["links"]}
    types = {"self": JSON, "conformance": JSON, "data": JSON, "service-desc": OPENAPI}
    assert {"service-doc", *types} <= set(links)
    for link in document["links"]:
        assert link["type"]
        assert link["href"].startswith("http://testserver/")
    for relation, media_type in types.items():
        assert links[relation]["type"] == media_type
        response = client.get(links[relation]["href"], headers={"Accept": media_type})
        assert (response.status_code, response.headers["content-type"]) == (200, media_type)


@pytest.mark.parametrize(
    "address", ["/", "/conformance", "/collections", "/collections/camps", "/api"]
)
def test_every_resource_has_a_page(client: TestClient, address: str) -> None:
    page = client.get(address, headers={"Accept": HTML})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_the_service_declares_what_it_is_held_to(client: TestClient) -> None:
    declared = get_json(client, "/conformance")["conformsTo"]
    assert all(isinstance(one, str) for one in declared)
    assert len(declared) == len(set(declared))
    assert set(declared) >= PARTS


def paths_to(definition: dict[str, Any], address: str) -> list[str]:
    """List the paths of the definition that an address may be an instance of."""
    return [
        path
        for path in definition["paths"]
        if re.fullmatch(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(path)), address)
    ]


def test_every_resource_is_found_in_the_definition_once(
    definition: dict[str, Any], collections: list[dict[str, Any]]
) -> None:
    assert definition["openapi"].startswith("3.0.")
    assert definition["servers"] == [{"url": "http://testserver"}]
    addresses = ["/", "/conformance", "/collections"]
    for collection in collections:
        addresses += [f"/collections/{collection['id']}", f"/collections/{collection['id']}/items"]
    for address in addresses:
        (path,) = paths_to(definition, address)
        assert "200" in definition["paths"][path]["get"]["responses"]
    # Where a path stands for all layers, it says which there are.
    (path,) = paths_to(definition, "/collections/camps")
    named = definition["components"]["parameters"]["layer"]["schema"]["enum"]
    assert (path, named) == ("/collections/{layer}", [one["id"] for one in collections])


def test_an_operation_ends_on_the_name_that_a_standard_gives_it(layers: dict[str, Layer]) -> None:
    """Tiles asks for ids that end so (oas30/operation-id), and its suite looks for them."""

    async def tile() -> None: ...

    plain = APIRoute("/tiles/{tileMatrix}", tile)
    named = APIRoute("/tiles/{tileMatrix}", tile, operation_id="collection.vector.getTile")
    made = [
        operation_id(route, layer) for route in (plain, named) for layer in (None, layers["camps"])
    ]
    assert made == [
        "tile",
        "tile_camps",
        "collection.vector.getTile",
        "camps.collection.vector.getTile",
    ]


def test_collections_link_to_themselves_in_every_type(client: TestClient) -> None:
    document = get_json(client, "/collections")
    assert_links(document, JSON, HTML)
    assert document["crs"][0] == CRS84
    assert document["collections"]


def test_a_collection_says_what_a_client_needs(
    client: TestClient, collections: list[dict[str, Any]], layers: dict[str, Layer]
) -> None:
    assert [one["id"] for one in collections] == list(layers)
    for collection in collections:
        single = get_json(client, f"/collections/{collection['id']}")
        assert single == collection
        assert_links(single, JSON, HTML)
        items = [link for link in collection["links"] if link["rel"] == "items"]
        assert {GEOJSON, HTML} <= {link["type"] for link in items}
        # The suite, and clients, take the first link to features.
        assert items[0]["type"] == GEOJSON
        assert (collection["itemType"], bool(collection["title"])) == ("feature", True)


def test_extents_are_boxes_and_intervals(collections: list[dict[str, Any]]) -> None:
    for collection in collections:
        extent = collection.get("extent", {})
        assert set(extent) <= {"spatial", "temporal"}
        if "spatial" in extent:
            assert extent["spatial"]["crs"] == CRS84
            ((west, south, east, north),) = extent["spatial"]["bbox"]
            assert -180 <= west < east <= 180
            assert -90 <= south < north <= 90
        # An open end is null (fc-md-extent). The suite after 1.9 takes that for a fault, against
        # the sentence of the standard that it cites.
        for start, end in extent.get("temporal", {}).get("interval", []):
            assert start or end
            for side in filter(None, (start, end)):
                assert datetime.fromisoformat(side).tzinfo is not None


def test_every_link_to_features_answers_in_its_type(
    client: TestClient, collections: list[dict[str, Any]]
) -> None:
    for collection in collections:
        links = [link for link in collection["links"] if link["rel"] == "items"]
        assert len(links) > 8
        for link in links:
            response = client.head(link["href"], headers={"Accept": link["type"]})
            answered = response.headers["content-type"].removesuffix("; charset=utf-8")
            expected = link["type"].removesuffix("; charset=utf-8")
            assert (response.status_code, answered) == (200, expected)
        assert get(client, links[0]["href"])["type"] == "FeatureCollection"
