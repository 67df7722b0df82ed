"""Run the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from app.cli._base import Verb
from app.settings import ROOT

UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
# It needs Java and Maven Central, and takes minutes.
SUITE = "tests/conformance/test_cite.py::test_the_suite_of_the_ogc_finds_no_failure"
# Each process has a database server of its own; what a file's tests share is made once.
PROCESSES = ("--numprocesses", "logical", "--maxprocesses", "4")
# Files in the order in which they are collected, those that take long first.
SIDE_BY_SIDE = (*PROCESSES, "--dist", "loadfile", "--no-loadscope-reorder")


def run_tests(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Anything that pytest takes, such as -k NAME.")
    ] = None,
    conformance: Annotated[
        bool,
        typer.Option("--conformance", help="Run other people's clients and the OGC's own suite."),
    ] = False,
) -> None:
    """Run every test but the benchmarks and the OGC's suite, or what pytest is told."""
    chosen = ["tests/conformance"] if conformance else ["--deselect", SUITE]
    told = arguments or ([] if conformance else SIDE_BY_SIDE)
    command = [sys.executable, "-m", "pytest", *chosen, *told]
    # The tests start hundreds of programs: what one has compiled, the others need not again.
    variables = {name: given for name, given in os.environ.items() if name != UNCOMPILED}
    done = subprocess.run(command, cwd=ROOT, env=variables, check=False)
    raise typer.Exit(done.returncode)


VERB = Verb(id="test", run=run_tests, passes_arguments_on=True)
