"""The styles over HTTP: documents, legends and icons, cached rightly, with errors of one shape."""

from __future__ import annotations

import io
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from PIL import Image

from app.start import declared_layers
from geo import database
from geo.importing.load import load_rows
from geo.styles.document import default_layers, style_document
from geo.styles.themes import THEMES, parse_theme
from tests.conftest import until

STYLE = "application/vnd.mapbox.style+json"


def test_the_list_links_every_style_its_page_and_its_legend(client: TestClient) -> None:
    listed = client.get("/styles").json()
    assert listed["default"] == "light"
    assert [style["id"] for style in listed["styles"]] == list(THEMES)
    for style in listed["styles"]:
        for link in style["links"]:
            answer = client.get(link["href"])
            assert answer.status_code == 200
            assert answer.headers["content-type"].split(";")[0] == link["type"]


def test_a_style_is_the_document_that_everything_else_reads(client: TestClient) -> None:
    layers = declared_layers()
    # Nobody has loaded cercles, so they are neither drawn nor credited nor explained.
    chosen = [layers[name] for name in default_layers(layers) if name != "cercles"]
    for name, lang in (("light", "en"), ("dark", "fr")):
        answer = client.get(f"/styles/{name}", params={"lang": lang})
        assert answer.headers["content-type"] == STYLE
        expected = style_document(chosen, parse_theme(name), lang, "http://testserver")  # type: ignore[arg-type]
        assert answer.json() == expected


def test_a_layer_is_drawn_credited_and_explained_from_its_first_row_on(
    client: TestClient, database_url: str
) -> None:
    drawn = list(client.get("/styles/light").json()["sources"])
    explained = [one["layer"] for one in client.get("/styles/light/legend").json()["layers"]]
    assert drawn == explained
    assert "cercles" not in drawn
    # Who names it may have its style before its rows.
    assert list(client.get("/styles/light?layers=cercles").json()["sources"]) == ["cercles"]
    tag = client.get("/styles/light").headers["etag"]
    row = {
        "id": "CE1",
        "name": "A cercle",
        "region": "gao",
        "geometry": shapely.MultiPolygon([shapely.box(-1, 15, 0, 16)]),
        "source_title": "a test",
        "source_licence": "none",
        "place_precision": "1",
    }
    state: Any = client.app.state  # type: ignore[attr-defined]
    with database.connect(database_url) as connection:
        load_rows(connection, declared_layers()["cercles"], [row], origin="a test")
    until(lambda: "cercles" in state.feed.revisions)
    again = client.get("/styles/light", headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert "cercles" in again.json()["sources"]
    assert "OCHA" in again.json()["sources"]["cercles"]["attribution"]


def test_chosen_layers_come_in_one_order_however_they_are_listed(client: TestClient) -> None:
    one, other = (
        client.get("/styles/light", params={"layers": names})
        for names in ("camps,regions", "regions,camps")
    )
    assert list(one.json()["sources"]) == ["camps", "regions"]
    assert one.content == other.content
    assert one.headers["etag"] == other.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/styles/light",
        "/styles/dark/legend",
        "/styles/dark/sprite.json",
        "/styles/light/sprite@2x.png",
    ],
)
def test_who_holds_a_style_is_told_that_it_still_holds(client: TestClient, path: str) -> None:
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_themes_and_languages_have_tags_of_their_own(client: TestClient) -> None:
    asked = [f"/styles/{theme}?lang={lang}" for theme in THEMES for lang in ("en", "fr")]
    assert len({client.get(path).headers["etag"] for path in asked}) == len(asked)


def test_the_sprite_has_every_icon_at_both_densities(client: TestClient) -> None:
    for density, ending in ((1, ""), (2, "@2x")):
        index = client.get(f"/styles/light/sprite{ending}.json").json()
        answer = client.get(f"/styles/light/sprite{ending}.png")
        assert answer.headers["content-type"] == "image/png"
        sheet = Image.open(io.BytesIO(answer.content))
        assert {"camps:hq", "camps:hq:hollow", "events:mission:unknown"} <= set(index)
        for place in index.values():
            assert place["pixelRatio"] == density
            assert place["x"] + place["width"] <= sheet.width
            assert place["y"] + place["height"] <= sheet.height


def test_the_page_of_a_style_runs_only_what_comes_from_here(client: TestClient) -> None:
    page = client.get("/styles/dark?layers=camps,regions&lang=fr", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert '<html lang="fr">' in page.text
    assert "quartier général de secteur" in page.text
    wanted = "http://testserver/styles/dark?lang=fr&amp;layers=camps%2Cregions&amp;f=json"
    assert f'data-style="{wanted}"' in page.text


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/styles/ligth", 404, "there is no style 'ligth'; did you mean light?"),
        ("/styles/light?layers=campz", 404, "there is no layer 'campz'; did you mean camps?"),
        ("/styles/light?layers=", 404, "there is no layer ''"),
        ("/styles/light?layers=camps,camps", 400, "layers 'camps' is named twice"),
        ("/styles/light?layers=series", 400, "layers 'series' has no places to draw"),
        ("/styles/light?layers=" + ",".join(["camps"] * 200), 400, "names 200 layers"),
        ("/styles/light?lang=de", 400, "lang 'de' is not a language here"),
        ("/styles/light?f=xml", 400, "f 'xml' is not a format here"),
        ("/styles/light?theme=dark", 400, "theme 'dark' is not a parameter here"),
        ("/styles/light/sprite@3x.png", 404, "there is no sheet of icons 'sprite@3x.png'"),
        ("/styles/none/sprite.png", 404, "there is no style 'none'"),
        ("/styles/light/legend?layers=%00", 400, "has a NUL character"),
    ],
)
def test_what_is_wrong_is_said(client: TestClient, path: str, status: int, detail: str) -> None:
    answer = client.get(path)
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in problem["detail"]
