"""Many new rows at once: written without a log and indexed behind, yet all of them or none."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from app import cluster, start
from app.settings import ROOT, Settings
from geo import database
from geo.importing import versions, writing
from geo.spec import Layer
from tests.benchmarks import acled_shaped
from tests.conftest import until
from tests.homes import is_alive, new_home, pid_of_server
from tests.integration.test_import_cli import environment, state
from tests.integration.test_imports import bring, event

pytestmark = pytest.mark.slow
# Of less than 2 MB, PostgreSQL rather writes the log than waits for the disk.
ROWS = 2_000
FILE = "SELECT pg_relation_filenode('atlas.events')"
# What a table is besides its rows: options, privileges, of itself and of where its long texts are.
CATALOG = """
    SELECT c.relname, c.relacl::text, c.reloptions, c.relreplident, c.relpersistence, c.relhasindex
    FROM pg_class c WHERE c.oid = 'atlas.events'::regclass
    UNION ALL
    SELECT 'toast', t.relacl::text, t.reloptions, t.relreplident, t.relpersistence, t.relhasindex
    FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid
    WHERE c.oid = 'atlas.events'::regclass
    UNION ALL
    SELECT pg_get_indexdef(i.indexrelid), i.indisclustered::text, NULL, NULL, NULL, i.indisvalid
    FROM pg_index i WHERE i.indrelid = 'atlas.events'::regclass
    ORDER BY 1
"""
# A command line for which few rows are many.
EAGER = """
import runpy
from geo.importing import writing
writing.MANY, writing.WORTH_MOVING = 1, 0
runpy.run_module("app.cli", run_name="__main__")
"""


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take few rows for many."""
    monkeypatch.setattr(writing, "MANY", 1)
    monkeypatch.setattr(writing, "WORTH_MOVING", 0)


@pytest.fixture(scope="session")
def spares_log(server_url: str) -> None:
    """Need a server that keeps no log of new files, as the private one."""
    with psycopg.connect(server_url) as connection:
        if not only(connection, versions.is_spared_log()):
            pytest.skip("the server of ATLAS_DATABASE_URL has another wal_level than minimal")


