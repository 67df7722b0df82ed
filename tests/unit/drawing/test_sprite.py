from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from app.start import declared_layers
from geo.drawing.sprite import sprite_index, sprite_sheet
from geo.styles.sprite import Icon, icons
from geo.styles.themes import LIGHT

ICONS = icons(declared_layers().values(), LIGHT)


@pytest.mark.parametrize("scale", [1, 2])
def test_every_icon_has_its_own_place_on_the_sheet_and_is_drawn_there(scale: int) -> None:
    sheet = Image.open(io.BytesIO(sprite_sheet(ICONS, scale)))
    index = sprite_index(ICONS, scale)
    assert list(index) == [icon.name for icon in ICONS]
    assert len({(place["x"], place["y"]) for place in index.values()}) == len(ICONS)
    for place in index.values():
        assert place["pixelRatio"] == scale
        box = (place["x"], place["y"], place["x"] + place["width"], place["y"] + place["height"])
        alpha = np.asarray(sheet.crop(box))[:, :, 3]
        assert alpha.max() > 150
        assert alpha[0].max() == alpha[-1].max() == alpha[:, 0].max() == alpha[:, -1].max() == 0


def test_a_filled_symbol_has_its_colour_and_a_hollow_one_lets_the_ground_through() -> None:
    drawn = [
        Icon(name=name, shape="square", fill=fill, edge="#0072B2", mark=None, mark_colour="#FFFFFF")
        for name, fill in (("filled", "#0072B2"), ("hollow", None))
    ]
    pixels = np.asarray(Image.open(io.BytesIO(sprite_sheet(drawn, 2))))
    index = sprite_index(drawn, 2)
    middles = [pixels[place["y"] + 32, place["x"] + 32].tolist() for place in index.values()]
    assert middles == [[0, 0x72, 0xB2, 255], [0, 0, 0, 0]]


def test_the_marks_of_a_layer_look_different() -> None:
    sheet = Image.open(io.BytesIO(sprite_sheet(ICONS, 2))).convert("RGBA")
    index = sprite_index(ICONS, 2)
    marks = {icon.mark: icon for icon in ICONS if icon.shape == "mark" and icon.fill is None}
    shapes = {}
    for mark, icon in marks.items():
        place = index[icon.name]
        box = (place["x"], place["y"], place["x"] + place["width"], place["y"] + place["height"])
        shapes[mark] = np.asarray(sheet.crop(box))[:, :, 3] > 127
    for one, other in combinations(shapes, 2):
        together = np.logical_or(shapes[one], shapes[other]).sum()
        assert np.logical_xor(shapes[one], shapes[other]).sum() > together / 4, (one, other)
