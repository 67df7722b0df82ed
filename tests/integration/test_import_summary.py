"""What an import says of rows that it leaves, sets back, rejects or finds elsewhere."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import psycopg
import pytest

from geo.spec import Layer
from tests.benchmarks import acled_shaped
from tests.integration.test_import_cli import atlas, export, rewritten, state
from tests.integration.test_imports import bring, connection, counts, event, events

__all__ = ["connection", "events", "export"]
EARLIER, LATER = "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"


def test_rows_from_before_what_is_stored_are_counted(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(connection, events, event("a", updated=LATER), event("b", updated=EARLIER))
    back, on = event("a", updated=EARLIER, place="Kidal"), event("b", updated=LATER)
    report = bring(connection, events, back, on)
    assert (counts(report), report.older) == ((0, 2, 0, 0), 1)


@pytest.mark.parametrize(
    ("stored", "given"),
    [(None, EARLIER), (LATER, None), ("9 March", "10 March"), (LATER, "2024-01-01")],
)
def test_moments_that_cannot_be_compared_are_no_older_ones(
    connection: psycopg.Connection, events: Layer, stored: str | None, given: str | None
) -> None:
    bring(connection, events, event("a", updated=stored))
    assert bring(connection, events, event("a", updated=given)).older == 0


def test_rows_outside_the_days_of_a_file_are_counted_as_left(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(
        connection,
        events,
        event("a"),
        event("within", date="2021-03-12"),
        event("earlier", date="2021-03-09"),
        event("some day", date="2021-03-01", date_end="2021-03-31", date_precision="month"),
        event("abroad", date="2015-03-12", country="Niger"),
    )
    report = bring(connection, events, event("a"), event("b", date="2021-03-20"))
    assert (report.removed, report.outside) == (1, 2)
    given, ended = (event("a"), event("b", date="2021-03-20")), ("acled-earlier",)
    assert bring(connection, events, *given, removed_ids=ended).outside == 1


def test_a_load_of_a_whole_layer_leaves_nothing_for_its_days(
    connection: psycopg.Connection, events: Layer
) -> None:
    assert bring(connection, events, event("a"), scope=None, replace=False).outside is None


def test_an_earlier_export_is_warned_of_before_and_after_it_is_brought_in(
    own_database_url: str, export: Path, tmp_path: Path
) -> None:
    later = rewritten(export, tmp_path, timestamp="1806000000", notes="told anew")
    assert "older" not in atlas(own_database_url, "acled", later).stderr
    tried = atlas(own_database_url, "acled", export, "--dry-run")
    warning = "1 of the changed rows are older than what was stored: they changed earlier"
    assert warning in tried.stderr
    assert "leave it out, or import the later export after it" in tried.stderr
    done = atlas(own_database_url, "acled", export)
    assert done.stdout.splitlines()[-1] == "stored outside the file's days: 0 left alone"
    number = re.search(r"\(import (\d+)\)", done.stdout)
    assert number
    assert warning in done.stderr
    assert f"or ./atlas import undo {number[1]}" in done.stderr


def test_an_import_that_changed_nothing_is_listed_and_makes_no_version(
    own_database_url: str, export: Path
) -> None:
    atlas(own_database_url, "acled", export)
    before = state(own_database_url)
    atlas(own_database_url, "acled", export, "--dry-run")
    atlas(own_database_url, "acled", export)
    assert state(own_database_url) == before
    repeat, first, *_ = atlas(own_database_url, "list").stdout.splitlines()
    assert re.fullmatch(
        r"-  \d{4}-\d\d-\d\d \d\d:\d\d  import  events/acled  export\.csv: nothing changed, "
        r"400 rows as before, 0 rejected; \d+ regions disagree; [\d-]+\.\.[\d-]+",
        repeat,
    )
    assert "export.csv: 400 new, 0 changed" in first
    assert "import" in atlas(own_database_url, "undo").stdout


def test_disagreements_are_listed_whole_beside_what_is_rejected(
    own_database_url: str, export: Path, tmp_path: Path
) -> None:
    rejected, disagreeing = tmp_path / "rejected.csv", tmp_path / "disagreeing.csv"
    file = rewritten(export, tmp_path, event_date="soon")
    lists = ("--rejected", rejected, "--disagreeing", disagreeing)
    done = atlas(own_database_url, "acled", file, "--dry-run", *lists)
    count = re.search(r"regions disagreeing: (\d+)", done.stdout)
    rows = list(csv.DictReader(disagreeing.read_text(encoding="utf-8").splitlines()))
    assert count
    assert len({row["id"] for row in rows}) == int(count[1]) > 20
    first = rows[0]
    assert set(first) == {"id", "level", "stated", "found"}
    told = f"{first['id']}: states the {first['level']} {first['stated']}, lies in "
    assert f"disagrees {told}{first['found'] or 'no area'}\n" in done.stderr
    assert f"{count[1]} rows disagree; --disagreeing FILE.csv lists them" in done.stderr
    assert len(rejected.read_text(encoding="utf-8").splitlines()) == 2


def test_the_lists_are_not_written_over_each_other(export: Path, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    ended = atlas(
        *("postgresql://nowhere/at-all", "acled", export),
        *("--rejected", path, "--disagreeing", path),
    )
    assert (ended.returncode, path.exists()) == (1, False)
    assert "is the list of --rejected, which would be lost; name another" in ended.stderr


def test_many_rows_that_are_rejected_for_one_reason_are_one_line(
    own_database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "many.csv"
    acled_shaped.write(path, 60)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows[:40]):
        row["event_date" if number < 30 else "geo_precision"] = f"{number}x"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    done = atlas(own_database_url, "acled", path, "--strict")
    told = done.stderr.partition("rejected, by reason:\n")[2].splitlines()
    assert [line.split(" (")[0] for line in told[:2]] == [
        "  30 like many.csv line 2",
        "  10 like many.csv line 32",
    ]
    assert "event_date '0x'" in told[0]
    assert "40 rows are rejected; nothing was changed" in told[2]


def test_a_title_above_the_header_is_told_where_no_mapping_says_what_columns_there_are(
    own_database_url: str, export: Path, tmp_path: Path
) -> None:
    path = tmp_path / "titled.csv"
    path.write_text(f"Incidents of Mali\n{export.read_text(encoding='utf-8')}", encoding="utf-8")
    done = atlas(own_database_url, "acled", path)
    assert done.returncode == 1
    assert "rejected titled.csv line 2: has 31 cells where the header has 1\n" in done.stderr
    assert (
        "every row is rejected: the first row has to be the header; take out titles and notes "
        "above it; nothing was changed" in done.stderr
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("file", "--map"),
            "is not a file; give a mapping in TOML, or leave --map out",
        ),
        (("acled", "--rules"), "is not a file; give classes of your own in TOML"),
    ],
)
def test_what_explains_a_file_has_to_be_there(
    export: Path, tmp_path: Path, arguments: tuple[str, str], told: str
) -> None:
    verb, option = arguments
    gone = tmp_path / "gone.toml"
    ended = atlas("postgresql://nowhere/at-all", verb, export, option, gone)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert f"{option} {gone} {told}" in ended.stderr
