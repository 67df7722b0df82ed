from __future__ import annotations

from typing import Any

import shapely
from shapely.geometry import mapping, shape

from app.maps._ground import region_features, region_labels, regions_of, town_labels
from geo.spec import Layer


def region(name: str, geometry: Any, **properties: Any) -> dict[str, Any]:
    named = {"name": name, "name_fr": name, "kind": "region", **properties}
    return {"id": name.lower(), "geometry": mapping(geometry), "properties": named}


def test_neighbours_still_share_their_edges_when_they_are_simplified() -> None:
    wiggly = [(i % 2 * 0.001, i / 1000) for i in range(1001)]
    west = shapely.Polygon([(-1, 0), *wiggly, (-1, 1)])
    east = shapely.Polygon([*wiggly, (1, 1), (1, 0)])
    drawn = regions_of([region("West", west), region("East", east)])
    points = sum(shapely.get_num_coordinates(part.geometry) for part in drawn)
    assert points < 100
    assert shapely.coverage_is_valid([part.geometry for part in drawn])
    rounded = [shape(feature["geometry"]) for feature in region_features(drawn)]
    assert rounded[0].intersection(rounded[1]).area == 0


def test_a_district_has_a_shorter_name_too(layers: dict[str, Layer]) -> None:
    kinds = layers["regions"].field("kind")
    box = shapely.box(0, 0, 1, 1)
    bamako = region("Bamako", box, name_fr="District de Bamako", kind="district")
    made = regions_of([bamako])
    assert region_labels(made, kinds, "fr")[0]["names"] == ["District de Bamako", "Bamako"]
    assert region_labels(made, kinds, "en")[0]["names"] == ["Bamako"]
    assert region_labels(regions_of([region("Gao", box)]), kinds, "fr")[0]["names"] == ["Gao"]


def test_the_larger_kind_of_place_is_named_first_and_from_farther_off() -> None:
    def place(name: str, kind: str) -> dict[str, Any]:
        point = {"type": "Point", "coordinates": [1.0, 2.0]}
        return {"id": name, "geometry": point, "properties": {"name": name, "kind": kind}}

    rows = [place("C", "village"), place("B", "town"), place("X", "airport"), place("A", "city")]
    labels = town_labels([*rows, {**place("D", "town"), "geometry": None}], "en")
    assert [(label["names"], label["zoom"]) for label in labels] == [
        *[(["A"], 7), (["B"], 7), (["C"], 8.5)]
    ]
