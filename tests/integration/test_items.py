from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from geo.features import Counts


def ids(client: TestClient, address: str) -> list[str]:
    response = client.get(address)
    assert response.status_code == 200, response.text
    return [feature["id"] for feature in response.json()["features"]]


def pages(client: TestClient, address: str) -> Iterator[dict[str, Any]]:
    """Follow the next links of a listing."""
    following: str | None = address
    while following:
        document: dict[str, Any] = client.get(following).json()
        yield document
        nexts = [link["href"] for link in document["links"] if link["rel"] == "next"]
        following = nexts[0] if nexts else None


def test_a_feature_is_served_whole(client: TestClient) -> None:
    response = client.get("/collections/attacks/items/A003")
    assert response.headers["content-type"] == "application/geo+json"
    feature = response.json()
    assert feature["geometry"] == {"type": "Point", "coordinates": [1.4092, 18.4434]}
    chosen = ("date", "target_class", "peacekeepers_killed", "place_precision", "radius_m")
    assert {name: feature["properties"][name] for name in chosen} == {
        "date": "2013-12-16",
        "target_class": "mission",
        "peacekeepers_killed": 0,
        "place_precision": 1,
        "radius_m": 3000,
    }
    assert feature["properties"]["source_url"].startswith("https://naharnet.com/")


@pytest.mark.parametrize("limit", [1, 7, 50, 173, 10_000])
def test_the_pages_together_are_the_layer(client: TestClient, limit: int) -> None:
    documents = list(pages(client, f"/collections/attacks/items?limit={limit}"))
    found = [feature["id"] for document in documents for feature in document["features"]]
    assert len(found) == len(set(found)) == 173
    assert {document["numberMatched"] for document in documents} == {173}
    assert sum(document["numberReturned"] for document in documents) == 173


def test_pages_show_the_state_of_the_first_while_rows_change(
    client: TestClient, database_url: str
) -> None:
    listing = pages(client, "/collections/camps/items?limit=10&properties=name")
    first = next(listing)
    close = "UPDATE atlas.camps SET recorded = tstzrange(lower(recorded), clock_timestamp())"
    with psycopg.connect(database_url) as connection:
        connection.execute(close + " WHERE id = 'C015'")
        connection.execute(
            "UPDATE atlas.revisions SET revision = revision + 1, changed_at = clock_timestamp()"
        )
    found = [f["id"] for document in [first, *listing] for f in document["features"]]
    assert "C015" in found
    assert len(found) == 22
    assert "C015" not in ids(client, "/collections/camps/items")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "UPDATE atlas.camps SET recorded = tstzrange(lower(recorded), NULL) WHERE id = 'C015'"
        )


def test_as_of_before_the_first_load_shows_nothing(client: TestClient) -> None:
    assert ids(client, "/collections/camps/items?as_of=2000-01-01") == []
    assert client.get("/collections/camps/items/C001?as_of=2000-01-01").status_code == 404


def test_a_box_holds_what_lies_in_it(client: TestClient) -> None:
    kidal = "/collections/camps/items?bbox=1.3,18.4,1.5,18.5"
    assert ids(client, kidal) == ["C008"]


def test_a_row_without_a_place_is_served_but_lies_in_no_box(client: TestClient) -> None:
    feature = client.get("/collections/tobs/items/T001").json()
    assert feature["geometry"] is None
    assert "T001" in ids(client, "/collections/tobs/items")
    assert "T001" not in ids(client, "/collections/tobs/items?bbox=-180,-90,180,90")


def test_a_month_is_found_by_any_day_of_it(client: TestClient) -> None:
    address = "/collections/attacks/items?filter=date_precision='month'&limit=1"
    feature = client.get(address).json()["features"][0]
    start, end = feature["properties"]["date"], feature["properties"]["date_end"]
    for day in (start, end, f"{start[:8]}15"):
        assert feature["id"] in ids(client, f"/collections/attacks/items?datetime={day}&limit=99")


