from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from time import monotonic, sleep
from typing import Any

import h3.api.basic_int as h3
import psycopg
import pytest
import shapely

from app import start
from geo import database, migrations
from geo.errors import ImportRefused
from geo.importing.acts import LoadReport
from geo.importing.blocks import Block, Rejected, side_by_side
from geo.importing.load import load, load_rows, load_together
from geo.importing.normalise import checked
from geo.importing.readers import RawRow
from geo.spec import Field, Layer, Text
from tests.rows_of_blocks import block_of


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


def clean(layer: Layer, *rows: dict[str, Any]) -> list[Block]:
    """Check rows made here, all of which are sound."""
    raw = [
        RawRow(
            file="f",
            line=line,
            values={name: value for name, value in row.items() if name != "geometry"},
            geometry=row["geometry"],
        )
        for line, row in enumerate(rows, start=2)
    ]
    blocks = list(checked(layer, side_by_side(raw)))
    assert not any(block.rejected for block in blocks)
    return blocks


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


@pytest.mark.parametrize(
    "change",
    [
        {"geometry": shapely.Point(-0.04, 16.28)},
        {"geometry": None},
        {"sensitivity": "restricted"},
        {"opened": "2014-01-05"},
        {"source_title": "another book"},
    ],
)
def test_whatever_changes_in_a_row_makes_a_version(
    connection: psycopg.Connection, camps: Layer, change: dict[str, Any]
) -> None:
    rows = [camp("alpha", **change), camp("bravo")]
    report = load_rows(connection, camps, rows, origin="second")
    assert report == LoadReport(layer="camps", added=0, changed=1, unchanged=1, removed=0)


def test_a_field_more_or_another_order_of_fields_makes_no_version(
    connection: psycopg.Connection, camps: Layer
) -> None:
    extra = Field(name="extra", title=Text(en="extra", fr="extra"))
    connection.execute("ALTER TABLE atlas.camps ADD COLUMN extra text")
    grown = replace(camps, fields=(extra, *reversed(camps.fields)))
    report = load_rows(connection, grown, [camp("alpha"), camp("bravo")], origin="second")
    assert report == LoadReport(layer="camps", added=0, changed=0, unchanged=2, removed=0)


def test_a_point_from_cells_is_the_same_as_one_from_a_map(
    connection: psycopg.Connection, camps: Layer
) -> None:
    rows = [camp(name, geometry=None, lon="-0.04", lat="16.27") for name in ("alpha", "bravo")]
    assert load_rows(connection, camps, rows, origin="second").unchanged == 2


def test_odd_texts_are_stored_as_they_are(connection: psycopg.Connection, camps: Layer) -> None:
    odd = 'back\\slash\ttab \\N \\. "quoted" line\nend\r\n\u00a0ɛ'
    load_rows(connection, camps, [camp("alpha", notes=odd), camp("bravo")], origin="second")
    found = connection.execute(
        "SELECT notes, document::json->>'notes', ST_AsEWKT(geom), cell FROM atlas.camps"
        " WHERE id = 'alpha' AND upper_inf(recorded)"
    ).fetchone()
    cell = h3.latlng_to_cell(16.27, -0.04, 9)
    assert found == (odd, odd, "SRID=4326;POINT(-0.04 16.27)", cell)


def test_two_loads_of_a_layer_take_turns(database_url: str, layers: dict[str, Layer]) -> None:
    cercles = layers["cercles"]
    names = ("gao", "ber")

    def row(name: str) -> dict[str, Any]:
        return {"id": name, "name": name, "region": "gao", "source_title": "a book"}

    def second() -> LoadReport:
        with database.connect(database_url) as opened:
            return load_rows(opened, cercles, map(row, names), origin="second")

    with (
        ThreadPoolExecutor(1) as pool,
        database.connect(database_url) as opened,
        database.connect(database_url) as watching,
    ):
        load_rows(opened, cercles, map(row, names), origin="first")
        waiting = pool.submit(second)
        try:
            wait_for_a_lock(watching, "advisory")
        finally:
            opened.commit()
        report = waiting.result(timeout=30)
    assert report == LoadReport(layer="cercles", added=0, changed=0, unchanged=2, removed=0)


