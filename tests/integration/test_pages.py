"""The pages as the service gives them: negotiation, links that lead somewhere, the filter form."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from geo.spec import LANGUAGES, Layer

# What Firefox and Chromium send.
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAGES = (
    "/",
    "/conformance",
    "/maps",
    "/collections",
    "/collections/attacks",
    "/collections/attacks/queryables",
    "/collections/attacks/sortables",
    "/collections/attacks/schema",
    "/collections/attacks/items",
    "/collections/attacks/items/A003",
    "/collections/attacks/items/A003/history",
    "/collections/attacks/nearest?point=0,16",
    "/collections/attacks/within?point=0,16&distance_m=100000",
)
every_page = pytest.mark.parametrize("address", PAGES)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def page(client: TestClient, address: str, **parameters: str) -> str:
    response = client.get(address, params=parameters or None, headers=BROWSER)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response.text


def hrefs(text: str) -> list[str]:
    return [html.unescape(href) for href in re.findall(r'<a [^>]*href="([^"]*)"', text)]


def ours(text: str) -> Iterator[str]:
    """Give the links of a page that lead to the service itself."""
    for href in hrefs(text):
        parts = urlsplit(href)
        if parts.hostname == "testserver":
            yield href.removeprefix("http://testserver") or "/"


@every_page
def test_a_browser_gets_a_page_and_a_program_gets_json(client: TestClient, address: str) -> None:
    got = client.get(address, headers=BROWSER)
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    policy = got.headers["content-security-policy"]
    assert ("default-src 'none'" in policy, "script-src 'self'" in policy) == (True, True)
    for accept in ("application/json", "*/*", "application/json, text/html;q=0.5"):
        answer = client.get(address, headers={"Accept": accept})
        assert "json" in answer.headers["content-type"], (accept, answer.text)
        assert "Accept" in answer.headers["vary"]


@every_page
def test_f_decides_before_the_accept_header(client: TestClient, address: str) -> None:
    sign = "&" if "?" in address else "?"
    as_html = client.get(f"{address}{sign}f=html", headers={"Accept": "application/json"})
    as_json = client.get(f"{address}{sign}f=json", headers=BROWSER)
    assert as_html.headers["content-type"] == "text/html; charset=utf-8"
    assert "json" in as_json.headers["content-type"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html;q=0.2, application/geo+json", "application/geo+json"),
        ("application/geo+json;q=0.2, text/html", "text/html; charset=utf-8"),
        ("text/html;q=0, */*", "application/geo+json"),
        ("application/xhtml+xml;q=0.9, text/html;q=0.9", "text/html; charset=utf-8"),
        ("TEXT/HTML", "text/html; charset=utf-8"),
        ("image/png, text/html;q=nonsense", "text/html; charset=utf-8"),
    ],
)
def test_what_is_wanted_more_is_given(client: TestClient, accept: str, media_type: str) -> None:
    response = client.get("/collections/attacks/items?limit=1", headers={"Accept": accept})
    assert response.headers["content-type"] == media_type


@every_language
@every_page
def test_every_link_of_a_page_answers_in_its_language(
    client: TestClient, address: str, language: str
) -> None:
    sign = "&" if "?" in address else "?"
    text = page(client, f"{address}{sign}lang={language}")
    assert f'<html lang="{language}">' in text
    links = set(ours(text))
    # One item stands for the others of a list.
    items = sorted(link for link in links if re.search(r"/items/[^/?]+\?", link))
    links -= set(items[1:])
    assert len(links) > 4
    statuses = {link: client.get(link, headers=BROWSER).status_code for link in links}
    assert set(statuses.values()) == {200}, statuses


@every_language
def test_every_layer_has_its_pages(
    client: TestClient, layers: dict[str, Layer], language: str
) -> None:
    listing = page(client, "/collections", lang=language)
    for layer in layers.values():
        title = layer.title.fr if language == "fr" else layer.title.en
        assert title in html.unescape(listing)
        about = page(client, f"/collections/{layer.id}", lang=language)
        assert title in html.unescape(about)
        for name in (field.name for field in layer.fields):
            assert f"<code>{name}</code>" in about
        table = page(client, f"/collections/{layer.id}/items", lang=language)
        assert table.count("<tr>") in (0, table.count('<td><a href="') + 1)
        for first in [link for link in ours(table) if "/items/" in link][:1]:
            assert client.get(first, headers=BROWSER).status_code == 200


def test_a_collection_tells_its_time_place_terms_formats_and_maps(client: TestClient) -> None:
    text = page(client, "/collections/camps", lang="fr")
    assert "Parcourir les éléments (22)" in text
    assert "1er janvier 2013 – toujours ouvert" in text
    assert re.search(r"de [\d,]+°\u00a0O à [\d,]+°\u00a0E, de [\d,]+°\u00a0N à", text)
    assert "CC BY 4.0" in text
    assert "/maps/overview?lang=fr" in text
    assert "aggregate?by=region" in text
    formats = client.get("/collections/camps").json()["links"]
    offered = [link["href"] for link in formats if link["rel"] == "items"]
    shown = {href.replace("&lang=fr", "") for href in hrefs(text) if "/items?f=" in href}
    assert shown == set(offered)


def test_the_pages_of_a_list_lead_through_the_whole_layer(client: TestClient) -> None:
    address, found = "/collections/attacks/items?limit=70&lang=fr", list[str]()
    for _ in range(3):
        text = page(client, address)
        assert "<strong>173</strong> éléments correspondent" in text
        found += re.findall(r"<td><a [^>]*>(A\d+)</a>", text)
        following = re.findall(r'<a href="([^"]*)" rel="next">Page suivante', text)
        address = html.unescape(following[0]) if following else ""
    assert (address, len(found), len(set(found))) == ("", 173, 173)


def test_the_table_can_be_ordered_and_its_columns_chosen(client: TestClient) -> None:
    address = "/collections/attacks/items?sortby=-killed_best&limit=3"
    text = page(client, f"{address}&properties=killed_best,place,notes")
    heads = re.findall(r'<th scope="col"[^>]*><a [^>]*>([^<]*)</a>', text)
    assert heads == ["Id", "Killed, best estimate", "Place", "Notes"]
    numbers = [int(text) for text in re.findall(r'<td class="number">(\d+)</td>', text)]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 3


def test_the_form_sends_the_browser_to_a_proper_query(client: TestClient) -> None:
    empty = {"event_class": "", "perpetrator_class": "", "filter": "", "limit": "", "lang": "fr"}
    days = {"date-from": "2016-01-01", "date-to": "2016-12-31"}
    sent = {**empty, **days, "region": "kidal"}
    answer = client.get(
        "/collections/attacks/find", params=sent, headers=BROWSER, follow_redirects=False
    )
    assert answer.status_code == 303
    where = "http://testserver/collections/attacks/items?"
    query = "lang=fr&region=kidal&datetime=2016-01-01%2F2016-12-31"
    assert answer.headers["location"] == where + query
    followed = page(client, "/collections/attacks/find", **sent)
    assert '<html lang="fr">' in followed
    assert set(re.findall(r'<option value="(\w+)" selected', followed)) == {"kidal"}


def test_a_form_that_is_sent_empty_shows_everything(client: TestClient) -> None:
    text = page(client, "/collections/attacks/find", **{"date-from": "", "filter": " "})
    assert "<strong>173</strong> features match" in text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/collections/attacks/find?colour=red", 400),
        ("/collections/attacks/find?region=gao&region=kidal", 400),
        ("/collections/attacks/find?date-from=soon", 400),
        ("/collections/attacks/find?filter=killed_best%20%3E", 400),
        ("/collections/nothing/find", 404),
        # The form is lenient, the resource is not.
        ("/collections/attacks/items?datetime=", 400),
        ("/collections/attacks/items?limit=", 400),
        ("/collections/attacks/items?date-from=2016-01-01", 400),
        ("/collections/attacks/items/A003?lang=de", 400),
        ("/collections?f=xml", 400),
        ("/collections/attacks/queryables?f=xml", 400),
    ],
)
def test_what_is_wrong_is_refused(client: TestClient, address: str, status: int) -> None:
    response = client.get(address, headers=BROWSER)
    assert response.status_code == status
    media_type = "application/problem+json" if "f=" in address else "text/html; charset=utf-8"
    assert response.headers["content-type"] == media_type


def test_the_form_leads_to_no_other_host(client: TestClient) -> None:
    for value in ("//evil.example/", "http://evil.example/", "\r\nLocation: http://evil.example"):
        answer = client.get(
            "/collections/attacks/find", params={"region": value}, follow_redirects=False
        )
        assert urlsplit(answer.headers["location"]).hostname == "testserver"
        assert "\n" not in answer.headers["location"]


def test_a_feature_tells_precision_source_history_and_neighbours(client: TestClient) -> None:
    text = page(client, "/collections/attacks/items/A003", lang="fr")
    assert "<h1>Kidal</h1>" in text
    assert "16 décembre 2013" in text
    assert "le lieu nommé\u00a0; rayon d’incertitude de 3 km" in text
    assert "18,4434°\u00a0N, 1,4092°\u00a0E" in text
    links = hrefs(text)
    assert "http://testserver/collections/attacks/items/A003/history?lang=fr" in links
    assert any("/nearest?point=1.4092%2C18.4434" in link for link in links)
    assert any(link.startswith("https://naharnet.com/") for link in links)


def test_a_feature_that_has_no_place_is_shown_without_a_map(client: TestClient) -> None:
    text = page(client, "/collections/tobs/items/T001")
    assert "none: the place cannot be mapped" in text
    assert "Nothing on this page has a place that can be mapped." in text
    assert 'id="small-map"' not in text


def test_a_page_of_an_earlier_state_says_so_and_keeps_to_it(client: TestClient) -> None:
    moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    text = page(client, "/collections/camps/items", as_of=moment)
    assert f"As the atlas held it at {moment}." in text
    items = [link for link in ours(text) if "/items/" in link]
    assert items
    assert [link for link in items if f"as_of={quote(moment)}" not in link] == []
    assert f"As the atlas held it at {moment}." in page(client, items[0])


def test_the_addresses_of_a_page_bear_the_public_address(database_url: str) -> None:
    settings = Settings(database_url=database_url, public_url="https://example.org/atlas/")
    with TestClient(create_app(settings)) as client:
        for address in PAGES:
            text = client.get(address, headers=BROWSER).text
            assert "testserver" not in text, address
            sources = re.findall(r'<script src="([^"]*)"', text)
            assert all(source.startswith("/atlas/static/") for source in sources)
        answer = client.get("/collections/camps/find?region=gao", follow_redirects=False)
        where = "https://example.org/atlas/collections/camps/items?region=gao"
        assert answer.headers["location"] == where


def test_a_page_that_the_browser_holds_is_not_sent_again(client: TestClient) -> None:
    address = "/collections/regions/items"
    first = client.get(address, headers=BROWSER)
    tag = first.headers["etag"]
    again = client.get(address, headers={**BROWSER, "If-None-Match": tag})
    as_json = client.get(address, headers={"If-None-Match": tag})
    french = client.get(f"{address}?lang=fr", headers={**BROWSER, "If-None-Match": tag})
    assert (again.status_code, as_json.status_code, french.status_code) == (304, 200, 200)
