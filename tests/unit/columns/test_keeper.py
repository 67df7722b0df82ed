"""A worker that waits for another one asks little meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from geo.columns import files, keeper
from geo.columns.files import State
from geo.columns.keeper import Keeper
from geo.columns.overlay import Base
from geo.database import Database
from geo.features import Revision
from tests.unit.columns.wells import WELLS, table

STATE = State.of(WELLS, 7, 1_000)


class NoDatabase:
    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        yield None


@contextmanager
def another_builds(_: Path) -> Iterator[bool]:
    yield False


async def looked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, written: dict[int, State], looks: int
) -> tuple[list[State], list[float]]:
    """Let a keeper look for so many times; give the states that it read, and its pauses."""
    read: list[State] = []
    pauses: list[float] = []
    at = folder / "0123456789abcdef" / WELLS.id
    from_disk = files.read

    def noted(place: Path, state: State) -> Any:
        read.append(state)
        return from_disk(place, state)

    async def identity(_: Keeper) -> str:
        return at.parent.name

    async def update(_: Keeper, kept: Any, base: Base, *, settled: bool = False) -> bool:
        return len(pauses) >= looks

    async def never_loaded(*_: Any) -> Revision:
        return Revision(number=1, changed_at=datetime(2020, 1, 1, tzinfo=UTC))

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) in written:
            files.write(at, written[len(pauses)], [table(5)])

    files.write(at, written[0], [table(5)])
    monkeypatch.setattr(files, "read", noted)
    monkeypatch.setattr(Keeper, "_identity", identity)
    monkeypatch.setattr(Keeper, "_update", update)
    monkeypatch.setattr(keeper, "revision_of", never_loaded)
    monkeypatch.setattr(keeper, "_only_builder", another_builds)
    monkeypatch.setattr(asyncio, "sleep", pause)
    running = Keeper(cast(Database, NoDatabase()), [WELLS], folder)
    await running._read(running._kept[WELLS.id])
    await running.close()
    return read, pauses


def test_a_worker_that_waits_looks_less_and_less_often_and_reads_a_state_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, pauses = asyncio.run(looked(tmp_path, monkeypatch, {0: STATE}, looks=7))
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0]
    assert read == [STATE]


def test_a_state_that_is_written_again_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = replace(STATE, revision=8)
    written = {0: STATE, 2: STATE, 4: later}
    read, _ = asyncio.run(looked(tmp_path, monkeypatch, written, looks=6))
    assert read == [STATE, STATE, later]
