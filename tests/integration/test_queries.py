"""Sorting, systems of coordinates, properties as parameters, history."""

from __future__ import annotations

from typing import Any

import psycopg
import pyproj
import pytest
from fastapi.testclient import TestClient

from geo import database
from geo.importing.load import load_rows
from geo.spec import Layer
from tests.integration.test_items import ids, pages


@pytest.mark.parametrize(
    ("sortby", "order"),
    [
        ("date", "date"),
        ("-date", "date DESC NULLS LAST"),
        ("-peacekeepers_killed,place", "peacekeepers_killed DESC NULLS LAST, place"),
        ("+distance_km,-id", "distance_km, id DESC"),
        ("perpetrator,-perpetrator_status", "perpetrator, perpetrator_status DESC NULLS LAST"),
    ],
)
@pytest.mark.parametrize("limit", [3, 50])
def test_pages_in_any_order_are_the_layer_in_that_order(
    client: TestClient, database_url: str, sortby: str, order: str, limit: int
) -> None:
    with psycopg.connect(database_url) as connection:
        statement = f"SELECT id FROM published.attacks ORDER BY {order}, id"
        expected = [name for (name,) in connection.execute(statement).fetchall()]
    sortby = sortby.replace("+", "%2B")
    address = f"/collections/attacks/items?sortby={sortby}&limit={limit}&properties=date"
    found = [f["id"] for document in pages(client, address) for f in document["features"]]
    assert found == expected


def test_a_plus_that_was_not_encoded_still_means_upwards(client: TestClient) -> None:
    assert ids(client, "/collections/camps/items?sortby=+name") == ids(
        client, "/collections/camps/items?sortby=name"
    )


@pytest.mark.parametrize("sortby", ["geom", "nosuch", "", "date,date", "date,-date", "row"])
def test_what_cannot_be_sorted_by_is_refused(client: TestClient, sortby: str) -> None:
    response = client.get(f"/collections/attacks/items?sortby={sortby}")
    assert (response.status_code, response.json()["errors"][0]["name"]) == (400, "sortby")


