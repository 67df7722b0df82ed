from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from geo.query import FeatureQuery
from geo.spec import LANGUAGES, GeometryType, Layer
from geo.tiles.grid import Matrix
from geo.tiles.metadata import (
    Property,
    VectorLayer,
    bounds_within,
    limits,
    tile_matrix_set,
    vector_layers,
    zooms,
)

MALI = (-12.3, 10.1, 4.3, 25.0)


def test_labels_of_areas_are_a_layer_of_points(layers: dict[str, Layer]) -> None:
    names = {
        "id": Property(title="Identifiant de la ligne", type="string"),
        "name": Property(title="Nom", type="string"),
        "name_fr": Property(title="Nom français", type="string"),
    }
    precision = Property(title="Précision du lieu", type="integer")
    assert vector_layers(layers["regions"], FeatureQuery(), 13, "fr") == [
        VectorLayer(
            id="regions",
            title="Régions",
            dimension=2,
            properties={**names, "place_precision": precision},
        ),
        VectorLayer(id="regions_labels", title="Régions", dimension=0, properties=names),
    ]


def test_a_large_layer_has_the_sums_and_classes_of_cells(layers: dict[str, Layer]) -> None:
    (camps,) = vector_layers(layers["camps"], FeatureQuery(), 5_001, "en")
    assert {name: each.title for name, each in camps.properties.items()} == {
        "count": "Number of rows",
        "kind:hq": "Kind: mission headquarters (rows)",
        "kind:sector_hq": "Kind: sector headquarters (rows)",
        "kind:supercamp": "Kind: supercamp (rows)",
        "kind:base": "Kind: base (rows)",
        "kind:outpost": "Kind: outpost (rows)",
        "kind:": "Kind: not stated (rows)",
        "id": "Id of the row",
        "name": "Name",
        "kind": "Kind",
        "place_precision": "Place precision",
    }
    (attacks,) = vector_layers(layers["attacks"], FeatureQuery(), 5_001, "en")
    unknown = attacks.properties["killed_unknown"]
    expected = "Rows without a figure: Killed, best estimate (persons)"
    assert unknown == Property(title=expected, type="integer")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_layer_with_geometry_is_described(layers: dict[str, Layer], language: Any) -> None:
    for layer in layers.values():
        if layer.geometry is GeometryType.NONE:
            continue
        for described in vector_layers(layer, FeatureQuery(), 1_000_000, language):
            assert described.properties["id"].type == "string"
            assert all(each.title for each in described.properties.values())


def test_only_properties_that_are_asked_for_are_described(layers: dict[str, Layer]) -> None:
    query = FeatureQuery(properties=("helicopters", "opened"))
    (camps,) = vector_layers(layers["camps"], query, 22, "en")
    assert {name: each.type for name, each in camps.properties.items()} == {
        "id": "string",
        "opened": "string",
        "helicopters": "boolean",
    }


def test_a_shape_of_any_kind_has_no_dimension(layers: dict[str, Layer]) -> None:
    mixed = replace(layers["regions"], geometry=GeometryType.ANY)
    assert vector_layers(mixed, FeatureQuery(), 13, "en")[0].dimension is None


def test_maps_ask_down_to_where_every_point_is_shown() -> None:
    assert zooms([]) == (0, 14)
    assert zooms([22, 1_000_000]) == (0, 14)
    assert zooms([22, 10**12]) == (0, 21)


def test_bounds_hold_all_layers_within_the_matrix_set() -> None:
    boxes = [MALI, (-20.0, -95.0, 0.0, 89.0)]
    assert bounds_within("WorldCRS84Quad", boxes) == (-20.0, -90.0, 4.3, 89.0)
    edge = 85.0511287798066
    assert bounds_within("WebMercatorQuad", boxes) == (-20.0, -edge, 4.3, edge)
    assert bounds_within("WebMercatorQuad", []) is None


@pytest.mark.parametrize(("matrix", "columns"), [("WebMercatorQuad", 1), ("WorldCRS84Quad", 2)])
def test_the_world_has_every_tile(matrix: Matrix, columns: int) -> None:
    for z, found in enumerate(limits(matrix, 0, 22)):
        assert found == {
            "tileMatrix": str(z),
            "minTileRow": 0,
            "maxTileRow": (1 << z) - 1,
            "minTileCol": 0,
            "maxTileCol": (columns << z) - 1,
        }


@pytest.mark.parametrize(
    ("matrix", "crs"),
    [
        ("WebMercatorQuad", "http://www.opengis.net/def/crs/EPSG/0/3857"),
        ("WorldCRS84Quad", "http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
    ],
)
def test_matrix_sets_are_those_of_the_ogc(matrix: Matrix, crs: str) -> None:
    document = tile_matrix_set(matrix)
    base = "http://www.opengis.net/def/tilematrixset/OGC/1.0/"
    assert (document["id"], document["uri"], document["crs"]) == (matrix, base + matrix, crs)
    assert [each["id"] for each in document["tileMatrices"][:23]] == [str(z) for z in range(23)]
