"""Share one private PostGIS between the programs of one user, when no database URL is given.

Four locks in its folder say who is there; the kernel lets go of them however a program ends:

    users.lock    shared by every program that uses the database; the last to leave stops it
    start.lock    held while the server is made, started or stopped
    service.lock  held by the one service
    server.lock   held by every process of the server, also where its number means nothing here
"""

from __future__ import annotations

import fcntl
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.postmaster import Account, ClusterRefused, Postmaster, Running
from app.settings import Settings
from geo.errors import AtlasError

LOOK_EVERY_S = 1.0


def home(settings: Settings) -> Path:
    """Give the folder of the private database."""
    if settings.home is not None:
        return settings.home.resolve()
    if os.geteuid() == 0:  # an unprivileged PostgreSQL cannot enter /root
        return Path("/var/lib/conflict-atlas")
    # XDG Base Directory: a path that is not absolute is to be ignored.
    data = Path(os.environ.get("XDG_DATA_HOME", ""))
    if not data.is_absolute():
        data = Path.home() / ".local/share"
    return (data / "conflict-atlas").resolve()


@contextmanager
def database_url(settings: Settings, *, exclusive: bool = False) -> Iterator[str]:
    """Yield the address of the database, running a private one if the settings name none."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    folder = _make_folder(home(settings))
    postmaster = Postmaster(folder=folder, account=Account.unprivileged())
    if not exclusive:
        with _joined(postmaster) as running:
            yield running.url
        return
    with _service(folder), _joined(postmaster) as running, _kept_running(postmaster):
        yield running.url


def running_privately(settings: Settings) -> Running | None:
    """Look whether the private database runs, and start nothing."""
    return Postmaster(folder=home(settings), account=Account.unprivileged()).running()


def _make_folder(folder: Path) -> Path:
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True)
            # PostgreSQL's own folders inside are closed; root's account must pass through here.
            folder.chmod(0o755 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise ClusterRefused(
            f"cannot make the database's folder {folder}: {error.strerror}\n"
            "set ATLAS_HOME to a folder that you may write to"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ClusterRefused(
            f"the database's folder {folder} belongs to another user\n"
            "run as that user, or set ATLAS_HOME to a folder of your own"
        )
    return folder


@contextmanager
def _joined(postmaster: Postmaster) -> Iterator[Running]:
    """Be one of the users; the first starts the server, the last stops it."""
    starting = postmaster.folder / "start.lock"
    with _lock_file(postmaster.folder / "users.lock") as users:
        with _locked(starting):
            fcntl.flock(users, fcntl.LOCK_SH)
            running = postmaster.start()
        try:
            yield running
        finally:
            with _locked(starting):
                if _try_exclusively(users):
                    postmaster.stop()


@contextmanager
def _kept_running(postmaster: Postmaster) -> Iterator[None]:
    """Start the server again should somebody kill it under a service that goes on."""
    leaving = threading.Event()

    def look_after() -> None:
        while not leaving.wait(LOOK_EVERY_S):
            if postmaster.running() is not None:
                continue
            with _locked(postmaster.folder / "start.lock"):
                if leaving.is_set():
                    return
                try:
                    postmaster.start()
                    sys.stderr.write("atlas: PostgreSQL had stopped; it runs again\n")
                except AtlasError as error:
                    sys.stderr.write(f"atlas: PostgreSQL has stopped: {error}\n")

    watch = threading.Thread(target=look_after, name="postgres-watch", daemon=True)
    watch.start()
    try:
        yield
    finally:
        leaving.set()
        watch.join()


@contextmanager
def _service(folder: Path) -> Iterator[None]:
    """Be the only service on this folder, or say who is."""
    path = folder / "service.lock"
    with _lock_file(path) as lock:
        if not _try_exclusively(lock):
            pid = path.read_text().strip() or "unknown"
            raise ClusterRefused(
                f"process {pid} already serves the database in {folder}\n"
                f"stop it (kill {pid}), or set ATLAS_HOME to another folder to run a second one"
            )
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield


@contextmanager
def _lock_file(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with _lock_file(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _try_exclusively(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
