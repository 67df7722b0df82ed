"""What every map keeps to, whichever files app/maps holds."""

from __future__ import annotations

import json
import re
import string
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from app.maps import maps
from app.maps._base import ADDED_UP, Group, MapSpec, check
from app.maps._texts import TEXTS
from app.routes import maps as maps_routes
from app.routes.maps import STATIC
from geo.errors import BadDeclaration
from geo.spec import LANGUAGES, Language, Layer, Text

needs_assets = pytest.mark.skipif(
    not (STATIC / "leaflet").is_dir(), reason="the web assets are not built; ./atlas builds them"
)
every_map = pytest.mark.parametrize("name", maps())
every_language = pytest.mark.parametrize("language", LANGUAGES)


def data_of(html: str) -> dict[str, Any]:
    """Read what the page's script is given."""
    data: dict[str, Any] = json.loads(html.split('id="atlas-data">')[1].split("</script>")[0])
    return data


def matched(client: TestClient, layer: str, datetime: str) -> int:
    answer = client.get(f"/collections/{layer}/items?f=geojson&limit=1&datetime={datetime}")
    count: int = answer.json()["numberMatched"]
    return count


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@every_map
def test_a_map_draws_only_declared_layers_and_fields(name: str, layers: dict[str, Layer]) -> None:
    check(maps()[name], layers)


def test_a_map_of_an_unknown_layer_or_field_is_refused(layers: dict[str, Layer]) -> None:
    text = Text(en="x", fr="x")
    for group in (
        Group(layer="nowhere", drawn="areas"),
        Group(layer="regions", drawn="areas", popup=("nothing",)),
    ):
        spec = MapSpec(id="x", title=text, subtitle=text, alt=text, groups=(group,))
        with pytest.raises(BadDeclaration):
            check(spec, layers)


@pytest.mark.parametrize("drawn", ["circles", "symbols", "density"])
def test_a_group_that_is_counted_needs_a_noun(drawn: Any) -> None:
    with pytest.raises(BadDeclaration):
        Group(layer="attacks", drawn=drawn)


@every_map
def test_a_map_names_what_it_fills_in_the_same_in_both_languages(name: str) -> None:
    spec = maps()[name]
    for text in (spec.title, spec.subtitle, spec.alt):
        assert names_in(text.en) == names_in(text.fr)
        assert text.en != text.fr
    assert names_in(spec.title.en) == {"period"}
    assert names_in(spec.alt.en) <= {"period", "found", "top"}
    assert spec.counted.drawn in ADDED_UP


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_of_the_pages_fills_in_the_same_in_both_languages(name: str) -> None:
    assert names_in(TEXTS[name].en) == names_in(TEXTS[name].fr)
    assert TEXTS[name].en.strip()
    assert TEXTS[name].fr.strip()