def only(connection: psycopg.Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def many() -> list[dict[str, Any]]:
    """Make rows with long texts that differ."""
    chance = random.Random(1)
    return [event(str(number), notes=chance.randbytes(500).hex()) for number in range(ROWS)]


@pytest.mark.usefixtures("eager", "spares_log")
def test_many_new_rows_are_not_written_to_the_log_as_well(
    own_database_url: str, layers: dict[str, Layer]
) -> None:
    with database.connect(own_database_url) as connection:
        began = only(connection, "SELECT pg_current_wal_insert_lsn()")
        bring(connection, layers["events"], *many())
        logged = only(connection, f"SELECT pg_current_wal_insert_lsn() - '{began}'::pg_lsn")
        held = only(connection, "SELECT pg_table_size('atlas.events')")
    assert held > 2_000_000
    assert logged < held / 2


@pytest.mark.usefixtures("eager", "spares_log")
def test_a_table_whose_rows_moved_is_what_it_was(
    own_database_url: str, layers: dict[str, Layer]
) -> None:
    rows = "SELECT e::text FROM atlas.events e WHERE dataset IS DISTINCT FROM 'acled' ORDER BY row"
    with database.connect(own_database_url) as connection:
        # What is closed on the way moves too.
        bring(connection, layers["events"], event("0"), event("gone"))
        connection.commit()
        before = [connection.execute(asked).fetchall() for asked in (CATALOG, rows)]
        file = only(connection, FILE)
        report = bring(connection, layers["events"], *many())
        connection.commit()
        assert [connection.execute(asked).fetchall() for asked in (CATALOG, rows)] == before
        assert only(connection, FILE) != file
        closed = "SELECT id FROM atlas.events WHERE NOT upper_inf(recorded) ORDER BY id"
        assert connection.execute(closed).fetchall() == [("acled-0",), ("acled-gone",)]
    assert (report.added, report.changed, report.removed) == (ROWS - 1, 1, 1)


@pytest.mark.usefixtures("eager")
def test_where_all_is_logged_no_row_moves(
    own_database_url: str, layers: dict[str, Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "is_spared_log", lambda: "SELECT false")
    with database.connect(own_database_url) as connection:
        file = only(connection, FILE)
        bring(connection, layers["events"], *many())
        assert only(connection, FILE) == file


def test_about_as_many_rows_as_there_are_have_indexes_made_anew_and_move_none(
    own_database_url: str, layers: dict[str, Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MANY", 1)
    index = "SELECT pg_relation_filenode('atlas.events_now_geom')"
    with database.connect(own_database_url) as connection:
        before = only(connection, FILE), only(connection, index)
        catalog = connection.execute(CATALOG).fetchall()
        bring(connection, layers["events"], *many()[:400])
        assert connection.execute(CATALOG).fetchall() == catalog
        after = only(connection, FILE), only(connection, index)
    assert after[0] == before[0]
    assert after[1] != before[1]


@pytest.mark.usefixtures("eager")
def test_while_others_are_connected_no_index_is_taken_from_them(
    own_database_url: str, layers: dict[str, Layer]
) -> None:
    with (
        database.connect(own_database_url) as connection,
        database.connect(own_database_url) as reader,
    ):
        bring(connection, layers["events"], *many())
        # It would wait for a lock otherwise.
        reader.execute("SET statement_timeout = '5s'")
        assert reader.execute("SELECT count(*) > 200 FROM published.events").fetchone() == (True,)


def test_an_import_that_is_killed_while_many_rows_are_written_leaves_nothing(
    own_database_url: str, server_url: str, tmp_path: Path
) -> None:
    before, export = state(own_database_url), tmp_path / "export.csv"
    acled_shaped.write(export, 400)
    with psycopg.connect(own_database_url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$"
        )
        connection.execute(
            "CREATE TRIGGER hold AFTER INSERT ON atlas.events"
            " FOR EACH STATEMENT EXECUTE FUNCTION hold()"
        )
    name = urlsplit(own_database_url).path.lstrip("/")
    command = [sys.executable, "-c", EAGER, "import", "acled", str(export)]
    # From another database: nobody else may be connected to this one.
    with (
        psycopg.connect(server_url, autocommit=True) as watching,
        subprocess.Popen(command, cwd=ROOT, env=environment(own_database_url)) as running,
    ):
        at_work = f"FROM pg_stat_activity WHERE datname = '{name}'"
        locked = (
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            f" WHERE datname = '{name}' AND mode = 'AccessExclusiveLock' AND granted"
        )
        until(lambda: bool(only(watching, f"SELECT count(*) {at_work} AND wait_event = 'PgSleep'")))
        assert only(watching, locked) > 0
        running.send_signal(signal.SIGKILL)
        running.wait()
        watching.execute(f"SELECT pg_terminate_backend(pid) {at_work}")
        until(lambda: not only(watching, f"SELECT count(*) {at_work}"))
    assert state(own_database_url) == before


@pytest.fixture
def home() -> Iterator[Path]:
    with new_home() as made:
        yield made


@pytest.mark.usefixtures("eager")
def test_of_many_rows_a_killed_server_has_all_or_none(home: Path, layers: dict[str, Layer]) -> None:
    settings = Settings(home=home)
    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        before = state(url)
        with pytest.raises(psycopg.OperationalError):
            bring_without_end(url, layers["events"], home)
    with cluster.database_url(settings) as url:
        assert state(url) == before
        with database.connect(url) as connection:
            file = only(connection, FILE)
            bring(connection, layers["events"], *many())
            assert only(connection, FILE) != file
        after = state(url)
        kill_server(home)
    with cluster.database_url(settings) as url:
        assert state(url) == after
        with database.connect(url) as connection:
            connection.execute("SET enable_seqscan = off")
            near = "SELECT count(*) FROM atlas.events WHERE upper_inf(recorded) AND geom && 'BOX'"
            box = "SRID=4326;POLYGON((-1 16,1 16,1 17,-1 17,-1 16))"
            assert only(connection, near.replace("BOX", box)) >= ROWS


def bring_without_end(url: str, layer: Layer, home: Path) -> None:
    """Bring rows to a server that is gone before they are committed."""
    with database.connect(url) as connection:
        bring(connection, layer, *many())
        kill_server(home)
        until(lambda: not is_alive(connection.info.backend_pid))


def kill_server(home: Path) -> None:
    """Have the server end at once, as by a loss of power to it alone."""
    pid = pid_of_server(home)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid))
