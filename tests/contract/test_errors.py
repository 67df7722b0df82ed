"""An error is a page for people and a problem document for programs, and both say the same."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SCRIPT = "<script>alert(1)</script>"
REFUSED = (
    ("/nosuch", 404),
    ("/collections/attack", 404),
    ("/collections/attack/items", 404),
    ("/collections/attacks/items/nosuch", 404),
    ("/collections/attacks/items/nosuch/history", 404),
    ("/collections/attacks/items?limit=many", 400),
    ("/collections/attacks/items?colour=red", 400),
    ("/collections/attacks/items?filter=killed_best%20%3E", 400),
    ("/collections/attacks/within?point=0,16", 400),
    ("/collections/attacks/find?date-from=soon", 400),
    ("/collections/attacks/items/A003?lang=de", 400),
    ("/maps/nosuch", 404),
    ("/static/nosuch.css", 404),
)
every_error = pytest.mark.parametrize(("address", "status"), REFUSED)


def texts(page: str) -> str:
    """Give what a reader of a page sees, in one line."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def said(document: dict[str, Any]) -> Iterator[str]:
    """List what a problem document tells its reader."""
    yield from (document["title"], document["detail"], str(document["status"]))
    for error in document.get("errors", []):
        yield from (error["name"], error["value"], error["problem"])
        allowed = error["allowed"] or ""
        yield from [allowed] if isinstance(allowed, str) else allowed


@every_error
def test_a_browser_reads_what_a_program_reads(
    client: TestClient, address: str, status: int
) -> None:
    page, problem = client.get(address, headers=BROWSER), client.get(address)
    assert (page.status_code, problem.status_code) == (status, status)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert problem.headers["content-type"] == "application/problem+json"
    shown = texts(page.text)
    assert [part for part in said(problem.json()) if " ".join(part.split()) not in shown] == []
    for answer in (page, problem):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["vary"].split(", ")[0] == "Accept"


@every_error
def test_the_page_of_an_error_has_a_policy_and_runs_nothing(
    client: TestClient, address: str, status: int
) -> None:
    page = client.get(address, headers=BROWSER)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text


@pytest.mark.parametrize("f", ["json", "csv", "nosuch"])
def test_whoever_asks_for_a_format_gets_the_document(client: TestClient, f: str) -> None:
    answer = client.get(f"/collections/attacks/items?limit=many&f={f}", headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def test_whoever_asks_for_html_gets_the_page(client: TestClient) -> None:
    answer = client.get("/collections/attack?f=html")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_the_nearest_names_are_on_the_page(client: TestClient) -> None:
    page = client.get("/collections/attack", headers=BROWSER)
    assert "there is no collection 'attack'; did you mean attacks?" in texts(page.text)


def test_the_page_of_an_error_is_there_in_french_and_leads_to_english(client: TestClient) -> None:
    page = client.get("/collections/attacks/items?limit=many&lang=fr", headers=BROWSER).text
    assert '<html lang="fr">' in page
    assert "<h1>La requête n’est pas comprise</h1>" in page
    # What is said of the value is English, and marked so for those who have it read out.
    assert '<dd lang="en">is not a page size</dd>' in page
    (other,) = re.findall(r'<a href="([^"]*)" lang="en" hreflang="en">', page)
    assert html.unescape(other).endswith("/collections/attacks/items?limit=many&lang=en")


@pytest.mark.parametrize("lang", ["", "de", SCRIPT])
def test_a_language_that_is_not_spoken_is_refused_in_english(client: TestClient, lang: str) -> None:
    page = client.get("/collections", params={"lang": lang}, headers=BROWSER)
    assert page.status_code == 400
    assert '<html lang="en">' in page.text


class Tags(HTMLParser):
    """Collect the tags of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


@pytest.mark.parametrize("payload", [SCRIPT, "\"'><img src=x onerror=alert(1)>", "{{ 7 * 7 }}"])
def test_nothing_of_the_request_becomes_markup(client: TestClient, payload: str) -> None:
    for path, name in (
        ("/collections/attacks/items", "limit"),
        ("/collections/attacks/items", "filter"),
        ("/collections/attacks/items", "region"),
        ("/collections/attacks/items", payload),
        (f"/collections/{payload.replace('/', '')}", "lang"),
        (f"/collections/attacks/items/{payload.replace('/', '')}", "as_of"),
        (f"/{payload}", "x"),
    ):
        page = client.get(path, params={name: payload}, headers=BROWSER)
        if page.status_code == 200:
            continue
        tags = Tags(page.text).found
        assert {tag for tag, _ in tags} & {"script", "img"} == set(), path
        assert [n for _, attributes in tags for n, _ in attributes if n.startswith("on")] == []
        assert "49" not in page.text.partition("<h1>")[2]


def test_an_address_too_long_to_repeat_is_not_repeated(client: TestClient) -> None:
    page = client.get(f"/collections/attacks/items?limit={'9' * 20_000}", headers=BROWSER)
    assert page.status_code == 400
    assert "9" * 1_000 not in page.text


def test_a_database_that_is_away_is_a_page_too(tmp_path: Any) -> None:
    url = f"postgresql://atlas@/atlas?host={tmp_path}"
    with TestClient(create_app(Settings(database_url=url))) as service:
        page = service.get("/collections/camps/items", headers=BROWSER)
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "<h1>Not ready</h1>" in page.text


def test_what_nobody_foresaw_tells_nothing_of_the_inside(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("app.routes.landing.landing_page", fail)
    app = create_app(Settings(database_url=database_url))
    with TestClient(app, raise_server_exceptions=False) as service:
        page = service.get("/", headers=BROWSER)
    assert (page.status_code, "secret" in page.text) == (500, False)
    assert "<h1>Something went wrong here</h1>" in page.text
