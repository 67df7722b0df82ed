"""Keep tables as files that all workers of a host map: one folder for one state of a layer.

A folder gets its name when all is in it, and is used only if what it holds has the sums that its
manifest says, so that one that a crash left behind, or a failing disk, is as good as none.
"""

from __future__ import annotations

import mmap
import os
import re
import secrets
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray

from geo.columns.held import declaration_digest
from geo.columns.table import Column, Numbers, Table, Words
from geo.spec import Layer

_MANIFEST, _DATA = "manifest.json", "columns"
_MAKING = ".making-"
# Rows that were withdrawn lie here until the next build, so nobody else may look.
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_NAME = re.compile(r"(\d+)-(-?\d+)-([0-9a-f]+)\Z")
# Numbers of eight bytes are read fastest where their place is a multiple of it.
_ALIGNED = 64
_ARRAYS = ("longitude", "latitude", "x", "y", "row", "id", "recorded_from", "recorded_to")


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A state of a layer's data, as a folder is named: its revision, when that became true."""

    revision: int
    changed_at: int
    digest: str

    @classmethod
    def of(cls, layer: Layer, revision: int, changed_at: int) -> State:
        return cls(revision=revision, changed_at=changed_at, digest=declaration_digest(layer))

    @property
    def name(self) -> str:
        return f"{self.revision}-{self.changed_at}-{self.digest}"


class Damaged(Exception):
    """A folder that does not hold what it says."""


def states(folder: Path, layer: Layer) -> list[State]:
    """List the states of a layer that lie in its folder, the newest first."""
    digest = declaration_digest(layer)
    found = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for entry in folder.iterdir():
            match = _NAME.match(entry.name)
            if match and match[3] == digest:
                known = State(revision=int(match[1]), changed_at=int(match[2]), digest=digest)
                found.append(known)
    return sorted(found, key=lambda state: state.revision, reverse=True)


def write(folder: Path, state: State, tables: Sequence[Table]) -> None:
    """Write tables as a state, in place of all others of the layer.

    Who still maps another keeps what it mapped. Only one process may write at a time.
    """
    making = folder / f"{_MAKING}{secrets.token_hex(4)}"
    try:
        private(folder)
        making.mkdir(mode=_FOLDER_MODE)
        with open(making / _DATA, "wb", opener=_owned) as data:
            writer = _Writer(data)
            described = [_describe(table, writer) for table in tables]
            # An empty file cannot be mapped.
            writer.pad(end=True)
        body = {"tables": described, "bytes": writer.size, "sum": writer.sum}
        text = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
        with open(making / _MANIFEST, "wb", opener=_owned) as manifest:
            manifest.write(b"%08x\n" % zlib.crc32(text) + text)
        # What is there under this name is damaged, or it would not be written again.
        shutil.rmtree(folder / state.name, ignore_errors=True)
        making.rename(folder / state.name)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    for entry in folder.iterdir():
        known = _NAME.match(entry.name) or entry.name.startswith(_MAKING)
        if known and entry.name != state.name:
            shutil.rmtree(entry, ignore_errors=True)


def mark(folder: Path, state: State) -> tuple[int, int]:
    """Tell a state that was written from one of the same name that is written later."""
    with suppress(OSError):
        found = (folder / state.name / _DATA).stat()
        return found.st_ino, found.st_mtime_ns
    return 0, 0


def remove_unused(folder: Path, name: re.Pattern[str], before_s: float) -> None:
    """Remove what lies in a folder under such a name and has not changed since a moment."""
    for entry in folder.iterdir():
        # Another worker may remove it at the same time.
        with suppress(FileNotFoundError):
            if name.fullmatch(entry.name) and entry.stat().st_mtime < before_s:
                shutil.rmtree(entry, ignore_errors=True)


def private(folder: Path) -> None:
    """Make a folder that only its owner may look into, or hold one that is there to that."""
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o777 != _FOLDER_MODE:
        folder.chmod(_FOLDER_MODE)


def _owned(path: str, flags: int) -> int:
    return os.open(path, flags, _FILE_MODE)


