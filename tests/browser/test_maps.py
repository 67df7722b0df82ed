from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page

from app.maps import maps
from app.routes.maps import STATIC

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (STATIC / "leaflet").is_dir(),
        reason="the web assets are not built; ./atlas builds them",
    ),
]
Open = Callable[..., Any]
every_map = pytest.mark.parametrize("name", maps())
every_size = pytest.mark.parametrize("size", ["wide", "phone"])


def summary(page: Page) -> list[str]:
    return [
        text.replace("\u202f", " ") for text in page.locator("#atlas-summary li").all_inner_texts()
    ]


def boxes(page: Page, selector: str) -> list[dict[str, float]]:
    """Give the boxes of what is seen of a selector."""
    found: list[dict[str, float]] = page.eval_on_selector_all(
        selector,
        """all => all.filter(e => getComputedStyle(e).visibility !== "hidden").map(e => {
            const b = e.getBoundingClientRect();
            return {left: b.left, right: b.right, top: b.top, bottom: b.bottom, text: e.innerText};
        })""",
    )
    return found


def overlap(a: dict[str, float], b: dict[str, float]) -> bool:
    across = a["left"] < b["right"] and b["left"] < a["right"]
    return across and a["top"] < b["bottom"] and b["top"] < a["bottom"]


def test_a_map_asks_no_other_host_and_complains_of_nothing(drawn: Any, live_server: str) -> None:
    watched = drawn
    foreign = [url for url in watched.requests if not url.startswith((live_server, "data:"))]
    assert (foreign, watched.complaints) == ([], [])
    assert len(watched.requests) > 5


def test_the_map_and_its_legend_are_inside_the_window(drawn: Any) -> None:
    page = drawn.page
    window = page.viewport_size
    for selector in ("#atlas-legend", "#atlas-years", ".folium-map", "#atlas-title"):
        (box,) = boxes(page, selector)
        assert box["left"] >= 0
        assert box["right"] <= window["width"]
        assert box["bottom"] <= window["height"], selector
    (canvas,) = boxes(page, ".folium-map")
    assert canvas["bottom"] - canvas["top"] >= 280
    assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]


def test_no_name_on_the_map_touches_another_or_a_button(drawn: Any) -> None:
    page = drawn.page
    names = boxes(page, ".atlas-label:not(.atlas-hidden)")
    controls = boxes(page, ".leaflet-control")
    assert {"Kidal", "Gao", "Ménaka"} <= {str(label["text"]) for label in names}
    for i, label in enumerate(names):
        touched = [other["text"] for other in (*names[:i], *controls) if overlap(label, other)]
        assert (label["text"], touched) == (label["text"], [])


def test_the_years_change_the_totals_the_title_and_the_circles(
    live_server: str, open_page: Open
) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    assert summary(page) == ["173 attacks at 76 places"]
    page.select_option("#atlas-from", "2016")
    page.select_option("#atlas-to", "2016")
    assert summary(page) == ["15 attacks at 12 places"]
    assert page.inner_text("#atlas-title").endswith("(MINUSMA), 2016")
    drawn = page.locator(".leaflet-atlas-circles-pane path, .leaflet-atlas-dots-pane path").count()
    areas = page.locator(".leaflet-atlas-areas-pane path").count()
    assert drawn + areas == 12
    page.select_option("#atlas-from", "2020")
    assert page.input_value("#atlas-to") == "2020"
    page.click("#atlas-all-years")
    assert summary(page) == ["173 attacks at 76 places"]
    assert page.inner_text("#atlas-title").endswith("2013–2023")


