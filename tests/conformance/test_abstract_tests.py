"""The abstract tests of OGC API – Features, Parts 1 and 2, that every layer must pass.

They are the standards' own annexes A, written for our layers; the OGC's suite runs them too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pyproj
import pytest
from fastapi.testclient import TestClient
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from geo.spec import Layer

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
PART_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
PART_2 = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs"
GEOJSON, HTML = "application/geo+json", "text/html"
SCHEMAS = {"core", "geojson", "html", "oas30"}


@pytest.fixture(scope="module")
def collections(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/collections?f=json").json()["collections"]
    return found


def get(client: TestClient, address: str, **parameters: Any) -> dict[str, Any]:
    response = client.get(address, params=parameters or None, headers={"Accept": GEOJSON})
    assert response.status_code == 200, (address, parameters, response.text[:300])
    assert response.headers["content-type"] == GEOJSON
    document: dict[str, Any] = response.json()
    return document


def items_address(collection: dict[str, Any]) -> str:
    """Give the address of a collection's features in GeoJSON, as a client finds it."""
    links = [link for link in collection["links"] if link["rel"] == "items"]
    (href,) = [link["href"] for link in links if link["type"] == GEOJSON]
    return str(href).partition("?")[0]


def assert_links(document: dict[str, Any], *types: str) -> None:
    """Hold a document to link to itself and to its other media types (fc-links, fc-rel-type)."""
    links = [link for link in document["links"] if link["rel"] in ("self", "alternate")]
    assert all(link.get("type") and link["href"].startswith("http") for link in links)
    assert len([link for link in links if link["rel"] == "self"]) == 1
    assert set(types) <= {link["type"] for link in links}


def assert_feature_collection(document: dict[str, Any]) -> None:
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


def test_the_service_declares_what_it_is_held_to(client: TestClient) -> None:
    declared = client.get("/conformance").json()["conformsTo"]
    assert len(declared) == len(set(declared))
    assert {f"{PART_1}{name}" for name in SCHEMAS} | {PART_2} <= set(declared)


def test_the_landing_page_leads_everywhere(client: TestClient) -> None:
    document = client.get("/", headers={"Accept": "application/json"}).json()
    assert {"self", "service-desc", "service-doc", "conformance", "data"} <= {
        link["rel"] for link in document["links"]
    }
    assert all(link["href"].startswith("http://testserver/") for link in document["links"])


@pytest.mark.parametrize(
    "address", ["/", "/conformance", "/collections", "/collections/camps", "/api"]
)
def test_every_resource_has_a_page(client: TestClient, address: str) -> None:
    page = client.get(address, headers={"Accept": HTML})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_collections_link_to_themselves_in_every_type(client: TestClient) -> None:
    document = client.get("/collections?f=json").json()
    assert_links(document, "application/json", HTML)
    assert all(link.get("type") for link in document["links"])


def test_a_collection_says_what_a_client_needs(
    client: TestClient, collections: list[dict[str, Any]], layers: dict[str, Layer]
) -> None:
    assert [one["id"] for one in collections] == list(layers)
    for collection in collections:
        single = client.get(f"/collections/{collection['id']}?f=json").json()
        assert {**single, "links": 0} == {**collection, "links": 0}
        assert_links(single, "application/json", HTML)
        items = [link for link in collection["links"] if link["rel"] == "items"]
        assert {GEOJSON, HTML} <= {link["type"] for link in items}
        for spatial in collection.get("extent", {}).get("spatial", {}).get("bbox", []):
            assert len(spatial) == 4
        for start, end in collection.get("extent", {}).get("temporal", {}).get("interval", []):
            for side in (start, end):
                assert side is None or datetime.fromisoformat(side).tzinfo is not None


def test_features_of_every_collection_are_valid(
    client: TestClient, collections: list[dict[str, Any]]
) -> None:
    for collection in collections:
        assert_feature_collection(get(client, items_address(collection)))


