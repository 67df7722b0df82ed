"""The page of a feature's history: every version, and what changed between them."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo import database
from geo.importing.load import load_rows
from geo.spec import Layer
from tests.integration.test_pages import BROWSER, hrefs, page

ADDRESS = "/collections/camps/items/C021/history"
EVIL = "</dd><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def before(client: TestClient) -> dict[str, Any]:
    """Give the camp as it was first held."""
    feature: dict[str, Any] = client.get("/collections/camps/items/C021").json()
    return feature


@pytest.fixture(scope="module")
def changed(
    client: TestClient, database_url: str, layers: dict[str, Layer], before: dict[str, Any]
) -> TestClient:
    """Change a camp twice: its name, then its place and what is known of it."""
    lon, lat = before["geometry"]["coordinates"]
    row = {**before["properties"], "id": "C021", "lon": lon, "lat": lat}
    for changes in (
        {"name": EVIL},
        {"name": EVIL, "lon": -4.5, "place_precision": 1, "radius_m": 700},
    ):
        with database.connect(database_url) as connection:
            row |= changes
            load_rows(connection, layers["camps"], [row], origin="a test", replace=False)
    return client


def versions(text: str) -> list[list[str]]:
    """Give the cells of every version as plain texts."""
    rows = re.findall(r"<tr>(.*?)</tr>", text.partition("<tbody>")[2], re.DOTALL)
    cells = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in rows]
    plain = [[re.sub(r"<[^>]*>", "", one) for one in row] for row in cells]
    return [[html.unescape(" ".join(one.split())) for one in row] for row in plain]


def test_a_feature_that_never_changed_has_one_version(client: TestClient) -> None:
    ((number, since, until, change, by),) = versions(
        page(client, "/collections/camps/items/C001/history")
    )
    assert (number, until, change) == ("1", "now", "first recorded")
    assert re.fullmatch(r"load \d+: data/sites/camps\.csv", by)
    assert re.fullmatch(r"\d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC", since)


def test_every_version_says_what_it_changed(changed: TestClient, before: dict[str, Any]) -> None:
    told, name = versions(page(changed, ADDRESS)), before["properties"]["name"]
    assert [row[0] for row in told] == ["1", "2", "3"]
    assert [row[2] for row in told] == [told[1][1], told[2][1], "now"]
    first, second, third = (row[3] for row in told)
    assert first == "first recorded"
    assert second == f"Name {name} → {EVIL}"
    assert third == (
        "Radius of uncertainty 3,000 m → 700 m Place on the map "
        "15.8458° N, 4.3217° W → 15.8458° N, 4.5° W"
    )


def test_every_version_names_the_imports_that_began_and_ended_it(changed: TestClient) -> None:
    first, second, third = changed.get(f"{ADDRESS}?f=json").json()["features"]
    for version in (first, second, third):
        assert version["opened_by"]["recorded_at"] == version["recorded"]["from"]
        assert set(version["opened_by"]) == {"number", "kind", "origin", "recorded_at"}
    assert (first["opened_by"]["kind"], first["opened_by"]["origin"]) == (
        "load",
        "data/sites/camps.csv",
    )
    assert (second["opened_by"]["origin"], third["closed_by"]) == ("a test", None)
    assert first["closed_by"] == second["opened_by"]
    assert second["closed_by"] == third["opened_by"]
    numbers = [version["opened_by"]["number"] for version in (first, second, third)]
    told = [row[4] for row in versions(page(changed, ADDRESS))]
    assert told == [
        f"load {numbers[0]}: data/sites/camps.csv ended by load {numbers[1]}: a test",
        f"load {numbers[1]}: a test ended by load {numbers[2]}: a test",
        f"load {numbers[2]}: a test",
    ]


def test_the_page_of_versions_speaks_french(changed: TestClient) -> None:
    text = page(changed, ADDRESS, lang="fr")
    assert '<html lang="fr">' in text
    assert versions(text)[0][3] == "première consignation"
    assert "Rayon d’incertitude" in text


def test_what_is_stored_becomes_no_markup_of_the_page_of_versions(changed: TestClient) -> None:
    text = page(changed, ADDRESS)
    assert "<script" not in text
    assert "<img" not in text
    assert html.escape(EVIL) in text


def test_every_version_can_be_opened_as_it_was(changed: TestClient, before: dict[str, Any]) -> None:
    links = [link for link in hrefs(page(changed, ADDRESS)) if "as_of=" in link]
    names = [changed.get(f"{link}&f=json").json()["properties"]["name"] for link in links]
    assert names == [before["properties"]["name"], EVIL, EVIL]


def test_coordinates_of_a_vague_place_are_not_told(
    client: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    feature = client.get("/collections/camps/items/C002").json()
    lon, lat = feature["geometry"]["coordinates"]
    row = {**feature["properties"], "id": "C002", "lon": lon + 1, "lat": lat, "place_precision": 4}
    with database.connect(database_url) as connection:
        load_rows(connection, layers["camps"], [row], origin="a test", replace=False)
    (_, (_, _, _, change, _)) = versions(page(client, "/collections/camps/items/C002/history"))
    assert change.endswith("→ a point that stands for a wider area")


def test_a_feature_that_was_withdrawn_says_so_and_links_to_what_it_was(
    client: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    with database.connect(database_url) as connection:
        connection.execute(
            "UPDATE atlas.camps SET recorded = tstzrange(lower(recorded), now()) WHERE id = 'C005'"
        )
    text = page(client, "/collections/camps/items/C005/history")
    assert "The atlas no longer holds it." in text
    (link,) = {link for link in hrefs(text) if "/items/C005?" in link}
    assert client.get(link, headers=BROWSER).status_code == 200


def test_programs_still_get_the_versions_as_geojson(client: TestClient) -> None:
    address = "/collections/camps/items/C003/history"
    for answer in (client.get(address), client.get(f"{address}?f=json", headers=BROWSER)):
        assert answer.headers["content-type"] == "application/geo+json"
        assert answer.json()["numberReturned"] == 1


def test_page_and_document_are_not_taken_for_each_other(client: TestClient) -> None:
    address = "/collections/camps/items/C003/history"
    document = client.get(address)
    as_page = client.get(address, headers=BROWSER)
    assert all("Accept" in answer.headers["vary"] for answer in (as_page, document))
    for tag, headers, status in (
        (as_page.headers["etag"], BROWSER, 304),
        (document.headers["etag"], BROWSER, 200),
        (document.headers["etag"], {}, 304),
    ):
        again = client.get(address, headers={**headers, "If-None-Match": tag})
        assert again.status_code == status