class _Writer:
    """Write arrays one behind the other, and sum up their bytes."""

    def __init__(self, data: BinaryIO) -> None:
        self._data = data
        self.size = self.sum = 0

    def put(self, array: NDArray[Any]) -> dict[str, Any]:
        """Write an array; of one that says one thing throughout only that."""
        said = {"type": array.dtype.str, "rows": len(array)}
        if len(array) and not any(array.strides):
            return {**said, "all": int(array[0])}
        self.pad()
        start = self.size
        self._add(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data)
        return {**said, "at": start}

    def pad(self, *, end: bool = False) -> None:
        self._add(memoryview(bytes(-self.size % _ALIGNED or (_ALIGNED if end else 0))))

    def _add(self, some: memoryview) -> None:
        self._data.write(some)
        self.sum = zlib.crc32(some, self.sum)
        self.size += len(some)


def _describe(table: Table, writer: _Writer) -> dict[str, Any]:
    columns = {**table.columns, "": table.first_day, " ": table.last_day}
    return {
        "layer": table.layer,
        "revision": table.revision,
        "placed": table.placed,
        "beginless": table.beginless,
        "endless": table.endless,
        "moments": table.moments,
        "arrays": {name: writer.put(getattr(table, name)) for name in _ARRAYS},
        "columns": {name: _describe_column(column, writer) for name, column in columns.items()},
    }


def _describe_column(column: Column, writer: _Writer) -> dict[str, Any]:
    codes = {"codes": writer.put(column.codes)}
    if isinstance(column, Words):
        return {**codes, "words": column.words}
    return {**codes, "offset": column.offset}


def read(folder: Path, state: State) -> tuple[Table, ...]:
    """Map a state's tables, or raise `Damaged` if they are not as they were written."""
    path = folder / state.name
    try:
        body = _manifest(path / _MANIFEST)
        with (path / _DATA).open("rb") as file:
            if os.fstat(file.fileno()).st_size != body["bytes"]:
                raise Damaged(f"{path} is not whole")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if zlib.crc32(mapped) != body["sum"]:
            raise Damaged(f"{path} has changed since it was written")
        return tuple(_table(said, mapped) for said in body["tables"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise Damaged(f"{path} cannot be read") from error


def _manifest(path: Path) -> dict[str, Any]:
    said, _, text = path.read_bytes().partition(b"\n")
    if int(said, 16) != zlib.crc32(text):
        raise Damaged(f"{path} has changed since it was written")
    body: dict[str, Any] = orjson.loads(text)
    return body


def _table(said: Mapping[str, Any], mapped: mmap.mmap) -> Table:
    columns = {
        name: _column(column, _array(column["codes"], mapped))
        for name, column in said["columns"].items()
    }
    first_day, last_day = columns.pop(""), columns.pop(" ")
    if not isinstance(first_day, Numbers) or not isinstance(last_day, Numbers):
        raise TypeError("days are numbers")
    arrays: dict[str, Any] = {name: _array(array, mapped) for name, array in said["arrays"].items()}
    return Table(
        layer=said["layer"],
        revision=said["revision"],
        placed=said["placed"],
        columns=columns,
        first_day=first_day,
        last_day=last_day,
        beginless=said["beginless"],
        endless=said["endless"],
        moments=np.array(said["moments"], np.int64),
        **arrays,
    )


def _column(said: Mapping[str, Any], codes: NDArray[Any]) -> Column:
    if "words" in said:
        return Words(codes=codes, words=tuple(said["words"]))
    return Numbers(codes=codes, offset=said["offset"])


def _array(said: Mapping[str, Any], mapped: mmap.mmap) -> NDArray[Any]:
    kind = np.dtype(said["type"])
    if "all" in said:
        return np.broadcast_to(kind.type(said["all"]), said["rows"])
    if not said["rows"]:
        return np.zeros(0, kind)
    return np.frombuffer(mapped, kind, said["rows"], said["at"])


def arrays(table: Table) -> Iterator[NDArray[Any]]:
    """Give the arrays of a table that take room for each row."""
    columns = (*table.columns.values(), table.first_day, table.last_day)
    every = (*(getattr(table, name) for name in _ARRAYS), *(column.codes for column in columns))
    return (array for array in every if any(array.strides))
