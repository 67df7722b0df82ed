"""Run the tests."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from app.cli._base import Verb
from app.settings import ROOT


def run_tests(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Anything that pytest takes, such as -k NAME.")
    ] = None,
) -> None:
    """Run every test but the benchmarks, or what pytest is told."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *(arguments or [])], cwd=ROOT, check=False
    )
    raise typer.Exit(done.returncode)


VERB = Verb(id="test", run=run_tests, passes_arguments_on=True)
