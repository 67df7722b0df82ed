"""Check format, lint, types and import contracts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import typer

from app.cli._base import Verb
from app.settings import ROOT

# The programs of our own virtual environment, whatever PATH says.
PROGRAMS = Path(sys.executable).parent

CHECKS = {
    "format": ("ruff", "format", "--check", "--quiet", "."),
    "lint": ("ruff", "check", "--quiet", "."),
    "types": ("mypy", "--no-error-summary"),
    "imports": ("lint-imports", "--no-logo"),
}


def check() -> None:
    """Check format, lint, types and import contracts; say every result."""
    failed = False
    for name, (program, *arguments) in CHECKS.items():
        began = perf_counter()
        done = subprocess.run(
            [PROGRAMS / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        result = "failed" if done.returncode else "ok"
        print(f"{name:8} {result:7} {perf_counter() - began:5.1f} s", flush=True)
        if done.returncode:
            failed = True
            print(done.stdout + done.stderr, flush=True)
    raise typer.Exit(1 if failed else 0)


VERB = Verb(id="check", run=check)
