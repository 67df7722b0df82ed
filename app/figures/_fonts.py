"""Prepare the fonts of figures: without the tables that shape scripts which no figure writes.

A PDF holds only the letters that it uses. To find them in the whole of Noto Sans took 0.8 s a font,
almost all of it in its rules for joining letters; without these it takes 0.03 s. Letters are then
also set as they were measured, on every machine alike.
"""

from __future__ import annotations

import struct
from pathlib import Path

from app.figures._type import font_file
from geo.drawing.text import FONT_FILES

_UNUSED = (b"GDEF", b"GPOS", b"GSUB")
# The offset table and an entry of the table directory, as OpenType lays them out.
_HEAD = struct.Struct(">IHHHH")
_ENTRY = struct.Struct(">4sIII")


def prepare_fonts(fonts: Path, folder: Path) -> Path:
    """Write plain copies of the fonts into a folder, and give it."""
    for font, name in FONT_FILES.items():
        (folder / name).write_bytes(plain(font_file(fonts, font).read_bytes()))
    return folder


def plain(font: bytes) -> bytes:
    """Leave out of a font file the tables that are not needed to draw letters one by one."""
    kind, count, *_ = _HEAD.unpack_from(font)
    entries = [_ENTRY.unpack_from(font, _HEAD.size + i * _ENTRY.size) for i in range(count)]
    kept = [entry for entry in entries if entry[0] not in _UNUSED]
    steps = len(kept).bit_length() - 1
    found = 16 << steps
    head = _HEAD.pack(kind, len(kept), found, steps, 16 * len(kept) - found)
    offset, directory, body = _HEAD.size + len(kept) * _ENTRY.size, b"", b""
    for tag, checksum, start, length in kept:
        directory += _ENTRY.pack(tag, checksum, offset + len(body), length)
        table = font[start : start + length]
        # Each table begins at a multiple of four bytes.
        body += table + bytes(-len(table) % 4)
    return head + directory + body
