"""A real Chromium: the one that is installed, told to stay away from the network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app.maps import maps
from geo.spec import LANGUAGES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SIZES = {
    "wide": (1280, 800),
    "phone": (390, 844),
    "frame": (800, 600),
    "on_its_side": (844, 390),
    "tiny": (320, 240),
}


@dataclass
class Watched:
    """A page with everything that it asked for and complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


Open = Callable[..., Watched]


# Not for the session: while Playwright runs, no other test of it may start an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed; apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


def visit(browser: Browser, url: str, size: str = "wide") -> Watched:
    """Open an address in a window of a named size, and watch it until it is drawn."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    watched = Watched(page=page)
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("console", lambda message: watched.complaints.append(message.text))
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.goto(url)
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    return watched


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open pages that are closed after the test."""
    opened: list[Page] = []

    def open_one(url: str, size: str = "wide") -> Watched:
        watched = visit(browser, url, size)
        opened.append(watched.page)
        return watched

    yield open_one
    for page in opened:
        page.close()


LOOKED_AT = ("wide", "phone", "frame", "on_its_side")


@pytest.fixture(scope="module", params=list(product(maps(), LANGUAGES, LOOKED_AT)), ids="-".join)
def drawn(request: pytest.FixtureRequest, browser: Browser, live_server: str) -> Iterator[Watched]:
    """Open every map in every language and size, once for the tests that only look."""
    name, language, size = request.param
    watched = visit(browser, f"{live_server}/maps/{name}?lang={language}", size)
    yield watched
    watched.page.close()
