"""Measure `atlas import acled` end to end, on an empty database that the URL names.

    .venv/bin/python -m tests.benchmarks.imports postgresql://… --rows 1000000

The file is made first and not counted. Then it is imported as new, again unchanged, and with one
row in a hundred changed. Memory is the most that the command and its processes held together.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from app import start
from app.settings import ROOT, Settings
from tests.benchmarks import acled_shaped


def run(url: str, path: Path, rows: int, what: str) -> None:
    """Import a file, and print how fast and how large that was."""
    command = [sys.executable, "-m", "app.cli", "import", "acled", str(path)]
    began, cpu, most = time.monotonic(), os.times(), 0
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "ATLAS_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        while running.poll() is None:
            most = max(most, _held(running.pid))
            time.sleep(0.2)
        said = running.communicate()[0]
    took, after = time.monotonic() - began, os.times()
    if running.returncode != 0:
        raise RuntimeError(said)
    used = after.children_user + after.children_system - cpu.children_user - cpu.children_system
    print(
        f"{what}: {rows / took:,.0f} rows/s, {took:.1f} s, {used:.1f} s of processor beside the "
        f"database, {most / 1e6:.0f} MB; {', '.join(said.split(chr(10))[1:5])}",
        flush=True,
    )


def _held(pid: int) -> int:
    try:
        top = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (top, *top.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    start.prepare(arguments.url, Settings())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "acled.csv"
        acled_shaped.write(path, arguments.rows)
        run(arguments.url, path, arguments.rows, "new")
        run(arguments.url, path, arguments.rows, "unchanged")
        acled_shaped.write(path, arguments.rows, changed=0.01)
        run(arguments.url, path, arguments.rows, "one in a hundred changed")


if __name__ == "__main__":
    main()
