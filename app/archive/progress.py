"""Say how far an export is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from app.archive.run import Watcher

_EVERY_S = 10.0


@contextmanager
def progress(file: TextIO | None = None) -> Iterator[Watcher]:
    """Follow an export on stderr, as it is one."""
    out = file or sys.stderr
    if not out.isatty():
        lines = Lines(out)
        yield lines
        lines.end_zoom()
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[size]}"),
        TimeRemainingColumn(),
        console=Console(file=out),
    ) as bars:
        yield Bars(bars)


class Lines:
    """One line when a zoom is done, and every ten seconds of a long one."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._zoom: int | None = None
        self._looked = self._tiles = self._size = self._of = 0
        self._said_at = time.monotonic()

    def goes_on(self, tiles: int, as_of: str) -> None:
        self._say(f"goes on where it broke off: {tiles_words(tiles)} looked at, data as of {as_of}")

    def begin_zoom(self, z: int, tiles: int) -> None:
        self.end_zoom()
        self._zoom, self._of = z, tiles
        self._looked = self._tiles = self._size = 0

    def made(self, z: int, size: int) -> None:
        self._looked += 1
        self._tiles += size > 0
        self._size += size
        if time.monotonic() - self._said_at > _EVERY_S:
            self._say(f"zoom {z}: {self._looked:,} of {self._of:,} tiles looked at")

    def end_zoom(self) -> None:
        """Say what the zoom has come to that is done."""
        if self._zoom is not None and self._tiles:
            self._say(f"zoom {self._zoom}: {tiles_words(self._tiles)}, {size_words(self._size)}")
        self._zoom = None

    def packing(self) -> None:
        self.end_zoom()
        self._say("writing the archive")

    def _say(self, text: str) -> None:
        print(f"atlas: {text}", file=self._out, flush=True)
        self._said_at = time.monotonic()


class Bars:
    """A bar for each zoom."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None
        self._size = 0

    def goes_on(self, tiles: int, as_of: str) -> None:
        self._bars.console.print(
            f"goes on where it broke off: {tiles_words(tiles)} looked at, data as of {as_of}"
        )

    def begin_zoom(self, z: int, tiles: int) -> None:
        self._size = 0
        self._task = self._bars.add_task(f"zoom {z:2}", total=tiles, size="")

    def made(self, z: int, size: int) -> None:
        self._size += size
        if self._task is not None:
            self._bars.update(self._task, advance=1, size=size_words(self._size))

    def packing(self) -> None:
        self._bars.console.print("writing the archive")


def tiles_words(tiles: int) -> str:
    """Write a number of tiles for people."""
    return "1 tile" if tiles == 1 else f"{tiles:,} tiles"


def size_words(size: int) -> str:
    """Write a number of bytes for people."""
    for unit, step in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} bytes"
