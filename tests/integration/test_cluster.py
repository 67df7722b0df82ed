"""The private PostGIS on a real server: sharing, leaving, crashes and leftovers."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from app.cluster import database_url
from app.postgres import PostgresMissing, server_with_postgis
from app.postmaster import Account, ClusterRefused
from app.settings import ROOT, Settings
from tests.homes import is_alive, new_home, pid_of_server, postmaster

try:
    server_with_postgis()
except PostgresMissing as missing:
    pytest.skip(str(missing).splitlines()[0], allow_module_level=True)

HOLDER = """
import sys
from pathlib import Path
from app import postmaster
postmaster.LEFTOVERS_TIMEOUT_S = float(sys.argv[3])
from app.cluster import database_url
from app.settings import Settings
with database_url(Settings(home=Path(sys.argv[1])), exclusive=sys.argv[2] == "service") as url:
    print(url, flush=True)
    sys.stdin.read()
"""


class Holder:
    """Another program that uses the database until it is told to leave."""

    def __init__(
        self, home: Path, kind: str = "user", inside: Sequence[str] = (), wait_s: float = 10
    ) -> None:
        self.process = subprocess.Popen(
            [*inside, sys.executable, "-c", HOLDER, str(home), kind, str(wait_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if wait_s == 10 else subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def url(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> int:
        self.process.communicate()
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def empty_home() -> Iterator[Path]:
    with new_home() as home:
        yield home


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    with new_home() as home:
        with database_url(Settings(home=home)):
            pass
        yield home


@pytest.fixture
def home(made: Path, empty_home: Path) -> Path:
    """Give a folder whose database is made, to save the second that making takes."""
    subprocess.run(["cp", "-a", made / "data", empty_home], check=True)
    return empty_home


def wait_until_gone(pid: int) -> None:
    deadline = monotonic() + 10
    while is_alive(pid):
        assert monotonic() < deadline, f"process {pid} is still there"
        sleep(0.02)


def ask(url: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(question.encode()).fetchall()


def test_a_fresh_folder_gets_a_database_with_postgis(empty_home: Path) -> None:
    with database_url(Settings(home=empty_home)) as url:
        extensions = ask(url, "SELECT extname FROM pg_extension ORDER BY 1")
        encoding = ask(url, "SHOW server_encoding")
        area = ask(url, "SELECT ST_Area('POLYGON((0 0,2 0,2 2,0 0))')")
    assert extensions == [("plpgsql",), ("postgis",)]
    assert encoding == [("UTF8",)]
    assert area == [(2.0,)]
    assert postmaster(empty_home).running() is None
    assert sorted(entry.name for entry in empty_home.iterdir()) == [
        "data",
        "log",
        "server.lock",
        "socket",
        "start.lock",
        "users.lock",
    ]


def test_the_server_is_not_root_and_listens_on_no_network(home: Path) -> None:
    with database_url(Settings(home=home)) as url:
        process = Path(f"/proc/{pid_of_server(home)}")
        owner = process.stat().st_uid
        sockets = {str(link.readlink()) for link in (process / "fd").iterdir() if link.exists()}
        tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
        listening = {
            f"socket:[{row.split()[9]}]"
            for table in tables
            if table.exists()
            for row in table.read_text().splitlines()[1:]
        }
        assert ask(url, "SHOW listen_addresses") == [("",)]
    assert owner != 0
    assert sockets & listening == set()
    assert (home / "socket").stat().st_mode & 0o777 == 0o700


def test_the_last_to_leave_stops_the_server(home: Path) -> None:
    first = Holder(home)
    first.url()
    server = pid_of_server(home)
    with database_url(Settings(home=home)) as url:
        assert pid_of_server(home) == server
        assert first.leave() == 0
        assert ask(url, "SELECT 1") == [(1,)]
    assert postmaster(home).running() is None
    wait_until_gone(server)


def test_programs_that_start_at_once_share_one_server(empty_home: Path) -> None:
    holders = [Holder(empty_home) for _ in range(3)]
    urls = {holder.url() for holder in holders}
    assert urls == {f"postgresql://atlas@/atlas?host={empty_home}/socket&port=5432"}
    assert [holder.leave() for holder in holders] == [0, 0, 0]
    assert postmaster(empty_home).running() is None


def test_a_server_left_behind_by_a_killed_program_is_adopted_and_stopped(home: Path) -> None:
    holder = Holder(home)
    holder.url()
    server = pid_of_server(home)
    holder.kill()
    assert pid_of_server(home) == server
    with database_url(Settings(home=home)) as url:
        assert pid_of_server(home) == server
        assert ask(url, "SELECT 1") == [(1,)]
    assert postmaster(home).running() is None


def test_a_killed_server_comes_back_with_what_was_committed(home: Path) -> None:
    holder = Holder(home)
    with psycopg.connect(holder.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server = pid_of_server(home)
    os.kill(server, signal.SIGKILL)
    wait_until_gone(server)
    with database_url(Settings(home=home)) as url:
        assert ask(url, "SELECT answer FROM kept") == [(42,)]
        assert holder.leave() == 0
        assert ask(url, "SELECT answer FROM kept") == [(42,)]


def test_a_lock_file_that_names_another_living_program_is_no_obstacle(home: Path) -> None:
    holder = Holder(home)
    holder.url()
    server = pid_of_server(home)
    os.kill(server, signal.SIGKILL)
    wait_until_gone(server)
    holder.kill()
    account = Account.unprivileged()
    # PostgreSQL takes any living process of its own user for a server; so it must be one.
    as_user = {"user": account.uid, "group": account.gid} if os.geteuid() == 0 else {}
    stranger = subprocess.Popen(["sleep", "60"], **as_user)  # type: ignore[call-overload]
    try:
        for lock in (home / "data/postmaster.pid", home / "socket/.s.PGSQL.5432.lock"):
            _, _, rest = lock.read_text().partition("\n")
            lock.write_text(f"{stranger.pid}\n{rest}")
        with database_url(Settings(home=home)) as url:
            assert ask(url, "SELECT 1") == [(1,)]
            assert pid_of_server(home) != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


NAMESPACE = ("unshare", "--pid", "--ipc", "--fork", "--mount-proc")


def can_unshare() -> bool:
    try:
        return (
            subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
        )
    except FileNotFoundError:
        return False


in_a_namespace = pytest.mark.skipif(
    not can_unshare(), reason="this host lets nobody make a process namespace (unshare)"
)


@in_a_namespace
def test_a_server_of_another_namespace_is_never_taken_for_one_left_behind(home: Path) -> None:
    holder = Holder(home)
    url = holder.url()
    server = pid_of_server(home)
    lock_file = (home / "data/postmaster.pid").read_text()
    elsewhere = Holder(home, inside=NAMESPACE, wait_s=0.2)
    said, problem = elsewhere.process.communicate(timeout=20)
    assert (said, elsewhere.process.returncode) == ("", 1)
    assert problem.partition("ClusterRefused: ")[2] == (
        f"PostgreSQL runs on {home}/data, but out of sight of this program\n"
        "it belongs to another container or namespace: stop it there, "
        "or set ATLAS_HOME to another folder here\n"
    )
    assert (home / "data/postmaster.pid").read_text() == lock_file
    assert pid_of_server(home) == server
    assert ask(url, "SELECT 1") == [(1,)]
    holder.leave()


@in_a_namespace
def test_also_not_when_the_program_that_started_it_is_gone(home: Path) -> None:
    holder = Holder(home)
    url = holder.url()
    holder.kill()
    elsewhere = Holder(home, inside=NAMESPACE, wait_s=0.2)
    _, problem = elsewhere.process.communicate(timeout=20)
    assert "but out of sight of this program" in problem
    assert ask(url, "SELECT 1") == [(1,)]


def test_making_the_data_starts_over_after_it_was_interrupted(empty_home: Path) -> None:
    holder = Holder(empty_home)
    deadline = monotonic() + 10
    while not list(empty_home.glob("making-*/base")):
        assert monotonic() < deadline
        sleep(0.01)
    children = Path(f"/proc/{holder.process.pid}/task/{holder.process.pid}/children")
    (initdb,) = map(int, children.read_text().split())
    os.kill(initdb, signal.SIGSTOP)
    holder.kill()
    assert not (empty_home / "data").exists()
    # What still writes there keeps others away until it has ended.
    with (empty_home / "server.lock").open() as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.kill(initdb, signal.SIGCONT)
    with database_url(Settings(home=empty_home)) as url:
        assert ask(url, "SELECT 1") == [(1,)]
    assert list(empty_home.glob("making-*")) == []


def test_a_second_service_is_refused_but_a_user_is_not(home: Path) -> None:
    service = Holder(home, "service")
    service.url()
    second = database_url(Settings(home=home), exclusive=True)
    with pytest.raises(ClusterRefused) as refusal, second:
        pass
    pid = service.process.pid
    assert str(refusal.value).splitlines() == [
        f"process {pid} already serves the database in {home}",
        f"stop it (kill {pid}), or set ATLAS_HOME to another folder to run a second one",
    ]
    with database_url(Settings(home=home)) as url:
        assert ask(url, "SELECT 1") == [(1,)]
    service.kill()
    with database_url(Settings(home=home), exclusive=True) as url:
        assert ask(url, "SELECT 1") == [(1,)]


def test_a_folder_with_a_long_name_has_its_socket_elsewhere(home: Path) -> None:
    deep = home / ("a" * 100)
    deep.mkdir(mode=0o755)
    (home / "data").rename(deep / "data")
    with database_url(Settings(home=deep)) as url:
        assert ask(url, "SELECT 1") == [(1,)]
        running = postmaster(deep).running()
        assert running is not None
        assert not running.socket_folder.is_relative_to(home)
        assert running.socket_folder.stat().st_mode & 0o777 == 0o700
    running.socket_folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another user")
def test_a_folder_that_postgresql_cannot_enter_is_named(empty_home: Path) -> None:
    closed = empty_home / "closed"
    inside = closed / "home"
    inside.mkdir(parents=True)
    closed.chmod(0o700)
    with pytest.raises(ClusterRefused) as refusal, database_url(Settings(home=inside)):
        pass
    name = Account.unprivileged().name
    assert str(refusal.value).splitlines() == [
        f"user {name}, who runs PostgreSQL, cannot enter {closed}",
        f"allow it (chmod a+x {closed}) or set ATLAS_HOME to a folder elsewhere",
    ]


def test_data_of_a_postgresql_that_is_not_installed_are_left_alone(home: Path) -> None:
    (home / "data/PG_VERSION").write_text("9\n")
    with pytest.raises(ClusterRefused) as refusal, database_url(Settings(home=home)):
        pass
    first, *_, last = str(refusal.value).splitlines()
    assert first.startswith(f"the database in {home}/data was made by PostgreSQL 9; ")
    assert last.startswith("or move that folder away")
    (home / "data/PG_VERSION").write_text(f"{server_with_postgis().major}\n")
    with database_url(Settings(home=home)) as url:
        assert ask(url, "SELECT 1") == [(1,)]
