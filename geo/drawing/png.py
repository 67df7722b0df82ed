"""Write a picture as PNG, quickly: few colours as a table of them, many as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from geo.png import PALETTE, assemble

_KINDS = {"RGB": 2, "RGBA": 6}
# Above this zlib takes three times as long to save a twentieth.
_LEVEL = 3


def write_picture(image: Image.Image) -> bytes:
    """Write a picture; the same one always gives the same bytes."""
    pixels = np.asarray(image)
    height, width, channels = pixels.shape
    table = _table(pixels) if channels == 3 else None
    if table is None:
        rows, kind, tables = pixels.reshape(height, -1), _KINDS[image.mode], []
    else:
        rows, kind = table[0].reshape(height, width), PALETTE
        tables = [(b"PLTE", table[1].tobytes())]
    filtered = np.zeros((height, rows.shape[1] + 1), np.uint8)
    filtered[:, 1:] = rows
    return assemble(filtered, width, kind, tables, level=_LEVEL)


def _table(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """Make a table of up to 256 colours, if there are no more."""
    wide = pixels.astype(np.uint32)
    packed = (wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]).ravel()
    # Most pictures with many colours show it in a part of them, which is quicker to sort.
    if len(np.unique(packed[::13])) > 256:
        return None
    colours, places = np.unique(packed, return_inverse=True)
    if len(colours) > 256:
        return None
    table = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1)
    return places.astype(np.uint8), table.astype(np.uint8)
