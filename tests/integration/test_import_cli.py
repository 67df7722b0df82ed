"""`atlas import`: what it says, what it leaves behind however it ends, and how it is taken back."""

from __future__ import annotations

import csv
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.settings import ROOT
from tests.benchmarks import acled_shaped
from tests.command import run_atlas
from tests.integration.fetch_server import fake_services
from tests.integration.test_fetch_and_read import ACLED

pytestmark = pytest.mark.slow
ROWS = 400
# Lines of a summary that changed nothing of `ROWS` rows.
SAME = f"new: 0\nchanged: 0\nunchanged: {ROWS}\ndeleted by source: 0\nrejected: 0\n"


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "app.cli", "import", *map(str, arguments)]


def environment(url: str) -> dict[str, str]:
    return {**os.environ, "ATLAS_DATABASE_URL": url}


def atlas(
    url: str, *arguments: str | Path, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line on a database."""
    variables = {"ATLAS_DATABASE_URL": url, **(more or {})}
    return run_atlas("import", *arguments, variables=variables)


def state(url: str) -> list[tuple[Any, ...]]:
    """List every version of every event and every entry of the books, to see that nothing moved."""
    with psycopg.connect(url) as connection:
        versions = connection.execute(
            "SELECT id, recorded::text, import_id, sensitivity FROM atlas.events ORDER BY row"
        ).fetchall()
        books = connection.execute(
            "SELECT i.id, r.revision, i.added FROM atlas.imports i"
            " LEFT JOIN atlas.revisions r ON r.layer = i.layer ORDER BY i.id"
        ).fetchall()
    return [*versions, *books]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file in the form of an ACLED export."""
    path = tmp_path_factory.mktemp("acled") / "export.csv"
    acled_shaped.write(path, ROWS)
    return path


def rewritten(export: Path, folder: Path, *, without: int = 0, **cells: str) -> Path:
    """Write the export with some cells of its first row changed, and without its last rows."""
    with export.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0].update(cells)
    path = folder / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows[: len(rows) - without])
    return path


@pytest.fixture(scope="module")
def filled_url(database_url: str, export: Path) -> str:
    """Give a database that holds the export."""
    done = atlas(database_url, "acled", export)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[1:6] == [
        f"new: {ROWS}",
        "changed: 0",
        "unchanged: 0",
        "deleted by source: 0",
        "rejected: 0",
    ]
    assert lines[6].startswith("regions disagreeing: ")
    assert lines[7].startswith("days: 20")
    return database_url


def test_the_same_file_again_changes_nothing(filled_url: str, export: Path) -> None:
    before = state(filled_url)
    done = atlas(filled_url, "acled", export)
    assert done.stdout.startswith(f"events/acled\n{SAME}")
    assert state(filled_url) == before


def test_a_dry_run_says_the_same_and_writes_nothing(
    filled_url: str, export: Path, tmp_path: Path
) -> None:
    before = state(filled_url)
    file = rewritten(export, tmp_path, without=3, notes="told anew")
    planned = atlas(filled_url, "acled", file, "--dry-run")
    assert state(filled_url) == before
    heading, *summary = planned.stdout.splitlines()
    assert heading == "events/acled (dry run, nothing was changed)"
    done = atlas(filled_url, "acled", file)
    assert done.stdout.splitlines()[1:] == summary
    assert summary[:3] == ["new: 0", "changed: 1", f"unchanged: {ROWS - 4}"]
    undone = atlas(filled_url, "undo")
    assert undone.returncode == 0, undone.stderr


def test_rejected_rows_are_named_and_written_down_and_stay_as_they_were(
    filled_url: str, export: Path, tmp_path: Path
) -> None:
    before = state(filled_url)
    file = rewritten(export, tmp_path, event_date="soon")
    listed = tmp_path / "rejected.csv"
    done = atlas(filled_url, "acled", file, "--rejected", listed)
    assert "rejected: 1\n" in done.stdout
    (row,) = csv.DictReader(listed.read_text(encoding="utf-8").splitlines())
    assert (row["where"], row["id"]) == ("export.csv line 2", "acled-MLI0")
    assert row["reason"].startswith("event_date 'soon' is neither like")
    assert f"rejected export.csv line 2 (acled-MLI0): {row['reason']}" in done.stderr
    assert state(filled_url) == before


def test_strictness_changes_nothing_for_one_bad_row(
    filled_url: str, export: Path, tmp_path: Path
) -> None:
    before = state(filled_url)
    file = rewritten(export, tmp_path, event_date="soon", notes="new")
    done = atlas(filled_url, "acled", file, "--strict")
    assert (done.returncode, done.stdout) == (1, "")
    assert "1 rows are rejected; nothing was changed" in done.stderr
    assert state(filled_url) == before


