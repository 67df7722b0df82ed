"""The density map in a real browser: tiles of the years that are chosen, or a picture in a file."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
SHADING = ".leaflet-atlas-shading-pane"
LOADED = f"{SHADING} img.leaflet-tile-loaded"
KEY = "document.querySelector('.atlas-key-image').naturalWidth > 0"
LINES = {
    "en": """\
Shaded: 145 of 173 attacks. Gaussian kernel, bandwidth 25 km; the colours follow the square root \
of the density.
Left out of the shading: 28 attacks: the place is known less well than the bandwidth""",
    "fr": """\
Densité\u00a0: 145 sur 173 attaques. Noyau gaussien, largeur de bande de 25 km\u00a0; les \
couleurs suivent la racine carrée de la densité.
Hors de la densité\u00a0: 28 attaques\u00a0; le lieu est connu moins précisément que la largeur \
de bande""",
}


def wait_for_key(page: Any) -> None:
    """Wait until the legend is there; the page's policy lets no function of ours look for it."""
    for _ in range(200):
        if page.evaluate(KEY):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the legend did not come")


def shown(page: Any, what: str) -> int:
    count: int = page.locator(f"{SHADING} {what}").count()
    return count


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("frame", ["", "/embed"])
def test_a_page_is_shaded_by_tiles_and_says_what_they_leave_out(
    language: str, frame: str, live_server: str, open_page: Any
) -> None:
    watched = open_page(f"{live_server}/maps/density{frame}?lang={language}")
    page = watched.page
    page.wait_for_selector(LOADED, state="attached")
    wait_for_key(page)
    assert shown(page, "img.leaflet-image-layer") == 0
    lines = page.locator("#atlas-details li").all_text_contents()
    assert lines[-2:] == LINES[language].splitlines()
    assert all(url.startswith((live_server, "data:")) for url in watched.requests)
    assert watched.complaints == []


def test_other_years_are_shaded_by_tiles_of_those_years_with_their_own_legend(
    live_server: str, open_page: Any
) -> None:
    watched = open_page(f"{live_server}/maps/density?filter=peacekeepers_killed%20%3E%200")
    page = watched.page
    wait_for_key(page)
    del watched.requests[:]
    page.select_option("#atlas-from", "2016")
    page.select_option("#atlas-to", "2017")
    page.wait_for_selector(LOADED, state="attached")
    wait_for_key(page)
    asked = [url for url in watched.requests if "2016-01-01%2F2017-12-31" in url]
    assert any("/tiles/" in url for url in asked)
    assert any("/legend.svg?" in url for url in asked)
    assert all("filter=peacekeepers_killed" in url for url in asked)
    assert watched.complaints == []


def test_a_file_on_a_disk_shades_the_whole_period_and_says_where_other_years_are(
    live_server: str, open_page: Any, tmp_path: Path
) -> None:
    with urllib.request.urlopen(f"{live_server}/maps/density?download=1") as answer:
        (tmp_path / "map.html").write_bytes(answer.read())
    watched = open_page((tmp_path / "map.html").as_uri())
    page = watched.page
    assert shown(page, "img.leaflet-image-layer") == 1
    size = page.evaluate(
        "(() => { const image = document.querySelector('.leaflet-image-layer');"
        "return [image.naturalWidth, image.naturalHeight]; })()"
    )
    assert max(size) == 900
    assert page.locator("[data-sign=density-attacks] svg").is_visible()
    lines = page.locator("#atlas-details li").all_text_contents()
    assert lines[-2:] == LINES["en"].splitlines()
    page.select_option("#atlas-from", "2018")
    assert (shown(page, "img.leaflet-image-layer"), shown(page, "img.leaflet-tile")) == (0, 0)
    link = page.locator("#atlas-details a")
    assert link.get_attribute("href").startswith(f"{live_server}/maps/density?")
    assert "datetime=2018-01-01%2F2023-12-31" in link.get_attribute("href")
    page.click("#atlas-all-years")
    assert shown(page, "img.leaflet-image-layer") == 1
    assert not [url for url in watched.requests if url.startswith("http")]
    assert watched.complaints == []
