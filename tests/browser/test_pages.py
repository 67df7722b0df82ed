"""The pages in a real browser: nothing from elsewhere, no complaints, readable, usable."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app.main import STATIC
from geo.spec import LANGUAGES
from tests.browser.conftest import SIZES, Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (STATIC / "folium" / "atlas-page.js").is_file(),
        reason="the web assets are not built; ./atlas builds them",
    ),
]
PAGES = {
    "landing": "/",
    "layers": "/collections",
    "layer": "/collections/events",
    "list": "/collections/events/items?limit=60",
    "figures": "/collections/series/items?limit=20",
    "areas": "/collections/regions/items",
    "feature": "/collections/attacks/items/A003",
    "somewhere": "/collections/tobs/items/T001",
    "nearest": "/collections/attacks/nearest?point=0,16",
    "properties": "/collections/camps/queryables",
}
# Walk over every text that is seen, and measure it against what is painted behind it.
CONTRAST = """() => {
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest(".leaflet-pane, svg, iframe, noscript, script, style")) continue;
    if (![...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const a = light(numbers(getComputedStyle(element).color)), b = light(behind(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push([element.textContent.trim().slice(0, 40), ratio]);
  }
  return faint;
}"""
# Every field, link and button has a name, every heading follows the one above it.
SANE = """() => {
  const wrong = [];
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!(e.labels && [...e.labels].some((l) => l.textContent.trim()))) wrong.push(e.outerHTML);
  }
  for (const e of document.querySelectorAll("a[href], button, iframe")) {
    const name = e.textContent.trim() || e.getAttribute("aria-label") || e.title;
    if (!name) wrong.push(e.outerHTML);
  }
  const levels = [...document.querySelectorAll("h1, h2, h3")].map((e) => Number(e.tagName[1]));
  if (levels[0] !== 1 || levels.filter((l) => l === 1).length !== 1) wrong.push(levels.join());
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  if (new Set(ids).size !== ids.length) wrong.push(`ids twice: ${ids.join()}`);
  for (const name of ["main", "header", "footer"]) {
    if (document.querySelectorAll(`body > ${name}`).length !== 1) wrong.push(name);
  }
  return wrong;
}"""


def visit(browser: Browser, url: str, size: str = "wide", *, script: bool = True) -> Watched:
    width, height = SIZES[size]
    viewport: Any = {"width": width, "height": height}
    page = browser.new_context(viewport=viewport, java_script_enabled=script).new_page()
    watched = Watched(page=page)
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("console", lambda message: watched.complaints.append(message.text))
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.goto(url, wait_until="networkidle")
    return watched


@pytest.fixture(scope="module", params=list(product(PAGES, LANGUAGES, SIZES)), ids="-".join)
def seen(request: pytest.FixtureRequest, browser: Browser, live_server: str) -> Iterator[Watched]:
    name, language, size = request.param
    sign = "&" if "?" in PAGES[name] else "?"
    watched = visit(browser, f"{live_server}{PAGES[name]}{sign}lang={language}", size)
    yield watched
    watched.page.context.close()


def test_a_page_asks_no_other_host_and_complains_of_nothing(
    seen: Watched, live_server: str
) -> None:
    foreign = [url for url in seen.requests if not url.startswith((live_server, "data:"))]
    assert (foreign, seen.complaints) == ([], [])
    assert seen.requests


def test_a_page_is_readable_and_within_the_window(seen: Watched) -> None:
    page = seen.page
    assert page.title().endswith("Conflict Atlas")
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(SANE) == []
    window = page.viewport_size
    assert window is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]


def paths(page: Page, selector: str) -> int:
    return page.locator(f"#small-map .leaflet-overlay-pane path{selector}").count()


def test_the_map_draws_what_is_imprecise_as_dashed_areas_only(
    browser: Browser, live_server: str
) -> None:
    imprecise = f"{live_server}/collections/attacks/items?place_precision=4"
    with urllib.request.urlopen(f"{imprecise}&f=geojson") as answer:
        rows = json.load(answer)["features"]
    areas = sum(bool(row["geometry"] and row["properties"]["radius_m"]) for row in rows)
    page = visit(browser, imprecise).page
    assert (paths(page, ""), paths(page, "[stroke-dasharray='6 7']")) == (areas, areas)
    assert areas > 3
    exact = visit(browser, f"{live_server}/collections/attacks/items?place_precision=1").page
    assert paths(exact, "") > 50
    assert paths(exact, "[stroke-dasharray]") == 0
    for opened in (page, exact):
        opened.context.close()


def test_a_sign_on_the_map_leads_to_the_page_of_its_feature(
    browser: Browser, live_server: str
) -> None:
    page = visit(browser, f"{live_server}/collections/regions/items?lang=fr").page
    page.locator("#small-map .leaflet-overlay-pane path").nth(3).click(force=True)
    link = page.locator(".leaflet-popup-content a")
    name = link.inner_text()
    link.click()
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").inner_text() == name
    page.context.close()


def test_the_filter_works_without_javascript(browser: Browser, live_server: str) -> None:
    watched = visit(browser, f"{live_server}/collections/attacks/items?lang=fr", script=False)
    page = watched.page
    page.fill("[name=date-from]", "2016-01-01")
    page.fill("[name=date-to]", "2016-12-31")
    page.select_option("[name=region]", "kidal")
    page.fill("[name=filter]", "peacekeepers_killed >= 1")
    page.click("form.filter button")
    page.wait_for_load_state("networkidle")
    assert page.url == (
        f"{live_server}/collections/attacks/items?lang=fr&region=kidal"
        "&filter=peacekeepers_killed+%3E%3D+1&datetime=2016-01-01%2F2016-12-31"
    )
    rows = page.locator("table.features tbody tr")
    assert rows.count() > 0
    assert all("Kidal" in text and "2016" in text for text in rows.all_inner_texts())
    assert page.input_value("[name=date-to]") == "2016-12-31"
    assert "JavaScript" in page.inner_text("#small-map")
    page.click("text=Tout afficher")
    page.wait_for_load_state("networkidle")
    assert page.url == f"{live_server}/collections/attacks/items?lang=fr"
    assert watched.complaints == []
    page.context.close()


def test_a_page_reads_well_on_paper(browser: Browser, live_server: str) -> None:
    page = visit(browser, f"{live_server}/collections/attacks/items?limit=20").page
    page.emulate_media(media="print")
    hidden = ["form.filter", ".top nav", ".pager", ".leaflet-control-zoom"]
    assert [name for name in hidden if page.locator(name).first.is_visible()] == []
    assert page.locator("table.features").is_visible()
    page.context.close()
