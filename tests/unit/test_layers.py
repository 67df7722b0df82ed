"""The declared layers: what they are called, in both languages, and what they look like."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

import layers
from app.settings import ROOT
from geo.registry import collect_layers
from geo.spec import Choice, Field, Layer, Text
from layers.events import AS_STATED

LAYERS = collect_layers(layers)
WHITE, LIGHT_BASE = "#FFFFFF", "#F5F4F0"
EVENT_FIELDS = [
    "date",
    "date_end",
    "event_class",
    "target_class",
    "target",
    "contingents",
    "unit",
    "other_victims",
    "perpetrator",
    "perpetrator_status",
    "perpetrator_class",
    "perpetrator_note",
    "killed_low",
    "killed_best",
    "killed_high",
    "peacekeepers_killed",
    "peacekeepers_wounded",
    "civilians_killed_low",
    "civilians_killed_best",
    "civilians_killed_high",
    "others_killed",
    "place",
    "place_fr",
    "site",
    "relation",
    "near",
    "distance_km",
    "direction",
    "road_from",
    "road_to",
    "place_ref",
    "region",
    "cercle",
    "geocode_note",
    *(field.name for field in AS_STATED),
    "confidence",
    "notes",
]
COLOURED = [
    ("events", "event_class"),
    ("events", "target_class"),
    ("camps", "kind"),
    ("tobs", "status"),
    ("basemap", "kind"),
]


def texts(layer: Layer) -> Iterator[tuple[str, Text]]:
    yield f"{layer.id} title", layer.title
    yield f"{layer.id} description", layer.description
    for field in layer.fields:
        yield f"{layer.id}.{field.name}", field.title
        if field.description:
            yield f"{layer.id}.{field.name} description", field.description
        for choice in field.choices:
            yield f"{layer.id}.{field.name}={choice.value}", choice.title


def the_field(layer: str, name: str) -> Field:
    field = LAYERS[layer].field(name)
    assert field is not None
    return field


def test_the_layers_are_those_of_the_atlas() -> None:
    assert sorted(LAYERS) == [
        *("attacks", "basemap", "camps", "cercles", "events", "facts", "monthly_counts"),
        *("places", "regions", "series", "tobs"),
    ]


def test_events_have_the_fields_that_maps_and_figures_are_written_for() -> None:
    assert [field.name for field in LAYERS["events"].fields] == EVENT_FIELDS


def test_attacks_are_a_filter_over_events_without_the_civilian_toll() -> None:
    attacks = LAYERS["attacks"]
    civilian = {f"civilians_killed_{which}" for which in ("low", "best", "high")}
    assert (attacks.parent, dict(attacks.where)) == ("events", {"target_class": "mission"})
    assert [f.name for f in attacks.fields] == [n for n in EVENT_FIELDS if n not in civilian]


@pytest.mark.parametrize("path", sorted((ROOT / "layers").glob("[a-z]*.py")), ids=lambda p: p.stem)
def test_a_layer_imports_the_words_of_declaration_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported - {"datetime"} == {"geo.spec"}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=lambda layer: layer.id)
def test_every_text_is_there_in_both_languages(layer: Layer) -> None:
    empty = [where for where, text in texts(layer) if not text.en.strip() or not text.fr.strip()]
    straight = [where for where, text in texts(layer) if "'" in text.fr]
    assert (empty, straight) == ([], [])


def test_a_french_sentence_is_not_the_english_one() -> None:
    same = [
        where
        for layer in LAYERS.values()
        for where, text in texts(layer)
        if where.endswith("description") and text.en == text.fr
    ]
    assert same == []


@pytest.mark.parametrize("name", ["events", "attacks", "facts"])
def test_what_happens_has_its_day_or_days(name: str) -> None:
    time = LAYERS[name].time
    assert time is not None
    assert (time.kind, time.start, time.end) == ("event", "date", "date_end")


def test_a_camp_without_a_closing_date_is_still_open_and_a_base_is_not() -> None:
    camps, tobs = LAYERS["camps"].time, LAYERS["tobs"].time
    assert camps is not None
    assert tobs is not None
    assert (camps.stays_open, tobs.stays_open) == (True, False)


@pytest.mark.parametrize(("layer", "name"), COLOURED)
def test_class_colours_stand_out_on_a_light_base(layer: str, name: str) -> None:
    least = {
        choice.value: min(contrast(colour_of(choice), base) for base in (WHITE, LIGHT_BASE))
        for choice in the_field(layer, name).choices
    }
    assert {value: ratio for value, ratio in least.items() if ratio < 3} == {}


@pytest.mark.parametrize(("layer", "name"), COLOURED[:-1])
def test_class_colours_are_told_apart_by_the_colour_blind(layer: str, name: str) -> None:
    colours = sorted({colour_of(choice) for choice in the_field(layer, name).choices})
    close = [
        (one, other, kind)
        for kind, matrix in SIMULATIONS.items()
        for one, other in combinations(colours, 2)
        if distance(seen(one, matrix), seen(other, matrix)) < (25 if layer == "events" else 15)
    ]
    assert close == []


@pytest.mark.parametrize(("layer", "name"), COLOURED[1:])
def test_each_class_has_a_colour_of_its_own(layer: str, name: str) -> None:
    colours = [colour_of(choice) for choice in the_field(layer, name).choices]
    assert len(set(colours)) == len(colours)


def test_events_that_share_a_colour_are_of_one_family() -> None:
    families: dict[str, list[str]] = {}
    for choice in the_field("events", "event_class").choices:
        families.setdefault(colour_of(choice), []).append(choice.value)
    assert [family for family in families.values() if len(family) > 1] == [
        ["ied_mine", "svbied", "suicide_bomb"],
        ["indirect_fire", "shelling"],
        ["ambush", "convoy_or_bus_attack", "boat_attack"],
        ["small_arms", "fighting"],
        [
            *("village_attack", "market_attack"),
            *("attack_on_civilians", "abduction", "sexual_violence"),
        ],
        ["execution", "massacre"],
        ["protest", "riot", "strategic", "other"],
    ]


# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
SIMULATIONS = {
    "none": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
Matrix = tuple[tuple[float, float, float], ...]


def colour_of(choice: Choice) -> str:
    assert choice.colour is not None
    return choice.colour


def linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of WCAG 2."""
    light, dark = sorted(
        (sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear(c), strict=True)) + 0.05)
        for c in (other, one)
    )[::-1]
    return light / dark


def seen(colour: str, matrix: Matrix) -> tuple[float, float, float]:
    """Give the CIE Lab of a colour as it is seen with the matrix."""
    rgb = [
        min(1.0, max(0.0, sum(w * p for w, p in zip(row, linear(colour), strict=True))))
        for row in matrix
    ]
    to_xyz = (
        (0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505),
        (0.2126, 0.7152, 0.0722),
        (0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089),
    )
    x, y, z = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (sum(w * p for w, p in zip(row, rgb, strict=True)) for row in to_xyz)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    return math.dist(one, other)
