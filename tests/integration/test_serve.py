"""`serve`, `doctor` and the command line as other processes, on a private database of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from app.postgres import PostgresMissing, server_with_postgis
from app.settings import ROOT
from tests.homes import new_home, pid_of_server, postmaster

try:
    server_with_postgis()
except PostgresMissing as missing:
    pytest.skip(str(missing).splitlines()[0], allow_module_level=True)

pytestmark = pytest.mark.slow
SELF = "tests/integration/test_serve.py"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Give a folder for a database; the first test to serve from it fills it."""
    with new_home() as home:
        yield home


def start(home: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ATLAS_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "app.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=kept | {"PYTHONPATH": str(ROOT), "ATLAS_HOME": str(home)} | environment,
    )


def run(home: Path, *arguments: str, **environment: str) -> tuple[int, str, list[str]]:
    process = start(home, *arguments, **environment)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err.splitlines()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=20) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_until_ready(process: subprocess.Popen[str], port: int) -> None:
    deadline = monotonic() + 30
    while not is_ready(port):
        assert process.poll() is None, process.communicate()[1]
        assert monotonic() < deadline
        sleep(0.05)


def database_runs(home: Path) -> bool:
    return postmaster(home).running() is not None


@pytest.mark.parametrize(("workers", "stop"), [("1", signal.SIGINT), ("2", signal.SIGTERM)])
def test_serve_answers_until_it_is_told_to_stop_and_leaves_nothing_running(
    home: Path, workers: str, stop: signal.Signals
) -> None:
    port = free_port()
    service = start(home, "serve", "--port", str(port), "--workers", workers)
    wait_until_ready(service, port)
    assert database_runs(home)
    service.send_signal(stop)
    out, err = service.communicate(timeout=30)
    assert (service.returncode, out) == (0, "")
    address = f"Conflict Atlas is at http://127.0.0.1:{port}/  (Ctrl-C stops it)"
    assert [line for line in err.splitlines() if not line.startswith("atlas: loaded")] == [address]
    assert not database_runs(home)


def test_a_second_service_on_one_database_is_refused(home: Path) -> None:
    port = free_port()
    service = start(home, "serve", "--port", str(port))
    wait_until_ready(service, port)
    code, out, err = run(home, "serve", "--port", "0")
    assert (code, out) == (1, "")
    assert err == [
        f"atlas: process {service.pid} already serves the database in {home}",
        f"  stop it (kill {service.pid}), or set ATLAS_HOME to another folder to run a second one",
    ]
    assert is_ready(port)
    service.terminate()
    service.communicate(timeout=30)


def test_workers_end_with_a_killed_service_and_the_next_one_takes_over(home: Path) -> None:
    port = free_port()
    service = start(home, "serve", "--port", str(port), "--workers", "2")
    wait_until_ready(service, port)
    service.kill()
    service.communicate(timeout=30)  # ends only when no worker holds the other end of the pipes
    assert not is_ready(port)
    assert database_runs(home)

    service = start(home, "serve", "--port", str(port))
    wait_until_ready(service, port)
    service.terminate()
    service.communicate(timeout=30)
    assert (service.returncode, database_runs(home)) == (0, False)


def test_a_database_killed_under_the_service_is_started_again(home: Path) -> None:
    port = free_port()
    service = start(home, "serve", "--port", str(port))
    wait_until_ready(service, port)
    os.kill(pid_of_server(home), signal.SIGKILL)
    ends = time.monotonic() + 30
    while not is_ready(port) and time.monotonic() < ends:
        time.sleep(0.2)
    assert is_ready(port)
    service.terminate()
    _, err = service.communicate(timeout=30)
    assert "atlas: PostgreSQL had stopped; it runs again" in err
    assert not database_runs(home)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "foo"])
def test_a_database_that_is_not_there_is_one_line(home: Path, url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "ATLAS_HOME": str(home), "ATLAS_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("atlas: the database cannot be reached; see that the server runs")
    assert len(done.stderr.splitlines()) == 1


def test_a_port_in_use_is_said_before_a_database_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(tmp_path / "home", "serve", "--port", str(port)) == (
            1,
            "",
            [
                f"atlas: cannot listen on 127.0.0.1 port {port}: Address already in use",
                f"  choose another: atlas serve --port {port + 1}",
            ],
        )
    assert not (tmp_path / "home").exists()


def test_a_bad_setting_is_one_line_and_no_traceback(home: Path) -> None:
    assert run(home, "serve", "--port", "0", ATLAS_POOL_SIZE="many") == (
        1,
        "",
        ["atlas: ATLAS_POOL_SIZE='many' is not a whole number above 0; change or unset it"],
    )


@pytest.mark.parametrize(
    "arguments", [["no-such-verb"], ["serve", "--no-such-option"], ["serve", "--port", "70000"]]
)
def test_wrong_usage_ends_with_code_2(home: Path, arguments: list[str]) -> None:
    code, out, _ = run(home, *arguments)
    assert (code, out) == (2, "")


def test_every_file_of_the_folder_is_a_verb_in_the_help(home: Path) -> None:
    code, out, _ = run(home, "--help", TERM="dumb")
    files = {path.stem for path in (ROOT / "app/cli").glob("[!_]*.py")}
    assert code == 0
    assert files <= set(out.split())


def test_test_hands_every_argument_to_pytest(home: Path) -> None:
    code, out, _ = run(home, "test", "--co", "-qq", "-k", "wrong_usage", SELF)
    assert (code, out.strip()) == (0, f"{SELF}: 3")


def test_doctor_reports_what_a_private_database_is_and_starts_none(home: Path) -> None:
    _, out, err = run(home, "doctor", "--json")
    report = {row["subject"]: row for row in json.loads(out)}
    assert err == []
    assert report["database"] == {
        "subject": "database",
        "state": "ok",
        "value": f"private, in {home}: not running; starts when needed",
        "to_do": "",
    }
    assert report["PostgreSQL"]["state"] == "ok"
    assert report["ATLAS_HOME"]["value"] == f"{home} (set)"
    assert not database_runs(home)


def test_doctor_ends_with_code_1_and_says_what_to_do_when_the_database_is_away(home: Path) -> None:
    url = "postgresql://reader:secret@127.0.0.1:1/atlas?password=secret"
    code, out, _ = run(home, "doctor", "--json", ATLAS_DATABASE_URL=url)
    report = {row["subject"]: row for row in json.loads(out)}
    assert code == 1
    assert report["database"]["value"] == ("postgresql://reader:•••@127.0.0.1:1/atlas?password=•••")
    assert report["answers"]["state"] == "wrong"
    assert report["answers"]["to_do"] != ""
    assert "secret" not in out