def test_a_camp_is_there_between_its_days_and_not_before_or_after(client: TestClient) -> None:
    # Ber: opened in July 2014, closed on 13 August 2023.
    seen = {
        day: "C015" in ids(client, f"/collections/camps/items?datetime={day}")
        for day in ("2014-06-30", "2014-07-01", "2023-08-13", "2023-08-14")
    }
    assert list(seen.values()) == [False, True, True, False]


def test_a_layer_without_time_is_the_same_at_any_time(client: TestClient) -> None:
    assert len(ids(client, "/collections/regions/items?datetime=1999-01-01")) == 13


def test_a_filter_and_chosen_properties(client: TestClient) -> None:
    address = "/collections/attacks/items?filter=peacekeepers_killed >= 5&properties=place,date"
    features = client.get(address).json()["features"]
    assert features != []
    assert {tuple(feature["properties"]) for feature in features} == {("date", "place")}


def test_a_spatial_filter_finds_what_postgis_finds(client: TestClient, database_url: str) -> None:
    wkt = "POLYGON((0 17, 3 17, 3 21, 0 21, 0 17))"
    found = ids(client, f"/collections/attacks/items?limit=500&filter=S_INTERSECTS(geom,{wkt})")
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT id FROM published.attacks WHERE ST_Intersects(geom, ST_GeomFromText(%s, 4326))"
            " ORDER BY id",
            (wkt,),
        ).fetchall()
    assert found == [name for (name,) in rows]
    assert 0 < len(found) < 173


def test_an_answer_that_the_client_holds_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/collections/regions/items")
    again = client.get(
        "/collections/regions/items", headers={"If-None-Match": first.headers["etag"]}
    )
    other = client.get("/collections/regions/items?limit=2")
    assert (again.status_code, again.content) == (304, b"")
    assert other.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("address", "status", "detail"),
    [
        ("/collections/atacks/items", 404, "did you mean attacks?"),
        ("/collections/attacks/items/NONE", 404, "there is no feature of attacks 'NONE'"),
        ("/collections/attacks/items/a%00b", 404, "there is no feature of attacks 'a�b'"),
        ("/collections/attacks/items?kind=a%00b", 400, "is not a parameter here"),
        (
            "/collections/attacks/items?bbox=1,2,3",
            400,
            "has 3 numbers; needs west,south,east,north",
        ),
        ("/collections/attacks/items?bbox=1,1,2,2&bbox=3,3,4,4", 400, "is given more than once"),
        ("/collections/attacks/items?limit=-1", 400, "limit '-1' is not a page size"),
        ("/collections/attacks/items?datetime=soon", 400, "datetime 'soon' is not a day or a time"),
        ("/collections/attacks/items?as_of=soon", 400, "as_of 'soon' is not a day or a time"),
        ("/collections/attacks/items?cursor=abc", 400, "cursor 'abc' was not given out here"),
        ("/collections/attacks/items?properties=nosuch", 400, "'nosuch' is no property of attacks"),
        ("/collections/attacks/items?filter=killed_best > 'abc'", 400, "which is integer"),
        ("/collections/attacks/items?filter-lang=sql", 400, "is not spoken here"),
        ("/collections/attacks/items?f=shp", 400, "f 'shp' is not a format here"),
        ("/nowhere", 404, "there is nothing at this address"),
    ],
)
def test_what_is_wrong_is_said_in_one_shape(
    client: TestClient, address: str, status: int, detail: str
) -> None:
    response = client.get(address)
    document = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, document["status"]) == (status, status)
    assert detail in document["detail"]
    assert {"type", "title", "status", "detail", "instance"} <= set(document)


def test_an_accept_header_that_nothing_meets_is_406(client: TestClient) -> None:
    response = client.get("/collections/attacks/items", headers={"Accept": "image/png"})
    assert (response.status_code, "application/geo+json" in response.json()["detail"]) == (
        406,
        True,
    )


def test_a_method_that_is_not_offered_is_405(client: TestClient) -> None:
    response = client.delete("/collections/attacks/items/A001")
    assert (response.status_code, response.headers["allow"]) == (405, "GET")


