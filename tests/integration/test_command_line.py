"""The command line in a process of its own, where nothing is loaded before a verb loads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import run_atlas, run_atlas_apart

TABLE = "{folder}/register.csv"


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ("import", "file", TABLE)),
        (0, ("import", "list")),
        (1, ("import", "undo")),
        (0, ("match", "find", "--dry-run")),
        (0, ("match", "review")),
    ],
    ids=lambda given: " ".join(given[:2]) if isinstance(given, tuple) else str(given),
)
def test_a_verb_says_the_same_whatever_ran_before_it(
    database_url: str, tmp_path: Path, code: int, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "register.csv").write_text("No,Date,Where\n7,2021-03-05,Ber\n", encoding="utf-8")
    variables = {"ATLAS_DATABASE_URL": database_url}
    words = [word.format(folder=tmp_path) for word in arguments]
    here, apart = (run(*words, variables=variables) for run in (run_atlas, run_atlas_apart))
    assert (apart.returncode, apart.stdout, apart.stderr) == (code, here.stdout, here.stderr)
    assert here.returncode == code
