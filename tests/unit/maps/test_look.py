"""What maps are drawn with: the colours and sizes of the styles, and no others."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from markupsafe import Markup

from app.maps import _legend as legend
from app.maps._assets import Assets
from app.maps._look import look_of
from app.maps._scene import Feature, Scene
from app.maps.render import render
from app.settings import ROOT
from geo.spec import Layer
from geo.styles.look import look
from geo.styles.themes import LIGHT
from tests.unit.maps.conftest import MakeScene

COLOUR = re.compile(r"#[0-9a-f]{3}(?:[0-9a-f]{3})?\b", re.IGNORECASE)
SCRIPTS = sorted((ROOT / "app" / "web" / "folium").glob("*.js"))


def data(scene: Scene, assets: Assets) -> dict[str, Any]:
    html = render(scene, assets).html
    found = re.search(r'id="atlas-data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    made: dict[str, Any] = json.loads(found[1])
    return made


def camp(name: str, kind: str | None) -> Feature:
    properties = {"name": name, "kind": kind, "place": "Gao", "place_precision": 1}
    point = {"type": "Point", "coordinates": [-0.04, 16.27]}
    return {"id": name, "geometry": point, "properties": properties, "valid": None}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_of_a_map_has_a_colour_of_its_own(path: Any) -> None:
    assert COLOUR.findall(path.read_text(encoding="utf-8")) == []


def test_the_ground_and_its_names_look_as_in_every_other_drawing(
    make_scene: MakeScene, assets: Assets
) -> None:
    drawn = data(make_scene("overview"), assets)["look"]
    assert drawn["water"] == LIGHT.water
    assert drawn["ground"]["country"]["fillColor"] == LIGHT.land
    assert drawn["ground"]["lake"]["fillColor"] == LIGHT.lake
    assert drawn["ground"]["river"]["color"] == LIGHT.river
    inks = {kind: name["color"] for kind, name in drawn["names"].items()}
    assert inks == {
        "region": LIGHT.inks["area"],
        "country": LIGHT.inks["land"],
        "river": LIGHT.inks["water"],
        "town": LIGHT.inks["point"],
    }


def test_every_kind_of_symbol_has_the_colour_and_the_mark_of_the_styles(
    make_scene: MakeScene, assets: Assets, layers: dict[str, Layer]
) -> None:
    groups = {group["id"]: group for group in data(make_scene("overview"), assets)["groups"]}
    assert groups["regions"]["area"]["fillColor"] == LIGHT.area
    for name in ("attacks", "camps", "tobs"):
        seen, group = look(layers[name], LIGHT), groups[name]
        assert (group["colour"], group["outline"]) == (seen.colour, seen.outline)
        expected = [(one.colour, one.mark is not None) for one in (*seen.classes, seen.other)]
        assert [(kind["colour"], kind["mark"] is not None) for kind in group["kinds"]] == expected
    marks = [json.dumps(kind["mark"]) for kind in groups["camps"]["kinds"]]
    assert len(set(marks)) == len(marks)


def test_each_row_has_the_kind_of_its_class(
    make_scene: MakeScene, assets: Assets, layers: dict[str, Layer]
) -> None:
    rows = [camp("C1", "base"), camp("C2", "hq"), camp("C3", None)]
    drawn = data(make_scene("overview", {"camps": rows}), assets)
    (group,) = (one for one in drawn["groups"] if one["id"] == "camps")
    seen = look(layers["camps"], LIGHT)
    known = [one.value for one in seen.classes]
    kinds = {entry["heading"]: entry["kind"] for entry in group["entries"]}
    assert kinds == {"C1": known.index("base"), "C2": known.index("hq"), "C3": len(known)}


def test_the_legend_draws_a_kind_as_the_map_does(layers: dict[str, Layer]) -> None:
    seen = look_of(layers["camps"])
    drawn = {one.value: legend.symbol(seen, one) for one in seen.classes}
    assert len(set(drawn.values())) == len(drawn)
    for one in seen.classes:
        assert f'fill="{one.colour}"' in drawn[one.value]
        hollow = legend.symbol(seen, one, hollow=True)
        assert f'fill="{LIGHT.area}" stroke="{one.colour}"' in hollow
    assert isinstance(drawn["base"], Markup)
