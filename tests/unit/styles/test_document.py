"""The style documents: valid, whole, all from here, and of one mind with the sprite."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from app.settings import ROOT
from app.start import declared_layers
from geo.spec import LANGUAGES, Language
from geo.styles.document import default_layers, style_document
from geo.styles.sprite import icons
from geo.styles.themes import LIGHT, THEMES, Theme

LAYERS = declared_layers()
BASE = "https://atlas.example/here"
WEB = ROOT / "app" / "web"
VALIDATOR = WEB / "node_modules" / "@maplibre" / "maplibre-gl-style-spec"
VALIDATE = """
import { readFileSync } from "node:fs";
import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
const read = (name) => JSON.parse(readFileSync(name));
const found = process.argv.slice(1).flatMap((name) => validateStyleMin(read(name)));
console.log(JSON.stringify(found.map((one) => one.message)));
"""


def made(theme: Theme = LIGHT, language: Language = "en", *names: str) -> dict[str, Any]:
    chosen = names or [*default_layers(LAYERS), "attacks"]
    return style_document([LAYERS[name] for name in chosen], theme, language, BASE)


def everything(document: Any) -> Iterator[Any]:
    """Walk over all values of a document."""
    yield document
    if isinstance(document, dict | list):
        for part in document.values() if isinstance(document, dict) else document:
            yield from everything(part)


def test_every_style_is_valid(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not VALIDATOR.is_dir():
        pytest.skip("the web packages are not installed; ./atlas installs them")
    files = []
    for theme, language in product(THEMES.values(), LANGUAGES):
        files.append(tmp_path / f"{theme.id}-{language}.json")
        files[-1].write_text(json.dumps(made(theme, language)))
    files.append(tmp_path / "wrong.json")
    files[-1].write_text(json.dumps({**made(), "zoom": "near"}))
    command = [node, "--input-type=module", "--eval", VALIDATE, *map(str, files)]
    result = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == ["zoom: number expected, string found"]


def test_a_style_loads_nothing_from_elsewhere() -> None:
    texts = [text for text in everything(made()) if isinstance(text, str) and "://" in text]
    assert texts
    assert [text for text in texts if not text.startswith(BASE)] == []


def test_text_needs_no_glyphs_because_the_fonts_come_along() -> None:
    document = made()
    assert "glyphs" not in document
    used = {
        font
        for layer in document["layers"]
        for font in layer.get("layout", {}).get("text-font", ())
    }
    assert used
    assert used <= set(document["font-faces"])


def test_the_fonts_have_the_letters_of_the_languages_of_mali() -> None:
    for faces in made()["font-faces"].values():
        for letter in "ɛɔɲŋƐƆƝŊéèç’":
            assert any(_covers(face["unicode-range"], ord(letter)) for face in faces), letter


def test_every_icon_that_a_style_names_is_on_the_sprite() -> None:
    named = {
        text
        for layer in made()["layers"]
        for text in everything(layer.get("layout", {}).get("icon-image", ""))
        if isinstance(text, str) and text.partition(":")[0] in LAYERS
    }
    drawn = {icon.name for icon in icons(LAYERS.values(), LIGHT)}
    assert len(named) > 50
    assert named - drawn == set()


def test_the_ground_lies_below_areas_water_above_them_and_names_on_top() -> None:
    order = [
        layer["id"]
        for layer in made(LIGHT, "en", "basemap", "regions", "events", "camps")["layers"]
    ]
    wanted = [
        "ground",
        "basemap-land",
        "regions-areas",
        "basemap-rivers",
        "regions-edges",
        "events-circles",
        "events-marks",
        "camps-symbols",
        "camps-labels-0",
        "regions-labels-0",
    ]
    assert [name for name in order if name in wanted] == wanted


def test_the_largest_circle_is_drawn_first() -> None:
    (circles,) = [layer for layer in made()["layers"] if layer["id"] == "events-circles"]
    value = ["to-number", ["get", "killed_best"], 0]
    assert circles["layout"] == {"circle-sort-key": ["-", 0, value]}


def test_a_place_that_is_not_exact_is_drawn_hollow() -> None:
    layers = {layer["id"]: layer for layer in made()["layers"]}
    image = layers["camps-symbols"]["layout"]["icon-image"]
    assert image[:2] == ["case", [">=", ["coalesce", ["get", "place_precision"], 3], 3]]
    hollow = {text for text in everything(image[2]) if isinstance(text, str) and ":" in text}
    assert hollow == {f"camps:{value}:hollow" for value in _kinds("camps", "kind")}
    opacity = layers["events-circles"]["paint"]["circle-opacity"]
    assert opacity == ["case", ["!", image[1]], 0.7, 0.12]


def test_no_row_is_drawn_twice_unless_asked_for() -> None:
    names = default_layers(LAYERS)
    assert "events" in names
    assert not {"attacks", "series"} & set(names)


def test_titles_are_in_the_language_and_no_key_is_missing_in_either() -> None:
    english, french = (made(LIGHT, language)["metadata"] for language in LANGUAGES)
    assert english["atlas:layers"]["regions"] == "Regions"
    assert french["atlas:layers"]["regions"] == "Régions"
    assert _keys(english) == _keys(french)


def test_a_name_is_written_in_the_language_where_it_has_one() -> None:
    for language, names in (("en", ("name", "name_fr")), ("fr", ("name_fr", "name"))):
        layers = made(LIGHT, language, "regions")["layers"]  # type: ignore[arg-type]
        (labels,) = [layer for layer in layers if layer["type"] == "symbol"]
        wanted = ["coalesce", *(["get", name] for name in names), ""]
        assert labels["layout"]["text-field"] == wanted


def test_what_has_no_name_is_not_called_by_its_kind() -> None:
    for layer in made(LIGHT, "en", "basemap", "places", "camps")["layers"]:
        text = layer.get("layout", {}).get("text-field", "")
        assert ["get", "kind"] not in list(everything(text))


def _covers(ranges: list[str], point: int) -> bool:
    ends = ([int(end, 16) for end in one[2:].split("-")] for one in ranges)
    return any(pair[0] <= point <= pair[-1] for pair in ends)


def _kinds(layer: str, name: str) -> list[str]:
    field = LAYERS[layer].field(name)
    assert field is not None
    return ["", *(choice.value for choice in field.choices)]


def _keys(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: _keys(value) for key, value in document.items()}
    return [_keys(value) for value in document] if isinstance(document, list) else None


def test_whose_rows_a_layer_of_several_data_sets_has_is_left_to_its_tiles() -> None:
    for language in LANGUAGES:
        document = style_document([LAYERS["events"]], LIGHT, language, "https://atlas.example")
        assert document["sources"]["events"] == {
            "type": "vector",
            "url": f"https://atlas.example/tiles/events/tilejson.json?lang={language}",
        }


def test_who_made_a_layer_is_said_in_both_languages() -> None:
    layers = [LAYERS[name] for name in default_layers(LAYERS)]
    said = [
        {
            name: source["attribution"]
            for name, source in style_document(layers, LIGHT, language, "")["sources"].items()
            if name != "events"
        }
        for language in LANGUAGES
    ]
    english, french = said
    alike = {name for name, words in english.items() if words == french[name]}
    # Names, which are the same in every language.
    assert {english[name] for name in alike} == {"Natural Earth", "DNCT / OCHA, geoBoundaries"}