def test_head_answers_as_get_does_without_the_body(client: TestClient) -> None:
    got, headed = (ask("/collections/regions/items/gao") for ask in (client.get, client.head))
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers == got.headers


def test_while_the_database_is_away_the_service_says_so() -> None:
    away = Settings(database_url="postgresql://nobody@127.0.0.1:1/none")
    with TestClient(create_app(away), raise_server_exceptions=False) as client:
        assert client.get("/health/live").status_code == 200
        for address in ("/health/ready", "/collections/attacks/items"):
            response = client.get(address)
            assert (response.status_code, response.headers["retry-after"]) == (503, "5")
            assert response.json()["detail"] == "the database is away; try again shortly"


@pytest.mark.parametrize("query", ["limit=20", "limit=20&sortby=-date,place", "region=gao"])
def test_a_page_is_the_same_when_the_count_is_known_from_before(
    client: TestClient, query: str
) -> None:
    address = f"/collections/attacks/items?{query}&datetime=2014-01-01/.."
    counted, known = client.get(address), client.get(address)
    assert counted.json()["numberMatched"] > 20 or "region" in query
    assert counted.content == known.content


@pytest.mark.parametrize(
    "question",
    ["", "&killed_best=2", "&datetime=2016-01-01/..", "&bbox=-5,12,0,18", "&filter=notes IS NULL"],
)
@pytest.mark.parametrize("layer", ["attacks", "tobs", "events"])
def test_what_columns_count_is_what_the_database_counts(
    settled: TestClient, request: pytest.FixtureRequest, layer: str, question: str
) -> None:
    if layer == "tobs" and "killed" in question:
        question = "&status=planned"
    address = f"/collections/{layer}/items?limit=7&f=geojson{question}"
    counted: Any = settled.get(address).json()["numberMatched"]
    settled.app.state.counts = Counts()  # type: ignore[attr-defined]
    without = request.getfixturevalue("without_columns").get(address).json()
    assert counted == without["numberMatched"] > 0


@pytest.mark.parametrize(
    "question",
    [
        "limit=40",
        "limit=3&f=html&lang=fr",
        "limit=40&sortby=-date,region",
        "limit=40&sortby=radius_m&properties=date,place",
        "limit=40&datetime=2016-01-01/..&crs=http://www.opengis.net/def/crs/EPSG/0/4326",
        "limit=40&bbox=-5,12,0,18&filter=killed_best IS NULL",
        "limit=40&as_of=2000-01-01",
    ],
)
@pytest.mark.parametrize("layer", ["attacks", "events"])
def test_a_page_that_columns_choose_is_the_page_that_the_database_gives(
    settled: TestClient,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    layer: str,
    question: str,
) -> None:
    monkeypatch.setattr("geo.columns.page._MOST_SHARE", 1.0)
    address = f"/collections/{layer}/items?{question}"
    with monkeypatch.context() as only_columns:
        # That there is nothing, SQL says.
        if "as_of=2000" not in question:
            only_columns.setattr("app.routes.items.read_page", None)
        chosen = settled.get(address)
    assert chosen.status_code == 200, chosen.text
    without = request.getfixturevalue("without_columns").get(address)
    assert (chosen.content, chosen.headers) == (without.content, without.headers)


def test_the_pages_that_columns_choose_are_together_the_layer(
    settled: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.columns.page._MOST_SHARE", 1.0)
    monkeypatch.setattr("app.routes.items.read_page", None)
    documents = list(pages(settled, "/collections/attacks/items?limit=7&sortby=-date"))
    found = [feature["id"] for document in documents for feature in document["features"]]
    assert len(found) == len(set(found)) == 173
    assert {document["numberMatched"] for document in documents} == {173}


def test_pages_go_on_behind_a_truth(client: TestClient) -> None:
    documents = list(pages(client, "/collections/regions/items?limit=4&sortby=mission"))
    assert sum(document["numberReturned"] for document in documents) == 13
