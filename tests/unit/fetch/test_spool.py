"""What was fetched is kept as a CSV export would have it, and only if it is whole."""

from __future__ import annotations

import errno
import hashlib
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

from app.fetch import spool as spooling
from app.fetch.failure import FetchFailed
from app.fetch.spool import as_exported, spool

PAGES: list[list[dict[str, Any]]] = [[{"id": "1"}, {"id": "2"}], [{"id": "3"}]]


def test_records_come_back_in_their_order_and_again() -> None:
    with spool("a service", PAGES) as fetched:
        assert (len(fetched), fetched.origin) == (3, "a service")
        assert list(fetched) == [{"id": "1"}, {"id": "2"}, {"id": "3"}]
        assert [record["id"] for record in fetched] == ["1", "2", "3"]


def test_the_digest_is_that_of_the_records_however_they_were_paged() -> None:
    lines = b'{"id":"1"}\n{"id":"2"}\n{"id":"3"}\n'
    with spool("a", PAGES) as one, spool("b", [[*PAGES[0], *PAGES[1]]]) as other:
        assert one.sha256 == other.sha256 == hashlib.sha256(lines).hexdigest()


def test_a_record_becomes_the_row_of_a_csv_export() -> None:
    record = {
        "id": "256789",
        "latitude": "16.2700",
        "nothing": None,
        "has_hrp": True,
        "notes": "Gao — « é »",
        "parts": ["1", None],
    }
    assert as_exported(record) == {
        "id": "256789",
        "latitude": "16.2700",
        "nothing": "",
        "has_hrp": "true",
        "notes": "Gao — « é »",
        "parts": '["1",null]',
    }


def test_half_a_character_is_replaced_and_the_record_kept() -> None:
    with spool("a service", [[{"id": "1", "notes": "\ud83d!", "parts": ["\ud83d"]}]]) as fetched:
        assert list(fetched) == [{"id": "1", "notes": "?!", "parts": '["?"]'}]


def broken() -> Iterator[list[dict[str, Any]]]:
    yield PAGES[0]
    raise FetchFailed("broke off")


def test_what_breaks_off_gives_no_record_at_all() -> None:
    with pytest.raises(FetchFailed, match="broke off"):
        spool("a service", broken())


def test_a_page_that_comes_twice_is_refused() -> None:
    with pytest.raises(FetchFailed, match="the same page came twice"):
        spool("a service", [PAGES[0], PAGES[0]])


def test_more_than_anybody_publishes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "MOST_RECORDS", 2)
    with pytest.raises(FetchFailed, match="more than 2 records; ask for a shorter span"):
        spool("a service", PAGES)


def test_a_full_disk_is_said_with_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> Iterator[list[dict[str, Any]]]:
        yield PAGES[0]
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    with pytest.raises(FetchFailed, match=f"^{tempfile.gettempdir()} has no room"):
        spool("a service", full())
