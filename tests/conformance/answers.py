"""What the abstract tests ask for, and what they hold every answer to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi.testclient import TestClient
from shapely.geometry import shape

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GEOJSON, HTML, JSON = "application/geo+json", "text/html", "application/json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
# What the OGC's suites accept of everything that is neither features nor the API definition.
ANY_JSON = "application/json, application/javascript, text/javascript, text/json"
# The most features that a page may hold, and how many the suite asks for where it does not care.
MOST, FEW = 10_000, 10


def get(client: TestClient, address: str, **parameters: Any) -> dict[str, Any]:
    """Get features as GeoJSON, by what is accepted and not by `f`."""
    response = client.get(address, params=parameters or None, headers={"Accept": GEOJSON})
    assert response.status_code == 200, (address, parameters, response.text[:300])
    assert response.headers["content-type"] == GEOJSON
    document: dict[str, Any] = response.json()
    return document


def get_json(client: TestClient, address: str) -> dict[str, Any]:
    """Get any other resource as JSON, by what is accepted and not by `f`."""
    response = client.get(address, headers={"Accept": ANY_JSON})
    assert response.status_code == 200, (address, response.text[:300])
    assert response.headers["content-type"] == JSON
    document: dict[str, Any] = response.json()
    return document


def items_address(collection: dict[str, Any]) -> str:
    """Give the address of a collection's features in GeoJSON, as a client finds it.

    Without its query: REST Assured, which the OGC's suite asks with, leaves that out.
    """
    links = [link for link in collection["links"] if link["rel"] == "items"]
    (href,) = [link["href"] for link in links if link["type"] == GEOJSON]
    return str(href).partition("?")[0]


def ids(document: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in document["features"]]


def following(client: TestClient, page: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """Walk from a page to the last one."""
    while page is not None:
        yield page
        nexts = [link["href"] for link in page["links"] if link["rel"] == "next"]
        page = get(client, nexts[0]) if nexts else None


def assert_links(document: dict[str, Any], *types: str) -> None:
    """Hold a document to link to itself and to its other media types (fc-links, fc-rel-type)."""
    for link in document["links"]:
        assert link["rel"], link
        assert link["type"], link
        assert link["href"].startswith("http"), link
    links = [link for link in document["links"] if link["rel"] in ("self", "alternate")]
    assert len([link for link in links if link["rel"] == "self"]) == 1
    assert set(types) <= {link["type"] for link in links}


def assert_feature_collection(document: dict[str, Any]) -> None:
    """Hold a page of features to what Part 1 says of it (fc-response, crs84)."""
    assert document["type"] == "FeatureCollection"
    assert document["numberReturned"] == len(document["features"])
    assert document["numberMatched"] >= document["numberReturned"]
    assert_links(document, GEOJSON, HTML)
    for feature in document["features"]:
        assert feature["type"] == "Feature"
        if feature["geometry"] is not None:
            west, south, east, north = shape(feature["geometry"]).bounds
            assert -180 <= west <= east <= 180
            assert -90 <= south <= north <= 90


def parameter(definition: dict[str, Any], path: str, name: str) -> dict[str, Any]:
    """Find the parameter of an operation, wherever the API definition writes it."""
    found = []
    for given in definition["paths"][path]["get"]["parameters"]:
        _, _, reference = given.get("$ref", "").rpartition("/")
        one = definition["components"]["parameters"][reference] if reference else given
        if (one["name"], one["in"]) == (name, "query"):
            found.append({key: value for key, value in one.items() if key != "description"})
    (only,) = found
    return only
