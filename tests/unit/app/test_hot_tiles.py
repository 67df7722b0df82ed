"""Made tiles that are kept: found by their address, dropped where something changed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.start import declared_layers
from app.tiles.hot import BOOK_KEEPING, HotTiles, Kept
from geo.crs import Bounds
from geo.features import Revision
from geo.feed import Change

LAYERS = declared_layers()
KEPT = Kept(
    tag=b'"7-abc"',
    status=200,
    plain=b"plain bytes",
    packed=b"packed",
    plain_headers=[(b"x", b"plain")],
    packed_headers=[(b"x", b"packed")],
    unchanged_headers=[(b"x", b"unchanged")],
    revisions={"events": 7, "regions": 3},
    box=(0.0, 10.0, 5.0, 15.0),
)


def asked(path: str = "/tiles/events/1/0/0.mvt", *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"method": "GET", "path": path, "query_string": b"a=1", "headers": list(headers)}


def hot(most_bytes: int = 1_000_000) -> HotTiles:
    made = HotTiles(most_bytes)
    made.is_sure = lambda: True
    return made


def sent(*headers: tuple[bytes, bytes]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    asyncio.run(KEPT.send(asked("/", *headers), send))
    start, body = messages
    return start["status"], start["headers"], body["body"]


def change(layer: str, *boxes: Bounds, anywhere: bool = False) -> Change:
    revision = Revision(number=8, changed_at=datetime(2026, 1, 1, tzinfo=UTC))
    return Change(layer=LAYERS[layer], revision=revision, boxes=None if anywhere else boxes)


def test_a_tile_is_found_by_its_whole_address_only() -> None:
    tiles = hot()
    tiles.put(asked(), KEPT)
    assert tiles.find(asked()) is KEPT
    assert tiles.find({**asked(), "query_string": b"a=2"}) is None
    assert tiles.find(asked("/tiles/events/1/0/1.mvt")) is None
    assert tiles.find({**asked(), "method": "HEAD"}) is None


def test_nothing_is_answered_from_memory_while_changes_may_go_unheard() -> None:
    tiles = hot()
    tiles.put(asked(), KEPT)
    tiles.is_sure = lambda: False
    assert tiles.find(asked()) is None


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ((), (200, [(b"x", b"plain")], b"plain bytes")),
        (((b"accept-encoding", b"br, gzip"),), (200, [(b"x", b"packed")], b"packed")),
        (((b"accept-encoding", b"gzip;q=0.5"),), (200, [(b"x", b"packed")], b"packed")),
        (((b"accept-encoding", b"gzip;q=0, br"),), (200, [(b"x", b"plain")], b"plain bytes")),
        (((b"accept-encoding", b"br"),), (200, [(b"x", b"plain")], b"plain bytes")),
        (((b"if-none-match", b'"7-abc"'),), (304, [(b"x", b"unchanged")], b"")),
        (((b"if-none-match", b'W/"1-x", "7-abc"'),), (304, [(b"x", b"unchanged")], b"")),
        (((b"if-none-match", b"*"),), (304, [(b"x", b"unchanged")], b"")),
        (((b"if-none-match", b'"6-abc"'),), (200, [(b"x", b"plain")], b"plain bytes")),
    ],
)
def test_a_client_gets_the_bytes_it_can_read_unless_it_has_them(
    headers: tuple[tuple[bytes, bytes], ...], answer: Any
) -> None:
    assert sent(*headers) == answer


@pytest.mark.parametrize(
    ("told", "stays"),
    [
        (change("events", (2.0, 12.0, 2.0, 12.0)), False),
        (change("events", (5.0, 15.0, 9.0, 19.0)), False),
        (change("events", (5.1, 12.0, 5.1, 12.0)), True),
        (change("events", (2.0, 9.9, 2.0, 9.9)), True),
        (change("events", (9.0, 9.0, 9.0, 9.0), (1.0, 11.0, 1.0, 11.0)), False),
        (change("events"), True),
        (change("events", anywhere=True), False),
        (change("camps", anywhere=True), True),
    ],
)
def test_a_change_drops_the_tiles_that_show_its_places(told: Change, stays: bool) -> None:
    tiles = hot()
    tiles.put(asked(), KEPT)
    tiles.drop(told)
    assert (tiles.find(asked()) is KEPT) == stays


def test_beyond_what_may_be_kept_the_longest_unused_go_first() -> None:
    big = replace(KEPT, plain=b"x" * 10_000)
    tiles = hot(3 * (10_100 + BOOK_KEEPING))
    for name in "abc":
        tiles.put(asked(name), big)
    tiles.find(asked("a"))
    tiles.put(asked("d"), big)
    assert [name for name in "abcd" if tiles.find(asked(name))] == ["a", "c", "d"]


def test_a_tile_that_is_put_again_is_counted_once() -> None:
    big = replace(KEPT, plain=b"x" * 10_000)
    tiles = hot(2 * (10_100 + BOOK_KEEPING))
    for _ in range(5):
        tiles.put(asked("a"), big)
    tiles.put(asked("b"), big)
    assert len(tiles) == 2
    tiles.put(asked("c"), replace(KEPT, plain=b"x" * 1_000_000))
    assert len(tiles) == 0


def test_a_long_address_takes_its_share_of_the_memory() -> None:
    tiles = hot(100_000)
    for number in range(10):
        tiles.put({**asked(), "query_string": b"%d" % number + b"x" * 30_000}, KEPT)
    assert len(tiles) == 3
