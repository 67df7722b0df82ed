"""What other sites need to show a figure or a map: oEmbed, codes, citations, discovery."""

from __future__ import annotations

import html
import io
import re
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from micawber import Provider, ProviderRegistry  # type: ignore[import-untyped]
from micawber.exceptions import ProviderException  # type: ignore[import-untyped]
from PIL import Image

from app.figures import figures
from app.main import create_app
from app.maps import maps
from app.settings import Settings
from tests.integration.test_figures import needs_fonts

BASE = "http://testserver"
PINNED = "as_of=2026-11-01"

pytestmark = needs_fonts


@pytest.fixture(scope="module")
def prefixed(database_url: str) -> Iterator[TestClient]:
    """Talk to a service that lies below a path of another host."""
    settings = Settings(database_url=database_url, public_url="https://atlas.example/mali")
    with TestClient(create_app(settings)) as made:
        yield made


def asked(client: TestClient, url: str, **given: Any) -> dict[str, Any]:
    answer = client.get("/oembed", params={"url": url, **given})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def text_areas(page: str) -> dict[str, str]:
    found = re.findall(r'<textarea id="kit-(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


# --- a consumer ---------------------------------------------------------------------------------


def test_a_consumer_library_shows_figures_and_maps(live_server: str) -> None:
    registry = ProviderRegistry()
    # Its own patience of 3 s is for a machine that does nothing else.
    provider = Provider(f"{live_server}/oembed", timeout=60)
    registry.register(rf"{re.escape(live_server)}/\S+", provider)
    photo = registry.request(f"{live_server}/figures/4?lang=fr", maxwidth=600)
    assert photo["type"] == "photo"
    with (
        urllib.request.urlopen(photo["url"]) as answer,
        Image.open(io.BytesIO(answer.read())) as image,
    ):
        assert image.size == (photo["width"], photo["height"])
        assert image.size[0] <= 600
    rich = registry.request(f"{live_server}/maps/attacks", maxwidth=500, maxheight=400)
    assert (rich["type"], rich["width"], rich["height"]) == ("rich", 500, 400)
    (frame,) = re.findall(r'<iframe src="([^"]+)"', rich["html"])
    with urllib.request.urlopen(html.unescape(frame)) as answer:
        assert answer.status == 200
        assert "frame-ancestors" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Set-Cookie"] is None
    assert "<iframe" in registry.parse_text(f"{live_server}/maps/overview")
    with pytest.raises(ProviderException):
        registry.request("https://elsewhere.example/figures/4")


# --- the answers --------------------------------------------------------------------------------


def test_json_and_xml_say_the_same(client: TestClient) -> None:
    for url in (f"{BASE}/figures/3?{PINNED}", f"{BASE}/maps/attacks?lang=fr"):
        found = asked(client, url)
        answer = client.get("/oembed", params={"url": url, "format": "xml"})
        assert answer.headers["content-type"].startswith("text/xml")
        root = ET.fromstring(answer.content)
        assert root.tag == "oembed"
        assert {one.tag: one.text for one in root} == {k: str(v) for k, v in found.items()}


@pytest.mark.parametrize("bounds", [(500, None), (None, 300), (200, None), (900, 400)])
def test_a_picture_is_as_large_as_said_and_no_larger_than_asked(
    bounds: tuple[int | None, int | None], client: TestClient
) -> None:
    names = ("maxwidth", "maxheight")
    given = {name: value for name, value in zip(names, bounds, strict=True) if value}
    found = asked(client, f"{BASE}/figures/5", **given)
    picture = client.get(found["url"].removeprefix(BASE))
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.size == (found["width"], found["height"])
    assert found["width"] <= (bounds[0] or 10_000)
    assert found["height"] <= (bounds[1] or 10_000)


def test_what_would_be_too_small_to_see_is_a_link(client: TestClient) -> None:
    for url in (f"{BASE}/figures/4", f"{BASE}/maps/density"):
        found = asked(client, url, maxwidth=90)
        assert (found["type"], "html" in found, "url" in found) == ("link", False, False)


def test_a_pinned_address_stays_pinned_and_may_be_kept(client: TestClient) -> None:
    state = client.get("/figures/4.json").json()["record"]["as_of"]
    pinned = asked(client, f"{BASE}/figures/4?as_of={state}")
    assert f"as_of={state}" in pinned["url"]
    frame = asked(client, f"{BASE}/maps/attacks?as_of={state}&datetime=../2015-12-31")
    assert f"as_of={state}" in frame["html"]
    assert "datetime=../2015-12-31" in frame["html"]
    live = asked(client, f"{BASE}/figures/4")
    assert "as_of" not in live["url"]
    assert pinned["cache_age"] > live["cache_age"]


def test_an_address_below_a_path_is_known_and_given(prefixed: TestClient) -> None:
    base = "https://atlas.example/mali"
    found = asked(prefixed, f"{base}/maps/overview")
    assert f'src="{base}/maps/overview/embed?lang=en"' in found["html"]
    strange = prefixed.get("/oembed", params={"url": "https://atlas.example/maps/overview"})
    assert strange.status_code == 404


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({}, 400, "is missing"),
        ({"url": "https://elsewhere.example/figures/4"}, 404, "no page to embed here"),
        ({"url": f"{BASE}.evil.example/figures/4"}, 404, "no page to embed here"),
        ({"url": f"{BASE}/collections/camps"}, 404, "no page to embed here"),
        ({"url": f"{BASE}/figures/check"}, 404, "no figure 'check'"),
        ({"url": f"{BASE}/figures/9"}, 404, "no figure '9'"),
        ({"url": f"{BASE}/maps/none"}, 404, "no map 'none'"),
        ({"url": f"{BASE}/figures/4?colour=red"}, 400, "is not a parameter of figures"),
        ({"url": f"{BASE}/maps/attacks?datetime=soon"}, 400, "datetime"),
        ({"url": f"{BASE}/maps/attacks", "maxwidth": "-1"}, 400, "is no size"),
        ({"url": f"{BASE}/maps/attacks", "maxheight": "99999"}, 400, "is no size"),
        ({"url": f"{BASE}/maps/attacks", "format": "yaml"}, 501, "json, xml"),
        ({"url": f"{BASE}/maps/attacks", "callback": "x"}, 400, "is not a parameter here"),
    ],
)
def test_what_cannot_be_embedded_is_refused(
    given: dict[str, str], status: int, said: str, client: TestClient
) -> None:
    answer = client.get("/oembed", params=given)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


