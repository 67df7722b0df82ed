from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from geo.columns.held import declaration_digest, held_fields, is_held
from geo.spec import Choice, Field, FieldType, GeometryType, Layer
from tests.unit.columns.wells import TITLE, WELLS, layer

CHOICES = (Choice(value="a", title=TITLE),)


def test_whole_numbers_days_truths_and_classes_are_held() -> None:
    fields = [
        Field(name="depth", title=TITLE, type=FieldType.INTEGER),
        Field(name="dug", title=TITLE, type=FieldType.DATE),
        Field(name="dry", title=TITLE, type=FieldType.BOOLEAN),
        Field(name="kind", title=TITLE, choices=CHOICES),
        Field(name="region", title=TITLE, groups=True),
        Field(name="owner", title=TITLE, indexed=True),
    ]
    left_out = [
        Field(name="name", title=TITLE),
        Field(name="page", title=TITLE, type=FieldType.URL),
        Field(name="flow", title=TITLE, type=FieldType.NUMBER, indexed=True),
    ]
    found = held_fields(layer(*fields, *left_out))
    of_every_layer = ["date_precision", "place_precision", "radius_m", "source_title"]
    assert [each.name for each in found] == [*(each.name for each in fields), *of_every_layer]


def test_layers_of_points_with_a_table_of_their_own_are_held(layers: Mapping[str, Layer]) -> None:
    held = {name for name, each in layers.items() if is_held(each)}
    assert {"events", "camps", "tobs", "places"} <= held
    assert not held & {"attacks", "regions"}
    assert not is_held(replace(WELLS, geometry=GeometryType.ANY))


def test_another_declaration_has_another_digest() -> None:
    name = Field(name="depth", title=TITLE, type=FieldType.INTEGER)
    same = replace(name, description=TITLE)
    assert declaration_digest(layer(same)) == declaration_digest(WELLS)
    others = [(), (replace(name, type=FieldType.DATE),), (replace(name, name="height"),)]
    assert declaration_digest(WELLS) not in {declaration_digest(layer(*each)) for each in others}
