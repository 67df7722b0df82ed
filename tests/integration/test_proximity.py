from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from pyproj import Geod

from geo.database import Database
from geo.proximity import Place, select_nearest, select_within
from geo.query import FeatureQuery
from geo.spec import Layer

GEOD = Geod(ellps="WGS84")
CASES = 1_000


@pytest.fixture(scope="module")
def places(database_url: str) -> tuple[list[str], np.ndarray[Any, Any]]:
    """Give the ids of all events with a place, and their longitudes and latitudes."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT id, ST_X(geom), ST_Y(geom) FROM published.events WHERE geom IS NOT NULL"
        ).fetchall()
    return [row[0] for row in rows], np.array([row[1:] for row in rows])


def distances(coordinates: np.ndarray[Any, Any], lon: float, lat: float) -> np.ndarray[Any, Any]:
    count = len(coordinates)
    _, _, metres = GEOD.inv(
        np.full(count, lon), np.full(count, lat), coordinates[:, 0], coordinates[:, 1]
    )
    return np.asarray(metres)


def found(client: TestClient, address: str) -> list[tuple[str, float]]:
    response = client.get(address)
    assert response.status_code == 200, response.text
    return [(f["id"], f["properties"]["distance_m"]) for f in response.json()["features"]]


def answers(url: str, statements: Sequence[sa.Executable]) -> list[list[tuple[str, float]]]:
    """Run statements as the service does, and give the ids and distances that each finds."""

    async def run() -> list[list[tuple[str, float]]]:
        opened = await Database.open(url, size=1, statement_timeout_ms=30_000)
        try:
            async with opened.reading() as reader:
                rows = [await reader.rows(statement) for statement in statements]
            return [[(row["id"], row["distance_m"]) for row in found] for found in rows]
        finally:
            await opened.close()

    return asyncio.run(run())


def test_the_nearest_are_the_nearest_on_the_ellipsoid(
    database_url: str, layers: dict[str, Layer], places: tuple[list[str], np.ndarray[Any, Any]]
) -> None:
    names, coordinates = places
    chance = random.Random(10)
    cases = [
        (Place(lon=chance.uniform(-14, 6), lat=chance.uniform(9, 26)), chance.randint(1, 15))
        for _ in range(CASES)
    ]
    query = FeatureQuery(properties=("place",))
    asked = [select_nearest(layers["events"], query, place, k) for place, k in cases]
    for (place, k), nearest in zip(cases, answers(database_url, asked), strict=True):
        truth = distances(coordinates, place.lon, place.lat).round(3)
        assert [round(metres, 3) for _, metres in nearest] == sorted(truth)[:k]
        # Events at one place tie to the last digit; whichever come first are as near.
        as_near = truth <= sorted(truth)[k - 1]
        assert {name for name, _ in nearest} <= set(np.array(names)[as_near])


def test_what_lies_within_lies_within_on_the_ellipsoid(
    database_url: str, layers: dict[str, Layer], places: tuple[list[str], np.ndarray[Any, Any]]
) -> None:
    names, coordinates = places
    chance = random.Random(11)
    cases = [
        (
            Place(lon=chance.uniform(-14, 6), lat=chance.uniform(9, 26)),
            chance.uniform(1_000, 400_000),
        )
        for _ in range(CASES)
    ]
    query = FeatureQuery(properties=("place",))
    asked = [select_within(layers["events"], query, place, reach) for place, reach in cases]
    for (place, reach), inside in zip(cases, answers(database_url, asked), strict=True):
        truth = distances(coordinates, place.lon, place.lat)
        assert {name for name, _ in inside} == set(np.array(names)[truth <= reach])
        assert [metres for _, metres in inside] == sorted(metres for _, metres in inside)


def test_a_place_that_is_vaguely_known_is_not_surely_within(client: TestClient) -> None:
    address = "/collections/attacks/within?point=-0.04,16.27&distance_m=50000&limit=100"
    features = client.get(address).json()["features"]
    said = {f["id"]: f["properties"]["surely_within"] for f in features}
    vague = {f["id"] for f in features if f["properties"]["place_precision"] == 6}
    assert {said[name] for name in vague} == {False}
    assert True in said.values()


def test_a_list_that_was_cut_says_how_many_there_are(client: TestClient) -> None:
    address = "/collections/attacks/within?point=-0.04,16.27&distance_m=500000"
    whole = client.get(f"{address}&limit=1000").json()
    cut = client.get(f"{address}&limit=5").json()
    assert (cut["numberReturned"], cut["numberMatched"]) == (5, whole["numberReturned"])


def test_filters_choose_among_what_is_near(client: TestClient) -> None:
    address = (
        "/collections/attacks/nearest?point=-0.04,16.27&k=5&region=kidal&datetime=2016-01-01/.."
    )
    regions = {f["properties"]["region"] for f in client.get(address).json()["features"]}
    assert regions == {"kidal"}


def test_near_the_antimeridian_the_other_side_is_near(client: TestClient) -> None:
    near = found(client, "/collections/camps/nearest?point=179.9,0&k=1")
    mirrored = found(client, "/collections/camps/nearest?point=-179.9,0&k=1")
    assert abs(near[0][1] - mirrored[0][1]) < 30_000


@pytest.mark.parametrize(
    ("address", "detail"),
    [
        ("/collections/camps/nearest", "point '' is missing"),
        ("/collections/camps/nearest?point=1", "has 1 numbers; needs lon,lat"),
        ("/collections/camps/nearest?point=1,2,3", "has 3 numbers; needs lon,lat"),
        ("/collections/camps/nearest?point=nan,1", "is not a list of numbers"),
        ("/collections/camps/nearest?point=181,1", "lies outside"),
        ("/collections/camps/nearest?point=1,1&k=0", "k '0' is not a page size"),
        ("/collections/camps/within?point=1,1", "distance_m '' is missing"),
        ("/collections/camps/within?point=1,1&distance_m=-1", "is not a distance"),
        ("/collections/camps/within?point=1,1&distance_m=1e99", "is not a distance"),
        ("/collections/series/nearest?point=1,1", "has no places"),
    ],
)
def test_a_question_of_distance_that_is_none_says_why(
    client: TestClient, address: str, detail: str
) -> None:
    response = client.get(address)
    assert response.status_code == 400
    assert detail in response.json()["detail"]


@pytest.mark.parametrize("limit", [7, 1_000])
def test_a_few_properties_are_those_of_the_same_features(client: TestClient, limit: int) -> None:
    address = f"/collections/attacks/within?point=-0.04,16.27&distance_m=300000&limit={limit}"
    whole = client.get(address).json()
    few = client.get(f"{address}&properties=place,radius_m").json()
    kept = ("place", "radius_m", "distance_m", "surely_within")
    for feature in whole["features"]:
        feature["properties"] = {n: v for n, v in feature["properties"].items() if n in kept}
    assert whole["numberReturned"] == min(limit, whole["numberMatched"]) > 1
    assert few["features"] == whole["features"]
    assert few["numberMatched"] == whole["numberMatched"]


@pytest.mark.parametrize(
    "question",
    [
        "nearest?k=5",
        "nearest?region=kidal&properties=place",
        "within?distance_m=300000",
        "within?distance_m=300000&limit=20&properties=place",
        "within?distance_m=300000&datetime=2016-01-01/..",
        "within?distance_m=1&limit=5",
    ],
)
def test_an_answer_in_one_journey_is_that_of_a_transaction(
    settled: TestClient, request: pytest.FixtureRequest, question: str
) -> None:
    address = f"/collections/attacks/{question}&point=-0.04,16.27"
    at_once = settled.get(address)
    assert at_once.status_code == 200, at_once.text
    told = settled.get(address, headers={"If-None-Match": at_once.headers["etag"]})
    assert told.status_code == 304
    apart = request.getfixturevalue("without_columns").get(address)
    assert (at_once.content, at_once.headers) == (apart.content, apart.headers)


def test_who_measures_right_after_a_change_is_told_what_changed(
    settled: TestClient, database_url: str
) -> None:
    address = "/collections/camps/nearest?point=-0.04,16.27&k=1"
    before = settled.get(address).json()["features"][0]["id"]
    change = "UPDATE atlas.camps SET recorded = tstzrange(lower(recorded), {}) WHERE id = '{}'"
    count = (
        "UPDATE atlas.revisions SET revision = revision + 1, changed_at = clock_timestamp()"
        " WHERE layer = 'camps'"
    )
    with psycopg.connect(database_url) as connection:
        connection.execute(change.format("clock_timestamp()", before))
        connection.execute(count)
    assert settled.get(address).json()["features"][0]["id"] != before
    with psycopg.connect(database_url) as connection:
        connection.execute(change.format("NULL", before))
        connection.execute(count)
    assert settled.get(address).json()["features"][0]["id"] == before
