"""What a reader is: it opens a file and says what stands in it, without judging it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from geo.errors import ImportRefused

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class RawRow:
    """One row as its file has it; `geometry`, where the file has one, is a shapely geometry."""

    file: str
    line: int
    values: Mapping[str, Any]
    geometry: Any = None
    # What `line` counts: lines of a text, or features of a file that has none.
    unit: str = "line"
    # Why the row cannot be read; `values` then holds its id, where that much is sure.
    problem: str | None = None

    @property
    def where(self) -> str:
        return f"{self.file} {self.unit} {self.line}"


def itself(path: Path) -> Sequence[Path]:
    """Name the one file that a source of one file is made of."""
    return (path,)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Read one kind of file, row by row; `parts` names all the files that make up one."""

    id: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], Iterable[RawRow]]
    parts: Callable[[Path], Sequence[Path]] = itself


def some(file: str, rows: Iterable[T]) -> Iterator[T]:
    """Refuse a file without a row: it is more often cut off than empty."""
    found = False
    for row in rows:
        found = True
        yield row
    if not found:
        raise ImportRefused(f"{file} holds no rows; nothing was changed")
