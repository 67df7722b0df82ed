"""What answers say of themselves: links to the state that they show, and who wants what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI, Request

from app import http
from app.html import FORMAT
from app.settings import Settings
from app.start import declared_layers
from geo.features import NEVER

ITEMS = "https://example.org/collections/camps/items"
CHANGED = datetime(2026, 11, 20, 10, 30, 15, 123456, tzinfo=UTC)


def request(query: str = "", **headers: str) -> Request:
    app = FastAPI()
    app.state.settings = Settings(public_url="https://example.org")
    app.state.formats = {FORMAT.id: FORMAT}
    scope = {
        "type": "http",
        "app": app,
        "method": "GET",
        "scheme": "http",
        "server": ("localhost", 80),
        "path": "/collections/camps/items",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    return Request(scope)


@pytest.mark.parametrize(
    ("query", "changed_at", "links"),
    [
        (
            "limit=5",
            CHANGED,
            [f"{ITEMS}?limit=5&as_of=2026-11-20T10%3A30%3A15.123456Z"],
        ),
        (
            "as_of=2026-01-01",
            CHANGED,
            [f"{ITEMS}?as_of=2026-01-01"],
        ),
        ("cursor=abc", CHANGED, []),
        ("", NEVER, []),
        ("", None, []),
    ],
)
def test_a_list_links_to_the_state_that_it_shows(
    query: str, changed_at: datetime | None, links: list[str]
) -> None:
    layer = declared_layers()["camps"]
    made = http.page_links(request(query), layer, FORMAT, "en", changed_at)
    assert [link.href for link in made if link.rel == "memento"] == links


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", ["*/*"]),
        ("text/html, */*;q=0.1", ["text/html", "*/*"]),
        ("a/b;q=0.5, c/d, e/f;q=0.75", ["c/d", "e/f", "a/b"]),
        ("a/b;q=0, c/d;version=1", ["c/d"]),
        ("a/b;q=2, c/d;q=-1, e/f;q=nan", ["a/b", "c/d", "e/f"]),
    ],
)
def test_what_is_accepted_is_read_by_its_weight(accept: str, wanted: list[str]) -> None:
    assert http.accepted(request(accept=accept)) == wanted
