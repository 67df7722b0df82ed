from __future__ import annotations

import dataclasses
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.columns import files
from geo.columns.files import Damaged, State
from tests.unit.columns.wells import WELLS, layer, table

STATE = State.of(WELLS, 7, 1_000)


def plain(value: Any) -> Any:
    """Write out what a table has, down to the types of its arrays."""
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.tolist()
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value


@pytest.mark.parametrize("sizes", [(5,), (0,), (100, 3), (1,)])
def test_what_is_read_is_what_was_written(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    tables = [table(size) for size in sizes]
    files.write(tmp_path / "wells", STATE, tables)
    read = files.read(tmp_path / "wells", STATE)
    assert [plain(each) for each in read] == [plain(each) for each in tables]


def test_what_is_read_cannot_be_written_to(tmp_path: Path) -> None:
    files.write(tmp_path, STATE, [table(5)])
    (read,) = files.read(tmp_path, STATE)
    assert not any(array.flags.writeable for array in (read.x, read.id, read.recorded_from))


def test_a_new_state_takes_the_place_of_others_and_of_what_a_crash_left(tmp_path: Path) -> None:
    other = State.of(layer(), 9, 900)
    for state in (STATE, other, replace(STATE, revision=8, changed_at=2_000)):
        (tmp_path / ".making-1234").mkdir()
        (tmp_path / "build.lock").touch()
        files.write(tmp_path, state, [table(5)])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        f"8-2000-{STATE.digest}",
        "build.lock",
    ]


def test_who_maps_an_old_state_keeps_it(tmp_path: Path) -> None:
    files.write(tmp_path, STATE, [table(5)])
    (old,) = files.read(tmp_path, STATE)
    before = plain(old)
    files.write(tmp_path, replace(STATE, revision=8), [table(2)])
    assert plain(old) == before
    with pytest.raises(Damaged):
        files.read(tmp_path, STATE)


def test_states_of_another_declaration_are_not_listed(tmp_path: Path) -> None:
    assert files.states(tmp_path / "none", WELLS) == []
    files.write(tmp_path, STATE, [table(5)])
    assert files.states(tmp_path, WELLS) == [STATE]
    assert files.states(tmp_path, layer()) == []


def test_a_folder_that_could_not_be_filled_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_describe", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(tmp_path, STATE, [table(5)])
    assert list(tmp_path.iterdir()) == []


def modes(folder: Path) -> set[tuple[str, str]]:
    """Say which kinds of entries there are, and who may do what with them."""
    every = [folder, *folder.rglob("*")]
    return {("folder" if e.is_dir() else "file", oct(e.stat().st_mode & 0o777)) for e in every}


def test_only_the_owner_may_read_what_is_kept(tmp_path: Path) -> None:
    open_to_all = tmp_path / "wells"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    before = os.umask(0)
    try:
        files.write(open_to_all, STATE, [table(5)])
        files.write(tmp_path / "new", STATE, [table(5)])
    finally:
        os.umask(before)
    expected = {("folder", "0o700"), ("file", "0o600")}
    assert (modes(open_to_all), modes(tmp_path / "new")) == (expected, expected)


def test_only_what_nobody_used_since_is_removed(tmp_path: Path) -> None:
    for name, used_at in (("00aa", 10.0), ("11bb", 30.0), ("other", 10.0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "columns").touch()
        os.utime(tmp_path / name, (used_at, used_at))
    files.remove_unused(tmp_path, re.compile("[0-9a-f]{4}"), 20.0)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["11bb", "other"]
