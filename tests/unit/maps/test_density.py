"""A density on a map: a picture in the page, its legend, and words on what it leaves out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.maps._assets import Assets
from app.maps._base import Group, MapSpec, check
from app.maps._density import shade_all
from app.maps._scene import Feature, Scene
from app.maps.render import render
from geo.errors import BadDeclaration
from geo.spec import LANGUAGES, Language, Layer, Text

MakeFeature = Callable[..., Feature]
MakeScene = Callable[..., Scene]


@pytest.fixture
def rows(attack: MakeFeature) -> dict[str, list[Feature]]:
    """Make rows of which two can be shaded at 25 km."""
    return {
        "attacks": [
            attack("A1"),
            attack("A2", at=(0.5, 16.2), place_precision=2, radius_m=25_000),
            attack("A3", at=(0.1, 15.9), place_precision=3, radius_m=60_000),
            attack("A4", place_precision=None, radius_m=None),
            attack("A5", at=None),
        ]
    }


def data_of(html: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(html.split('id="atlas-data">')[1].split("</script>")[0])
    return data


def shading_in(html: str) -> dict[str, Any]:
    (found,) = (group["shading"] for group in data_of(html)["groups"] if "shading" in group)
    made: dict[str, Any] = found
    return made


def test_a_file_carries_the_picture_round_the_rows_that_are_shaded(
    make_scene: MakeScene, rows: dict[str, list[Feature]], assets: Assets
) -> None:
    html = render(make_scene("density", rows, mode="download"), assets).html
    picture = shading_in(html)["picture"]
    head, _, text = picture["image"].partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(text).startswith(b"\x89PNG")
    (south, west), (north, east) = picture["box"]
    # Four bandwidths round the two points, on the ground.
    assert (south, north) == pytest.approx((16.2 - 0.9, 18.44 + 0.9), abs=0.1)
    assert (west, east) == pytest.approx((0.5 - 0.93, 1.41 + 0.95), abs=0.1)


@pytest.mark.parametrize("mode", ["page", "embed"])
def test_a_page_asks_the_service_for_tiles_and_carries_no_picture(
    mode: str, make_scene: MakeScene, rows: dict[str, list[Feature]], assets: Assets
) -> None:
    html = render(make_scene("density", rows, mode=mode), assets).html
    assert shading_in(html)["picture"] is None
    assert "image/png;base64" not in html
    # The place of the legend, which the script fills.
    assert 'data-sign="density-attacks"' in html


def test_each_row_says_why_it_has_no_part_in_the_shading(
    make_scene: MakeScene, rows: dict[str, list[Feature]], assets: Assets
) -> None:
    html = render(make_scene("density", rows), assets).html
    (group,) = (group for group in data_of(html)["groups"] if "shading" in group)
    reasons = [entry.get("left_out") for entry in group["entries"]]
    assert reasons == [
        None,
        None,
        "place_wider_than_bandwidth",
        "place_precision_not_stated",
        "no_place",
    ]
    assert set(filter(None, reasons)) <= set(group["shading"]["reasons"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legend_names_the_unit(
    language: Language, make_scene: MakeScene, rows: dict[str, list[Feature]], assets: Assets
) -> None:
    scene = make_scene("density", rows, language=language, mode="download")
    html = render(scene, assets).html
    (sign,) = (part for part in html.split("<li ") if part.startswith('data-sign="density-attacks'))
    unit = {"en": "Attacks per 100,000 km²", "fr": "Attaques pour 100\u202f000 km²"}[language]
    assert unit in sign
    assert data_of(html)["counted"] == "attacks"


def test_where_nothing_can_be_shaded_there_is_no_picture(
    make_scene: MakeScene, attack: MakeFeature, assets: Assets
) -> None:
    scene = make_scene("density", {"attacks": [attack("A1", at=None)]}, mode="download")
    assert shading_in(render(scene, assets).html)["picture"] is None
    assert shade_all(make_scene("density", {"attacks": []}, mode="download")) == {}


def test_the_raster_of_the_same_rows_is_linked(
    make_scene: MakeScene, rows: dict[str, list[Feature]], assets: Assets
) -> None:
    links = shading_in(render(make_scene("density", rows), assets).html)["links"]
    parts = [urlsplit(link["url"]) for link in links]
    assert [part.path for part in parts] == [
        "/collections/attacks/density.tif",
        "/collections/attacks/density",
    ]
    for part in parts:
        assert parse_qs(part.query) == {"bandwidth_km": ["25"], "weight": ["count"]}


def test_only_a_file_on_a_disk_sends_its_reader_elsewhere_for_other_years(
    make_scene: MakeScene, rows: dict[str, list[Feature]], assets: Assets
) -> None:
    redraws = {
        mode: shading_in(render(make_scene("density", rows, mode=mode), assets).html)["redraw"]
        for mode in ("page", "embed", "download")
    }
    expected = "https://atlas.test/maps/x"
    assert redraws == {"page": None, "embed": None, "download": expected}


def test_other_maps_have_no_shading(make_scene: MakeScene, rows: dict[str, list[Feature]]) -> None:
    assert shade_all(make_scene("attacks", rows)) == {}


def test_a_density_needs_a_bandwidth_and_points(
    layers: dict[str, Layer], make_scene: MakeScene
) -> None:
    noun = make_scene("density").spec.counted.noun
    with pytest.raises(BadDeclaration, match="bandwidth_km"):
        Group(layer="attacks", drawn="density", noun=noun)
    with pytest.raises(BadDeclaration, match="bandwidth_km"):
        Group(layer="attacks", drawn="circles", noun=noun, bandwidth_km=5)
    text = Text(en="x", fr="y")
    group = Group(layer="regions", drawn="density", noun=noun, bandwidth_km=5)
    with pytest.raises(BadDeclaration, match="no points"):
        check(MapSpec(id="x", title=text, subtitle=text, alt=text, groups=(group,)), layers)
