"""Readers, one kind of file each; the ending of a file's name chooses among them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from geo.errors import ImportRefused
from geo.importing.readers._base import RawRow, Reader, some
from geo.registry import collect

__all__ = ["Digest", "RawRow", "Reader", "digest_of", "read_file", "readers", "some"]


@cache
def readers() -> dict[str, Reader]:
    return collect(sys.modules[__name__], "READER", Reader)


def read_file(path: Path) -> Iterator[RawRow]:
    """Read a file, row by row, with the reader that its ending names."""
    return some(path.name, _reader(path).read(path))


def digest_of(paths: Sequence[Path]) -> Digest:
    """Take note of how files are before they are read, with all that they are made up of."""
    return Digest([part for path in paths for part in _reader(path).parts(path)])


class Digest:
    """The SHA-256 of what a load was read from: that of its file, or of `sha256sum` of several."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._states = {path: _state(path) for path in paths}

    def __call__(self) -> str:
        """Digest the files, provided that they are still as they were when reading began."""
        digests = {path.name: _sha256(path) for path in self._states}
        for path, state in self._states.items():
            if not path.is_file() or _state(path) != state:
                raise ImportRefused(f"{path.name} changed while it was read; load it again")
        if len(digests) == 1:
            return next(iter(digests.values()))
        listed = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
        return hashlib.sha256(listed.encode()).hexdigest()


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reader(path: Path) -> Reader:
    if not path.is_file():
        raise ImportRefused(f"{path} is not a file")
    for reader in readers().values():
        if path.suffix.lower() in reader.suffixes:
            return reader
    known = sorted(suffix for reader in readers().values() for suffix in reader.suffixes)
    raise ImportRefused(f"{path.name} is of no known kind; readable are {', '.join(known)}")
