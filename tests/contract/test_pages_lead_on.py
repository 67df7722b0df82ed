"""The page of every layer leads to all that draws it, in both languages."""

from __future__ import annotations

import html
import re

import pytest
from fastapi.testclient import TestClient

from geo.spec import GeometryType, Layer

HEADINGS = {
    ("en", True): "Web map, tiles and density",
    ("fr", True): "Carte web, tuiles et densité",
    ("en", False): "Web map and tiles",
    ("fr", False): "Carte web et tuiles",
}


def links(page: str, heading: str) -> list[str]:
    """List where the links under a heading lead."""
    found = re.search(rf"<h2>{heading}</h2>\s*<ul class=\"links\">(.*?)</ul>", page, re.DOTALL)
    assert found, heading
    return [html.unescape(href) for href in re.findall(r'href="([^"]+)"', found[1])]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_layer_leads_to_its_web_map_its_tiles_and_its_density(
    client: TestClient, layers: dict[str, Layer], language: str
) -> None:
    for name, layer in layers.items():
        page = client.get(f"/collections/{name}?f=html&lang={language}").text
        if layer.geometry is GeometryType.NONE:
            assert f"/tiles/{name}" not in page
            continue
        is_point = layer.geometry is GeometryType.POINT
        found = links(page, HEADINGS[language, is_point])
        assert found == [
            f"http://testserver/styles/light?layers={name}&lang={language}&f=html",
            f"http://testserver/tiles/{name}/tilejson.json?lang={language}",
            f"http://testserver/tiles/{name}/tilejson.json?tiles=png&lang={language}",
            *(
                [f"http://testserver/collections/{name}/density?lang={language}"]
                if is_point
                else []
            ),
        ]
        assert {client.get(href).status_code for href in found} == {200}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_link_of_the_front_page_leads_somewhere(client: TestClient, language: str) -> None:
    page = client.get(f"/?f=html&lang={language}").text
    found = {html.unescape(href) for href in re.findall(r'<a [^>]*href="(http[^"]+)"', page)}
    assert f"http://testserver/styles/light?lang={language}&f=html" in found
    assert {href: client.get(href).status_code for href in found} == dict.fromkeys(found, 200)
