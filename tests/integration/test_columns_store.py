"""Columns hold what the database holds, whatever happens to the one or the other."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
import sqlalchemy as sa

from app import start
from geo import database
from geo.columns import files, keeper, overlay
from geo.columns.build import read_tables
from geo.columns.held import held_fields, is_held
from geo.columns.keeper import Keeper
from geo.columns.table import Numbers, Snapshot, Table
from geo.database import Database
from geo.features import Revision, revision_of
from geo.feed import Change
from geo.importing.load import load_rows
from geo.schema import published
from geo.spec import FieldType, Layer
from geo.tiles.morton import interleave
from geo.tiles.sql import grid_x, grid_y

EPOCH = date(1970, 1, 1)
PATIENCE_S = 60
FULL = OSError(28, "No space left on device")
POINTS = sorted(layer.id for layer in start.declared_layers().values() if is_held(layer))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    reading = await Database.open(url, size=4, statement_timeout_ms=30_000)
    try:
        yield reading
    finally:
        await reading.close()


@asynccontextmanager
async def kept(url: str, folder: Path, *layers: Layer) -> AsyncIterator[Keeper]:
    """Run a keeper until the block ends."""
    async with opened(url) as reading:
        running = Keeper(reading, layers, folder)
        await running.start()
        try:
            yield running
        finally:
            await running.close()


async def at_hand(running: Keeper, layer: Layer, revision: int | None = None) -> Snapshot:
    """Wait until a keeper has the columns of a layer."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            snapshot = running.snapshot(layer)
            if snapshot is not None and revision in (None, snapshot.revision):
                return snapshot
            await asyncio.sleep(0.01)


