"""Make, start and stop a PostgreSQL of our own in one folder, as an unprivileged user."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

from app.postgres import PostgresMissing, Server, server_with_postgis
from geo.errors import AtlasError

DATABASE = "atlas"
SUPERUSER = "atlas"
EXTENSIONS = ("postgis",)
SOCKET_PATH_MAX_BYTES = 107  # sockaddr_un.sun_path, less its closing NUL
START_TIMEOUT_S = 300  # recovery after a crash replays up to max_wal_size
STOP_TIMEOUT_S = 60
LEFTOVERS_TIMEOUT_S = 10  # the last backends of a killed server need a moment to notice

# For two cores and a few hundred MB; somebody with more runs a server of their own.
PARAMETERS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Seven files, one a weekday, each written over a week later.
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


class ClusterRefused(AtlasError):
    """The private database cannot be used as things stand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The user that PostgreSQL runs as: we ourselves, or who stands in for root."""

    name: str
    uid: int
    gid: int

    @classmethod
    def unprivileged(cls) -> Account:
        """Take the present user, or for root `postgres` (else `nobody`)."""
        if os.geteuid() != 0:
            return cls._of(pwd.getpwuid(os.geteuid()))
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return cls._of(pwd.getpwnam(name))
        raise ClusterRefused(
            "PostgreSQL never runs as root and there is no user postgres or nobody\n"
            "make one: useradd --system postgres"
        )

    @classmethod
    def _of(cls, entry: pwd.struct_passwd) -> Account:
        return cls(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)

    def run(self, *command: str | Path, text: str | None = None, **options: Any) -> str:
        """Run a program as this user, with nothing of our environment; its output if it failed."""
        if os.geteuid() == 0:
            groups = os.getgrouplist(self.name, self.gid)
            options |= {"user": self.uid, "group": self.gid, "extra_groups": groups}
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command,
            input=text or "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            umask=0o077,
            **options,
        )
        if done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout)
        return done.stdout

    def own(self, folder: Path) -> Path:
        """Make a folder that only this user enters."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0 and folder.lstat().st_uid == 0:
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)
        return folder


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """What postmaster.pid says of a server that is alive."""

    pid: int
    socket_folder: Path
    state: str

    @property
    def url(self) -> str:
        host = quote(str(self.socket_folder), safe="/")
        return f"postgresql://{SUPERUSER}@/{DATABASE}?host={host}&port={PARAMETERS['port']}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Postmaster:
    """A PostgreSQL data folder and the server that may be running on it."""

    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def major(self) -> int | None:
        """Read which PostgreSQL made the data; none when there are none yet."""
        try:
            return int((self.data / "PG_VERSION").read_text())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def running(self) -> Running | None:
        """Tell whether a server is alive on this folder, whoever started it."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid = int(lines[0])
        except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
            return None
        # After a reboot or a kill the number may belong to any other program.
        if pid <= 0 or f"-D {self.data} " not in _command_line(pid):
            return None
        lines += [""] * 8
        return Running(pid=pid, socket_folder=Path(lines[4]), state=lines[7].strip())

    def start(self) -> Running:
        """Start the server, or find it running; make its data first if there are none."""
        running = self._settled()
        if running is not None:
            return running
        self._check_reach()
        with self._claimed() as claim:
            for unfinished in self.folder.glob("making-*"):
                shutil.rmtree(unfinished, ignore_errors=True)
            server = self._server()
            if self.major is None:
                self._make(server, claim)
            self._launch(server, claim)
        started = self.running()
        if started is None:
            raise ClusterRefused(f"PostgreSQL stopped at once{self._log_tail()}")
        return started

    def stop(self) -> None:
        """Stop the server if it runs, and wait until it has."""
        running = self.running()
        if running is None:
            return
        pg_ctl = server_with_postgis(self.major).programs / "pg_ctl"
        wait = ("-w", "-t", str(STOP_TIMEOUT_S))
        try:
            # A session of its own: a second Ctrl-C must not leave the server half way.
            self.account.run(
                *(pg_ctl, "stop", "-s", "-D", self.data, "-m", "fast", *wait),
                start_new_session=True,
            )
        except subprocess.CalledProcessError as error:
            if self.running() is not None:
                raise ClusterRefused(
                    f"PostgreSQL (process {running.pid}) did not stop: {error.output.strip()}"
                ) from error

    @contextlib.contextmanager
    def _claimed(self) -> Iterator[int]:
        """Hold the lock that all processes of a server inherit, or say that there still are some.

        A process of another container or namespace cannot be seen, so its number in a lock file
        says nothing; but the kernel knows of its lock. Where there are no data yet it is held by
        what a killed program left of making them, which ends in its own time.
        """
        patience_s = START_TIMEOUT_S if self.major is None else LEFTOVERS_TIMEOUT_S
        path = self.folder / "server.lock"
        claim = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = monotonic() + patience_s
        try:
            while True:
                try:
                    fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if monotonic() > deadline:
                        raise ClusterRefused(
                            f"PostgreSQL runs on {self.data}, but out of sight of this program\n"
                            "it belongs to another container or namespace: stop it there, or set "
                            "ATLAS_HOME to another folder here"
                        ) from None
                    sleep(0.05)
            yield claim
        finally:
            os.close(claim)

    def _server(self) -> Server:
        """Choose the server that made the data, for no other can read them."""
        try:
            return server_with_postgis(self.major)
        except PostgresMissing as missing:
            if self.major is None:
                raise
            raise ClusterRefused(
                f"the database in {self.data} was made by PostgreSQL {self.major}; {missing}\n"
                "or move that folder away: the default data are loaded anew, your own loads are not"
            ) from missing

    def _settled(self) -> Running | None:
        """Wait while a server that somebody left behind is still starting or stopping."""
        deadline = monotonic() + START_TIMEOUT_S
        while (running := self.running()) is not None and running.state != "ready":
            if monotonic() > deadline:
                raise ClusterRefused(
                    f"PostgreSQL (process {running.pid}) has been {running.state or 'starting'} "
                    f"for {START_TIMEOUT_S} s\nits log is in {self.folder / 'log'}"
                )
            sleep(0.02)
        return running

    def _check_reach(self) -> None:
        """Refuse a folder that the unprivileged user cannot enter."""
        for folder in (*reversed(self.folder.parents), self.folder):
            try:
                self.account.run("test", "-x", folder)
            except subprocess.CalledProcessError:
                raise ClusterRefused(
                    f"user {self.account.name}, who runs PostgreSQL, cannot enter {folder}\n"
                    f"allow it (chmod a+x {shlex.quote(str(folder))}) "
                    "or set ATLAS_HOME to a folder elsewhere"
                ) from None

    def _make(self, server: Server, claim: int) -> None:
        """Make the data beside their place and move them there whole, so none is ever half made.

        Who is killed meanwhile leaves programs that write on; they hold the lock until they end.
        """
        making = Path(tempfile.mkdtemp(prefix="making-", dir=self.folder))
        if os.geteuid() == 0:
            os.chown(making, self.account.uid, self.account.gid)
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        initdb = (server.programs / "initdb", "-D", making)
        encoding = ("--encoding=UTF8", f"--locale={locale}")
        # Nothing else runs on it yet: a single backend needs no socket and no waiting.
        single = (server.programs / "postgres", "--single", "-F", "-D", making)
        extend = "".join(f"CREATE EXTENSION {name}\n" for name in EXTENSIONS)
        look = "SELECT extname FROM pg_extension\n"
        run = partial(self.account.run, pass_fds=(claim,))
        try:
            run(*initdb, "-U", SUPERUSER, "-A", "trust", *encoding, "--no-sync")
            run(*single, "postgres", text=f"CREATE DATABASE {DATABASE}\n")
            said = run(*single, DATABASE, text=extend + look)
            if not all(f'extname = "{name}"' in said for name in EXTENSIONS):
                raise subprocess.CalledProcessError(1, "CREATE EXTENSION", said)
            run(*initdb, "--sync-only")
        except subprocess.CalledProcessError as error:
            shutil.rmtree(making, ignore_errors=True)
            raise ClusterRefused(
                f"PostgreSQL could not make its data in {self.folder}\n{_tail(error.output)}"
            ) from error
        making.rename(self.data)
        _sync_folder(self.folder)

    def _disown(self, *lock_files: Path) -> None:
        """Let PostgreSQL see that the process named in a lock file left behind is not a server.

        It takes any live process of its user for one, but never its own parent; the rest of the
        file must stay: it names the shared memory that a killed server's backends may still use.
        """
        for lock_file in lock_files:
            with contextlib.suppress(FileNotFoundError):
                _, newline, rest = lock_file.read_text().partition("\n")
                # As the account and never as root, who would follow a link laid out there.
                self.account.run("tee", lock_file, text=f"{os.getpid()}{newline}{rest}")

    def _launch(self, server: Server, claim: int) -> None:
        log = self.account.own(self.folder / "log")
        sockets = self._socket_folder()
        self._disown(self.data / "postmaster.pid", sockets / f".s.PGSQL.{PARAMETERS['port']}.lock")
        parameters = PARAMETERS | {
            "unix_socket_directories": f'"{sockets}"',
            "log_directory": str(log),
        }
        options = " ".join(f"-c {shlex.quote(f'{k}={v}')}" for k, v in parameters.items())
        (log / "start.log").unlink(missing_ok=True)
        command = (server.programs / "pg_ctl", "start", "-s", "-w", "-D", self.data)
        where = ("-t", str(START_TIMEOUT_S), "-l", log / "start.log", "-o", options)
        deadline = monotonic() + LEFTOVERS_TIMEOUT_S
        while True:
            try:
                self.account.run(*command, *where, pass_fds=(claim,))
            except subprocess.CalledProcessError as error:
                if "is still in use" in self._log_tail() and monotonic() < deadline:
                    (log / "start.log").unlink(missing_ok=True)
                    sleep(0.1)
                    continue
                raise ClusterRefused(f"PostgreSQL did not start{self._log_tail()}") from error
            return

    def _socket_folder(self) -> Path:
        folder = socket_folder(self.folder, self.account.uid)
        self.account.own(folder)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.uid:
            raise ClusterRefused(
                f"{folder} is to hold the database's socket but belongs to somebody else\n"
                "remove it, or set ATLAS_HOME to a folder with a shorter path"
            )
        self.account.run("chmod", "700", folder)
        return folder

    def _log_tail(self) -> str:
        try:
            return "\n" + _tail((self.folder / "log/start.log").read_text(errors="replace"))
        except FileNotFoundError:
            return ""


def socket_folder(folder: Path, uid: int) -> Path:
    """Choose where the socket lives: in the folder, or somewhere short if its path is too long."""
    inside = folder / "socket"
    if len(os.fsencode(inside / f".s.PGSQL.{PARAMETERS['port']}")) <= SOCKET_PATH_MAX_BYTES:
        return inside
    name = "conflict-atlas-" + hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    session = Path(f"/run/user/{uid}")
    return (session if session.is_dir() else Path("/tmp")) / name  # noqa: S108 owner is checked


def _command_line(pid: int) -> str:
    """Give a process's command line, words parted by blanks; empty when there is none."""
    if Path("/proc/self").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return os.fsdecode(words.replace(b"\0", b" "))
    ps = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(ps, capture_output=True, text=True, check=False).stdout + " "


def _tail(text: str, lines: int = 12) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