def test_on_a_terminal_a_bar_shows_how_far_it_is(filled_url: str, export: Path) -> None:
    leader, follower = pty.openpty()
    with subprocess.Popen(
        command("acled", export),
        cwd=ROOT,
        env={**environment(filled_url), "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=follower,
        text=True,
    ) as running:
        os.close(follower)
        shown = b""
        with os.fdopen(leader, "rb", buffering=0) as terminal:
            while part := _read(terminal):
                shown += part
        out, _ = running.communicate()
    assert SAME in out
    assert "━".encode() in shown
    assert f"{ROWS}/{ROWS}".encode() in shown


def _read(terminal: Any) -> bytes:
    try:
        part: bytes = terminal.read(4_096)
    except OSError:
        # The other side is closed.
        return b""
    return part


def test_without_a_mapping_one_is_written_that_needs_only_to_be_filled_in(
    filled_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "register.csv"
    path.write_text("No,Y,M,D,Where\n7,2021,3,5,Ber\n", encoding="utf-8")
    before = state(filled_url)
    written = atlas(filled_url, "file", path)
    assert (written.returncode, state(filled_url)) == (0, before)
    assert (
        written.stderr == "nothing was changed: save this as TOML, fill it in, give it with --map\n"
    )
    filled = {
        'dataset = "…"': 'dataset = "register"',
        'id = "…"': 'id = "No"',
        'date = "…"': 'date = ["Y", "M", "D"]',
        'place = "…"': 'place = "Where"',
        **{
            f'{name} = "…"': f"# {name}" for name in ("event_class", "target_class", "source_title")
        },
        "[constants]": '[constants]\nevent_class = "other"\ntarget_class = "unknown"\n'
        'source_title = "Register"',
        "[dates]": '[dates]\ndate = "%Y %m %d"',
    }
    text = written.stdout
    for old, new in filled.items():
        assert f"\n{old}" in f"\n{text}"
        text = f"\n{text}".replace(f"\n{old}", f"\n{new}", 1)[1:]
    mapping = tmp_path / "register.toml"
    mapping.write_text(text, encoding="utf-8")
    made = atlas(filled_url, "file", path, "--map", mapping, "--dry-run")
    assert made.stdout.splitlines()[:2] == [
        "events/register (dry run, nothing was changed)",
        "new: 1",
    ]
    assert made.stdout.splitlines()[-2:] == [
        "days: 2021-03-05 to 2021-03-05",
        "stored outside the file's days: 0 left alone",
    ]


def test_an_import_is_listed_and_taken_back_as_one_act(
    own_database_url: str, export: Path, tmp_path: Path
) -> None:
    atlas(own_database_url, "acled", export)
    with psycopg.connect(own_database_url) as connection:
        now = "SELECT id, fingerprint FROM atlas.events WHERE upper_inf(recorded) ORDER BY id"
        before = connection.execute(now).fetchall()
    atlas(own_database_url, "acled", rewritten(export, tmp_path, without=2, notes="anew"))
    listed = atlas(own_database_url, "list").stdout.splitlines()
    number, *_ = listed[0].split()
    assert "import  events/acled  export.csv: 0 new, 1 changed, 2 removed" in listed[0]
    undone = atlas(own_database_url, "undo")
    assert undone.stdout == (
        f"import {number} of events undone: 2 brought back, 1 as before, 0 removed"
        f" (import {int(number) + 1})\n"
    )
    with psycopg.connect(own_database_url) as connection:
        assert connection.execute(now).fetchall() == before
    assert f"undone by {int(number) + 1}" in atlas(own_database_url, "list").stdout
    again = atlas(own_database_url, "undo", number)
    assert again.returncode == 1
    assert f"import {number} is undone already, by import {int(number) + 1}" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("acled", "gone.csv"), "gone.csv is not a file"),
        (("acled",), "give files, or --api with --from and --to"),
        (("acled", "--api", "--from", "2021-01-01"), "--api needs --to DAY"),
        (("undo", "999999"), "there is no import 999999; ./atlas import list"),
        (("undo",), "there is no import to undo"),
    ],
)
def test_what_cannot_be_done_ends_with_one_line_and_1(
    own_database_url: str, arguments: tuple[str, ...], message: str
) -> None:
    done = atlas(own_database_url, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("again", ["{file}", "{folder}/./acled.csv"])
def test_the_list_of_what_is_rejected_is_not_written_over_the_file_itself(
    export: Path, tmp_path: Path, again: str
) -> None:
    path = tmp_path / "acled.csv"
    path.write_bytes(export.read_bytes())
    to = again.format(file=path, folder=tmp_path)
    ended = atlas("postgresql://nowhere/at-all", "acled", path, "--dry-run", "--rejected", to)
    assert (ended.returncode, path.read_bytes()) == (1, export.read_bytes())
    assert "is a file to read, which would be lost; name another" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--rejected", "/no/such/folder/rejected.csv"), "is no file that can be written"),
        (("--from", "2021-01-01"), "are for --api; of a file all rows are brought in"),
        (("--country", "Mali"), "are for --api; of a file all rows are brought in"),
    ],
)
def test_options_that_would_do_nothing_or_fail_late_are_refused_at_once(
    export: Path, arguments: tuple[str, str], told: str
) -> None:
    ended = atlas("postgresql://nowhere/at-all", "acled", export, *arguments)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert told in ended.stderr