def test_markup_in_an_address_stays_text(client: TestClient) -> None:
    hostile = quote("place = '\"><script>alert(1)</script>'")
    for url in (f"{BASE}/maps/attacks?filter={hostile}", f"{BASE}/figures/4?filter={hostile}"):
        found = asked(client, url)
        assert "<script" not in str(found)
        shown = url.removeprefix(BASE).replace("/attacks?", "/attacks/share?")
        assert "<script>alert" not in client.get(shown).text


# --- the pages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize(
    "path", [*(f"/figures/{n}" for n in figures()), *(f"/maps/{n}/share" for n in maps())]
)
def test_every_page_offers_codes_that_lead_somewhere(
    path: str, lang: str, client: TestClient
) -> None:
    answer = client.get(f"{path}?lang={lang}")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    areas = text_areas(answer.text)
    always = {"link", "pinned", "frame", "plain", "bibtex", "ris"}
    assert always <= set(areas)
    (frame,) = re.findall(r'<iframe src="([^"]+)" title="[^"]+" aria-label="[^"]+"', areas["frame"])
    embedded = client.get(html.unescape(frame).removeprefix(BASE))
    assert embedded.status_code == 200
    assert "set-cookie" not in embedded.headers
    assert "frame-ancestors" not in embedded.headers["content-security-policy"]
    assert "as_of=" not in areas["link"]
    assert "as_of=" in areas["pinned"]
    for name in ("link", "pinned"):
        assert client.get(areas[name].removeprefix(BASE)).status_code == 200
    for name in ("plain", "bibtex", "ris"):
        assert areas["pinned"] in areas[name]
    loaded = re.findall(r'(?:src|href)="((?:https?:)?//[^"]+)"', embedded.text)
    assert [url for url in loaded if f"{embedded.url}".startswith(url)] == []


