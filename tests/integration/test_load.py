from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import psycopg
import pytest
import shapely

from geo import database
from geo.errors import ImportRefused
from geo.importing.load import LoadReport, load, load_rows
from geo.importing.normalise import Rejected
from geo.spec import Layer


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """Give a connection whose changes are undone after the test."""
    with database.connect(database_url) as opened:
        yield opened
        opened.rollback()


def camp(identity: str, **changes: Any) -> dict[str, Any]:
    row = {
        "id": identity,
        "name": identity.title(),
        "kind": "base",
        "place": "Gao",
        "region": "gao",
        "source_title": "a book",
        "geometry": shapely.Point(-0.04, 16.27),
    }
    return {**row, **changes}


@pytest.fixture
def camps(connection: psycopg.Connection, layers: dict[str, Layer]) -> Layer:
    """Give the camps layer, holding just two made-up ones."""
    load_rows(connection, layers["camps"], [camp("alpha"), camp("bravo")], origin="first")
    return layers["camps"]


def versions(connection: psycopg.Connection, name: str) -> list[tuple[Any, ...]]:
    """List a camp's versions, oldest first: its name, and whether it is current."""
    return connection.execute(
        "SELECT name, upper_inf(recorded) FROM atlas.camps WHERE id = %s ORDER BY recorded", (name,)
    ).fetchall()


def test_loading_the_same_again_changes_nothing(
    connection: psycopg.Connection, camps: Layer
) -> None:
    before = connection.execute("SELECT max(id) FROM atlas.imports").fetchone()
    again = load_rows(connection, camps, [camp("bravo"), camp("alpha")], origin="again")
    assert again == LoadReport(layer="camps", added=0, changed=0, unchanged=2, removed=0)
    assert connection.execute("SELECT max(id) FROM atlas.imports").fetchone() == before


def test_a_changed_row_gets_a_new_version_and_keeps_the_old_one(
    connection: psycopg.Connection, camps: Layer
) -> None:
    rows = [camp("alpha", name="Alpha Two"), camp("bravo"), camp("charlie")]
    report = load_rows(connection, camps, rows, origin="second")
    assert report == LoadReport(layer="camps", added=1, changed=1, unchanged=1, removed=0)
    assert versions(connection, "alpha") == [("Alpha", False), ("Alpha Two", True)]
    assert versions(connection, "bravo") == [("Bravo", True)]


def test_the_versions_of_a_row_meet_without_a_gap(
    connection: psycopg.Connection, camps: Layer
) -> None:
    for name in ("Two", "Three"):
        load_rows(connection, camps, [camp("alpha", name=name), camp("bravo")], origin=name)
    found = connection.execute(
        "SELECT lower(recorded), upper(recorded) FROM atlas.camps"
        " WHERE id = 'alpha' ORDER BY recorded"
    ).fetchall()
    starts: list[datetime | None] = [start for start, _ in found]
    ends: list[datetime | None] = [end for _, end in found]
    assert ends == [*starts[1:], None]


def test_a_row_that_is_gone_is_closed_and_not_deleted(
    connection: psycopg.Connection, camps: Layer
) -> None:
    report = load_rows(connection, camps, [camp("alpha")], origin="second")
    assert report.removed == 1
    assert versions(connection, "bravo") == [("Bravo", False)]


def test_a_row_that_comes_back_gets_a_version_of_its_own(
    connection: psycopg.Connection, camps: Layer
) -> None:
    load_rows(connection, camps, [camp("alpha")], origin="second")
    load_rows(connection, camps, [camp("alpha"), camp("bravo")], origin="third")
    assert versions(connection, "bravo") == [("Bravo", False), ("Bravo", True)]


def test_rows_that_the_file_does_not_have_can_be_left(
    connection: psycopg.Connection, camps: Layer
) -> None:
    load_rows(connection, camps, [camp("charlie")], origin="second", replace=False)
    assert versions(connection, "alpha") == [("Alpha", True)]


