from __future__ import annotations

import pytest

from app.start import declared_layers
from geo.styles.legend import legend
from geo.styles.sprite import icons
from geo.styles.themes import LIGHT, THEMES, Theme

LAYERS = declared_layers()


def test_a_legend_names_every_class_with_its_colour_shape_and_mark() -> None:
    (tobs,) = legend([LAYERS["tobs"]], LIGHT, "fr")
    assert tobs["title"] == "Bases opérationnelles temporaires"
    assert tobs["entries"][1] == {
        "value": "temporary_presence",
        "title": "présence temporaire",
        "shape": "triangle",
        "colour": "#D55E00",
        "outline": "#FFFFFF",
        "mark": "bar",
        "icon": "tobs:temporary_presence",
    }


def test_a_legend_gives_three_sizes_whose_areas_go_with_their_values() -> None:
    (events,) = legend([LAYERS["events"]], LIGHT, "en")
    assert events["sizes"]["property"] == "killed_best"
    circles = events["sizes"]["circles"]
    assert len(circles) == 3
    unit = events["sizes"]["unit_px"]
    for circle in circles:
        wanted = max(unit * circle["value"] ** 0.5, events["sizes"]["smallest_px"])
        assert circle["radius_px"] == pytest.approx(wanted, abs=0.06)


def test_a_layer_whose_classes_look_alike_has_one_entry() -> None:
    (places,) = legend([LAYERS["places"]], LIGHT, "en")
    assert [entry["title"] for entry in places["entries"]] == ["Places"]


def test_a_layer_without_places_is_not_in_the_legend() -> None:
    assert legend([LAYERS["series"]], LIGHT, "en") == []


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_every_icon_of_a_legend_is_on_the_sprite(theme: Theme) -> None:
    known = {icon.name for icon in icons(LAYERS.values(), theme)}
    entries = [entry for one in legend(LAYERS.values(), theme, "en") for entry in one["entries"]]
    assert {entry["icon"] for entry in entries if "icon" in entry} - known == set()