def wait_for_a_lock(connection: psycopg.Connection, kind: str) -> None:
    """Wait until somebody on this database waits for a lock of a kind."""
    deadline = monotonic() + 20
    waiting = (
        "SELECT FROM pg_locks WHERE locktype = %s AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    while not connection.execute(waiting, [kind]).fetchall():
        assert monotonic() < deadline
        sleep(0.02)


def test_a_load_dates_from_its_end_and_not_from_its_start(
    connection: psycopg.Connection, camps: Layer, database_url: str
) -> None:
    noted: list[Any] = []

    def slow() -> Iterator[dict[str, Any]]:
        yield camp("alpha", name="Alpha Two")
        yield camp("bravo")
        with database.connect(database_url) as other:
            noted.extend(other.execute("SELECT clock_timestamp()").fetchone() or ())

    load_rows(connection, camps, slow(), origin="second")
    (since,) = connection.execute(
        "SELECT lower(recorded) FROM atlas.camps WHERE name = 'Alpha Two'"
    ).fetchall()[0]
    assert since > noted[0]


def test_a_load_dates_later_than_the_last_even_if_the_clock_was_set_back(
    connection: psycopg.Connection, camps: Layer
) -> None:
    ahead = datetime.now(UTC) + timedelta(days=1)
    connection.execute("UPDATE atlas.revisions SET changed_at = %s WHERE layer = 'camps'", [ahead])
    load_rows(connection, camps, [camp("alpha"), camp("bravo", name="B")], origin="second")
    (since,) = connection.execute(
        "SELECT lower(recorded) FROM atlas.camps WHERE name = 'B'"
    ).fetchall()[0]
    assert since == ahead + timedelta(microseconds=1)


def test_layers_that_are_loaded_together_change_at_one_moment(
    connection: psycopg.Connection, camps: Layer, layers: dict[str, Layer]
) -> None:
    cercle = {"id": "together", "name": "Gao", "region": "gao", "source_title": "a book"}
    reports = load_together(
        connection,
        {camps: [camp("alpha", name="Alpha Two"), camp("bravo")], layers["cercles"]: [cercle]},
        origin="both",
    )
    assert [(report.layer, report.changed + report.added) for report in reports] == [
        ("camps", 1),
        ("cercles", 1),
    ]
    moments = connection.execute(
        "SELECT lower(recorded) FROM atlas.camps WHERE name = 'Alpha Two' UNION ALL"
        " SELECT lower(recorded) FROM atlas.cercles WHERE id = 'together' UNION ALL"
        " SELECT changed_at FROM atlas.revisions WHERE layer IN ('camps', 'cercles') UNION ALL"
        " SELECT recorded_at FROM atlas.imports WHERE origin = 'both'"
    ).fetchall()
    assert (len(moments), len(set(moments))) == (6, 1)


def test_the_digest_of_what_was_loaded_is_recorded(
    connection: psycopg.Connection, camps: Layer
) -> None:
    rows = clean(camps, camp("alpha", name="Alpha Two"), camp("bravo"))
    load(connection, camps, rows, origin="f", sha256=lambda: "d1ge57")
    found = connection.execute("SELECT sha256 FROM atlas.imports ORDER BY id DESC LIMIT 1")
    assert found.fetchone() == ("d1ge57",)


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
    rejected = [Rejected(where="f line 2", id="bravo", reason="bad")]
    report = load(connection, camps, [block_of((), rejected)], origin="f", allow_removals=True)
    assert report == LoadReport(
        layer="camps", added=0, changed=0, unchanged=0, removed=1, rejected=1
    )
    assert versions(connection, "bravo") == [("Bravo", True)]


def test_nothing_is_closed_while_a_rejected_row_may_be_any(
    connection: psycopg.Connection, camps: Layer
) -> None:
    unreadable = Rejected(where="f line 3", id=None, reason="bad")
    rows = [*clean(camps, camp("alpha")), block_of((), [unreadable])]
    said = (
        "1 of the 2 rows of camps are not in what was given, but may be among the 1 rejected rows "
        "whose id cannot be read; mend those rows, or pass --keep-missing"
    )
    connection.execute("SAVEPOINT before")
    with pytest.raises(ImportRefused, match=said):
        load(connection, camps, rows, origin="f")
    connection.execute("ROLLBACK TO before")
    assert load(connection, camps, rows, origin="f", replace=False).removed == 0
    assert versions(connection, "bravo") == [("Bravo", True)]
    assert load(connection, camps, rows, origin="f", allow_removals=True).removed == 1


def test_a_row_without_a_readable_id_is_no_matter_if_all_rows_are_there(
    connection: psycopg.Connection, camps: Layer
) -> None:
    unreadable = Rejected(where="f line 4", id=None, reason="bad")
    rows = [*clean(camps, camp("alpha"), camp("bravo")), block_of((), [unreadable])]
    report = load(connection, camps, rows, origin="f")
    assert report == LoadReport(
        layer="camps", added=0, changed=0, unchanged=2, removed=0, rejected=1
    )


def test_a_file_that_would_close_much_of_a_layer_is_refused_first(
    connection: psycopg.Connection, layers: dict[str, Layer]
) -> None:
    with pytest.raises(ImportRefused, match="22 of the 22 rows of camps are not in what was given"):
        load(connection, layers["camps"], [], origin="empty")


@pytest.mark.parametrize(("missing", "refused"), [(2, False), (3, True)])
def test_up_to_a_tenth_of_a_layer_is_closed_without_asking(
    connection: psycopg.Connection, layers: dict[str, Layer], missing: int, refused: bool
) -> None:
    camps = layers["camps"]
    names = [f"camp-{number}" for number in range(20)]
    load_rows(connection, camps, map(camp, names), origin="first")
    rest = clean(camps, *map(camp, names[missing:]))
    if refused:
        with pytest.raises(ImportRefused, match="3 of the 20 rows of camps"):
            load(connection, camps, rest, origin="second")
    else:
        assert load(connection, camps, rest, origin="second").removed == missing


def test_one_bad_row_among_rows_made_by_a_program_stops_them_all(
    connection: psycopg.Connection, camps: Layer
) -> None:
    with pytest.raises(ImportRefused) as raised:
        load_rows(connection, camps, [camp("x"), camp("y", kind="castle")], origin="made")
    assert "nothing was changed" in str(raised.value)
    assert raised.value.problems[0].startswith("made row 2 (y): kind 'castle' is none of")


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


def test_the_default_data_are_recorded_with_the_digest_of_their_files(database_url: str) -> None:
    with database.connect(database_url) as opened:
        found = dict(
            opened.execute(
                "SELECT layer, sha256 FROM atlas.imports WHERE origin LIKE 'data/%'"
            ).fetchall()
        )
    one_file = (start.DATA / "sites" / "camps.csv").read_bytes()
    assert found["camps"] == hashlib.sha256(one_file).hexdigest()
    assert {len(digest) for digest in found.values()} == {64}


def test_two_hosts_that_start_at_once_fill_a_new_database_once(
    empty_database_url: str, layers: dict[str, Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.engine(empty_database_url) as engine:
        migrations.migrate(engine, layers.values())
    both = Barrier(2)
    read_rows = start.read_rows

    def read_when_both_are_here(layer: Layer, files: Sequence[Path]) -> Any:
        # Only without the lock do both come here before either is done.
        with suppress(BrokenBarrierError):
            both.wait(timeout=1)
        return read_rows(layer, files)

    monkeypatch.setattr(start, "read_rows", read_when_both_are_here)
    with ThreadPoolExecutor(2) as pool:
        fills = [pool.submit(start.load_default_data, empty_database_url, layers) for _ in range(2)]
    loaded = sorted(len(fill.result()) for fill in fills)
    filled = [layer.id for layer in layers.values() if layer.data]
    with database.connect(empty_database_url) as opened:
        imported = opened.execute("SELECT layer FROM atlas.imports").fetchall()
    assert loaded == [0, len(filled)]
    assert sorted(name for (name,) in imported) == sorted(filled)