@pytest.mark.parametrize("path", ["/figures/1", "/maps/overview", "/maps/attacks/share"])
def test_a_page_says_where_its_oembed_answer_is(path: str, client: TestClient) -> None:
    page = client.get(f"{path}?lang=fr&datetime=../2015-12-31").text
    found = dict(re.findall(r'type="([^"]+\+oembed)" href="([^"]+)"', page))
    assert set(found) == {"application/json+oembed", "text/xml+oembed"}
    answer = client.get(html.unescape(found["application/json+oembed"]).removeprefix(BASE))
    assert answer.status_code == 200
    assert "datetime=../2015-12-31" in str(answer.json())
    assert "lang=fr" in str(answer.json())


@pytest.mark.parametrize("name", maps())
def test_the_code_of_a_maps_picture_is_of_its_size_and_says_what_it_shows(
    name: str, client: TestClient
) -> None:
    asked = {"filter": "region = 'gao'", "datetime": "../2019-12-31"}
    areas = text_areas(client.get(f"/maps/{name}/share", params=asked).text)
    (image,) = re.findall(
        r'<img src="([^"]+)" alt="([^"]+)" width="(\d+)" height="(\d+)"', areas["picture"]
    )
    src, alt, *size = map(html.unescape, image)
    assert src.startswith(f"{BASE}/maps/{name}.png?datetime=../2019-12-31&filter=")
    assert "&as_of=" in src
    answer = client.get(src.removeprefix(BASE))
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (int(size[0]), int(size[1]))
        assert picture.info["Description"] == alt


@pytest.mark.parametrize("name", maps())
def test_the_data_beside_a_map_are_the_rows_that_it_draws(name: str, client: TestClient) -> None:
    page = client.get(f"/maps/{name}/share", params={"filter": "peacekeepers_killed > 0"}).text
    links = [html.unescape(link) for link in re.findall(r'<li><a href="([^"]+items[^"]+)"', page)]
    for group in maps()[name].selectable:
        csv, _ = [link for link in links if f"/collections/{group.layer}/" in link]
        is_filtered = group.layer == "attacks"
        assert ("filter=" in csv, "dataset=documented" in csv) == (is_filtered, is_filtered)
        assert client.get(csv.removeprefix(BASE)).status_code == 200


def test_a_map_has_a_thumbnail_within_what_is_asked(client: TestClient) -> None:
    url = f"{BASE}/maps/density?datetime=../2019-12-31&lang=fr"
    for given in ({"maxwidth": 500}, {"maxwidth": 700, "maxheight": 400}):
        found = asked(client, url, **given)
        assert found["type"] == "rich"
        assert "datetime=../2019-12-31" in found["thumbnail_url"]
        answer = client.get(found["thumbnail_url"].removeprefix(BASE))
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert picture.size == (found["thumbnail_width"], found["thumbnail_height"])
            assert picture.size[0] <= given["maxwidth"]
            assert picture.size[1] <= given.get("maxheight", 10_000)
    assert "thumbnail_url" not in asked(client, url, maxwidth=90)


def test_the_address_of_a_maps_picture_is_a_photo(client: TestClient) -> None:
    url = f"{BASE}/maps/density.svg?theme=dark&datetime=../2019-12-31"
    found = asked(client, url, maxwidth=500)
    assert (found["type"], "html" in found) == ("photo", False)
    assert f"{BASE}/maps/density.png?datetime=../2019-12-31" in found["url"]
    assert "theme=dark" in found["url"]
    answer = client.get(found["url"].removeprefix(BASE))
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (found["width"], found["height"])
    refused = client.get("/oembed", params={"url": f"{BASE}/maps/density?theme=dark"})
    assert refused.status_code == 400