def test_a_cursor_of_another_order_is_refused(client: TestClient) -> None:
    first = client.get("/collections/attacks/items?limit=5&sortby=date").json()
    (link,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    response = client.get(link.replace("sortby=date", "sortby=date,place"))
    assert response.status_code == 400
    assert "belongs to another request" in response.json()["detail"]


@pytest.mark.parametrize(
    "change", ["as_of=2020-01-01", "region=gao", "datetime=2016-01-01/..", "bbox=0,0,9,20"]
)
def test_a_cursor_of_another_question_is_refused(client: TestClient, change: str) -> None:
    first = client.get("/collections/attacks/items?limit=5").json()
    (link,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    assert client.get(f"{link}&{change}").json()["errors"][0]["name"] == "cursor"
    assert client.get(link.replace("attacks", "events")).status_code == 400
    assert client.get(link.replace("limit=5", "limit=7")).status_code == 200


@pytest.mark.parametrize(("code", "digits"), [(3857, 2), (32629, 2), (32630, 2), (32631, 2)])
def test_coordinates_come_in_the_system_asked_for(
    client: TestClient, code: int, digits: int
) -> None:
    uri = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
    response = client.get(f"/collections/camps/items?crs={uri}")
    assert response.headers["content-crs"] == f"<{uri}>"
    transform = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform
    plain = client.get("/collections/camps/items").json()["features"]
    for moved, feature in zip(response.json()["features"], plain, strict=True):
        x, y = transform(*feature["geometry"]["coordinates"])
        assert moved["geometry"]["coordinates"] == pytest.approx([x, y], abs=10**-digits)


def test_in_epsg_4326_latitude_comes_first(client: TestClient) -> None:
    moved = client.get("/collections/camps/items/C008?crs=EPSG:4326").json()
    region = client.get("/collections/regions/items/kidal?crs=EPSG:4326").json()
    assert moved["geometry"]["coordinates"] == [18.4434, 1.4092]
    latitude, longitude = region["geometry"]["coordinates"][0][0][0]
    assert 17 < latitude < 21
    assert -3 < longitude < 5


@pytest.mark.parametrize(
    "box",
    [
        "bbox=1.3,18.4,1.5,18.5",
        "bbox=1.3,18.4,0,1.5,18.5,900&bbox-crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84h",
        "bbox=18.4,1.3,18.5,1.5&bbox-crs=EPSG:4326",
        "bbox=145000,2084000,167000,2098000&bbox-crs=EPSG:3857",
        "bbox=320000,2030000,350000,2050000&bbox-crs=EPSG:32631",
    ],
)
def test_a_box_may_be_in_any_system(client: TestClient, box: str) -> None:
    assert ids(client, f"/collections/camps/items?{box}") == ["C008"]


@pytest.mark.parametrize(
    ("layer", "box", "found"),
    [
        ("regions", "1.4092,18.4434,1.4092,18.4434", ["kidal"]),
        ("regions", "1.4092,15.5,1.4092,18.5", ["gao", "kidal", "menaka"]),
        ("camps", "1.4092,18.4434,1.4092,18.4434", ["C008"]),
    ],
)
def test_a_box_without_area_is_a_point_or_a_line(
    client: TestClient, layer: str, box: str, found: list[str]
) -> None:
    assert ids(client, f"/collections/{layer}/items?bbox={box}") == found


def test_a_geometry_of_a_filter_may_be_in_any_system(client: TestClient) -> None:
    wkt = "POLYGON((18.4 1.3, 18.5 1.3, 18.5 1.5, 18.4 1.5, 18.4 1.3))"
    address = f"/collections/camps/items?filter=S_WITHIN(geom,{wkt})&filter-crs=EPSG:4326"
    assert ids(client, address) == ["C008"]
    box = "S_INTERSECTS(geom,BBOX(320000,2030000,350000,2050000))"
    assert ids(client, f"/collections/camps/items?filter={box}&filter-crs=EPSG:32631") == ["C008"]


@pytest.mark.parametrize(
    "box",
    ["-8e7,-8e7,8e7,8e7", "1e308,0,1e308,1", "5,5,1,9", "0,0,0,0"],
)
def test_a_box_that_no_projection_reaches_is_an_error_or_empty(
    client: TestClient, box: str
) -> None:
    response = client.get(f"/collections/camps/items?bbox={box}&bbox-crs=EPSG:32630")
    assert response.status_code == 400 or response.json()["features"] == []


def test_a_property_is_a_parameter_too(client: TestClient) -> None:
    by_parameter = ids(client, "/collections/camps/items?region=gao&kind=base")
    by_filter = ids(client, "/collections/camps/items?filter=region='gao' AND kind='base'")
    assert by_parameter == by_filter == ["C004", "C005", "C012"]
    killed = ids(client, "/collections/attacks/items?peacekeepers_killed=10")
    assert killed == ["A094"]
    assert ids(client, "/collections/regions/items?mission=true&limit=20") != []
    response = client.get("/collections/attacks/items?peacekeepers_killed=ten")
    assert response.json()["errors"][0]["name"] == "peacekeepers_killed"


def test_a_box_of_a_filter_crosses_the_antimeridian_as_bbox_does(client: TestClient) -> None:
    for box in ("170,10,1.45,20", "-10,10,1.45,20"):
        by_bbox = ids(client, f"/collections/camps/items?bbox={box}")
        by_filter = ids(client, f"/collections/camps/items?filter=S_INTERSECTS(geom,BBOX({box}))")
        assert by_bbox == by_filter != []


def test_like_with_a_trailing_escape_is_no_failure_of_the_server(client: TestClient) -> None:
    response = client.get("/collections/attacks/items?filter=place LIKE 'Gao\\'")
    assert response.status_code in (200, 400)


def test_a_changed_feature_shows_both_its_versions(
    client: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    before: dict[str, Any] = client.get("/collections/camps/items/C021").json()["properties"]
    row = {**before, "id": "C021", "name": "Soumpi (renamed)", "lon": -4.3217, "lat": 15.8458}
    with database.connect(database_url) as connection:
        load_rows(connection, layers["camps"], [row], origin="a test", replace=False)
    versions = client.get("/collections/camps/items/C021/history").json()["features"]
    assert [version["properties"]["name"] for version in versions] == [
        before["name"],
        "Soumpi (renamed)",
    ]
    first, second = (version["recorded"] for version in versions)
    assert (first["to"], second["to"]) == (second["from"], None)
    at_first = client.get("/collections/camps/items/C021", params={"as_of": first["from"]}).json()
    assert at_first["properties"] == before
    assert client.get("/collections/camps/items/C999/history").status_code == 404


def test_a_row_that_is_withdrawn_cannot_be_had_by_asking_for_the_past(
    client: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    feature = client.get("/collections/camps/items/C020").json()
    (version,) = client.get("/collections/camps/items/C020/history").json()["features"]
    past = {"as_of": version["recorded"]["from"]}
    lon, lat = feature["geometry"]["coordinates"]
    row = {**feature["properties"], "id": "C020", "lon": lon, "lat": lat}
    doors = {
        "/collections/camps/items/C020": 404,
        "/collections/camps/items/C020/history": 404,
        f"/collections/camps/items/C020?as_of={past['as_of'].replace('+', '%2B')}": 404,
    }
    for sensitivity, statuses in (("restricted", doors), ("public", dict.fromkeys(doors, 200))):
        with database.connect(database_url) as connection:
            changed = {**row, "sensitivity": sensitivity}
            load_rows(connection, layers["camps"], [changed], origin="a test", replace=False)
        assert {door: client.get(door).status_code for door in doors} == statuses


def test_queryables_name_every_property_with_its_type(
    client: TestClient, layers: dict[str, Layer]
) -> None:
    for layer in layers.values():
        document = client.get(f"/collections/{layer.id}/queryables").json()
        feature = client.get(f"/collections/{layer.id}/items?limit=1").json()["features"]
        named = set(document["properties"]) - {"id", "geom"}
        assert all(set(each["properties"]) == named for each in feature)
        sortables = client.get(f"/collections/{layer.id}/sortables").json()["properties"]
        assert set(sortables) == named | {"id"}


def test_counts_are_exact_past_the_probe(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.features.PROBE", 40)
    address = "/collections/attacks/items?limit=30&datetime=2015-01-01/.."
    documents = list(pages(client, address))
    found = [f["id"] for document in documents for f in document["features"]]
    assert {document["numberMatched"] for document in documents} == {len(found)}
    assert len(found) == len(set(found)) > 40
    assert found == sorted(found)