def test_a_row_whose_new_version_is_rejected_stays_as_it_was(
    connection: psycopg.Connection, camps: Layer
) -> None:
    rejected = [Rejected(file="f", line=2, id="bravo", reason="bad")]
    report = load(connection, camps, [], origin="f", rejected=rejected, allow_removals=True)
    assert (report.removed, versions(connection, "bravo")) == (1, [("Bravo", True)])


def test_a_file_that_would_close_much_of_a_layer_is_refused_first(
    connection: psycopg.Connection, layers: dict[str, Layer]
) -> None:
    with pytest.raises(ImportRefused, match="22 of the 22 rows of camps are not in what was given"):
        load(connection, layers["camps"], [], origin="empty")


def test_one_bad_row_among_rows_made_by_a_program_stops_them_all(
    connection: psycopg.Connection, camps: Layer
) -> None:
    with pytest.raises(ImportRefused) as raised:
        load_rows(connection, camps, [camp("x"), camp("y", kind="castle")], origin="made")
    assert "nothing was changed" in str(raised.value)
    assert raised.value.problems[0].startswith("made line 2 (y): kind 'castle' is none of")


def test_a_view_is_not_loaded_but_what_it_looks_at(
    connection: psycopg.Connection, layers: dict[str, Layer]
) -> None:
    with pytest.raises(ImportRefused, match="attacks is a view of events; load events instead"):
        load(connection, layers["attacks"], [], origin="f")


def test_a_load_is_recorded_with_its_counts_and_raises_the_revision(
    connection: psycopg.Connection, camps: Layer
) -> None:
    load_rows(connection, camps, [camp("alpha")], origin="second.csv")
    row = connection.execute(
        "SELECT i.layer, i.origin, added, changed, unchanged, removed, rejected, revision = i.id"
        " FROM atlas.imports i JOIN atlas.revisions r ON r.layer = i.layer"
        " ORDER BY i.id DESC LIMIT 1"
    ).fetchone()
    assert row == ("camps", "second.csv", 0, 0, 1, 1, 0, True)


def test_a_camp_without_a_closing_date_is_still_open(
    connection: psycopg.Connection, camps: Layer
) -> None:
    rows = [camp("alpha", opened=date(2014, 1, 5), opened_precision="day")]
    load_rows(connection, camps, rows, origin="second")
    found = connection.execute(
        "SELECT valid @> '2030-01-01'::date, valid @> '2014-01-04'::date FROM atlas.camps"
        " WHERE id = 'alpha' AND upper_inf(recorded)"
    ).fetchone()
    assert found == (True, False)


def test_a_closing_day_still_counts(connection: psycopg.Connection, camps: Layer) -> None:
    rows = [camp("alpha", closed=date(2023, 12, 31), closed_precision="day")]
    load_rows(connection, camps, rows, origin="second")
    found = connection.execute(
        "SELECT valid @> '2023-12-31'::date, valid @> '2024-01-01'::date FROM atlas.camps"
        " WHERE id = 'alpha' AND upper_inf(recorded)"
    ).fetchone()
    assert found == (True, False)


def test_a_load_that_is_broken_off_changes_nothing(
    database_url: str, layers: dict[str, Layer]
) -> None:
    def broken_off() -> None:
        with database.connect(database_url) as opened:
            load_rows(opened, layers["camps"], [camp("alpha")], origin="broken")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    with database.connect(database_url) as opened:
        assert versions(opened, "alpha") == []
        count = opened.execute("SELECT count(*) FROM published.camps").fetchone()
    assert count == (22,)


def test_others_hear_which_layer_changed(database_url: str, layers: dict[str, Layer]) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as listener,
        database.connect(database_url) as opened,
    ):
        listener.execute("LISTEN atlas_changes")
        load_rows(opened, layers["cercles"], [], origin="nothing")
        opened.commit()
        (heard,) = list(listener.notifies(timeout=5, stop_after=1))
    assert heard.payload.split()[0] == "cercles"
