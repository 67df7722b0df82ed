"""What the process that reads files tells when it cannot go on: one sentence, never a traceback."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.start import declared_layers
from geo.errors import ImportRefused
from geo.importing import intake as room
from geo.importing.batches import Batch
from geo.importing.intake import Intake

INTAKE = Intake(layer=declared_layers()["events"], source="acled", files=(Path("a.csv"),))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(5, "Input/output error"), "could not be read to their end: OSError: [Errno 5]"),
        (MemoryError(), "not enough memory to read the files; nothing was changed"),
        (ImportRefused("a.csv holds no rows"), "a.csv holds no rows"),
    ],
)
def test_what_goes_wrong_while_reading_is_told_after_what_was_read(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def failing(intake: Intake, blocks: object) -> Iterator[Batch]:
        yield Batch(lines=b"a\n", count=1)
        raise error

    monkeypatch.setattr(room, "_batches", failing)
    receiving, sending = multiprocessing.Pipe(duplex=False)
    with receiving, sending:
        room._work(sending, INTAKE)
        assert receiving.recv().count == 1
        assert (receiving.recv_bytes(), receiving.recv_bytes()) == (b"a\n", b"")
        found = receiving.recv()
    assert isinstance(found, ImportRefused)
    assert told in str(found)


def test_when_nobody_listens_any_more_reading_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Batch] = []

    def many(intake: Intake, blocks: object) -> Iterator[Batch]:
        for _ in range(1_000):
            made.append(Batch(lines=b"a\n", count=1))
            yield made[-1]

    monkeypatch.setattr(room, "_batches", many)
    receiving, sending = multiprocessing.Pipe(duplex=False)
    receiving.close()
    with sending:
        room._work(sending, INTAKE)
    # One was sent while the next was made.
    assert len(made) == 2
