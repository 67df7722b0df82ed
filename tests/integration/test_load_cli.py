from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import geopandas as gpd
import psycopg
import pytest

from app.settings import ROOT
from tests.command import run_atlas

CAMPS = ROOT / "data" / "sites" / "camps.csv"


def atlas(url: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line on a database."""
    return run_atlas(*arguments, variables={"ATLAS_DATABASE_URL": url})


def state(url: str) -> list[tuple[str, str]]:
    """List every version of every camp, to see that nothing moved."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT id, recorded::text FROM atlas.camps ORDER BY id, recorded"
        ).fetchall()


def edited(tmp_path: Path, **changes: str) -> Path:
    """Write the camps with some cells of the first one changed."""
    with CAMPS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0].update(changes)
    copy = tmp_path / "camps.csv"
    with copy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return copy


def test_loading_the_data_that_is_there_changes_nothing(database_url: str) -> None:
    before = state(database_url)
    done = atlas(database_url, "load", "camps", CAMPS)
    assert done.stdout == "camps: 0 added, 0 changed, 22 unchanged, 0 removed, 0 rejected\n"
    assert (done.returncode, state(database_url)) == (0, before)


def test_a_dry_run_says_what_would_happen_and_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    before = state(database_url)
    file = edited(tmp_path, notes="seen again")
    done = atlas(database_url, "load", "camps", file, "--dry-run")
    assert "1 changed" in done.stdout
    assert (done.returncode, state(database_url)) == (0, before)


def test_strictness_refuses_the_whole_file_for_one_bad_row(
    database_url: str, tmp_path: Path
) -> None:
    before = state(database_url)
    file = edited(tmp_path, opened="soon")
    done = atlas(database_url, "load", "camps", file, "--strict")
    assert (done.returncode, done.stdout, state(database_url)) == (1, "", before)
    assert "camps.csv line 2 (C001): opened 'soon' is not a date" in done.stderr
    assert "1 rows are rejected; nothing was changed" in done.stderr


def test_without_strictness_the_bad_row_is_named_and_stays_as_it_was(
    database_url: str, tmp_path: Path
) -> None:
    before = state(database_url)
    done = atlas(database_url, "load", "camps", edited(tmp_path, opened="soon"))
    assert done.stdout == "camps: 0 added, 0 changed, 21 unchanged, 0 removed, 1 rejected\n"
    assert "rejected camps.csv line 2 (C001)" in done.stderr
    assert (done.returncode, state(database_url)) == (0, before)


@pytest.mark.parametrize("name", ["camps.geojson", "camps.gpkg"])
def test_a_layer_saved_by_another_tool_loads_again_unchanged(
    database_url: str, own_server: str, tmp_path: Path, name: str
) -> None:
    saved = gpd.read_file(f"{own_server}/collections/camps/items?limit=1000")
    saved.to_file(tmp_path / name)
    done = atlas(database_url, "load", "camps", tmp_path / name)
    assert done.stdout == "camps: 0 added, 0 changed, 22 unchanged, 0 removed, 0 rejected\n", (
        done.stderr
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("camp", CAMPS), "there is no layer 'camp'; did you mean camps?"),
        (("camps", "gone.csv"), "gone.csv is not a file"),
        (("attacks", CAMPS), "attacks is a view of events; load events instead"),
    ],
)
def test_what_cannot_be_loaded_ends_with_one_line_and_1(
    database_url: str, arguments: tuple[str | Path, ...], message: str
) -> None:
    done = atlas(database_url, "load", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_changed_row_is_a_new_version(database_url: str, tmp_path: Path) -> None:
    before = state(database_url)
    done = atlas(database_url, "load", "camps", edited(tmp_path, notes="seen again"))
    assert done.stdout == "camps: 0 added, 1 changed, 21 unchanged, 0 removed, 0 rejected\n"
    assert len(state(database_url)) == len(before) + 1


def test_a_row_with_a_cell_too_many_is_named_and_stays_as_it_was(
    database_url: str, tmp_path: Path
) -> None:
    before = state(database_url)
    lines = CAMPS.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[-1] = lines[-1].rstrip() + ",one more\n"
    file = tmp_path / "camps.csv"
    file.write_text("".join(lines), encoding="utf-8")
    done = atlas(database_url, "load", "camps", file, "--dry-run")
    assert "0 removed, 1 rejected (dry run" in done.stdout
    assert done.stderr == (
        "rejected camps.csv line 23 (C022): has 39 cells where the header has 38\n"
    )
    assert (done.returncode, state(database_url)) == (0, before)


def test_a_file_of_which_every_row_is_rejected_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "camps.csv"
    file.write_text("id,name\na,Gao\n")
    done = atlas(database_url, "load", "camps", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "rejected camps.csv line 2 (a): kind is empty and every row needs it",
        "atlas: every row is rejected; nothing was changed",
    ]


def test_what_the_database_refuses_is_one_line_without_the_statement(
    database_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "ALTER TABLE atlas.camps ADD CONSTRAINT no_seventh CHECK (notes <> 'seven')"
        )
    done = atlas(database_url, "load", "camps", edited(tmp_path, notes="seven"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        'atlas: the database refused: new row for relation "camps" violates check constraint '
        '"no_seventh"\n'
    )