def current(url: str, layer: Layer) -> Change:
    """Say what a change feed says of a layer now."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT revision, changed_at FROM atlas.revisions WHERE layer = %s", (layer.id,)
        ).fetchone()
    assert row is not None
    return Change(layer=layer, revision=Revision(number=row[0], changed_at=row[1]), boxes=None)


def stored(url: str, layer: Layer) -> list[dict[str, Any]]:
    """Read what the published view has, column by column, in plain values."""
    names = [field.name for field in held_fields(layer)]
    wanted = ", ".join(f'"{name}"' for name in names)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT row, id, ST_X(geom) AS lon, ST_Y(geom) AS lat,"
            f" isempty(valid) AS unknown_days, lower(valid) AS first, upper(valid) - 1 AS last,"
            f" lower(recorded) AS held_from, upper(recorded) AS held_to, {wanted}"
            f" FROM published.{layer.id} ORDER BY row"
        )
        assert cursor.description is not None
        labels = [column.name for column in cursor.description]
        return [dict(zip(labels, row, strict=True)) for row in cursor.fetchall()]


def held(layer: Layer, tables: tuple[Table, ...]) -> list[dict[str, Any]]:
    """Write out what tables have, in the same plain values."""
    found = [row for table in tables for row in _written_out(layer, table)]
    return sorted(found, key=lambda row: row["row"])


def _written_out(layer: Layer, table: Table) -> Iterator[dict[str, Any]]:
    columns = {field.name: _values(table, field.name, field.type) for field in held_fields(layer)}
    every = slice(None)
    assert table.first_day.known(every).tolist() == table.last_day.known(every).tolist()
    first = np.where(table.first_day.known(every), table.first_day.values(every), table.endless)
    last = np.where(table.last_day.known(every), table.last_day.values(every), table.beginless)
    moments = [_moment(each) for each in table.moments.tolist()] + [None]
    for place in range(len(table)):
        has_place = place < table.placed
        assert has_place or (table.x[place], table.y[place]) == (0, 0)
        yield {
            "row": int(table.row[place]),
            "id": table.id[place].decode(),
            "lon": float(table.longitude[place]) if has_place else None,
            "lat": float(table.latitude[place]) if has_place else None,
            "unknown_days": None if first[place] == table.endless else False,
            "first": None
            if first[place] in (table.beginless, table.endless)
            else _day(first[place]),
            "last": None if last[place] in (table.beginless, table.endless) else _day(last[place]),
            "held_from": moments[table.recorded_from[place]],
            "held_to": moments[table.recorded_to[place]],
            **{name: values[place] for name, values in columns.items()},
        }


def _values(table: Table, name: str, kind: FieldType) -> list[Any]:
    column = table.columns[name]
    if isinstance(column, Numbers):
        makers: dict[FieldType, Callable[[int], Any]]
        makers = {FieldType.DATE: _day, FieldType.BOOLEAN: bool}
        make = makers.get(kind, int)
        every = slice(None)
        both = zip(column.known(every), column.values(every).tolist(), strict=True)
        return [make(value) if known else None for known, value in both]
    words = (None, *column.words)
    return [words[code] for code in column.codes]


def _day(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def _moment(number: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)


async def fresh(reading: Database, layer: Layer) -> tuple[Table, ...]:
    with ThreadPoolExecutor(1) as executor:
        async with reading.reading() as reader:
            return await read_tables(reader, layer, await revision_of(reader, layer), executor)


async def read_layer(url: str, layer: Layer) -> tuple[Table, ...]:
    async with opened(url) as reading:
        return await fresh(reading, layer)


def change_camps(url: str, layer: Layer) -> None:
    """Load twice: a row that is new, one that changes twice, one that moves, one that goes."""
    with database.connect(url) as connection:
        for turn in ("first", "second"):
            rows = [
                camp("alpha", name=f"Alpha {turn}"),
                camp("bravo", geometry=None if turn == "first" else shapely.Point(-3.0, 16.8)),
                camp("quote", source_title='A "book", of\nlines', opened="2014-02-01"),
            ]
            rows += [camp("charlie")] if turn == "first" else [camp("delta", closed="2020-01-01")]
            load_rows(connection, layer, rows, origin=turn)
        connection.commit()


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


@pytest.mark.parametrize("name", POINTS)
def test_columns_hold_what_the_database_holds(
    database_url: str, layers: Mapping[str, Layer], name: str
) -> None:
    tables = asyncio.run(read_layer(database_url, layers[name]))
    expected = stored(database_url, layers[name])
    assert len(expected) > 0
    assert held(layers[name], tables) == expected


def test_columns_hold_past_versions_in_a_table_of_their_own(
    database_url: str, layers: Mapping[str, Layer]
) -> None:
    camps = layers["camps"]
    change_camps(database_url, camps)
    now, past = asyncio.run(read_layer(database_url, camps))
    assert held(camps, (now, past)) == stored(database_url, camps)
    assert set(now.recorded_to.tolist()) == {len(now.moments)}
    assert max(past.recorded_to.tolist()) < len(past.moments)


@pytest.mark.parametrize("name", ["events", "facts"])
def test_the_grid_is_that_of_the_database_and_rows_are_in_its_order(
    database_url: str, layers: Mapping[str, Layer], name: str
) -> None:
    layer = layers[name]

    async def both() -> tuple[Table, dict[int, tuple[int, int]]]:
        async with opened(database_url) as reading:
            relation = published(layer)
            statement = sa.select(
                relation.c.row,
                grid_x(relation.c.geom).label("x"),
                grid_y(relation.c.geom).label("y"),
            ).where(relation.c.geom.is_not(None))
            async with reading.reading() as reader:
                rows = await reader.rows(statement)
            (table,) = await fresh(reading, layer)
            return table, {row["row"]: (row["x"], row["y"]) for row in rows}

    table, grid = asyncio.run(both())
    placed = slice(table.placed)
    places = zip(table.x[placed].tolist(), table.y[placed].tolist(), strict=True)
    assert dict(zip(table.row[placed].tolist(), places, strict=True)) == grid
    codes = interleave(table.x[placed], table.y[placed]).tolist()
    keys = list(zip(codes, table.id[placed].tolist(), table.row[placed].tolist(), strict=True))
    assert keys == sorted(keys)
    placeless = table.id[table.placed :].tolist()
    assert placeless == sorted(placeless)
    assert bool(placeless) == (name == "facts")


def test_a_layer_without_rows_has_columns_without_rows(
    database_url: str, layers: Mapping[str, Layer], tmp_path: Path
) -> None:
    tobs = layers["tobs"]
    with database.connect(database_url) as connection:
        load_rows(connection, tobs, [], origin="nothing")
        connection.execute("DELETE FROM atlas.tobs")
        connection.commit()

    async def rows() -> list[int]:
        async with kept(database_url, tmp_path, tobs) as running:
            return [len(part) for part in (await at_hand(running, tobs)).parts]

    assert asyncio.run(rows()) == [0]


def test_what_changed_is_laid_over_the_columns_as_a_fresh_build_would_have_it(
    database_url: str, layers: Mapping[str, Layer], tmp_path: Path
) -> None:
    camps, events = layers["camps"], layers["events"]

    async def steps() -> None:
        async with kept(database_url, tmp_path, camps, events) as running:
            first = await at_hand(running, camps)
            assert running.snapshot(layers["attacks"]) is running.snapshot(events)
            for turn in ("one", "two"):
                with database.connect(database_url) as connection:
                    rows = [camp("alpha", name=turn), camp(f"new {turn}", opened="2013-07-01")]
                    load_rows(connection, camps, rows, origin=turn)
                    connection.commit()
                change = current(database_url, camps)
                await running.changed(change)
                snapshot = running.snapshot(camps)
                assert snapshot is not None
                assert snapshot.revision == change.revision.number > first.revision
                assert {part.revision for part in snapshot.parts} == {snapshot.revision}
                assert held(camps, snapshot.parts) == stored(database_url, camps)
                # Nothing was read anew: the places are those of the first state.
                assert snapshot.parts[0].x is first.parts[0].x

    asyncio.run(steps())


def test_a_withdrawn_row_is_gone_from_the_columns_with_its_past(
    database_url: str, layers: Mapping[str, Layer], tmp_path: Path
) -> None:
    camps = layers["camps"]

    async def steps() -> list[dict[str, Any]]:
        async with kept(database_url, tmp_path, camps) as running:
            await at_hand(running, camps)
            with database.connect(database_url) as connection:
                secret = camp("alpha", sensitivity="restricted")
                load_rows(connection, camps, [secret], origin="secret", replace=False)
                connection.commit()
            change = current(database_url, camps)
            await running.changed(change)
            stale = running.snapshot(camps)
            assert stale is None or stale.revision == change.revision.number
            snapshot = await at_hand(running, camps, change.revision.number)
            assert held(camps, snapshot.parts) == stored(database_url, camps)
            return held(camps, snapshot.parts)

    before = {row["id"] for row in stored(database_url, camps)}
    after = {row["id"] for row in asyncio.run(steps())}
    assert before - after == {"alpha"}


def test_more_than_a_small_change_is_read_anew_behind_the_scenes(
    database_url: str,
    layers: Mapping[str, Layer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlay, "DUE_AT_LEAST", 1)
    camps = layers["camps"]

    async def steps() -> None:
        async with kept(database_url, tmp_path, camps) as running:
            first = await at_hand(running, camps)
            with database.connect(database_url) as connection:
                rows = [camp(f"many {number}") for number in range(3)]
                load_rows(connection, camps, rows, origin="many", replace=False)
                connection.commit()
            await running.changed(current(database_url, camps))
            snapshot = running.snapshot(camps)
            assert snapshot is not None
            assert snapshot.parts[0].x is first.parts[0].x
            assert held(camps, snapshot.parts) == stored(database_url, camps)
            async with asyncio.timeout(PATIENCE_S):
                while (snapshot := running.snapshot(camps)) is None or (
                    snapshot.parts[0].x is first.parts[0].x
                ):
                    await asyncio.sleep(0.01)
            assert held(camps, snapshot.parts) == stored(database_url, camps)

    asyncio.run(steps())
    (layer_folder,) = tmp_path.glob("*/camps")
    assert len(files.states(layer_folder, camps)) == 1


def count_builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each time that a layer is read as a whole."""
    built: list[str] = []
    build = Keeper._build

    async def noted(self: Keeper, of: Any, folder: Path) -> None:
        built.append(of.layer.id)
        await build(self, of, folder)

    monkeypatch.setattr(Keeper, "_build", noted)
    return built


