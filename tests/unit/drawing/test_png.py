from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from geo.drawing.png import write_picture


def picture(colours: int, mode: str = "RGB") -> Image.Image:
    steps = np.arange(64 * 48, dtype=np.uint32).reshape(48, 64) % colours
    channels = [steps * 37 % 256, steps // 7 % 256, steps % 256, 255 - steps % 256]
    return Image.fromarray(np.dstack(channels[: len(mode)]).astype(np.uint8), mode)


@pytest.mark.parametrize("colours", [1, 2, 256, 257, 3_000])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_picture_is_read_back_as_it_was(colours: int, mode: str) -> None:
    made = picture(colours, mode)
    read = Image.open(io.BytesIO(write_picture(made)))
    assert read.size == (64, 48)
    assert np.array_equal(np.asarray(read.convert(mode)), np.asarray(made))


def test_a_picture_of_few_colours_has_a_table_of_them() -> None:
    few, many = (Image.open(io.BytesIO(write_picture(picture(n)))) for n in (200, 3_000))
    assert (few.mode, many.mode) == ("P", "RGB")
