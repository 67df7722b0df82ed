"""What tests share: a real PostGIS, a fresh database for each module, and running services."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql

from app import cluster, start
from app.main import create_app
from app.settings import ROOT, Settings
from geo.spec import Layer

STARTS_WITHIN_S = 60

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("atlas", deadline=None)
hypothesis.settings.load_profile("atlas")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no process is left with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own() -> Iterator[None]:
    """Keep what can be made again apart from the user's, and let it end with the tests."""
    with (
        tempfile.TemporaryDirectory(prefix="atlas-cache-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("XDG_CACHE_HOME", folder)
        yield


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Give a PostGIS server of the tests' own, or the one that ATLAS_DATABASE_URL names."""
    settings = Settings.from_environment()
    if settings.database_url is not None:
        yield settings.database_url
        return
    # Not under pytest's own folder: run as root, that one is closed to PostgreSQL's user.
    with tempfile.TemporaryDirectory(prefix="atlas-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with cluster.database_url(Settings(home=Path(folder) / "home")) as url:
            _wait_for_no_disk(url)
            yield url


def _wait_for_no_disk(url: str) -> None:
    """Have a server that ends with the tests keep nothing safe from a loss of power."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def new_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Make a database, and drop it afterwards."""
    name = f"atlas_test_{uuid.uuid4().hex[:12]}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def prepared_url(server_url: str) -> Iterator[str]:
    """Prepare one database with the default data, which the others are copied from."""
    with new_database(server_url) as url:
        start.prepare(url, Settings())
        yield url


@pytest.fixture(scope="module")
def empty_database_url(server_url: str) -> Iterator[str]:
    """Give a test module an empty database of its own."""
    with new_database(server_url) as url:
        yield url


@pytest.fixture(scope="module")
def database_url(server_url: str, prepared_url: str) -> Iterator[str]:
    """Give a test module a database of its own with the default data."""
    with new_database(server_url, urlsplit(prepared_url).path.lstrip("/")) as url:
        yield url


@pytest.fixture
def own_database_url(server_url: str, prepared_url: str) -> Iterator[str]:
    """Give one test a database of its own with the default data."""
    with new_database(server_url, urlsplit(prepared_url).path.lstrip("/")) as url:
        yield url


@pytest.fixture(scope="session")
def layers() -> dict[str, Layer]:
    return start.declared_layers()


@pytest.fixture(scope="module")
def client(database_url: str) -> Iterator[TestClient]:
    """Talk to a service on the module's database, without a socket."""
    app = create_app(Settings(database_url=database_url))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that happens beside the test."""
    ends = time.monotonic() + STARTS_WITHIN_S
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


@pytest.fixture(scope="module")
def settled(database_url: str) -> Iterator[TestClient]:
    """Talk to a service that has its columns at hand."""
    app = create_app(Settings(database_url=database_url))
    with TestClient(app, raise_server_exceptions=False) as made:
        until(lambda: app.state.feed.is_sure)
        until(lambda: all(state["rows"] for state in app.state.keeper.state().values()))
        yield made


@pytest.fixture
def without_columns(settled: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Talk to a service that has no columns and keeps no tiles."""
    app: Any = settled.app
    monkeypatch.setattr(app.state.keeper, "snapshot", lambda _: None)
    monkeypatch.setattr(app.state.feed, "is_sure", False)
    return settled


@pytest.fixture(scope="session")
def live_server(server_url: str, prepared_url: str) -> Iterator[str]:
    """Run uvicorn on a database that no test changes, and give its address."""
    with (
        new_database(server_url, urlsplit(prepared_url).path.lstrip("/")) as url,
        _serving(url) as address,
    ):
        yield address


@pytest.fixture(scope="module")
def own_server(database_url: str) -> Iterator[str]:
    """Run uvicorn on the module's database, and give its address."""
    with _serving(database_url) as address:
        yield address


@contextmanager
def _serving(database_url: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "app.main:service"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning", "--no-proxy-headers"],
        cwd=ROOT,
        env={**os.environ, "ATLAS_DATABASE_URL": database_url},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=STARTS_WITHIN_S)
        finally:
            process.kill()


def _wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health/ready", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the service at {address} did not get ready")
