"""The styles in MapLibre in a real browser: everything from here, nothing to complain about."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from app.main import STATIC
from geo.spec import LANGUAGES
from geo.styles.themes import THEMES, Theme
from tests.browser.conftest import ARGUMENTS, CHROMIUM, Watched, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (STATIC / "maplibre-gl").is_dir(),
        reason="the web assets are not built; ./atlas builds them",
    ),
]
# WebGL without a graphics card.
WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
# Round Gao, where there is some of everything.
THERE = "#map=6.4/16.3/-0.5"


@pytest.fixture(scope="module")
def webgl() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed; apt-get install chromium")
    arguments = [one for one in ARGUMENTS if one != "--disable-gpu"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*arguments, *WEBGL])
        yield started
        started.close()


def opened(webgl: Browser, server: str, path: str) -> Watched:
    return visit(webgl, f"{server}{path}", "frame")


def pixels(watched: Watched) -> NDArray[np.uint8]:
    shot = watched.page.locator("#map").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))


def share(picture: NDArray[np.uint8], colour: str) -> float:
    """Say how much of a picture has a colour."""
    found = (picture == np.frombuffer(bytes.fromhex(colour[1:]), np.uint8)).all(axis=2)
    return float(found.mean())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_maplibre_draws_every_style_from_here_alone(
    webgl: Browser, live_server: str, theme: Theme, language: str
) -> None:
    watched = opened(webgl, live_server, f"/styles/{theme.id}?f=html&lang={language}{THERE}")
    try:
        foreign = [
            url for url in watched.requests if not url.startswith((live_server, "data:", "blob:"))
        ]
        assert (foreign, watched.complaints) == ([], [])
        assert watched.page.locator("html[data-failed]").count() == 0
        picture = pixels(watched)
        # What the map is about, the countries round it, and the fonts that names are written in.
        assert share(picture, theme.area) > 0.2
        assert share(picture, theme.land) > 0.1
        fonts = [url for url in watched.requests if "/static/fonts/" in url]
        assert any("600-normal" in url for url in fonts)
        assert any("/sprite" in url and url.endswith(".png") for url in watched.requests)
    finally:
        watched.page.close()


def test_a_style_without_a_layer_asks_for_none_of_its_tiles(
    webgl: Browser, live_server: str
) -> None:
    watched = opened(webgl, live_server, f"/styles/light?f=html&layers=basemap,camps{THERE}")
    try:
        tiles = {
            url.split("/tiles/")[1].split("/")[0] for url in watched.requests if "/tiles/" in url
        }
        assert tiles == {"basemap", "camps"}
        assert share(pixels(watched), THEMES["light"].area) < 0.05
    finally:
        watched.page.close()


@pytest.mark.parametrize("names", ["regions", "basemap"])
def test_a_layer_by_itself_is_drawn_also_where_nobody_says_how_far_it_reaches(
    webgl: Browser, live_server: str, names: str
) -> None:
    watched = opened(webgl, live_server, f"/styles/light?f=html&layers={names}")
    try:
        assert watched.complaints == []
        assert watched.page.locator("html[data-failed]").count() == 0
        drawn = {"regions": THEMES["light"].area, "basemap": THEMES["light"].land}
        assert share(pixels(watched), drawn[names]) > 0.05
    finally:
        watched.page.close()


def test_the_legend_can_be_opened_with_the_keyboard(webgl: Browser, live_server: str) -> None:
    watched = opened(webgl, live_server, f"/styles/light?f=html&lang=fr{THERE}")
    try:
        page = watched.page
        assert not page.get_by_text("base opérationnelle temporaire", exact=True).is_visible()
        page.locator(".panel summary").focus()
        page.keyboard.press("Enter")
        assert page.get_by_text("base opérationnelle temporaire", exact=True).is_visible()
    finally:
        watched.page.close()
