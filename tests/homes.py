"""Folders for private databases that tests make, and end however they were left."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.postmaster import Account, Postmaster


@contextmanager
def new_home() -> Iterator[Path]:
    """Give an empty folder; whatever server runs in it is stopped behind."""
    # Not tmp_path: as root that is closed to the user who runs PostgreSQL.
    home = Path(tempfile.mkdtemp(prefix="atlas-test-")).resolve()
    home.chmod(0o755)
    yield home
    postmaster(home).stop()
    shutil.rmtree(home)


def postmaster(home: Path) -> Postmaster:
    return Postmaster(folder=home, account=Account.unprivileged())


def pid_of_server(home: Path) -> int:
    running = postmaster(home).running()
    assert running is not None
    return running.pid


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be taken note of does not."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and ") Z " not in stat.read_text()
