"""Part 2 of OGC API – Features: coordinate reference systems by reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyproj
import pytest
from fastapi.testclient import TestClient
from shapely.geometry import Point, box

from geo.spec import GeometryType, Layer
from tests.conformance.answers import (
    CRS84,
    FEW,
    GEOJSON,
    MOST,
    assert_feature_collection,
    get,
    get_json,
    ids,
    items_address,
    parameter,
)

Collections = list[dict[str, Any]]
# OGC 09-048: authority, version and code; the suite holds identifiers to no more than this.
NAME = re.compile(r"http://www\.opengis\.net/def/crs/[\w.]+/[\w.]+/[\w.]+\Z")
# The first is the suite's own; the others are near to what is spoken.
UNSUPPORTED = [
    "http://www.opengis.net/def/crs/0/unsupported",
    "http://www.opengis.net/def/crs/EPSG/0/27700",
    "http://www.opengis.net/def/crs/EPSG/0/4326/",
    "http://www.opengis.net/def/crs/OGC/1.3/CRS83",
    "#/crs",
    "",
]


def metres(crs: str) -> bool:
    """Say whether a system is one of UTM, in which the sides of a box of degrees bend."""
    return "/EPSG/0/326" in crs


def features_and_a_feature(client: TestClient, collection: dict[str, Any]) -> list[str]:
    """Give the addresses of a collection's features and of its first one, if it has any."""
    address = items_address(collection)
    return [address, *(f"{address}/{one}" for one in ids(get(client, address, limit=1)))]


# --- Discovery -------------------------------------------------------------------------------


def test_systems_are_listed_with_the_default_first(
    client: TestClient, collections: Collections
) -> None:
    everywhere = get_json(client, "/collections")["crs"]
    for collection in collections:
        single = get_json(client, f"/collections/{collection['id']}")
        # Written out, so that nobody has to look up #/crs in another document.
        assert single["crs"] == collection["crs"] == everywhere
        assert collection["crs"][0] == CRS84
        assert single["storageCrs"] == collection["storageCrs"] == CRS84
        assert len(set(collection["crs"])) == len(collection["crs"])
        assert all(NAME.match(crs) for crs in collection["crs"])


def test_the_parameters_are_defined_as_the_standard_says(
    definition: dict[str, Any], collections: Collections
) -> None:
    for collection in collections:
        path = f"/collections/{collection['id']}/items"
        for name in ("crs", "bbox-crs"):
            given = parameter(definition, path, name)
            schema = given.pop("schema")
            assert given == {
                "name": name,
                "in": "query",
                "required": False,
                "style": "form",
                "explode": False,
            }
            assert (schema["type"], schema["format"]) == ("string", "uri")
            assert schema["default"] == CRS84
            assert set(schema["enum"]) >= set(collection["crs"])
    single = parameter(definition, "/collections/{layer}/items/{feature_id}", "crs")
    assert single["schema"]["enum"] == collections[0]["crs"]


# --- The system of the answer ----------------------------------------------------------------


def test_an_answer_names_its_system(client: TestClient, collections: Collections) -> None:
    for collection in collections:
        for address in features_and_a_feature(client, collection):
            plain = client.get(address, headers={"Accept": GEOJSON})
            assert plain.headers["content-crs"] == f"<{CRS84}>"
            for crs in collection["crs"]:
                answer = client.get(address, params={"crs": crs}, headers={"Accept": GEOJSON})
                assert (answer.status_code, answer.headers["content-crs"]) == (200, f"<{crs}>")


@pytest.mark.parametrize("crs", UNSUPPORTED)
def test_a_system_that_is_not_listed_is_400(
    client: TestClient, collections: Collections, crs: str
) -> None:
    for collection in collections:
        assert crs not in collection["crs"]
        for address in features_and_a_feature(client, collection):
            assert client.get(address, params={"crs": crs}).status_code == 400
        asked = {"bbox": "5.0000000,49.0000000,6.0000000,50.0000000", "bbox-crs": crs}
        assert client.get(items_address(collection), params=asked).status_code == 400


def test_coordinates_in_another_system_are_the_same_places(
    client: TestClient, collections: Collections
) -> None:
    for collection in collections:
        address = items_address(collection)
        plain = get(client, address, limit=20)["features"]
        for crs in collection["crs"]:
            back = pyproj.Transformer.from_crs(crs, CRS84)
            moved = get(client, address, limit=20, crs=crs)["features"]
            if moved:
                moved.append(get(client, f"{address}/{moved[0]['id']}", crs=crs))
                moved[-1].pop("links")
            for here, there in zip([*plain, *plain[:1]], moved, strict=True):
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


# --- The system of the box -------------------------------------------------------------------


@pytest.mark.parametrize("given", [(-4.0, 14.0, 1.0, 18.0), None])
def test_a_box_in_another_system_finds_the_same(
    client: TestClient, collections: Collections, given: tuple[float, ...] | None
) -> None:
    """In the middle of the land, and with the extent that a layer gives, as the suite asks."""
    tried = 0
    for collection in collections:
        if "spatial" not in collection.get("extent", {}):
            continue
        west, south, east, north = given or collection["extent"]["spatial"]["bbox"][0]
        address = items_address(collection)
        limit = FEW if given is None else MOST
        plain = get(client, address, bbox=f"{west},{south},{east},{north}", limit=limit)
        for crs in collection["crs"]:
            if metres(crs):
                continue
            moved = pyproj.Transformer.from_crs(CRS84, crs)
            low, high = moved.transform(west, south), moved.transform(east, north)
            asked = ",".join(f"{side:.7f}" for side in (*low, *high))
            found = get(client, address, **{"bbox": asked, "bbox-crs": crs, "limit": limit})
            assert_feature_collection(found)
            assert ids(found) == ids(plain), crs
            tried += 1
    assert tried > 20


def test_a_box_in_metres_holds_what_lies_in_it_there(
    client: TestClient, collections: Collections, layers: dict[str, Layer]
) -> None:
    """The suite moves two corners and asks for the same features: there, that is another area."""
    tried = 0
    for collection in collections:
        if layers[collection["id"]].geometry is not GeometryType.POINT:
            continue
        address = items_address(collection)
        everything = get(client, address, limit=MOST)["features"]
        for crs in filter(metres, collection["crs"]):
            moved = pyproj.Transformer.from_crs(CRS84, crs)
            (west, south), (east, north) = moved.transform(-6, 13), moved.transform(0, 18)
            area = box(west, south, east, north)
            expected = [
                one["id"]
                for one in everything
                if one["geometry"]
                and area.intersects(Point(moved.transform(*one["geometry"]["coordinates"])))
            ]
            asked = f"{west:.7f},{south:.7f},{east:.7f},{north:.7f}"
            found = get(client, address, **{"bbox": asked, "bbox-crs": crs, "limit": MOST})
            assert ids(found) == expected
            tried += len(expected)
    assert tried > 100


def test_a_box_with_heights_is_in_the_default_system_with_heights(client: TestClient) -> None:
    crs84h = "http://www.opengis.net/def/crs/OGC/0/CRS84h"
    plain = get(client, "/collections/camps/items", bbox="-4,14,1,18")
    heights = {"bbox": "-4,14,0,1,18,900", "bbox-crs": crs84h}
    assert ids(get(client, "/collections/camps/items", **heights)) == ids(plain) != []
