"""What a reader is: it opens a file and says what stands in it, without judging it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class RawRow:
    """One row as its file has it; `geometry`, where the file has one, is a shapely geometry."""

    file: str
    line: int
    values: Mapping[str, Any]
    geometry: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Read one kind of file."""

    id: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], list[RawRow]]
