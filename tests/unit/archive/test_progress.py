from __future__ import annotations

import io
import pty
from contextlib import suppress
from os import close, fdopen, read

import pytest

from app.archive.progress import progress, size_words


def test_without_a_terminal_each_zoom_is_a_line() -> None:
    out = io.StringIO()
    with progress(out) as watcher:
        watcher.goes_on(1_234, "2026-01-01")
        watcher.begin_zoom(0, 1)
        watcher.made(0, 0)
        watcher.begin_zoom(1, 4)
        for size in (1_500, 0, 700):
            watcher.made(1, size)
        watcher.packing()
    assert out.getvalue().splitlines() == [
        "atlas: goes on where it broke off: 1,234 tiles looked at, data as of 2026-01-01",
        "atlas: zoom 1: 2 tiles, 2.2 kB",
        "atlas: writing the archive",
    ]


def test_on_a_terminal_each_zoom_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    master, slave = pty.openpty()
    with fdopen(slave, "w") as terminal, progress(terminal) as watcher:
        watcher.begin_zoom(3, 2)
        watcher.made(3, 1_500)
        watcher.made(3, 500)
    shown = ""
    # A terminal hands over what it has so far; at the end it has nobody to read from.
    with suppress(OSError):
        while part := read(master, 100_000):
            shown += part.decode()
    close(master)
    assert "zoom  3" in shown
    assert "2/2" in shown
    assert "2.0 kB" in shown


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1.0 kB"), (2_345_678, "2.3 MB")],
)
def test_sizes_are_written_for_people(size: int, words: str) -> None:
    assert size_words(size) == words