def test_what_an_api_is_asked_for_is_imported_and_what_it_deleted_is_closed(
    own_database_url: str,
) -> None:
    with fake_services() as services:
        services.acled = [{**ACLED, "event_id_cnty": f"MLI{number}"} for number in range(3)]
        asking = ("acled", "--api", "--from", "2021-01-01", "--to", "2021-12-31")
        variables = services.environment()
        done = atlas(own_database_url, *asking, "--country", "Mali", more=variables)
        assert "new: 3\n" in done.stdout, done.stderr
        services.acled = services.acled[1:]
        services.deleted = [{"event_id_cnty": "MLI0", "deleted_timestamp": 1}]
        done = atlas(own_database_url, *asking, "--deleted-since", "2021-01-01", more=variables)
    assert "unchanged: 2\ndeleted by source: 1\n" in done.stdout, done.stderr
    listed = atlas(own_database_url, "list").stdout.splitlines()
    assert "events/acled  ACLED API, all countries, 2021-01-01 to 2021-12-31: 0 new" in listed[0]


# --- however it ends ----------------------------------------------------------------------------


REST = f"new: {ROWS // 2}\nchanged: 1\nunchanged: {ROWS // 2 - 1}\n"


@pytest.fixture
def slowed(
    own_database_url: str, request: pytest.FixtureRequest, export: Path, tmp_path: Path
) -> str:
    """Hold up the database at one point of an import, so that it can be ended just there.

    It holds half of the export, one row of it as it was before.
    """
    event, table = request.param
    half = rewritten(export, tmp_path, without=ROWS // 2, notes="as it was before")
    assert atlas(own_database_url, "acled", half).returncode == 0
    with psycopg.connect(own_database_url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$"
        )
        connection.execute(
            f"CREATE TRIGGER hold AFTER {event} ON atlas.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION hold()"
        )
    return own_database_url


POINTS = [("INSERT", "imports"), ("UPDATE", "events"), ("INSERT", "events")]
POINTS += [("INSERT", "reclassified"), ("INSERT OR UPDATE", "revisions")]


@pytest.mark.parametrize("slowed", POINTS, indirect=True, ids=lambda point: "-".join(point))
def test_an_import_that_is_killed_while_it_writes_leaves_nothing(slowed: str, export: Path) -> None:
    before = state(slowed)
    kill_when(slowed, export, "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    assert state(slowed) == before
    unslowed(slowed)
    assert REST in atlas(slowed, "acled", export).stdout


def test_an_import_that_is_killed_while_it_reads_leaves_nothing(
    own_database_url: str, tmp_path: Path
) -> None:
    before, long = state(own_database_url), tmp_path / "long.csv"
    # Long enough for a process of its own that reads it.
    acled_shaped.write(long, 15_000)
    copying = "SELECT FROM pg_stat_progress_copy WHERE bytes_processed > 0"
    readers = kill_when(own_database_url, long, copying)
    assert len(readers) >= 1
    for reader in readers:
        assert_gone(reader)
    assert state(own_database_url) == before


def kill_when(url: str, export: Path, holds: str) -> list[int]:
    """Start an import, kill it once the database says so, and name the processes it had begun."""
    with (
        subprocess.Popen(
            command("acled", export),
            cwd=ROOT,
            env=environment(url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running,
        psycopg.connect(url, autocommit=True) as watching,
    ):
        wait_until(watching, f"{holds} AND datname = current_database()", running)
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        running.send_signal(signal.SIGKILL)
        running.wait()
        # Who is told that nobody listens any more need not wait for the end of a sleep.
        watching.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        alone = "SELECT WHERE 1 = (SELECT count(*) FROM pg_stat_activity"
        wait_until(watching, f"{alone} WHERE datname = current_database())")
    return [int(child) for child in children]


def wait_until(
    connection: psycopg.Connection, query: str, running: subprocess.Popen[bytes] | None = None
) -> None:
    """Wait until a query finds something."""
    ends = time.monotonic() + 60
    while not connection.execute(query).fetchall():
        assert time.monotonic() < ends
        assert running is None or running.poll() is None, running
        time.sleep(0.01)


def assert_gone(process: int) -> None:
    ends = time.monotonic() + 20
    while Path(f"/proc/{process}").exists():
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        assert time.monotonic() < ends
        time.sleep(0.02)


def unslowed(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP FUNCTION hold CASCADE")


@pytest.mark.parametrize("slowed", [("INSERT", "imports")], indirect=True)
def test_of_two_imports_at_once_one_waits_and_says_so(slowed: str, export: Path) -> None:
    with (
        subprocess.Popen(
            command("acled", export), cwd=ROOT, env=environment(slowed), stdout=subprocess.PIPE
        ) as first,
        psycopg.connect(slowed, autocommit=True) as watching,
    ):
        sleeping = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        wait_until(watching, sleeping, first)
        with subprocess.Popen(
            command("acled", export),
            cwd=ROOT,
            env=environment(slowed),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as second:
            wait_until(watching, "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            first.kill()
            watching.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE wait_event = 'PgSleep'"
            )
            unslowed(slowed)
            out, said = second.communicate(timeout=60)
    assert "another import of this layer is going on; waiting for its end" in said
    assert REST in out
