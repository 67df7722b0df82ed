from __future__ import annotations

import pytest

from geo.errors import BadParameter
from geo.query import FeatureQuery
from geo.spec import Layer
from geo.tiles.properties import class_field, tile_properties


@pytest.mark.parametrize(
    ("layer", "names"),
    [
        (
            "events",
            [
                *("id", "target_class", "killed_low", "killed_best", "killed_high"),
                *("civilians_killed_low", "civilians_killed_best", "civilians_killed_high"),
                "place_precision",
            ],
        ),
        (
            "attacks",
            ["id", "event_class", "killed_low", "killed_best", "killed_high", "place_precision"],
        ),
        ("camps", ["id", "name", "kind", "place_precision"]),
        ("regions", ["id", "name", "name_fr", "place_precision"]),
    ],
)
def test_a_tile_carries_what_the_drawing_needs(
    layers: dict[str, Layer], layer: str, names: list[str]
) -> None:
    assert tile_properties(layers[layer], FeatureQuery()) == names


def test_who_asks_for_properties_gets_these_and_the_id(layers: dict[str, Layer]) -> None:
    query = FeatureQuery(properties=("place", "date"))
    assert tile_properties(layers["events"], query) == ["id", "date", "place"]


def test_a_property_that_a_view_hides_is_unknown(layers: dict[str, Layer]) -> None:
    query = FeatureQuery(properties=("civilians_killed_best",))
    with pytest.raises(BadParameter, match="is no property of attacks"):
        tile_properties(layers["attacks"], query)


def test_cells_count_the_classes_that_give_the_colour(layers: dict[str, Layer]) -> None:
    names = ("events", "attacks", "camps", "regions")
    found = {name: class_field(layers[name]) for name in names}
    assert found == {
        "events": "target_class",
        "attacks": "event_class",
        "camps": "kind",
        "regions": None,
    }
