"""The page of an archive in a real browser, from a web server that knows nothing of Atlas."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app.archive.viewer import STATIC
from tests.browser.conftest import ARGUMENTS, CHROMIUM, SIZES
from tests.command import run_atlas

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (STATIC / "viewer" / "viewer.js").is_file(),
        reason="the web assets are not built; ./atlas builds them",
    ),
]
# Draws WebGL without a graphics card.
DRAWING = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
DRAWN_WITHIN_MS = 90_000
LAYERS = "attacks,camps,regions,basemap"
LOOKS = {("light", "en"): "wide", ("dark", "fr"): "phone"}
Address = str


class Whole(SimpleHTTPRequestHandler):
    """Serve files whole, as `python -m http.server` does, and say nothing."""

    def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002


class Parts(Whole):
    """Serve parts of files too, as web servers do."""

    def do_GET(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked is None:
            super().do_GET()
            return
        content = Path(self.translate_path(self.path)).read_bytes()
        first, last = int(asked[1]), min(int(asked[2]), len(content) - 1)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Length", str(last + 1 - first))
        self.end_headers()
        self.wfile.write(content[first : last + 1])


@pytest.fixture(scope="module")
def folders(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Path]:
    """Export one archive with a page for each look."""
    made = {}
    for theme, lang in LOOKS:
        out = tmp_path_factory.mktemp("exports") / f"{theme}-{lang}"
        options = ["--layers", LAYERS, "--zooms", "0-6", "--theme", theme, "--lang", lang]
        cache = str(out.parent / "cache")
        variables = {"ATLAS_DATABASE_URL": database_url, "ATLAS_CACHE": cache}
        done = run_atlas("export", "tiles", out, *options, variables=variables)
        assert done.returncode == 0, done.stderr
        made[theme, lang] = out
    return made


# After the folders: while Playwright runs, nothing else may start an event loop.
@pytest.fixture(scope="module")
def drawing_browser(folders: object) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed; apt-get install chromium")
    arguments = [argument for argument in ARGUMENTS if argument != "--disable-gpu"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*arguments, *DRAWING])
        yield started
        started.close()


@pytest.fixture
def serve() -> Iterator[Any]:
    """Serve a folder below a path, and give the address of it."""
    servers = []

    def start(folder: Path, handler: type[SimpleHTTPRequestHandler]) -> Address:
        server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(handler, directory=str(folder.parent))
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/{folder.name}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def opened(browser: Browser, address: Address, size: str) -> tuple[Page, list[str], list[str]]:
    """Open a page, and give it with what it asked for and complained of when it is drawn."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on(
        "console",
        # Says that reading pixels back is slow, which it is without a graphics card.
        lambda said: complaints.append(said.text) if "GPU stall" not in said.text else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector("html[data-ready=yes]", state="attached", timeout=DRAWN_WITHIN_MS)
    return page, requests, complaints


@pytest.mark.parametrize("handler", [Whole, Parts])
@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_the_page_shows_its_archive_and_loads_nothing_from_elsewhere(
    drawing_browser: Browser,
    folders: dict[tuple[str, str], Path],
    serve: Any,
    look: tuple[str, str],
    handler: type[SimpleHTTPRequestHandler],
) -> None:
    address = serve(folders[look], handler)
    page, requests, complaints = opened(drawing_browser, address, LOOKS[look])
    assert complaints == []
    assert [url for url in requests if not url.startswith((address, "blob:", "data:"))] == []
    found = page.evaluate("atlasMap.querySourceFeatures('atlas', {sourceLayer: 'camps'}).length")
    drawn = page.evaluate(
        "new Set(atlasMap.queryRenderedFeatures().map((f) => f.sourceLayer)).size"
    )
    assert found >= 20
    assert drawn >= 4
    # Nothing is wider than the window.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    fetches = sum(url.endswith("tiles.pmtiles") for url in requests)
    assert fetches > 1 if handler is Parts else fetches <= 2
    page.close()


def test_the_page_says_what_it_shows_in_its_language(
    drawing_browser: Browser, folders: dict[tuple[str, str], Path], serve: Any
) -> None:
    page, _, _ = opened(drawing_browser, serve(folders["dark", "fr"], Whole), "phone")
    assert page.get_attribute("html", "lang") == "fr"
    assert page.title() == "Attaques contre la mission, camps de la mission, régions"
    text = page.inner_text("body")
    assert "Données au " in text
    assert "n’impliquent ni reconnaissance" in text
    page.click("summary:has-text('Légende')")
    assert page.is_visible("text=embuscade >> nth=0")
    page.click("summary:has-text('Sources')")
    assert page.is_visible("text=CC BY 4.0 >> nth=0")
    page.close()


def test_a_click_tells_what_is_there_as_text(
    drawing_browser: Browser, folders: dict[tuple[str, str], Path], serve: Any
) -> None:
    page, _, _ = opened(drawing_browser, serve(folders["light", "en"], Whole), "wide")
    page.evaluate("atlasMap.jumpTo({center: [-0.0431, 16.27], zoom: 7})")
    page.wait_for_function("atlasMap.areTilesLoaded()", timeout=DRAWN_WITHIN_MS)
    spot = page.evaluate(
        """() => {
          const camp = atlasMap.queryRenderedFeatures().find((f) => f.sourceLayer === "camps");
          const { x, y } = atlasMap.project(camp.geometry.coordinates);
          const box = document.getElementById("map").getBoundingClientRect();
          return [box.x + x, box.y + y];
        }"""
    )
    page.mouse.click(*spot)
    told = page.inner_text(".told")
    assert "Camps of the mission: " in told
    page.close()


def test_values_become_text_and_never_html(
    drawing_browser: Browser, folders: dict[tuple[str, str], Path], serve: Any
) -> None:
    page, _, _ = opened(drawing_browser, serve(folders["light", "en"], Whole), "wide")
    evil = "<img src=x onerror=alert(1)>"
    html = page.evaluate(
        """async (evil) => {
          const { describe } = await import("./viewer/popup.js");
          const layer = { title: evil, labels: ["name"], fields: { note: evil }, choices: {} };
          const feature = { sourceLayer: "l", properties: { name: evil, note: evil, id: "1" } };
          return describe([feature, feature], { l: layer }, "en").outerHTML;
        }""",
        evil,
    )
    safe = "&lt;img src=x onerror=alert(1)&gt;"
    assert html == (
        f'<div class="told"><section><h3>{safe}: {safe}</h3>'
        f"<dl><dt>{safe}</dt><dd>{safe}</dd></dl></section></div>"
    )
    page.close()


def test_opened_from_a_disk_the_page_says_what_to_do(
    drawing_browser: Browser, folders: dict[tuple[str, str], Path]
) -> None:
    page = drawing_browser.new_page()
    page.goto((folders["light", "en"] / "index.html").as_uri())
    assert page.is_visible("#opened-from-disk")
    assert "python -m http.server" in page.inner_text("#opened-from-disk")
    page.close()


def test_without_its_archive_the_page_says_so(
    drawing_browser: Browser, folders: dict[tuple[str, str], Path], serve: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(folders["light", "en"]), str(folder)], check=True)
    (folder / "tiles.pmtiles").unlink()
    page = drawing_browser.new_page()
    page.goto(serve(folder, Parts))
    page.wait_for_selector("html[data-failed=yes]", state="attached", timeout=DRAWN_WITHIN_MS)
    assert page.is_visible("#failed")
    page.close()
