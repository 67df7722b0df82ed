from __future__ import annotations

from pathlib import Path

import pytest

from app.archive.journal import Begun, Journal, JournalRefused
from app.archive.walk import Made

BEGUN = Begun(
    question={"layers": "attacks"},
    as_of="2026-01-01T00:00:00+00:00",
    build="ab",
    reclassified=0,
)
TILES = {0: Made(packed=b"world", goes_on=True), 3: Made(packed=b"", goes_on=False)}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "journal"
    journal = Journal(path)
    assert journal.begun is None
    journal.begin(BEGUN)
    for number, made in TILES.items():
        journal.put(number, made)
    journal.close()
    return path


def test_what_was_put_is_there_again(written: Path) -> None:
    journal = Journal(written)
    assert journal.begun == BEGUN
    assert {number: journal.get(number) for number in (0, 3)} == TILES
    assert journal.get(1) is None
    assert list(journal.tiles()) == [(0, b"world")]
    journal.close()


@pytest.mark.parametrize("lost", range(1, 18))
def test_a_record_that_is_not_whole_is_cut_off_and_made_again(written: Path, lost: int) -> None:
    whole = written.read_bytes()
    written.write_bytes(whole[:-lost])
    journal = Journal(written)
    assert (journal.begun, len(journal), journal.get(3)) == (BEGUN, 1, None)
    journal.put(3, TILES[3])
    journal.close()
    assert written.read_bytes() == whole


def test_a_damaged_record_ends_what_is_believed(written: Path) -> None:
    whole = bytearray(written.read_bytes())
    whole[whole.index(b"world")] ^= 1
    written.write_bytes(whole)
    journal = Journal(written)
    assert (journal.begun, len(journal)) == (BEGUN, 0)
    journal.close()


def test_reading_between_writing_harms_nothing(written: Path) -> None:
    journal = Journal(written)
    for number in range(5, 50):
        assert journal.get(0) == TILES[0]
        journal.put(number, Made(packed=bytes([number]) * number, goes_on=True))
    journal.close()
    again = Journal(written)
    assert [number for number, _ in again.tiles()] == [0, *range(5, 50)]
    assert again.get(49) == Made(packed=b"1" * 49, goes_on=True)
    again.close()


def test_a_second_export_must_wait(written: Path) -> None:
    first = Journal(written)
    with pytest.raises(JournalRefused, match="another export is writing to"):
        Journal(written)
    first.close()


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text("dear diary\n")
    with pytest.raises(JournalRefused, match="is no file of this program"):
        Journal(path)
    assert path.read_text() == "dear diary\n"


def test_beginning_anew_forgets_what_was_made(written: Path) -> None:
    journal = Journal(written)
    other = Begun(question={"layers": "camps"}, as_of=BEGUN.as_of, build="cd", reclassified=0)
    journal.begin(other)
    assert (len(journal), journal.get(0)) == (0, None)
    journal.put(7, TILES[0])
    journal.close()
    again = Journal(written)
    assert (again.begun, list(again.tiles())) == (other, [(7, b"world")])
    again.close()
