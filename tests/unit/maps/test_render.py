from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any, get_args

import pytest

from app.maps import maps
from app.maps._assets import Assets
from app.maps._payload import safe_link
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
    assert "img" not in drawn.tags
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
    assert page.loads == ["data:,", *expected]
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
    assert policy["frame-ancestors"] == ("*" if mode == "embed" else "'self'")
    assert "unsafe" not in drawn.content_security_policy


def test_the_alt_text_states_what_the_map_shows(
    make_scene: MakeScene, some: dict[str, list[Feature]], assets: Assets
) -> None:
    html = render(make_scene("fatalities", some, language="fr"), assets).html
    (alt,) = re.findall(r'<meta name="description" content="(.*?)">', html)
    assert alt == (
        "Carte du Mali où la surface des cercles suit le nombre de Casques bleus tués dans les "
        "attaques documentées\u00a0: 5 Casques bleus tués en 2 lieux, 2016–2019. Lieu le plus "
        "touché\u00a0: Kidal (1)."
    )


def test_a_selection_that_was_cut_off_says_so(
    make_scene: MakeScene, some: dict[str, list[Feature]], assets: Assets
) -> None:
    scene = make_scene("attacks", some, matched={"attacks": 31_234})
    html = render(scene, assets).html
    assert "Only 3 of 31,234 are drawn (Attacks on the mission)" in html


def test_an_empty_selection_says_so(make_scene: MakeScene, assets: Assets) -> None:
    html = render(make_scene("attacks"), assets).html
    assert '<p class="atlas-notice" role="status">Nothing matches this selection.</p>' in html
    assert "<title>Locations of attacks on the UN mission in Mali (MINUSMA)</title>" in html


def test_the_period_is_the_one_asked_for_where_a_camp_lasted_longer(
    make_scene: MakeScene, assets: Assets
) -> None:
    camp = {"opened": "2013-07-01", "closed": "2023-12-31", "name": "Camp"}
    rows = {"camps": [{"id": "C1", "geometry": None, "properties": camp}]}
    html = render(make_scene("overview", rows, years=(2016, 2017)), assets).html
    assert "(MINUSMA), 2016–2017</title>" in html
    assert Page(html).data["years"] == [2016, 2017]


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
