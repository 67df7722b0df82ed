"""What a service hears of changes: which layer has a new revision, and where it differs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import psycopg
import pytest

from geo import database, feed
from geo.crs import Bounds
from geo.database import Database
from geo.features import Revision
from geo.feed import Change, Feed
from geo.importing.load import load_rows
from geo.spec import Layer

BAMAKO = (-8.0, 12.65)
GAO = (-0.04, 16.27)


def put(
    url: str, layer: Layer, at: tuple[float, float], *, feature: str = "X1", **more: str | None
) -> None:
    """Load one row, in place of the version that was there."""
    row = {
        "id": feature,
        "name": "a place",
        "name_fr": "un lieu",
        "kind": "village",
        "region": "gao",
        "computed": "false",
        "source_title": "a test",
        "source_licence": "none",
        "lon": str(at[0]),
        "lat": str(at[1]),
        "place_precision": "1",
        **more,
    }
    row = {name: value for name, value in row.items() if value is not None}
    with database.connect(url) as connection:
        load_rows(connection, layer, [row], origin="a test", replace=False)


@asynccontextmanager
async def following(url: str, layers: dict[str, Layer]) -> AsyncIterator[tuple[Feed, list[Change]]]:
    told: list[Change] = []

    async def tell(change: Change) -> None:
        told.append(change)

    opened = await Database.open(url, size=2, statement_timeout_ms=5_000)
    followed = Feed(opened, layers.values())
    followed.start([tell])
    try:
        await until(lambda: followed.is_sure)
        yield followed, told
    finally:
        await followed.close()
        await opened.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


def differs(followed: Feed, before: Revision) -> bool:
    return followed.revisions["places"] != before


def test_the_first_word_is_the_revision_of_every_layer_that_was_loaded(
    database_url: str, layers: dict[str, Layer]
) -> None:
    async def follow() -> None:
        async with following(database_url, layers) as (followed, told):
            loaded = {layer.id for layer in layers.values() if layer.data}
            assert set(followed.revisions) == {change.layer.id for change in told} == loaded
            assert {change.boxes for change in told} == {None}

    asyncio.run(follow())


def test_a_change_tells_the_places_where_something_came_or_went(
    database_url: str, layers: dict[str, Layer]
) -> None:
    async def follow() -> list[Change]:
        async with following(database_url, layers) as (followed, told):
            told.clear()
            for place in (BAMAKO, GAO):
                before = followed.revisions["places"]
                await asyncio.to_thread(put, database_url, layers["places"], place)
                await until(partial(differs, followed, before))
            assert followed.revisions["places"] == told[-1].revision
            return told

    first, second = asyncio.run(follow())
    assert (first.layer.id, second.layer.id) == ("places", "places")
    assert first.boxes == ((*BAMAKO, *BAMAKO),)
    assert second.boxes == ((*BAMAKO, *BAMAKO), (*GAO, *GAO))


def test_many_changed_places_and_withdrawn_versions_may_be_anywhere(
    database_url: str, layers: dict[str, Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def follow(change: Callable[[], None]) -> Change:
        async with following(database_url, layers) as (followed, told):
            before = followed.revisions["places"]
            await asyncio.to_thread(change)
            await until(partial(differs, followed, before))
            return told[-1]

    def withdraw() -> None:
        put(database_url, layers["places"], GAO, sensitivity="restricted")

    put(database_url, layers["places"], BAMAKO)
    assert asyncio.run(follow(withdraw)).boxes is None
    monkeypatch.setattr(feed, "MOST_PLACES", 1)

    put(database_url, layers["places"], GAO, feature="X2")

    def move() -> None:
        put(database_url, layers["places"], BAMAKO, feature="X2")

    assert asyncio.run(follow(move)).boxes is None


def test_a_feed_that_lost_the_database_is_not_sure_until_it_has_caught_up(
    database_url: str, layers: dict[str, Layer]
) -> None:
    async def follow() -> None:
        async with following(database_url, layers) as (followed, told):
            with psycopg.connect(database_url, autocommit=True) as connection:
                others = (
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                connection.execute(others)
                await until(lambda: not followed.is_sure)
                told.clear()
            await asyncio.to_thread(put, database_url, layers["places"], GAO, feature="X3")
            await until(lambda: followed.is_sure)
            assert [(change.layer.id, change.boxes) for change in told] == [
                ("places", ((*GAO, *GAO),))
            ]

    asyncio.run(follow())


def test_a_feed_goes_on_after_whatever_went_wrong(
    database_url: str, layers: dict[str, Layer]
) -> None:
    seen: list[str] = []

    async def fail_once(change: Change) -> None:
        seen.append(change.layer.id)
        if len(seen) == 1:
            raise RuntimeError("a fault of ours")

    async def follow() -> None:
        opened = await Database.open(database_url, size=2, statement_timeout_ms=5_000)
        followed = Feed(opened, layers.values())
        followed.start([fail_once])
        await until(lambda: followed.is_sure)
        assert set(followed.revisions) == set(seen)
        await followed.close()
        await opened.close()

    asyncio.run(follow())


def move_camp(url: str, layers: dict[str, Layer], feature: str) -> None:
    words: dict[str, str | None] = {"kind": "base", "place": "Gao"}
    put(url, layers["camps"], GAO, feature=feature, name_fr=None, computed=None, **words)


def test_a_layer_that_takes_long_to_take_over_keeps_no_other_one_waiting(
    database_url: str, layers: dict[str, Layer]
) -> None:
    async def follow() -> None:
        begun, may_end = asyncio.Event(), asyncio.Event()
        told: list[tuple[str, int]] = []

        async def tell(change: Change) -> None:
            told.append((change.layer.id, change.revision.number))
            if change.layer.id == "places" and followed.is_sure:
                begun.set()
                await may_end.wait()

        opened = await Database.open(database_url, size=2, statement_timeout_ms=5_000)
        followed = Feed(opened, layers.values())
        followed.start([tell])
        await until(lambda: followed.is_sure)
        places, camps = followed.revisions["places"], followed.revisions["camps"]
        told.clear()
        await asyncio.to_thread(put, database_url, layers["places"], GAO, feature="X7")
        await begun.wait()
        await asyncio.to_thread(move_camp, database_url, layers, "C998")
        await until(lambda: followed.revisions["camps"] != camps)
        assert followed.is_sure
        assert followed.revisions["places"] == places
        # What comes meanwhile is told of when the first is done, and from where that one ended.
        await asyncio.to_thread(put, database_url, layers["places"], BAMAKO, feature="X7")
        may_end.set()
        await until(lambda: [name for name, _ in told].count("places") == 2)
        newest = told[-1][1]
        await until(lambda: followed.revisions["places"].number == newest)
        assert [name for name, _ in told] == ["places", "camps", "places"]
        assert told[0][1] < newest
        await followed.close()
        await opened.close()

    asyncio.run(follow())


def test_a_feed_that_is_closed_lets_go_of_what_is_being_told(
    database_url: str, layers: dict[str, Layer]
) -> None:
    ended: list[str] = []

    async def tell_for_ever(change: Change) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(change.layer.id)

    async def follow() -> None:
        opened = await Database.open(database_url, size=2, statement_timeout_ms=5_000)
        followed = Feed(opened, [layers["camps"], layers["places"]])
        followed.start([tell_for_ever])
        await asyncio.sleep(0.5)
        assert not followed.is_sure
        await followed.close()
        assert sorted(ended) == ["camps", "places"]
        await opened.close()

    asyncio.run(follow())


def test_where_very_much_changed_it_may_be_anywhere_without_looking_at_all_of_it(
    database_url: str, layers: dict[str, Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def follow(at: tuple[float, float]) -> tuple[Bounds, ...] | None:
        async with following(database_url, layers) as (followed, told):
            before = followed.revisions["places"]
            await asyncio.to_thread(put, database_url, layers["places"], at, feature="X8")
            await until(partial(differs, followed, before))
            return told[-1].boxes

    assert asyncio.run(follow(GAO)) == ((*GAO, *GAO),)
    # One went and one came.
    monkeypatch.setattr(feed, "MOST_CHANGED", 2)
    assert asyncio.run(follow(BAMAKO)) == ((*BAMAKO, *BAMAKO), (*GAO, *GAO))
    monkeypatch.setattr(feed, "MOST_CHANGED", 1)
    assert asyncio.run(follow(GAO)) is None


def test_a_feed_hears_of_changes_while_every_connection_of_the_pool_is_busy(
    database_url: str, layers: dict[str, Layer]
) -> None:
    async def follow() -> None:
        opened = await Database.open(database_url, size=1, statement_timeout_ms=5_000)
        followed = Feed(opened, layers.values())
        async with opened.reading():
            followed.start([])
            await until(lambda: followed.is_sure)
            before = followed.revisions["places"]
            await asyncio.to_thread(put, database_url, layers["places"], BAMAKO, feature="X5")
            await until(partial(differs, followed, before))
        await followed.close()
        await opened.close()

    asyncio.run(follow())


def test_a_database_that_was_put_back_may_differ_anywhere(
    database_url: str, layers: dict[str, Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def follow() -> Change:
        async with following(database_url, layers) as (followed, told):
            known = followed.revisions["places"]
            ahead = replace(known, number=known.number + 1_000)
            followed.revisions = {**followed.revisions, "places": ahead}
            await until(lambda: followed.revisions["places"] != ahead)
            return told[-1]

    monkeypatch.setattr(feed, "HEARTBEAT_S", 0.05)
    assert asyncio.run(follow()).boxes is None
