"""What the suites and clients of other people need: which of them are here."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def gdal() -> Callable[..., str]:
    """Run one of GDAL's programs and give what it prints."""

    def run(*command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        # GDAL warns and goes on; what it warns of is a fault of ours.
        assert "Warning" not in done.stderr, done.stderr
        return done.stdout

    return run
