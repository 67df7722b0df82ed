from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any, get_args

import pytest

from app.links import safe_link
from app.maps import maps
from app.maps._assets import Assets
from app.maps._scene import Feature, Mode, Scene
from app.maps.render import render
from geo.spec import FEATURE_FIELDS, LANGUAGES, FieldType, Language, Layer, Text

MakeFeature = Callable[..., Feature]
MakeScene = Callable[..., Scene]
EVIL = (
    "</script ><!--</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}{period}"
)
OWN_HOST = "https://atlas.test"


class Page(HTMLParser):
    """Collect what a page loads, links to and runs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.texts: list[str] = []
        self.data: dict[str, Any] = {}
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self._open = "data" if given.get("id") == "atlas-data" else tag
        if tag == "script" and not given:
            self._open = "inline"
        self.handlers += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "a":
            self.links.append(given["href"] or "")
        elif given.get("rel") == "alternate":
            # Nothing loads these; they say where the page is in other forms.
            self.links.append(given["href"] or "")
        elif given.get("src") or (given.get("href") and tag == "link"):
            self.loads.append(given.get("src") or given.get("href") or "")

    def handle_data(self, data: str) -> None:
        if self._open == "data":
            self.data |= json.loads(data)
        elif self._open == "inline":
            self.texts.append(data)
        self._open = ""


def evil_feature(layer: Layer, name: str) -> Feature:
    """Make a row whose every text is an attack on the page."""
    values: dict[str, Any] = {}
    for field in (*layer.fields, *FEATURE_FIELDS):
        values[field.name] = EVIL if field.type in (FieldType.TEXT, FieldType.URL) else None
    values |= {"source_url": f"javascript:alert('{EVIL}')", "kind": "country"}
    return {
        "id": EVIL + name,
        "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 19], [0, 0]]]},
        "properties": values,
    }


@pytest.fixture
def some(attack: MakeFeature) -> dict[str, list[Feature]]:
    rows = [attack("A1", peacekeepers_killed=1, source_url="https://news.test/1")]
    rows += [attack("A2", date="2018-02-03", peacekeepers_killed=None, place_precision=6)]
    rows += [attack("A3", date="2019-02-03", peacekeepers_killed=4, place_precision=5)]
    return {"attacks": rows}


@pytest.mark.parametrize("mode", get_args(Mode))
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", maps())
def test_the_same_scene_gives_the_same_bytes(
    name: str,
    language: Language,
    mode: Mode,
    make_scene: MakeScene,
    some: dict[str, list[Feature]],
    assets: Assets,
) -> None:
    drawn = render(make_scene(name, some, language=language, mode=mode), assets)
    random.shuffle(some["attacks"])
    assert render(make_scene(name, some, language=language, mode=mode), assets) == drawn


@pytest.mark.parametrize("mode", get_args(Mode))
@pytest.mark.parametrize("name", maps())
def test_no_value_from_data_becomes_markup(
    name: str, mode: Mode, make_scene: MakeScene, layers: dict[str, Layer], assets: Assets
) -> None:
    rows = {
        group.layer: [evil_feature(layers[group.layer], group.layer)]
        for group in maps()[name].groups
    }
    harmless = Page(render(make_scene(name, mode=mode), assets).html)
    scene = make_scene(name, rows, mode=mode, query=(("filter", EVIL),), matched={"attacks": 9})
    html = render(scene, assets).html
    # Browsers end a script at more than Python's parser does; without a < there is no end at all.
    assert "<" not in html.split('id="atlas-data">')[1].split("</script>\n")[0]
    drawn = Page(html)
    assert drawn.handlers == []
    assert drawn.texts == harmless.texts
    # Only what stands for the map where no script runs.
    assert drawn.tags.count("img") <= harmless.tags.count("img")
    assert not any(link.startswith("javascript") for link in drawn.links)
    groups = [group for group in drawn.data["groups"] if "entries" in group]
    assert all(group["entries"][0]["source"] == [EVIL, None] for group in groups)


def test_a_layer_is_listed_by_a_name_without_markup(
    make_scene: MakeScene, layers: dict[str, Layer], assets: Assets
) -> None:
    named = replace(layers["attacks"], title=Text(en="<img src=x>", fr="x"))
    scene = replace(make_scene("attacks"), layers={**layers, "attacks": named})
    html = render(scene, assets).html
    # Leaflet reads the names in its list of layers as HTML.
    assert r'"\u0026lt;img src=x\u0026gt;" : feature_group_attacks' in html


@pytest.mark.parametrize("name", maps())
def test_a_page_loads_only_from_its_own_static_folder(
    name: str, make_scene: MakeScene, some: dict[str, list[Feature]], assets: Assets
) -> None:
    page = Page(render(make_scene(name, some), assets).html)
    expected = [assets.url(file) for file in (*assets.styles, *assets.scripts)]
    stills = [url for url in page.loads if ".png?" in url]
    assert [url for url in page.loads if url not in stills] == ["data:,", *expected]
    assert all(url.startswith(f"{OWN_HOST}/") for url in stills)
    assert all(url.startswith("/atlas/static/") for url in expected)


@pytest.mark.parametrize("name", maps())
def test_a_download_carries_everything_in_itself(
    name: str, make_scene: MakeScene, some: dict[str, list[Feature]], assets: Assets
) -> None:
    html = render(make_scene(name, some, mode="download"), assets).html
    assert Page(html).loads == ["data:,"]
    assert "sourceMappingURL" not in html
    assert re.findall(r"url\((.*?)\)", html) == [
        "data:image/png;base64,iVBORw==".replace("iVBORw==", base64.b64encode(b"\x89PNG").decode()),
        "#default",
    ]


@pytest.mark.parametrize("name", maps())
def test_other_hosts_are_named_only_in_links(
    name: str,
    make_scene: MakeScene,
    some: dict[str, list[Feature]],
    layers: dict[str, Layer],
    assets: Assets,
) -> None:
    html = render(make_scene(name, some), assets).html
    sources = {layers[group.layer].source.url for group in maps()[name].groups}
    found = set(re.findall(r"https?://[^\"'\s<>]+", html))
    foreign = {url for url in found if not url.startswith(OWN_HOST)}
    assert foreign <= {*sources, "https://news.test/1"}


@pytest.mark.parametrize("mode", get_args(Mode))
def test_the_policy_allows_exactly_the_inline_scripts_of_the_page(
    mode: Mode, make_scene: MakeScene, some: dict[str, list[Feature]], assets: Assets
) -> None:
    drawn = render(make_scene("attacks", some, mode=mode), assets)
    hashes = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in re.findall(r"<script>(.*?)</script>", drawn.html, re.DOTALL)
    ]
    policy = dict(part.split(" ", 1) for part in drawn.content_security_policy.split("; "))
    assert policy["script-src"] == " ".join(["'self'", *(f"'sha256-{h}'" for h in hashes)])
    # Even a star keeps out a page that is opened from a disk.
    assert policy.get("frame-ancestors") == (None if mode == "embed" else "'self'")
    assert "unsafe" not in drawn.content_security_policy


def test_the_alt_text_states_what_the_map_shows(
    make_scene: MakeScene, some: dict[str, list[Feature]], assets: Assets
) -> None:
    html = render(make_scene("fatalities", some, language="fr"), assets).html
    (alt,) = re.findall(r'<meta name="description" content="(.*?)">', html)
    assert alt == (
        "Carte du Mali où la surface des cercles suit le nombre de Casques bleus tués dans les "
        "attaques documentées, 2016–2019. 5 Casques bleus tués dans 2 attaques\u00a0: 1 en 1 lieu, "
        "4 le long de routes. Lieu le plus touché\u00a0: Kidal (1)."
    )


def test_one_way_of_knowing_places_needs_no_parts(
    make_scene: MakeScene, attack: MakeFeature, assets: Assets
) -> None:
    html = render(make_scene("attacks", {"attacks": [attack("A1"), attack("A2")]}), assets).html
    assert "the mission, 2016. 2 attacks at 1 place. Most at one place: Kidal (2)." in html


def test_a_selection_that_was_cut_off_says_so(
    make_scene: MakeScene, some: dict[str, list[Feature]], assets: Assets
) -> None:
    scene = make_scene("attacks", some, matched={"attacks": 31_234})
    html = render(scene, assets).html
    assert "Only 3 of 31,234 are drawn (Attacks on the mission)" in html


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Nothing is stored here."),
        (
            {"query": (("bbox", "1,2,3,4"), ("as_of", "2026-01-01"))},
            "Nothing matches this selection: bbox = 1,2,3,4",
        ),
        (
            {"query": (("as_of", "2020-01-01"),), "first_state": datetime(2026, 1, 5, tzinfo=UTC)},
            "The store held nothing yet at 2020-01-01; its first state is of 5 January 2026.",
        ),
    ],
)
def test_an_empty_selection_says_why(
    given: dict[str, Any], said: str, make_scene: MakeScene, assets: Assets
) -> None:
    html = render(make_scene("attacks", **given), assets).html
    assert f'<p class="atlas-notice" role="status">{said}</p>' in html
    assert "<title>Locations of attacks on the UN mission in Mali (MINUSMA)</title>" in html
    group = next(group for group in Page(html).data["groups"] if group["id"] == "attacks")
    assert group["nothing"] == said


def test_a_filter_that_a_group_does_not_know_is_not_why_it_is_empty(
    make_scene: MakeScene, assets: Assets
) -> None:
    query = (("datetime", "2001-01-01"), ("filter", "kind = 'hq'"))
    scene = make_scene("overview", query=query, unfiltered=("attacks",))
    groups = {group["id"]: group for group in Page(render(scene, assets).html).data["groups"]}
    assert groups["attacks"]["nothing"] == "Nothing matches this selection: datetime = 2001-01-01"
    assert groups["camps"]["nothing"].endswith("datetime = 2001-01-01, filter = kind = 'hq'")


def test_the_period_is_the_one_asked_for_where_a_camp_lasted_longer(
    make_scene: MakeScene, assets: Assets
) -> None:
    valid = (date(2013, 7, 1), date(2023, 12, 31))
    rows = {"camps": [{"id": "C1", "geometry": None, "properties": {"name": "x"}, "valid": valid}]}
    interval = (date(2016, 1, 1), date(2017, 12, 31))
    html = render(make_scene("overview", rows, interval=interval), assets).html
    assert "(MINUSMA), 2016–2017</title>" in html
    data = Page(html).data
    assert (data["years"], data["interval"]) == ([2016, 2017], ["2016-01-01", "2017-12-31"])


@pytest.mark.parametrize("name", maps())
def test_a_french_title_never_begins_a_line_with_a_sign(
    name: str, make_scene: MakeScene, assets: Assets
) -> None:
    page = Page(render(make_scene(name, language="fr"), assets).html)
    assert not re.search(r" [;:?!]", page.data["title"] + page.data["alt"])


def test_the_boundaries_are_credited_as_their_rows_say(
    make_scene: MakeScene, assets: Assets
) -> None:
    scene = make_scene("attacks")
    source = {"source_title": "Survey <of> 2030; detailed", "source_licence": "CC0"}
    rows = [
        {**row, "properties": {**row["properties"], **source}} for row in scene.features["regions"]
    ]
    html = render(replace(scene, features={**scene.features, "regions": rows}), assets).html
    assert html.count("<dd>Survey &lt;of&gt; 2030; detailed; licence: CC0</dd>") == 1
    assert "Natural Earth, Survey &lt;of&gt; 2030" in html
    assert "geoBoundaries" not in html


def test_an_area_is_drawn_as_its_region_or_within_it(
    make_scene: MakeScene, attack: MakeFeature, assets: Assets
) -> None:
    rows = [
        attack("A1", place_precision=4, radius_m=220_000, region="kidal"),
        attack("A2", place_precision=3, radius_m=30_000, region="kidal", at=(0.1, 18.0)),
        attack("A3", place_precision=6, radius_m=450_000),
    ]
    page = Page(render(make_scene("attacks", {"attacks": rows}), assets).html)
    (group,) = (group for group in page.data["groups"] if group["id"] == "attacks")
    by_kind = [(p["kind"], p.get("region"), p["at"]) for p in group["places"]]
    assert by_kind == [("area", None, [18, 0.1]), ("area", "kidal", [19, 2]), ("vague", None, None)]
    ring = [point for polygon in group["places"][0]["outline"] for point in polygon[0]]
    assert min(lon for lon, _ in ring) == 0


def test_the_day_of_the_data_and_the_disclaimer_are_on_the_page(
    make_scene: MakeScene, some: dict[str, list[Feature]], assets: Assets
) -> None:
    html = render(
        make_scene("attacks", some, language="fr", data_as_of=date(2026, 2, 1)), assets
    ).html
    assert "Données au 1er février 2026" in html
    assert "n’impliquent ni reconnaissance ni acceptation" in html


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://news.test/a", "https://news.test/a"),
        ("http://news.test/a", "http://news.test/a"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//news.test", None),
        ("https://", None),
        ("https://[", None),
        (None, None),
    ],
)
def test_only_a_web_address_becomes_a_link(url: str | None, link: str | None) -> None:
    assert safe_link(url) == link
