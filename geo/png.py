"""Write PNG: a picture of up to 256 colours, each with its own opacity, or any rows."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Colour = tuple[int, int, int, int]
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BITS = 8
# The kind of picture whose numbers are places in a list of colours.
PALETTE = 3
# Each row as its difference to the one above, which is small where colours change slowly.
_UP = 2
_LEVEL = 6


def write_png(steps: npt.NDArray[np.uint8], colours: Sequence[Colour]) -> bytes:
    """Write a picture whose numbers are places in a list of colours.

    A colour table takes a quarter of the bytes, and of the time, of four values a pixel.
    """
    height, width = steps.shape
    rows = np.empty((height, width + 1), np.uint8)
    rows[:, 0] = _UP
    rows[0, 1:] = steps[0]
    rows[1:, 1:] = steps[1:] - steps[:-1]
    tables = [
        (b"PLTE", bytes(value for colour in colours for value in colour[:3])),
        (b"tRNS", bytes(colour[3] for colour in colours)),
    ]
    return assemble(rows, width, PALETTE, tables, level=_LEVEL)


def assemble(
    rows: npt.NDArray[np.uint8],
    width: int,
    kind: int,
    tables: Sequence[tuple[bytes, bytes]],
    *,
    level: int,
) -> bytes:
    """Put a file together from rows that each begin with their filter, and tables of colours."""
    header = struct.pack(">IIBBBBB", width, len(rows), _BITS, kind, 0, 0, 0)
    data = zlib.compress(rows.tobytes(), level)
    parts = [(b"IHDR", header), *tables, (b"IDAT", data), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
