from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page

from app.maps import maps
from app.routes.maps import STATIC

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
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
    # A low window has no room for the key beside the title; it scrolls, the map stays.
    low = window["height"] <= 600
    for selector in (*(() if low else ("#atlas-legend", "#atlas-years")), ".folium-map"):
        (box,) = boxes(page, selector)
        assert box["left"] >= 0
        assert box["right"] <= window["width"]
        assert box["bottom"] <= window["height"], selector
    (canvas,) = boxes(page, ".folium-map")
    assert canvas["bottom"] - canvas["top"] >= 280
    (scale,) = boxes(page, ".leaflet-control-scale")
    assert scale["bottom"] <= window["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]


@every_map
def test_a_tiny_frame_shows_the_title_and_the_whole_map(
    name: str, live_server: str, open_page: Open
) -> None:
    page = open_page(f"{live_server}/maps/{name}/embed?lang=fr", "tiny").page
    regions = page.evaluate(
        """() => {
            const boxes = [...document.querySelectorAll(".leaflet-atlas-regions-pane path")]
                .map((path) => path.getBoundingClientRect());
            const [ends, starts] = [["right", "bottom"], ["left", "top"]];
            return [...starts.map((side) => Math.min(...boxes.map((box) => box[side]))),
                    ...ends.map((side) => Math.max(...boxes.map((box) => box[side])))];
        }"""
    )
    (canvas,) = boxes(page, ".folium-map")
    (title,) = boxes(page, "#atlas-title")
    (scale,) = boxes(page, ".leaflet-control-scale")
    assert title["bottom"] <= canvas["top"] < 60
    assert canvas["bottom"] <= 240
    assert scale["bottom"] <= 240
    west, north, east, south = regions
    assert canvas["left"] <= west < east <= canvas["right"]
    assert canvas["top"] <= north < south <= canvas["bottom"]


def test_no_name_on_the_map_touches_another_or_a_button(drawn: Any) -> None:
    page = drawn.page
    names = boxes(page, ".atlas-label:not(.atlas-hidden)")
    controls = boxes(page, ".leaflet-control")
    assert {"Kidal", "Gao", "Ménaka"} <= {str(label["text"]) for label in names}
    for i, label in enumerate(names):
        touched = [other["text"] for other in (*names[:i], *controls) if overlap(label, other)]
        assert (label["text"], touched) == (label["text"], [])


MISPLACED = """() => {
    const data = JSON.parse(document.getElementById("atlas-data").textContent);
    const map = window[Object.keys(window).find((key) => key.startsWith("map_"))];
    const origin = map.getContainer().getBoundingClientRect();
    const areas = data.groups.find((group) => group.drawn === "areas").features;
    const labels = data.labels.filter((label) => label.kind === "region");
    const wrong = [], shown = [];
    for (const element of document.querySelectorAll(".atlas-label-region:not(.atlas-hidden)")) {
        const label = labels.find(({ names }) => names.includes(element.textContent));
        const box = element.getBoundingClientRect();
        const rings = atlasMap.ringsOnMap(map, areas.find(({ id }) => id === label.region));
        const x = (box.left + box.right) / 2 - origin.left;
        const y = (box.top + box.bottom) / 2 - origin.top;
        shown.push(label.region);
        if (!atlasMap.isInside(rings, x, y)) wrong.push(element.textContent);
    }
    return { wrong, shown };
}"""


def test_a_name_of_a_region_stands_in_that_region(drawn: Any) -> None:
    found = drawn.page.evaluate(MISPLACED)
    assert found["wrong"] == []
    assert len(found["shown"]) >= 8


def test_a_region_that_fills_the_view_is_named_in_it(live_server: str, open_page: Open) -> None:
    # The widest spot of Ménaka lies north of this box.
    page = open_page(f"{live_server}/maps/attacks?bbox=2.2,15.4,3.4,16").page
    assert page.evaluate(MISPLACED) == {"wrong": [], "shown": ["menaka"]}
    towns = page.locator(".atlas-label-town:not(.atlas-hidden)").all_inner_texts()
    assert {"Ménaka", "Andéramboukane"} <= set(towns)


def test_towns_are_named_only_in_a_closer_view(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    assert page.locator(".atlas-label-town:not(.atlas-hidden)").count() == 0


def test_a_long_name_gives_way_to_a_shorter_one(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/attacks?lang=fr", "phone").page
    names = page.locator(".atlas-label-region:not(.atlas-hidden)").all_inner_texts()
    assert "Bamako" in names


ATTACKS = "173 attacks: 144 at 57 places, 20 along roads, 9 known only to an area"
IN_2021 = "datetime=2021-01-01%2F2021-12-31"


def choose(page: Page, first: str, last: str) -> None:
    page.select_option("#atlas-from", first)
    page.select_option("#atlas-to", last)


def test_the_years_change_the_totals_the_title_and_the_circles(
    live_server: str, open_page: Open
) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    assert summary(page) == [ATTACKS]
    choose(page, "2016", "2016")
    assert summary(page) == ["15 attacks at 12 places"]
    titles = [page.inner_text("#atlas-title"), page.title()]
    assert [title.endswith("(MINUSMA), 2016") for title in titles] == [True, True]
    drawn = page.locator(".leaflet-atlas-circles-pane path, .leaflet-atlas-dots-pane path").count()
    assert drawn == 12
    page.select_option("#atlas-from", "2020")
    assert page.input_value("#atlas-to") == "2020"
    page.click("#atlas-all-years")
    assert summary(page) == [ATTACKS]
    assert page.inner_text("#atlas-title").endswith("2013–2023")


PICTURE = """() => {
    const text = (selector) => document.querySelector(selector).innerHTML;
    const panes = [...document.querySelectorAll(".leaflet-pane[class*=atlas-]")];
    return {
        title: document.title, heading: text("#atlas-title"), summary: text("#atlas-summary"),
        details: text("#atlas-details"), places: text("#atlas-places"),
        legend: [...document.querySelectorAll("#atlas-legend svg")]
            .filter((svg) => svg.getClientRects().length).map((svg) => svg.outerHTML),
        alt: document.querySelector(".atlas-map").getAttribute("aria-label"),
        description: document.querySelector("meta[name=description]").content,
        paths: [...document.querySelectorAll(".folium-map path")].map((path) =>
            ["d", "stroke-dasharray", "fill-opacity"].map((name) => path.getAttribute(name))),
        links: [...document.querySelectorAll("a[data-follows]")].map((link) => {
            const url = new URL(link.href);
            url.searchParams.sort();
            url.searchParams.delete("limit");
            return url.href;
        }),
    };
}"""


@every_map
@pytest.mark.parametrize("language", ["en", "fr"])
def test_chosen_years_and_asked_for_days_give_one_picture(
    name: str, language: str, live_server: str, open_page: Open
) -> None:
    chosen = open_page(f"{live_server}/maps/{name}?lang={language}").page
    choose(chosen, "2021", "2021")
    asked = open_page(f"{live_server}/maps/{name}?lang={language}&{IN_2021}").page
    picture = chosen.evaluate(PICTURE)
    assert picture == asked.evaluate(PICTURE)
    assert all(IN_2021 in link for link in picture["links"])
    assert "2021" in picture["alt"]
    assert "2021" in picture["title"]


def test_links_keep_the_days_that_were_asked_for(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/attacks?datetime=2014-03-05/2018-06-30").page
    choose(page, "2014", "2018")
    links = "all => all.map(a => new URL(a.href).searchParams.get('datetime'))"

    def days() -> set[str]:
        return set(page.eval_on_selector_all("a[data-follows]", links))

    assert days() == {"2014-03-05/2018-06-30"}
    choose(page, "2014", "2014")
    assert days() == {"2014-03-05/2014-12-31"}
    choose(page, "2015", "2018")
    assert days() == {"2015-01-01/2018-06-30"}
    page.click("#atlas-all-years")
    assert days() == {"2014-03-05/2018-06-30"}


def test_the_legend_explains_round_values_to_the_scale_of_the_years(
    live_server: str, open_page: Open
) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    values = page.evaluate("[0, 1, 3, 28, 340].map((n) => atlasMap.legendValues(n))")
    assert values == [[], [1], [3, 1], [25, 5, 1], [300, 50, 10]]
    labels = page.locator(".atlas-nested text")
    assert labels.all_text_contents() == ["25", "5", "1"]
    heights = [
        float(y or 0) for y in labels.evaluate_all("all => all.map(e => e.getAttribute('y'))")
    ]
    assert all(low - high >= 12.5 for high, low in pairwise(heights))
    choose(page, "2021", "2021")
    assert labels.all_text_contents() == ["3", "1"]
    choose(page, "2013", "2013")
    assert labels.all_text_contents() == ["2", "1"]


def test_circles_are_sized_by_area_and_stay_in_bounds(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    radius = "{largest: 24, single: 7, smallest: 2.5}"
    sizes = page.evaluate(
        f"[[5, 100], [20, 100], [400, 400], [1, 1], [0, 10]].map(([value, largest]) =>"
        f" atlasMap.radiusPx(value, largest, {radius}))"
    )
    assert sizes[1] / sizes[0] == pytest.approx(2)
    assert sizes[2:] == [24, 7, 0]


def test_the_years_can_be_chosen_with_the_keyboard(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    page.focus("#atlas-from")
    page.keyboard.press("End")
    assert page.inner_text("#atlas-title").endswith("(MINUSMA), 2023")


@every_map
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_browser_counts_as_the_service_does(
    name: str, language: str, live_server: str, open_page: Open
) -> None:
    address = f"{live_server}/maps/{name}?lang={language}"
    with urllib.request.urlopen(address) as answer:
        html = answer.read().decode()
    (said,) = re.findall(r'<meta name="description" content="(.*?)">', html)
    page = open_page(address).page
    for selector, attribute in (("meta[name=description]", "content"), ("main", "aria-label")):
        assert page.get_attribute(selector, attribute) == unescape(said)


def test_tolls_of_zero_and_unknown_tolls_are_told_truly(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/fatalities").page
    details = page.locator("#atlas-details li").all_inner_texts()
    assert "Peacekeepers’ toll not stated: 11 attacks, not counted as zero" in details
    assert (
        "No peacekeeper reported killed, no circle: 99 attacks; in 11 of them 35 other people "
        "were; in 77 nobody says whether others were"
    ) in details


def test_an_empty_selection_says_what_emptied_it(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/attacks?bbox=100,0,101,1").page
    assert summary(page) == ["0 attacks. Nothing matches this selection: bbox = 100,0,101,1"]
    page = open_page(f"{live_server}/maps/attacks?filter=region%20%3D%20'menaka'").page
    choose(page, "2016", "2016")
    assert summary(page) == ["0 attacks. Nothing in these years."]


def test_a_popup_from_the_list_has_the_focus_and_gives_it_back(
    live_server: str, open_page: Open
) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    page.click(".atlas-list summary")
    button = page.locator("#atlas-places button", has_text="Ichagara")
    button.focus()
    page.keyboard.press("Enter")
    inside = "document.activeElement.closest('.leaflet-popup') !== null"
    assert page.evaluate(inside)
    assert page.locator(".leaflet-popup").get_attribute("aria-label") == "Ichagara"
    page.keyboard.press("Tab")
    assert page.evaluate(inside)
    page.keyboard.press("Escape")
    page.wait_for_selector(".leaflet-popup", state="detached")
    assert page.evaluate("document.activeElement.textContent") == "Ichagara"


@every_map
def test_no_two_places_of_the_list_read_the_same(
    name: str, live_server: str, open_page: Open
) -> None:
    page = open_page(f"{live_server}/maps/{name}").page
    page.click(".atlas-list summary")
    named = page.locator("#atlas-places li").all_inner_texts()
    assert len(named) == len(set(named)) > 10


def test_a_place_with_many_attacks_lists_them_all_and_scrolls(
    live_server: str, open_page: Open
) -> None:
    page = open_page(f"{live_server}/maps/attacks").page
    page.click(".atlas-list summary")
    page.locator("#atlas-places button", has_text="Kidal").first.click()
    popup = page.locator(".atlas-popup")
    assert popup.locator("h2").inner_text() == "Kidal"
    assert popup.locator(".atlas-sum").inner_text() == "28 attacks, 6 of them near it"
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
    assert set(dashes) == {"6 7"}
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


def test_an_area_does_not_leave_the_country(live_server: str, open_page: Open) -> None:
    page = open_page(f"{live_server}/maps/overview").page
    outside = page.evaluate(
        """() => {
            const bounds = (selector) => [...document.querySelectorAll(selector)]
                .map((path) => path.getBoundingClientRect());
            const ground = bounds(".leaflet-atlas-regions-pane path");
            const west = Math.min(...ground.map((box) => box.left)) - 3;
            const east = Math.max(...ground.map((box) => box.right)) + 3;
            const areas = bounds(".leaflet-atlas-areas-pane path");
            return areas.filter((box) => box.left < west || box.right > east).length;
        }"""
    )
    assert outside == 0
    page.click(".atlas-list summary")
    page.locator("#atlas-places button", has_text="northern Mali").click()
    # It is on no ground of the map, so that its popup points nowhere.
    assert page.locator(".atlas-aside .atlas-popup h2").inner_text() == "northern Mali"
    assert not page.locator(".leaflet-popup-tip-container").is_visible()


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
    assert inner.locator("#atlas-summary li").all_inner_texts() == [ATTACKS]
    assert watched.complaints == []


def test_an_embedded_map_works_in_a_page_from_a_disk(
    live_server: str, open_page: Open, tmp_path: Path
) -> None:
    frame = f'<iframe src="{live_server}/maps/attacks/embed" width="800" height="500"></iframe>'
    (tmp_path / "page.html").write_text(f"<html data-ready=yes><body>{frame}")
    inner = open_page((tmp_path / "page.html").as_uri()).page.frame_locator("iframe")
    inner.locator("#atlas-summary li").wait_for()
    assert inner.locator("#atlas-summary li").all_inner_texts() == [ATTACKS]


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
        for entry in group.get("entries", ()):
            entry |= {
                "heading": evil,
                "where": evil,
                "site": evil,
                "known": evil,
                "offset": evil,
                "date": evil,
                "precision": evil,
            }
            entry |= {"lines": [[0, evil]], "source": [evil, "javascript:alert(3)"]}
    for label in data["labels"]:
        label["names"] = [evil]
    file = tmp_path / "map.html"
    file.write_text(html[:start] + json.dumps(data).replace("<", "\\u003c") + html[end:])
    watched = open_page(file.as_uri())
    watched.page.click(".atlas-list summary")
    watched.page.locator("#atlas-places button").first.click()
    assert watched.page.locator(".atlas-popup h2").inner_text() == evil
    assert watched.page.locator("#evil, #evil2, [href^=javascript]").count() == 0
    assert watched.complaints == []
