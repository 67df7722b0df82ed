"""Still pictures of maps over a store that changes: of a state, and of nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from app.main import create_app
from app.maps import maps
from app.settings import Settings
from geo import database
from geo.importing.load import load_rows
from geo.spec import Layer
from tests.contract.test_figures import needs_fonts
from tests.contract.test_stills import alt_of, record_of

pytestmark = [needs_fonts, pytest.mark.slow]


def attack(name: str, **given: Any) -> dict[str, Any]:
    return {
        "id": name,
        "dataset": "documented",
        "date": "2016-05-04",
        "date_precision": "day",
        "event_class": "ambush",
        "target_class": "mission",
        "peacekeepers_killed": 3,
        "place": "Kidal",
        "region": "kidal",
        "lon": 1.4,
        "lat": 18.4,
        "place_precision": 1,
        "source_title": "A test",
        "source_url": "https://example.org/made-up",
        **given,
    }


@pytest.fixture(scope="module")
def client(database_url: str, layers: dict[str, Layer]) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=database_url))) as made:
        yield made


def load(url: str, layers: dict[str, Layer], *rows: dict[str, Any]) -> None:
    with database.connect(url) as connection:
        load_rows(connection, layers["events"], rows, origin="a test", replace=False)


def svg_of(client: TestClient, path: str, **asked: str) -> str:
    answer = client.get(path, params=asked or None)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_picture_follows_the_data_and_its_pinned_address_does_not(
    client: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    before = {name: svg_of(client, f"/maps/{name}.svg") for name in maps()}
    load(database_url, layers, attack("made-up-1"), attack("made-up-2", place_precision=4))
    for name, drawn in before.items():
        after = svg_of(client, f"/maps/{name}.svg")
        assert record_of(after)["hash"] != record_of(drawn)["hash"]
        pinned = record_of(drawn)["query"].partition("testserver")[2]
        assert svg_of(client, pinned) == drawn
    assert "175 attacks" in alt_of(svg_of(client, "/maps/attacks.svg"))
    assert "as_of=" not in before["attacks"].partition("<metadata")[0]


def test_a_place_known_only_to_a_region_is_no_circle_and_is_counted(
    client: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    asked = {"filter": "source_title = 'A test of areas'"}
    rows = [attack("area", place_precision=4, source_title="A test of areas")]
    load(database_url, layers, *rows)
    alt = alt_of(svg_of(client, "/maps/attacks.svg", **asked))
    assert "1 attack known only to an area" in alt
    density = alt_of(svg_of(client, "/maps/density.svg", **asked))
    assert "1 attack known only to an area" in density


def test_markup_in_a_row_is_no_markup_of_a_picture(
    client: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    evil = '</desc></svg><script>alert("x")</script>{0}{found}'
    load(database_url, layers, attack("evil", place=evil, region=None, lon=-5.0, lat=15.0))
    for name in maps():
        svg = svg_of(client, f"/maps/{name}.svg", filter="id = 'evil'")
        assert "<script" not in svg
        if name != "fatalities":
            assert evil in html.unescape(svg)


def test_a_map_that_draws_a_part_says_so_in_its_picture(database_url: str) -> None:
    settings = Settings(database_url=database_url, map_features_max=20)
    with TestClient(create_app(settings)) as few:
        pdf = few.get("/maps/overview.pdf")
        assert pdf.status_code == 200
        text = " ".join(PdfReader(BytesIO(pdf.content)).pages[0].extract_text().split())
        assert re.search(r"Only 20 of \d+ are drawn \(Attacks on the mission\)", text)


def test_a_moment_before_there_was_anything_has_pictures_too(client: TestClient) -> None:
    for name in maps():
        early = {"as_of": "2020-01-01T00:00:00Z"}
        assert record_of(svg_of(client, f"/maps/{name}.svg", **early))["as_of"] is None
        assert client.get(f"/maps/{name}/share", params=early).status_code == 200