def test_the_years_can_be_chosen_with_the_keyboard(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    page.focus("#atlas-from")
    page.keyboard.press("End")
    assert page.inner_text("#atlas-title").endswith("(MINUSMA), 2023")


def test_the_browser_counts_as_the_service_does(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/fatalities").page
    alt = page.get_attribute("meta[name=description]", "content") or ""
    (total, places) = re.findall(r"(\d+ peacekeepers killed) at (\d+ places)", alt)[0]
    (line,) = summary(page)
    assert (line.startswith(total), line.endswith(places)) == (True, True)
    details = page.locator("#atlas-details li").all_inner_texts()
    assert "Toll not stated: 11 attacks, not counted as zero" in details


def test_a_place_with_many_attacks_lists_them_all_and_scrolls(
    live_server: str, open_page: Open
) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    page.click(".atlas-list summary")
    page.locator("#atlas-places button", has_text="Kidal").first.click()
    popup = page.locator(".atlas-popup")
    assert popup.locator("h2").inner_text() == "Kidal"
    assert popup.locator(".atlas-sum").inner_text() == "28 attacks"
    assert popup.locator(".atlas-entry").count() == 28
    first = popup.locator(".atlas-entry").first
    assert first.locator(".atlas-date").inner_text() == "14 December 2013"
    labels, values = (first.locator(tag).all_inner_texts() for tag in ("dt", "dd"))
    said = dict(zip(labels, values, strict=True))
    assert said["Peacekeepers killed"] == "2"
    assert said["Peacekeepers wounded"] == "not stated"
    assert said["Place precision"] == "the named place; radius of uncertainty 2 km"
    link = first.locator("dd a")
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert (link.get_attribute("href") or "").startswith("https://www.aljazeera.com/")
    scrolls = "e => e.scrollHeight > e.clientHeight"
    assert page.locator(".leaflet-popup-content").evaluate(scrolls)


def test_a_circle_that_is_clicked_opens_its_popup(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/fatalities?lang=fr").page
    page.locator(".leaflet-atlas-circles-pane path").first.click(force=True)
    assert "Casques bleus tués" in page.locator(".atlas-popup .atlas-sum").inner_text()


@every_size
def test_an_open_popup_is_not_under_the_buttons(
    size: str, live_server: str, open_page: Open
) -> None:
    page = open_page(f"{live_server}/maps/overview", size).page
    page.click(".atlas-list summary")
    page.locator("#atlas-places button").first.click()
    page.wait_for_timeout(600)
    (popup,) = boxes(page, ".leaflet-popup-content-wrapper")
    covered = [box["text"] for box in boxes(page, ".leaflet-control") if overlap(popup, box)]
    assert covered == []


def test_places_that_are_no_points_are_drawn_dashed(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    dashes = page.eval_on_selector_all(
        ".leaflet-atlas-areas-pane path", "all => all.map(e => e.getAttribute('stroke-dasharray'))"
    )
    assert dashes
    assert set(dashes) == {"6 5"}
    page.click(".atlas-list summary")
    listed = page.locator("#atlas-places .atlas-kind-area button").all_inner_texts()
    assert "Kidal region" in listed


def test_the_layers_can_be_switched(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/overview").page
    squares = page.locator(".leaflet-atlas-symbols-pane .atlas-symbol")
    before = squares.count()
    page.get_by_label("Camps of the mission").uncheck()
    assert 0 < squares.count() < before
    page.get_by_label("Regions").uncheck()
    assert page.locator(".atlas-label-region").count() == 0


@pytest.fixture
def other_site(live_server: str, tmp_path: Path) -> Iterator[str]:
    """Serve a page of another origin that holds a map in a frame."""
    frame = f'<iframe src="{live_server}/maps/attacks/embed" width="800" height="500"></iframe>'
    icon = '<link rel="icon" href="data:,">'
    (tmp_path / "page.html").write_text(f"<html data-ready=yes>{icon}<body>{frame}")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/page.html"
        server.shutdown()


def test_an_embedded_map_works_in_a_frame_of_another_site(other_site: str, open_page: Open) -> None:
    watched = open_page(other_site)
    inner = watched.page.frame_locator("iframe")
    inner.locator("#atlas-summary li").wait_for()
    assert inner.locator("#atlas-summary li").all_inner_texts() == ["173 attacks at 76 places"]
    assert watched.complaints == []


@every_map
def test_a_download_opens_from_disk_without_a_network(
    name: str, live_server: str, open_page: Open, tmp_path: Path
) -> None:
    file = tmp_path / "map.html"
    with urllib.request.urlopen(f"{live_server}/maps/{name}?download=1") as answer:
        file.write_bytes(answer.read())
    watched = open_page(file.as_uri())
    watched.page.click(".atlas-list summary")
    watched.page.locator("#atlas-places button").first.click()
    assert watched.page.locator(".atlas-entry").count() > 0
    away = [url for url in watched.requests if not url.startswith(("file:", "data:"))]
    assert (away, watched.complaints) == ([], [])


def test_markup_in_data_is_shown_as_text(live_server: str, open_page: Open, tmp_path: Path) -> None:
    evil = "<img id=evil src=x onerror=alert(1)><script id=evil2>alert(2)</script>"
    with urllib.request.urlopen(f"{live_server}/maps/overview?download=1") as answer:
        html = answer.read().decode()
    start = html.index('id="atlas-data">') + len('id="atlas-data">')
    end = html.index("</script>", start)
    data = json.loads(html[start:end])
    for group in data["groups"]:
        for place in group.get("places", ()):
            place["name"] = evil
        for entry in group.get("entries", ()):
            entry |= {"heading": evil, "where": evil + "!", "date": evil, "precision": evil}
            entry |= {"lines": [[0, evil]], "source": [evil, "javascript:alert(3)"]}
    for label in data["labels"]:
        label["text"] = evil
    file = tmp_path / "map.html"
    file.write_text(html[:start] + json.dumps(data).replace("<", "\\u003c") + html[end:])
    watched = open_page(file.as_uri())
    watched.page.click(".atlas-list summary")
    watched.page.locator("#atlas-places button").first.click()
    assert watched.page.locator(".atlas-popup h2").inner_text() == evil
    assert watched.page.locator("#evil, #evil2, [href^=javascript]").count() == 0
    assert watched.complaints == []