def test_the_maps_are_listed_for_programs_and_for_people(client: TestClient) -> None:
    listed = client.get("/maps", headers={"Accept": "application/json"})
    assert [entry["id"] for entry in listed.json()["maps"]] == list(maps())
    page = client.get("/maps?lang=fr", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="fr">' in page.text
    for entry in listed.json()["maps"]:
        assert f"/maps/{entry['id']}?lang=fr" in page.text


@needs_assets
@every_map
@every_language
def test_a_map_is_a_page_a_frame_and_a_file(
    name: str, language: Language, client: TestClient
) -> None:
    page = client.get(f"/maps/{name}?lang={language}")
    embed = client.get(f"/maps/{name}/embed?lang={language}")
    file = client.get(f"/maps/{name}?lang={language}&download=1")
    assert [answer.status_code for answer in (page, embed, file)] == [200, 200, 200]
    for answer in (page, embed, file):
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert '<link rel="icon" href="data:,">' in answer.text
        assert f'<html lang="{language}">' in answer.text
        assert "{period}" not in answer.text.split('id="atlas-data"')[0]
    assert page.headers["content-security-policy"].endswith("frame-ancestors 'self'")
    assert "frame-ancestors" not in embed.headers["content-security-policy"]
    assert file.headers["content-disposition"] == (
        f'attachment; filename="conflict-atlas-{name}-{language}.html"'
    )
    assert "atlas-nav" in page.text
    assert 'class="atlas-nav"' not in embed.text


@needs_assets
@every_map
def test_a_map_that_the_client_holds_is_not_drawn_again(name: str, client: TestClient) -> None:
    first = client.get(f"/maps/{name}")
    again = client.get(f"/maps/{name}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(f"/maps/{name}?lang=fr", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


@needs_assets
@every_map
def test_the_permalink_of_a_map_gives_the_same_map(name: str, client: TestClient) -> None:
    # The notice of the pinned state is the one thing that differs.
    page = client.get(f"/maps/{name}?datetime=2015-01-01/2018-12-31")
    (permalink,) = re.findall(r'<a data-follows href="([^"]+as_of=[^"]+)">Permalink', page.text)
    pinned = client.get(permalink.replace("&amp;", "&"))
    assert pinned.status_code == 200

    def data(text: str) -> dict[str, Any]:
        drawn = data_of(text)
        # Why a group would be empty names what is asked for, the pinned state too.
        return {**drawn, "groups": [{**group, "nothing": ""} for group in drawn["groups"]]}

    assert data(pinned.text) == data(page.text)
    assert "as_of" in parse_qs(urlsplit(permalink).query.replace("&amp;", "&"))


@needs_assets
@pytest.mark.parametrize(
    ("query", "events"),
    [
        ("", 173),
        ("?datetime=2016-01-01/2016-12-31", 15),
        ("?filter=peacekeepers_killed%20%3E%3D%205", 9),
        ("?bbox=0,17,3,21", None),
    ],
)
def test_a_map_takes_the_same_selection_as_items(
    query: str, events: int | None, client: TestClient
) -> None:
    items = client.get(f"/collections/attacks/items{query or '?'}{'&' if query else ''}limit=10000")
    matched = items.json()["numberMatched"]
    page = client.get(f"/maps/attacks{query}")
    (found,) = re.findall(r'<meta name="description" content=".*?\. (\d+) attacks', page.text)
    assert int(found) == matched
    assert events is None or matched == events


@needs_assets
@every_map
def test_a_year_of_the_panel_holds_what_items_give_for_its_days(
    name: str, client: TestClient
) -> None:
    data = data_of(client.get(f"/maps/{name}").text)
    first, last = data["years"]
    for group in data["groups"]:
        for year in range(first, last + 1) if "entries" in group else ():
            spans = [entry["years"] for entry in group["entries"] if entry["years"]]
            drawn = sum((a or year) <= year <= (b or year) for a, b in spans)
            days = f"{year}-01-01/{year}-12-31"
            assert drawn == matched(client, group["id"], days), (group["id"], year)


@needs_assets
@every_map
def test_the_data_links_give_every_row_that_is_drawn_and_stay_as_they_are(
    name: str, client: TestClient
) -> None:
    html = client.get(f"/maps/{name}?datetime=2014-01-01/2023-12-31").text
    groups = [group for group in data_of(html)["groups"] if "entries" in group]
    links = re.findall(r'<a data-follows href="([^"]+/items[^"]*)">', html)
    for group, link in zip(groups, links, strict=True):
        address = link.replace("&amp;", "&")
        rows = client.get(f"{address}&f=geojson").json()
        assert "as_of" in parse_qs(urlsplit(address).query)
        assert rows["numberReturned"] == rows["numberMatched"] == len(group["entries"])


@needs_assets
def test_a_map_of_some_days_leads_to_all_days(client: TestClient) -> None:
    page = client.get(
        "/maps/attacks/embed?datetime=2016-01-01/2016-12-31&filter=region%20%3D%20'gao'"
    )
    (whole,) = re.findall(r'<p class="atlas-whole"><a href="([^"]+)">', page.text)
    parts = urlsplit(whole.replace("&amp;", "&"))
    assert parts.path == "/maps/attacks/embed"
    assert parse_qs(parts.query) == {"filter": ["region = 'gao'"], "lang": ["en"]}
    assert "atlas-whole" not in client.get("/maps/attacks").text


@needs_assets
def test_a_state_before_the_first_says_so(client: TestClient) -> None:
    page = client.get("/maps/attacks?as_of=2001-01-01")
    assert re.search(
        r"The store held nothing yet at 2001-01-01; its first state is of \d+ \w+ 20\d\d\.",
        page.text,
    )
    empty = client.get("/maps/attacks?bbox=100,0,101,1")
    assert "Nothing matches this selection: bbox = 100,0,101,1" in empty.text


@needs_assets
@every_map
def test_a_page_is_drawn_once(name: str, client: TestClient, monkeypatch: Any) -> None:
    address = f"/maps/{name}?datetime=2017-01-01/2018-12-31"
    first = client.get(address)
    drawn: list[str] = []

    def render(*given: Any) -> Any:
        drawn.append(name)
        raise AssertionError("drawn again")

    monkeypatch.setattr(maps_routes, "render", render)
    again = client.get(address)
    headers = ("etag", "content-security-policy", "content-type", "cache-control")
    assert [again.headers[header] for header in headers] == [
        first.headers[header] for header in headers
    ]
    assert (again.content, drawn) == (first.content, [])


@needs_assets
def test_a_filter_leaves_groups_whole_that_do_not_know_its_property(client: TestClient) -> None:
    page = client.get("/maps/overview?filter=peacekeepers_killed%20%3E%3D%205")
    assert "so they are shown unfiltered: Camps of the mission, Temporary operating" in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/maps/attaks", 404),
        ("/maps/render", 404),
        ("/maps/_base", 404),
        ("/maps/attacks?foo=1", 400),
        ("/maps/attacks/embed?download=1", 400),
        ("/maps/attacks?download=2", 400),
        ("/maps/attacks?lang=de", 400),
        ("/maps/attacks?lang=en&lang=fr", 400),
        ("/maps/attacks?bbox=1,2,3", 400),
        ("/maps/attacks?datetime=yesterday", 400),
        ("/maps/attacks?as_of=yesterday", 400),
        ("/maps/attacks?filter=nope%20%3D%201", 400),
        ("/maps/attacks?filter=pg_sleep(2)%20IS%20NULL", 400),
        ("/maps/attacks?filter=place%20%3D%20'a%00b'", 400),
        ("/maps?datetime=2016-01-01", 400),
    ],
)
def test_bad_input_is_refused(path: str, status: int, client: TestClient) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )


@needs_assets
def test_markup_in_a_filter_stays_text(client: TestClient) -> None:
    page = client.get("/maps/attacks", params={"filter": "place = '<script>alert(1)</script>'"})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


@needs_assets
def test_a_bound_that_is_passed_is_announced(client: TestClient, monkeypatch: Any) -> None:
    settings = client.app.state.settings  # type: ignore[attr-defined]
    bounded = type(settings)(database_url=settings.database_url, map_features_max=10)
    monkeypatch.setattr(client.app.state, "settings", bounded)  # type: ignore[attr-defined]
    page = client.get("/maps/attacks", headers={"If-None-Match": ""})
    assert "Only 10 of 173 are drawn (Attacks on the mission)" in page.text
