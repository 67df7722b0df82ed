"""Part 1 of OGC API – Features: features of every layer, by page, place and time, and alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from geo.spec import Layer
from tests.conformance.answers import (
    FEW,
    GEOJSON,
    HTML,
    MOST,
    assert_feature_collection,
    assert_links,
    following,
    get,
    ids,
    items_address,
    parameter,
)

Collections = list[dict[str, Any]]
NUMBERS = {"type": "array", "items": {"type": "number"}}
DEFINED: dict[str, dict[str, Any]] = {
    # Four numbers, or six with heights (fc-bbox-definition of 1.0.1; 1.0.0 had from four to six).
    "bbox": {
        **NUMBERS,
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
    },
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 100},
    "datetime": {"type": "string"},
}


@pytest.mark.parametrize("name", DEFINED)
def test_parameters_are_defined_as_the_standard_says(
    definition: dict[str, Any], collections: Collections, name: str
) -> None:
    for collection in collections:
        assert parameter(definition, f"/collections/{collection['id']}/items", name) == {
            "name": name,
            "in": "query",
            "required": False,
            "schema": DEFINED[name],
            "style": "form",
            "explode": False,
        }


def test_features_of_every_collection_are_valid(
    client: TestClient, collections: Collections
) -> None:
    for collection in collections:
        assert_feature_collection(get(client, items_address(collection)))


# --- Pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 7, 100, MOST, MOST + 1, 10**9])
def test_a_page_has_no_more_than_its_limit(
    client: TestClient, collections: Collections, limit: int
) -> None:
    for collection in collections:
        document = get(client, items_address(collection), limit=limit)
        assert_feature_collection(document)
        # More than the most is not a fault; the most is given (fc-limit-response).
        assert document["numberReturned"] == min(limit, MOST, document["numberMatched"])


@pytest.mark.parametrize("limit", [1, 60])
def test_pages_together_are_what_matched(
    client: TestClient, collections: Collections, limit: int
) -> None:
    for collection in collections:
        first = get(client, items_address(collection), limit=limit)
        if first["numberMatched"] > 60 * limit:
            continue
        found = [one for page in following(client, first) for one in ids(page)]
        assert len(found) == len(set(found)) == first["numberMatched"]


def test_a_next_page_may_be_asked_for_with_another_limit(
    client: TestClient, collections: Collections
) -> None:
    """The suite follows next links so, with the most that the definition allows."""
    followed = 0
    for collection in collections:
        first = get(client, items_address(collection), limit=FEW)
        nexts = [link["href"] for link in first["links"] if link["rel"] == "next"]
        if not nexts:
            assert first["numberMatched"] == first["numberReturned"]
            continue
        asked = dict(client.build_request("GET", nexts[0]).url.params)
        rest = get(client, items_address(collection), **{**asked, "limit": MOST})
        assert len({*ids(first), *ids(rest)}) == first["numberMatched"] == rest["numberMatched"]
        followed += 1
    assert followed > 4


# --- Places ----------------------------------------------------------------------------------

# The boxes of the OGC's suite: over a meridian, the equator, the antimeridian and both poles.
BOXES = [
    (-1.5, 50.0, 1.5, 53.0),
    (-80.0, -5.0, -70.0, 5.0),
    (177.0, 65.0, -177.0, 70.0),
    (-180.0, 85.0, 180.0, 90.0),
    (-180.0, -90.0, 180.0, -85.0),
    (0.0, 15.0, 3.0, 21.0),
]


def as_the_suite_writes(sides: tuple[float, ...]) -> str:
    """Write a box with seven decimals and no zero before them."""
    texts = [f"{side:.7f}" for side in sides]
    return ",".join(text.replace("0.", ".", 1) if abs(float(text)) < 1 else text for text in texts)


@pytest.mark.parametrize("given", BOXES)
def test_features_in_a_box_meet_it_and_no_others_do(
    client: TestClient, collections: Collections, given: tuple[float, ...]
) -> None:
    west, south, east, north = given
    area: BaseGeometry = box(west, south, east, north)
    if west > east:
        area = box(west, south, 180, north).union(box(-180, south, east, north))
    for collection in collections:
        address = items_address(collection)
        inside = get(client, address, bbox=as_the_suite_writes(given), limit=MOST)
        assert_feature_collection(inside)
        everything = get(client, address, limit=MOST)["features"]
        # What has no place is left out of every box, so that a box shows what is known to lie in
        # it. fc-bbox-response C would have it in all of them; no test of the suite asks for that.
        expected = [
            feature["id"]
            for feature in everything
            if feature["geometry"] and shape(feature["geometry"]).intersects(area)
        ]
        assert ids(inside) == expected


def test_the_extent_holds_everything_that_has_a_place(
    client: TestClient, collections: Collections
) -> None:
    tried = 0
    for collection in collections:
        if "spatial" not in collection.get("extent", {}):
            continue
        (extent,) = collection["extent"]["spatial"]["bbox"]
        address = items_address(collection)
        inside = get(client, address, bbox=as_the_suite_writes(tuple(extent)), limit=MOST)
        placed = [one for one in get(client, address, limit=MOST)["features"] if one["geometry"]]
        assert ids(inside) == [one["id"] for one in placed]
        # Nothing lies on its very edge, where a client's rounding would lose it.
        within = box(*extent).buffer(-0.004)
        assert all(within.contains(shape(one["geometry"])) for one in placed)
        tried += 1
    assert tried > 6


# --- Times -----------------------------------------------------------------------------------


def test_times_are_instants_and_intervals(client: TestClient, collections: Collections) -> None:
    tried = 0
    for collection in collections:
        if "temporal" not in collection.get("extent", {}):
            continue
        ((first, last),) = collection["extent"]["temporal"]["interval"]
        start = datetime.fromisoformat(first)
        end = datetime.fromisoformat(last) if last else start + timedelta(days=3_650)
        quarter = start + (end - start) / 4
        half = quarter + (end - start) / 4
        moments = start, quarter, half, end
        at = [moment.isoformat().replace("+00:00", "Z") for moment in moments]
        address = items_address(collection)
        everything = get(client, address, limit=MOST)["numberMatched"]
        asked = [at[0], f"{at[1]}/{at[2]}", f"{at[0]}/..", f"../{at[3]}", f"{at[0]}/", f"/{at[3]}"]
        for interval in asked:
            document = get(client, address, datetime=interval)
            assert_feature_collection(document)
            assert document["numberMatched"] <= everything
        # The extent holds whatever has a time.
        whole, ever = (
            get(client, address, datetime=one) for one in (f"{at[0]}/..", "0001-01-01/..")
        )
        assert whole["numberMatched"] == ever["numberMatched"] > 0
        tried += 1
    assert tried > 4


def test_only_what_was_so_in_an_interval_is_found(
    client: TestClient, collections: Collections, layers: dict[str, Layer]
) -> None:
    first, last = date(2015, 3, 1), date(2016, 6, 30)
    tried = 0
    for collection in collections:
        time = layers[collection["id"]].time
        if time is None or time.kind != "event":
            continue
        address = items_address(collection)
        expected = []
        for feature in get(client, address, limit=MOST)["features"]:
            began, ended = (feature["properties"][name] for name in (time.start, time.end))
            # What has no date is left out of every interval, as what has no place is out of every
            # box. fc-time-response C would have it in all of them; the suite does not look.
            if began and began <= str(last) and (ended or began) >= str(first):
                expected.append(feature["id"])
        found = get(client, address, datetime=f"{first}/{last}", limit=MOST)
        assert ids(found) == expected
        tried += len(expected)
    assert tried > 40


def test_a_layer_without_times_is_found_at_all_times(
    client: TestClient, collections: Collections, layers: dict[str, Layer]
) -> None:
    for collection in collections:
        if layers[collection["id"]].time is None:
            address = items_address(collection)
            everything = get(client, address)["numberMatched"]
            assert get(client, address, datetime="1900-01-01")["numberMatched"] == everything


# --- Errors ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "unlimited"},
        {"limit": "0"},
        {"unknownQueryParameter12345": "1"},
        {"bbox": "1,2"},
        {"bbox": "1,2,3,four"},
        {"datetime": "yesterday"},
        {"datetime": "2016-01-02/2016-01-01"},
        # The suite has a request of this form, start and duration. fc-time-response D knows none.
        {"datetime": "2016-01-01/P2D"},
    ],
)
def test_what_is_invalid_or_unknown_is_400(
    client: TestClient, collections: Collections, parameters: dict[str, str]
) -> None:
    for collection in collections:
        response = client.get(
            items_address(collection), params=parameters, headers={"Accept": GEOJSON}
        )
        assert response.status_code == 400


# --- One feature -----------------------------------------------------------------------------


def test_every_feature_can_be_fetched_alone(client: TestClient, collections: Collections) -> None:
    for collection in collections:
        address = items_address(collection)
        for feature in get(client, address, limit=3)["features"]:
            single = get(client, f"{address}/{feature['id']}")
            assert_links(single, GEOJSON, HTML)
            relations = {link["rel"]: link["href"] for link in single.pop("links")}
            assert relations["self"].endswith(f"/items/{feature['id']}")
            assert relations["collection"].endswith(f"/collections/{collection['id']}")
            assert single == feature