@pytest.mark.parametrize("limit", [1, 7, 100, 10_000])
def test_a_page_has_no_more_than_its_limit(
    client: TestClient, collections: list[dict[str, Any]], limit: int
) -> None:
    for collection in collections:
        document = get(client, items_address(collection), limit=limit)
        assert_feature_collection(document)
        assert document["numberReturned"] == min(limit, document["numberMatched"])


@pytest.mark.parametrize("limit", [1, 60])
def test_pages_together_are_what_matched(
    client: TestClient, collections: list[dict[str, Any]], limit: int
) -> None:
    for collection in collections:
        first = get(client, items_address(collection), limit=limit)
        if first["numberMatched"] > 60 * limit:
            continue
        found = [feature["id"] for page in following(client, first) for feature in page["features"]]
        assert len(found) == len(set(found)) == first["numberMatched"]


def following(client: TestClient, page: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    while page is not None:
        yield page
        nexts = [link["href"] for link in page["links"] if link["rel"] == "next"]
        page = get(client, nexts[0]) if nexts else None


# The boxes of the OGC's suite: over a meridian, the equator, the antimeridian and both poles.
BOXES = [
    (-1.5, 50.0, 1.5, 53.0),
    (-80.0, -5.0, -70.0, 5.0),
    (177.0, 65.0, -177.0, 70.0),
    (-180.0, 85.0, 180.0, 90.0),
    (-180.0, -90.0, 180.0, -85.0),
    (0.0, 15.0, 3.0, 21.0),
]


@pytest.mark.parametrize("given", BOXES)
def test_features_in_a_box_meet_it_and_no_others_do(
    client: TestClient, collections: list[dict[str, Any]], given: tuple[float, ...]
) -> None:
    west, south, east, north = given
    area: BaseGeometry = box(west, south, east, north)
    if west > east:
        area = box(west, south, 180, north).union(box(-180, south, east, north))
    for collection in collections:
        address = items_address(collection)
        inside = get(client, address, bbox=",".join(map(str, given)), limit=10_000)
        assert_feature_collection(inside)
        everything = get(client, address, limit=10_000)["features"]
        expected = [
            feature["id"]
            for feature in everything
            if feature["geometry"] and shape(feature["geometry"]).intersects(area)
        ]
        assert [feature["id"] for feature in inside["features"]] == expected


def test_the_extent_holds_everything_that_has_a_place(
    client: TestClient, collections: list[dict[str, Any]]
) -> None:
    for collection in collections:
        if "spatial" not in collection.get("extent", {}):
            continue
        (extent,) = collection["extent"]["spatial"]["bbox"]
        address = items_address(collection)
        inside = get(client, address, bbox=",".join(map(repr, extent)), limit=10_000)["features"]
        everything = get(client, address, limit=10_000)["features"]
        assert len(inside) == len([one for one in everything if one["geometry"]])


def test_times_are_instants_and_intervals(
    client: TestClient, collections: list[dict[str, Any]]
) -> None:
    tried = 0
    for collection in collections:
        if "temporal" not in collection.get("extent", {}):
            continue
        ((first, last),) = collection["extent"]["temporal"]["interval"]
        start = datetime.fromisoformat(first)
        end = datetime.fromisoformat(last) if last else start + timedelta(days=3_650)
        quarter = start + (end - start) / 4
        written = [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (start, quarter, end)]
        address = items_address(collection)
        everything = get(client, address, limit=10_000)["numberMatched"]
        for asked in (written[0], "/".join(written[1:]), f"{written[0]}/..", f"../{written[2]}"):
            document = get(client, address, datetime=asked)
            assert_feature_collection(document)
            assert document["numberMatched"] <= everything
        tried += 1
    assert tried > 2


@pytest.mark.parametrize(
    "parameters", [{"limit": "unlimited"}, {"unknownQueryParameter12345": "1"}, {"bbox": "1,2"}]
)
def test_what_is_invalid_or_unknown_is_400(
    client: TestClient, collections: list[dict[str, Any]], parameters: dict[str, str]
) -> None:
    for collection in collections:
        assert client.get(items_address(collection), params=parameters).status_code == 400


def test_every_feature_can_be_fetched_alone(
    client: TestClient, collections: list[dict[str, Any]]
) -> None:
    for collection in collections:
        address = items_address(collection)
        for feature in get(client, address, limit=3)["features"]:
            single = get(client, f"{address}/{feature['id']}")
            assert_links(single, GEOJSON, HTML)
            relations = {link["rel"]: link["href"] for link in single.pop("links")}
            assert relations["self"].endswith(f"/items/{feature['id']}")
            assert relations["collection"].endswith(f"/collections/{collection['id']}")
            assert single == feature


# --- Part 2: coordinate reference systems ----------------------------------------------------


def test_systems_are_listed_with_the_default_first(collections: list[dict[str, Any]]) -> None:
    for collection in collections:
        assert collection["crs"][0] == CRS84
        assert collection["storageCrs"] in collection["crs"]
        assert len(set(collection["crs"])) == len(collection["crs"])


def test_an_answer_names_its_system(client: TestClient, collections: list[dict[str, Any]]) -> None:
    for collection in collections:
        address = items_address(collection)
        found = get(client, address, limit=1)["features"]
        for one in (address, *(f"{address}/{feature['id']}" for feature in found)):
            assert client.get(one).headers["content-crs"] == f"<{CRS84}>"
            for crs in collection["crs"]:
                answer = client.get(one, params={"crs": crs})
                assert (answer.status_code, answer.headers["content-crs"]) == (200, f"<{crs}>")
            assert client.get(one, params={"crs": "http://example.org/nosuch"}).status_code == 400


def test_a_box_in_another_system_finds_the_same(
    client: TestClient, collections: list[dict[str, Any]]
) -> None:
    for collection in collections:
        address = items_address(collection)
        plain = ids(get(client, address, bbox="-4,14,1,18", limit=10_000))
        for crs in collection["crs"]:
            if crs == CRS84 or "EPSG/0/326" in crs:
                continue
            moved = pyproj.Transformer.from_crs(CRS84, crs)
            west, south = moved.transform(-4, 14)
            east, north = moved.transform(1, 18)
            asked = ",".join(map(repr, (west, south, east, north)))
            found = get(client, address, **{"bbox": asked, "bbox-crs": crs, "limit": 10_000})
            assert ids(found) == plain, crs
        bad = {"bbox": "1,1,2,2", "bbox-crs": "http://example.org/nosuch"}
        assert client.get(address, params=bad).status_code == 400


def ids(document: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in document["features"]]


def test_coordinates_in_another_system_are_the_same_places(
    client: TestClient, collections: list[dict[str, Any]]
) -> None:
    for collection in collections:
        address = items_address(collection)
        plain = get(client, address, limit=20)["features"]
        for crs in collection["crs"]:
            back = pyproj.Transformer.from_crs(crs, CRS84)
            moved = get(client, address, limit=20, crs=crs)["features"]
            for here, there in zip(plain, moved, strict=True):
                assert {**here, "geometry": 0} == {**there, "geometry": 0}
                assert (here["geometry"] is None) is (there["geometry"] is None)
                if here["geometry"] is None:
                    continue
                corners = list(zip(corners_of(here), corners_of(there), strict=True))
                for (lon, lat), corner in corners[:50]:
                    assert back.transform(*corner) == pytest.approx((lon, lat), abs=2e-6)


def corners_of(feature: dict[str, Any]) -> list[tuple[float, float]]:
    """List the corners of a geometry in its own order of axes."""

    def walk(node: Any) -> Iterator[tuple[float, float]]:
        if isinstance(node[0], int | float):
            yield (node[0], node[1])
        else:
            for part in node:
                yield from walk(part)

    return list(walk(feature["geometry"]["coordinates"]))