def test_two_workers_build_once_and_map_the_same_file(
    database_url: str,
    layers: Mapping[str, Layer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = count_builds(monkeypatch)
    events = layers["events"]

    async def both() -> None:
        async with (
            kept(database_url, tmp_path, events) as one,
            kept(database_url, tmp_path, events) as other,
        ):
            snapshots = [await at_hand(one, events), await at_hand(other, events)]
            for snapshot in snapshots:
                assert held(events, snapshot.parts) == stored(database_url, events)

    asyncio.run(both())
    assert built == ["events"]


def test_a_worker_that_starts_later_maps_what_lies_there_and_adds_what_changed(
    database_url: str,
    layers: Mapping[str, Layer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    camps = layers["camps"]

    async def look() -> list[dict[str, Any]]:
        async with kept(database_url, tmp_path, camps) as running:
            return held(camps, (await at_hand(running, camps)).parts)

    assert asyncio.run(look()) == stored(database_url, camps)
    with database.connect(database_url) as connection:
        load_rows(connection, camps, [camp("later")], origin="later", replace=False)
        connection.commit()
    built = count_builds(monkeypatch)
    assert asyncio.run(look()) == stored(database_url, camps)
    assert built == []


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    held_bytes = bytearray(path.read_bytes())
    held_bytes[len(held_bytes) // 2] ^= 1
    path.write_bytes(held_bytes)


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [cut, flip, remove])
@pytest.mark.parametrize("name", ["columns", "manifest.json"])
def test_a_damaged_folder_is_made_anew(
    database_url: str,
    layers: Mapping[str, Layer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], None],
    name: str,
) -> None:
    camps = layers["camps"]

    async def look() -> list[dict[str, Any]]:
        async with kept(database_url, tmp_path, camps) as running:
            return held(camps, (await at_hand(running, camps)).parts)

    asyncio.run(look())
    (file,) = tmp_path.glob(f"*/camps/*/{name}")
    damage(file)
    built = count_builds(monkeypatch)
    assert asyncio.run(look()) == stored(database_url, camps)
    assert built == ["camps"]


def test_columns_of_a_revision_that_became_true_at_another_moment_are_made_anew(
    database_url: str,
    layers: Mapping[str, Layer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    camps = layers["camps"]

    async def look() -> list[dict[str, Any]]:
        async with kept(database_url, tmp_path, camps) as running:
            return held(camps, (await at_hand(running, camps)).parts)

    asyncio.run(look())
    (state,) = tmp_path.glob("*/camps/*-*-*")
    revision, changed_at, digest = state.name.split("-")
    state.rename(state.with_name(f"{revision}-{int(changed_at) - 1}-{digest}"))
    built = count_builds(monkeypatch)
    assert asyncio.run(look()) == stored(database_url, camps)
    assert built == ["camps"]


def test_columns_of_another_database_are_not_taken(
    database_url: str, prepared_url: str, layers: Mapping[str, Layer], tmp_path: Path
) -> None:
    places = layers["places"]

    async def look(url: str) -> int:
        async with kept(url, tmp_path, places) as running:
            return len((await at_hand(running, places)).parts[0])

    assert asyncio.run(look(database_url)) == asyncio.run(look(prepared_url)) > 0
    assert len(list(tmp_path.glob("*/places/*/columns"))) == 2


def test_deleting_the_folder_loses_nothing(
    database_url: str, layers: Mapping[str, Layer], tmp_path: Path
) -> None:
    camps, folder = layers["camps"], tmp_path / "columns"

    async def steps() -> None:
        async with kept(database_url, folder, camps) as running:
            await at_hand(running, camps)
            shutil.rmtree(folder)
            with database.connect(database_url) as connection:
                load_rows(connection, camps, [camp("after")], origin="after", replace=False)
                connection.commit()
            change = current(database_url, camps)
            await running.changed(change)
            snapshot = await at_hand(running, camps, change.revision.number)
            assert held(camps, snapshot.parts) == stored(database_url, camps)

    asyncio.run(steps())


def test_what_cannot_be_written_is_told_once_and_tried_again(
    database_url: str,
    layers: Mapping[str, Layer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="atlas")
    monkeypatch.setattr(keeper, "_FIRST_PAUSE_S", 0.01)
    tries = 0
    write = files.write

    def full(*arguments: Any) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise FULL
        write(*arguments)

    monkeypatch.setattr(files, "write", full)

    async def look() -> None:
        async with kept(database_url, tmp_path, layers["camps"]) as running:
            await at_hand(running, layers["camps"])

    asyncio.run(look())
    assert [record.getMessage() for record in caplog.records] == [
        f"the columns of camps cannot be read, so SQL answers: OSError: {FULL}",
        "the columns of camps are at hand again",
    ]


def test_a_keeper_without_its_database_ends_at_once(
    database_url: str,
    layers: Mapping[str, Layer],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = database_url.rsplit("/", 1)[0] + "/nowhere_at_all"
    if "?" in database_url:
        gone += "?" + database_url.split("?", 1)[1]

    async def look() -> None:
        async with kept(gone, tmp_path, *layers.values()) as running:
            await asyncio.sleep(0.2)
            await running.changed(
                Change(
                    layer=layers["camps"],
                    revision=Revision(number=1, changed_at=datetime.now(UTC)),
                    boxes=None,
                )
            )
            assert running.snapshot(layers["camps"]) is None

    asyncio.run(asyncio.wait_for(look(), PATIENCE_S))
    told = [record.getMessage().split(" cannot")[0] for record in caplog.records]
    assert sorted(told) == [f"the columns of {name}" for name in POINTS]


def test_the_state_says_what_is_at_hand(
    database_url: str, layers: Mapping[str, Layer], tmp_path: Path
) -> None:
    camps = layers["camps"]

    async def look() -> tuple[Any, Any, int]:
        async with kept(database_url, tmp_path, camps, layers["regions"]) as running:
            before = running.state()
            snapshot = await at_hand(running, camps)
            return before, running.state(), sum(map(len, snapshot.parts))

    before, after, rows = asyncio.run(look())
    assert before == {"camps": {"revision": None, "rows": 0, "bytes": 0}}
    assert after["camps"].pop("bytes") > 30 * rows
    revision = current(database_url, camps).revision.number
    assert after == {"camps": {"revision": revision, "rows": rows}}
