"""Readers, one kind of file each; the ending of a file's name chooses among them."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from geo.errors import ImportRefused
from geo.importing.readers._base import RawRow, Reader
from geo.registry import collect

__all__ = ["RawRow", "Reader", "read_file", "readers"]


@cache
def readers() -> dict[str, Reader]:
    return collect(sys.modules[__name__], "READER", Reader)


def read_file(path: Path) -> list[RawRow]:
    """Read a file with the reader that its ending names."""
    if not path.is_file():
        raise ImportRefused(f"{path} is not a file")
    for reader in readers().values():
        if path.suffix.lower() in reader.suffixes:
            rows = reader.read(path)
            if not rows:
                raise ImportRefused(f"{path} holds no rows; nothing was changed")
            return rows
    known = sorted(suffix for reader in readers().values() for suffix in reader.suffixes)
    raise ImportRefused(f"{path.name} is of no known kind; readable are {', '.join(known)}")
