"""Change one event, see when its tile shows it and how many kept tiles went, and change it back."""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import shapely
from psycopg.rows import dict_row

from app import start
from geo import database
from geo.importing.load import load_rows
from geo.spec import FEATURE_FIELDS
from geo.tiles.grid import Tile
from tests.benchmarks.serving import Server, get
from tests.benchmarks.tile_places import tile_of

ZOOM = 8
# So many new answers one after the other, from whichever worker, and no old one can come any more.
SURE_AFTER = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """How long a change took to be seen, and how many of the kept tiles it cost."""

    seconds: list[float]
    dropped: int
    kept: int


def path_of(tile: Tile, layers: str = "events", form: str = "mvt") -> str:
    return f"/tiles/{layers}/{tile.z}/{tile.x}/{tile.y}.{form}"


def change_one(url: str, servers: Sequence[Server], tiles: Sequence[Tile], times: int) -> Seen:
    """Have the tiles kept by the first server; change a row and back, and look what it makes."""
    row = _some_row(url)
    tile = path_of(tile_of(row["geometry"].x, row["geometry"].y, ZOOM))
    _tags(servers[0], tiles)
    before = _tags(servers[0], tiles)
    seconds, dropped = [], 0
    try:
        for number in range(times):
            changed = {**row, "killed_best": str(700 + number)}
            seconds.append(max(_seen(url, changed, server, tile) for server in servers[-1:]))
            if number == 0:
                after = _tags(servers[0], tiles)
                dropped = sum(one != other for one, other in zip(before, after, strict=True))
    finally:
        _load(url, row)
    return Seen(seconds=seconds, dropped=dropped, kept=len(tiles))


def _seen(url: str, row: dict[str, Any], server: Server, path: str) -> float:
    old = get(server.port, path)
    _load(url, row)
    begun = last_old = time.perf_counter()
    new = 0
    while new < SURE_AFTER:
        asked = time.perf_counter()
        if get(server.port, path) == old:
            last_old, new = time.perf_counter(), 0
        else:
            new += 1
        if asked - begun > 30:
            raise RuntimeError("a change was not seen within 30 s")
    return last_old - begun


def _some_row(url: str) -> dict[str, Any]:
    """Read an event as the loader takes it."""
    layer = start.declared_layers()["events"]
    names = [field.name for field in (*layer.fields, *FEATURE_FIELDS)]
    columns = ", ".join(f'"{name}"' for name in ("id", *names))
    with psycopg.connect(url, row_factory=dict_row) as connection:
        found = connection.execute(
            f"SELECT {columns}, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM published.events"
            " WHERE upper_inf(recorded) AND geom IS NOT NULL ORDER BY id OFFSET 4321 LIMIT 1"
        ).fetchone()
    if found is None:
        raise LookupError("there are no events")
    place = shapely.Point(found.pop("lon"), found.pop("lat"))
    return {**{name: _text(value) for name, value in found.items()}, "geometry": place}


def _text(value: Any) -> str | None:
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def _load(url: str, row: dict[str, Any]) -> None:
    layer = start.declared_layers()["events"]
    with database.connect(url) as connection:
        load_rows(connection, layer, [row], origin="tests/benchmarks", replace=False)


def _tags(server: Server, tiles: Sequence[Tile]) -> list[str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    tags = []
    for tile in tiles:
        connection.request("GET", path_of(tile))
        answer = connection.getresponse()
        answer.read()
        tags.append(answer.headers["ETag"])
    connection.close()
    return tags
