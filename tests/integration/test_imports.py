"""Data sets that share a layer: what a load of one closes, and how it is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import shapely

from geo import database
from geo.errors import ImportRefused
from geo.importing.acts import Act, LoadReport
from geo.importing.batches import batched
from geo.importing.blocks import Rejected, side_by_side
from geo.importing.load import load_batches, load_together
from geo.importing.normalise import checked
from geo.importing.readers import RawRow
from geo.importing.scope import Scope
from geo.importing.undo import undo
from geo.spec import Layer
from tests.rows_of_blocks import block_of

State = list[tuple[Any, ...]]


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """Give a connection whose changes are undone after the test."""
    with database.connect(database_url) as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def events(layers: dict[str, Layer]) -> Layer:
    return layers["events"]


def event(name: str, **changes: Any) -> dict[str, Any]:
    row = {
        "id": f"acled-{name}",
        "dataset": "acled",
        "date": "2021-03-10",
        "date_precision": "day",
        "country": "Mali",
        "event_class": "ambush",
        "target_class": "civilians",
        "place": "Gao",
        "source_title": "a data set",
        "geometry": shapely.Point(-0.04, 16.27),
    }
    return {**row, **changes}


def bring(
    connection: psycopg.Connection,
    layer: Layer,
    *rows: dict[str, Any],
    rejected: tuple[Rejected, ...] = (),
    removed_ids: tuple[str, ...] = (),
    dataset: str = "acled",
    **act: Any,
) -> LoadReport:
    """Import rows of a data set."""
    raw = [
        RawRow(
            file="f",
            line=line,
            values={name: value for name, value in row.items() if name != "geometry"},
            geometry=row["geometry"],
        )
        for line, row in enumerate(rows, start=2)
    ]
    scope = Scope(dataset=dataset, removed_ids=removed_ids)
    given = [*checked(layer, side_by_side(raw)), block_of((), rejected)]
    chosen = {"origin": "f", "kind": "import", "scope": scope, **act}
    return load_batches(connection, layer, batched(layer, given), Act(**chosen))


def current(connection: psycopg.Connection, dataset: str = "acled") -> State:
    """List what is held now of a data set."""
    return connection.execute(
        "SELECT id, place, sensitivity, fingerprint FROM atlas.events"
        " WHERE upper_inf(recorded) AND dataset = %s ORDER BY id",
        (dataset,),
    ).fetchall()


def ids(connection: psycopg.Connection) -> list[str]:
    return [name.removeprefix("acled-") for name, *_ in current(connection)]


def counts(report: LoadReport) -> tuple[int, ...]:
    return (report.added, report.changed, report.unchanged, report.removed)


def test_a_data_set_is_compared_with_its_own_rows_alone(
    connection: psycopg.Connection, events: Layer
) -> None:
    before = current(connection, "documented")
    assert len(before) > 200
    report = bring(connection, events, event("a"), event("b"))
    assert counts(report) == (2, 0, 0, 0)
    assert counts(bring(connection, events, event("a"), event("b"))) == (0, 0, 2, 0)
    assert current(connection, "documented") == before


def test_what_the_file_could_not_have_had_is_not_gone(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(
        connection,
        events,
        event("a"),
        event("gone", date="2021-03-12"),
        event("earlier", date="2021-03-09"),
        event("later", date="2021-03-21"),
        event("abroad", date="2021-03-12", country="Niger"),
        event("nowhere", date="2021-03-12", country=None),
        event("some day", date="2021-03-01", date_end="2021-03-31", date_precision="month"),
    )
    report = bring(connection, events, event("a"), event("b", date="2021-03-20"))
    assert counts(report) == (1, 0, 1, 1)
    assert ids(connection) == ["a", "abroad", "b", "earlier", "later", "nowhere", "some day"]


def test_a_row_of_some_day_in_a_month_does_not_make_the_file_cover_the_month(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(connection, events, event("a"), event("b", date="2021-03-05"))
    month = event("m", date="2021-03-01", date_end="2021-03-31", date_precision="month")
    assert counts(bring(connection, events, event("a"), month)) == (1, 0, 1, 0)


def test_a_row_that_the_source_says_it_deleted_is_closed_wherever_it_is(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(connection, events, event("a"), event("b", date="2015-01-01"), event("c"))
    removed = ("acled-b", "acled-unheard-of")
    report = bring(connection, events, event("a"), removed_ids=removed, replace=False, guarded=True)
    assert counts(report) == (0, 0, 1, 1)
    assert ids(connection) == ["a", "c"]


def test_a_source_can_delete_without_giving_rows(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(connection, events, event("a"), event("b"))
    report = bring(connection, events, removed_ids=("acled-a",))
    assert (counts(report), report.days) == ((0, 0, 0, 1), None)
    assert ids(connection) == ["b"]


def test_a_source_deletes_no_rows_of_another_data_set(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(connection, events, event("a"))
    assert counts(bring(connection, events, removed_ids=("acled-a",), dataset="ucdp")) == (
        *(0, 0, 0),
        0,
    )


def test_a_row_whose_new_version_is_rejected_is_not_gone(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(connection, events, event("a"), event("b"))
    rejected = Rejected(where="f line 3", id="acled-b", reason="bad")
    assert counts(bring(connection, events, event("a"), rejected=(rejected,))) == (0, 0, 1, 0)


def test_a_file_that_lacks_much_of_what_it_covers_is_refused_first(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(connection, events, event("a"), event("b"), event("c"))
    said = "2 of the 3 rows of acled in the days and countries of the file are not in what"
    with pytest.raises(ImportRefused, match=said):
        bring(connection, events, event("a"), guarded=True)


def test_an_id_of_another_data_set_is_refused(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(connection, events, event("a"))
    with pytest.raises(ImportRefused, match="the id 'acled-a' is that of a row of another data"):
        bring(connection, events, event("a", dataset="mine"), dataset="mine")


def test_a_layer_of_one_data_set_takes_no_other(
    connection: psycopg.Connection, layers: dict[str, Layer]
) -> None:
    with pytest.raises(ImportRefused, match="camps has no field dataset"):
        bring(connection, layers["camps"])


def test_the_books_say_which_data_set_and_which_days(
    connection: psycopg.Connection, events: Layer
) -> None:
    report = bring(connection, events, event("a"), event("b", date="2021-03-20"))
    found = connection.execute(
        "SELECT kind, dataset, undoes, first_day::text, last_day::text, added, recorded_at ="
        " (SELECT changed_at FROM atlas.revisions WHERE layer = 'events')"
        " FROM atlas.imports WHERE id = %s",
        (report.number,),
    ).fetchone()
    assert found == ("import", "acled", None, "2021-03-10", "2021-03-20", 2, True)


# --- undo ---------------------------------------------------------------------------------------


def number_of(report: LoadReport) -> int:
    assert report.number is not None
    return report.number


def test_an_undone_import_leaves_everything_as_it_was_before_it(
    connection: psycopg.Connection, events: Layer, layers: dict[str, Layer]
) -> None:
    bring(connection, events, event("changed"), event("gone"), event("same"))
    before = current(connection)
    second = bring(connection, events, event("changed", place="Kidal"), event("new"), event("same"))
    assert counts(second) == (1, 1, 1, 1)
    after = current(connection)
    (report,) = undo(connection, layers, number_of(second))
    assert counts(report) == (1, 1, 0, 1)
    assert current(connection) == before
    # And an undoing is an import like another.
    undo(connection, layers, number_of(report))
    assert current(connection) == after


def test_undoing_is_a_version_and_takes_nothing_from_the_past(
    connection: psycopg.Connection, events: Layer, layers: dict[str, Layer]
) -> None:
    bring(connection, events, event("a"))
    second = bring(connection, events, event("a", place="Kidal"))
    (report,) = undo(connection, layers, number_of(second))
    versions = connection.execute(
        "SELECT place, lower(recorded), upper(recorded) FROM atlas.events WHERE id = 'acled-a'"
        " ORDER BY recorded"
    ).fetchall()
    assert [place for place, _, _ in versions] == ["Gao", "Kidal", "Gao"]
    assert [until for _, _, until in versions] == [versions[1][1], versions[2][1], None]
    found = connection.execute(
        "SELECT kind, undoes, dataset, origin FROM atlas.imports WHERE id = %s", (report.number,)
    ).fetchone()
    origin = f"undo of import {second.number} (f)"
    assert found == ("undo", second.number, "acled", origin)


def test_an_import_whose_rows_others_changed_is_not_undone(
    connection: psycopg.Connection, events: Layer, layers: dict[str, Layer]
) -> None:
    first = bring(connection, events, event("a"), event("b"), event("c"))
    second = bring(connection, events, event("a", place="Kidal"), event("b"), origin="second")
    before = current(connection)
    with pytest.raises(ImportRefused, match=f"import {first.number} cannot be undone") as raised:
        undo(connection, layers, number_of(first))
    (problem,) = raised.value.problems
    assert problem.startswith(f"import {second.number} (second, ")
    assert problem.endswith("changed 2 of them")
    assert current(connection) == before
    # One after the other it goes.
    undo(connection, layers, number_of(second))
    undo(connection, layers, number_of(first))
    assert current(connection) == []


def test_imports_that_touched_other_rows_are_no_obstacle(
    connection: psycopg.Connection, events: Layer, layers: dict[str, Layer]
) -> None:
    first = bring(connection, events, event("a"))
    bring(connection, events, event("b", date="2022-01-01"))
    undo(connection, layers, number_of(first))
    assert ids(connection) == ["b"]


def test_an_import_is_undone_once(
    connection: psycopg.Connection, events: Layer, layers: dict[str, Layer]
) -> None:
    first = bring(connection, events, event("a"))
    (report,) = undo(connection, layers, number_of(first))
    said = f"import {first.number} is undone already, by import {report.number}"
    with pytest.raises(ImportRefused, match=said):
        undo(connection, layers, number_of(first))


def test_an_import_that_never_was_is_not_undone(
    connection: psycopg.Connection, layers: dict[str, Layer]
) -> None:
    with pytest.raises(ImportRefused, match="there is no import 999999"):
        undo(connection, layers, 999_999)


@pytest.mark.parametrize(("was", "became"), [("public", "restricted"), ("counts_only", "public")])
def test_undoing_gives_back_who_may_see_the_rows_and_all_their_versions(
    connection: psycopg.Connection, events: Layer, layers: dict[str, Layer], was: str, became: str
) -> None:
    bring(connection, events, event("a", sensitivity=was, place="Ber"))
    bring(connection, events, event("a", sensitivity=was))
    mistake = bring(connection, events, event("a", sensitivity=became))
    seen = "SELECT DISTINCT sensitivity FROM atlas.events WHERE id = 'acled-a'"
    assert connection.execute(seen).fetchall() == [(became,)]
    undo(connection, layers, number_of(mistake))
    assert connection.execute(seen).fetchall() == [(was,)]


def test_what_was_loaded_together_is_undone_together(
    connection: psycopg.Connection, layers: dict[str, Layer]
) -> None:
    row = {"id": "x", "name": "X", "place": "Gao", "region": "gao", "source_title": "a book"}
    reports = load_together(
        connection,
        {
            layers["cercles"]: [{key: row[key] for key in row if key != "place"}],
            layers["camps"]: [{**row, "kind": "base"}],
        },
        origin="both",
        replace=False,
    )
    undone = undo(connection, layers, number_of(reports[0]))
    assert [(report.layer, report.removed) for report in undone] == [("camps", 1), ("cercles", 1)]


def test_rows_that_may_only_be_counted_are_not_published(
    connection: psycopg.Connection, events: Layer
) -> None:
    bring(connection, events, event("a", sensitivity="counts_only"))
    found = connection.execute("SELECT count(*) FROM published.events WHERE id = 'acled-a'")
    assert found.fetchone() == (0,)
