"""Run the command line in the process of the tests, where all it imports is imported already.

A process of its own takes seconds to begin. Start one where it is the process that is tested, as
with signals, terminals and two at once, and where two must come to the same bytes.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from app.cli.__main__ import main
from app.settings import ROOT


def run_atlas(
    *arguments: str | Path, variables: Mapping[str, str], folder: Path = ROOT, answers: str = ""
) -> CompletedProcess[str]:
    """Run a verb as a process with these variables would, in a folder, with answers on stdin."""
    words = [*map(str, arguments)]
    out, err = _stream(), _stream()
    with _as_a_program(words, variables, folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", _stream(answers))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        code = _exit_code()
    return CompletedProcess(words, code, _text(out), _text(err))


def run_atlas_apart(
    *arguments: str | Path, variables: Mapping[str, str], folder: Path = ROOT
) -> CompletedProcess[str]:
    """Run a verb in a process of its own."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def _exit_code() -> int:
    """Run it to its end, and say what a shell would be told."""
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@contextmanager
def _as_a_program(words: list[str], variables: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Lend what belongs to the process as a whole, and take it back as it was."""
    handled = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["atlas", *words])
        # Typer puts a hook of its own there.
        patch.setattr(sys, "excepthook", sys.excepthook)
        patch.chdir(folder)
        for name, value in variables.items():
            patch.setenv(name, value)
        try:
            yield
        finally:
            for number, handler in handled.items():
                signal.signal(number, handler)


def _stream(content: str = "") -> io.TextIOWrapper:
    """Give a stream with bytes under it, as those of a process have."""
    return io.TextIOWrapper(io.BytesIO(content.encode()), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    written = stream.buffer
    assert isinstance(written, io.BytesIO)
    return written.getvalue().decode()
