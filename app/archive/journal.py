"""Keep the tiles that are made, so that an export that was broken off goes on where it was.

One file beside the archive: a line that says what is made, then a record for each tile in the
order of the walk. It is only ever written at its end. What follows the last whole record was being
written when the export was killed, and is cut off.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zlib import crc32

import orjson

from app.archive.walk import Made
from geo.errors import AtlasError

_MAGIC = b"conflict-atlas tiles 1 "
# The tile's number, whether any below it has something, the bytes that follow, and their checksum.
_RECORD = struct.Struct("<Q?II")
_LONGEST_LINE = 1 << 20


class JournalRefused(AtlasError):
    """What an earlier export left cannot be gone on with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """What an export set out to make: the question, the state it shows, the program's build.

    `reclassified` counts the past versions that were ever shown or withdrawn: a tile that was made
    before one more was may show what is no longer public.
    """

    question: dict[str, str]
    as_of: str
    build: str
    reclassified: int


class Journal:
    """The tiles made so far, and the file that they are in; one export at a time has it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # By a tile's number: where its bytes begin, how many they are, and whether it goes on.
        self._known: dict[int, tuple[int, int, bool]] = {}
        self._end = 0
        self._file: IO[bytes] = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        try:
            self._lock()
            self.begun = self._read()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Let go of the file; what a full disk did not take is made again."""
        with suppress(OSError):
            self._file.close()

    def remove(self) -> None:
        """Forget everything."""
        self._path.unlink()
        self.close()

    def begin(self, begun: Begun) -> None:
        """Start anew with another question."""
        self._file.seek(0)
        self._file.truncate()
        self._known.clear()
        line = orjson.dumps({name: getattr(begun, name) for name in Begun.__slots__})
        self._file.write(_MAGIC + line + b"\n")
        self._file.flush()
        self._end = self._file.tell()
        self.begun = begun

    def __len__(self) -> int:
        return len(self._known)

    def get(self, number: int) -> Made | None:
        """Give a tile that was made before."""
        known = self._known.get(number)
        return None if known is None else Made(packed=self._bytes(known), goes_on=known[2])

    def put(self, number: int, made: Made) -> None:
        """Keep a tile."""
        if number in self._known:
            return
        head = _RECORD.pack(number, made.goes_on, len(made.packed), 0)[:-4]
        if self._file.tell() != self._end:
            self._file.seek(self._end)
        self._file.write(head + struct.pack("<I", crc32(made.packed, crc32(head))) + made.packed)
        self._end = self._file.tell()
        self._known[number] = (self._end - len(made.packed), len(made.packed), made.goes_on)
        # A tile takes far longer to make than to hand over.
        self._file.flush()

    def tiles(self) -> Iterator[tuple[int, bytes]]:
        """Give all tiles that hold something, in the order of their numbers."""
        for number in sorted(self._known):
            known = self._known[number]
            if known[1]:
                yield number, self._bytes(known)

    def _bytes(self, known: tuple[int, int, bool]) -> bytes:
        self._file.seek(known[0])
        return self._file.read(known[1])

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another export is writing to {self._path.parent}\nwait until it has ended"
            raise JournalRefused(message) from None

    def _read(self) -> Begun | None:
        """Read what an earlier export left, up to the last whole record."""
        self._file.seek(0)
        line = self._file.readline(_LONGEST_LINE)
        begun = _read_line(line)
        if begun is None:
            if line and not _MAGIC.startswith(line[: len(_MAGIC)]):
                raise JournalRefused(
                    f"{self._path} is no file of this program\n"
                    "move it away, or choose another folder"
                )
            self._file.truncate(0)
            return None
        self._end = self._file.tell()
        while record := self._next():
            number, goes_on, length = record
            self._end = self._file.tell()
            self._known[number] = (self._end - length, length, goes_on)
        self._file.truncate(self._end)
        return begun

    def _next(self) -> tuple[int, bool, int] | None:
        head = self._file.read(_RECORD.size)
        if len(head) < _RECORD.size:
            return None
        number, goes_on, length, checksum = _RECORD.unpack(head)
        packed = self._file.read(length)
        sound = len(packed) == length and crc32(packed, crc32(head[:-4])) == checksum
        return (number, goes_on, length) if sound else None


def _read_line(line: bytes) -> Begun | None:
    if not (line.startswith(_MAGIC) and line.endswith(b"\n")):
        return None
    return Begun(**orjson.loads(line[len(_MAGIC) :]))
