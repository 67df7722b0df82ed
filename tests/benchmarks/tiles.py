"""Compare tiles with tipg and with PostgreSQL's own limit in one run, and print the tables.

    .venv/bin/python -m tests.benchmarks.tiles postgresql://… [--seconds 6] [--rounds 3]

The database is one that tests/benchmarks/synthetic.py filled; a schema and a database beside it
are made and dropped again, and one event is changed and changed back. `wrk` and `pgbench` make the
load (Debian: apt-get install wrk postgresql-contrib). The sides take turns, round by round, so that
what else the machine does falls on all; quote the ratios, not the rates. `--only` names parts.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import uvloop

from app import start
from app.settings import Settings
from geo.aggregate import Grouping, select_aggregate
from geo.database import Database
from geo.query import FeatureQuery
from tests.benchmarks import columns, tile_sql
from tests.benchmarks.serving import (
    Server,
    get,
    in_turns,
)
from tests.benchmarks.tile_areas import LAYER as AREAS
from tests.benchmarks.tile_areas import database_of_areas
from tests.benchmarks.tile_bench import WORKERS, Bench, held, print_rates
from tests.benchmarks.tile_change import change_one, path_of
from tests.benchmarks.tile_cold import cold
from tests.benchmarks.tile_hot import compare_hot
from tests.benchmarks.tile_places import (
    TILES,
    ZOOMS,
    densest_tile,
    different_tiles,
    event_places,
    weighted_tiles,
)
from tests.benchmarks.tile_requests import spelt

CHANGES, KEPT, KEPT_MB = 5, 5_000, 512
DRAWN = "events,regions,basemap"
TIMES = 40


def densest(bench: Bench) -> None:
    """Print how long the fullest tile of zoom 4 takes, one client asking, and how large it is."""
    tile = densest_tile(bench.places, 4)
    (events,) = held(bench.url, [tile])
    path = path_of(tile)
    with bench.atlas(1) as atlas:
        packed = get(atlas.port, path, {"Accept-Encoding": "gzip"})
        print(f"\n| z4 tile {tile.x}/{tile.y}: {events:,} events, one client | median | worst |")
        print("|---|---|---|")
        for turn, name in enumerate(("identity", "gzip"), start=1):
            # Each address once: who asks again is answered from memory.
            asked = [f"{path}?{spelt(turn * TIMES + i)}" for i in range(TIMES)]
            took = _milliseconds(atlas, asked, {"Accept-Encoding": name})
            print(f"| {name} | {statistics.median(took):.1f} ms | {max(took):.1f} ms |")
        print(f"\n{len(gzip.decompress(packed)):,} bytes, {len(packed):,} gzipped.", flush=True)


def _milliseconds(atlas: Server, paths: Sequence[str], headers: Mapping[str, str]) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", atlas.port)
    took = []
    for path in paths:
        begun = time.perf_counter()
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - begun) * 1_000)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
    connection.close()
    return took


def areas(bench: Bench) -> None:
    """Print tiles of polygons a second beside the same statements run by pgbench."""
    with database_of_areas(bench.url) as url, bench.atlas(WORKERS, url) as atlas:
        for layer in (AREAS, "regions", "basemap"):
            paths = [f"{path_of(tile, layer)}?{{same}}" for tile in bench.tiles]
            scripts = [tile_sql.shapes(layer, tile) for tile in bench.tiles]
            rates = in_turns(
                {
                    "atlas": partial(bench.asked, atlas, paths),
                    "pgbench, the same SQL": partial(bench.run, scripts, url),
                },
                bench.rounds,
            )
            made = "60 areas of 2,000 corners" if layer == AREAS else layer
            print_rates(f"cold, {made}", rates)


def hot(bench: Bench) -> None:
    """Print answers a second from memory beside those of a bare ASGI callable."""
    with bench.atlas(1) as atlas:
        paths = [path_of(tile) for tile in bench.tiles]
        found = compare_hot(atlas, paths, bench.rounds, bench.seconds, bench.folder)
    print("\n| one worker, gzip | atlas | bare ASGI | ratio |\n|---|---|---|---|")
    for name, (ours, raw) in found.items():
        print(f"| {name} | {ours:,.0f}/s | {raw:,.0f}/s | {ours / raw:.2f} |", flush=True)


def aggregate(bench: Bench) -> None:
    """Print how long sums by year and region over everything take, by columns and by SQL."""
    path = "/collections/events/aggregate?by=year,region&measure=killed"
    with bench.atlas(1) as atlas:
        ours = statistics.median(_milliseconds(atlas, [path] * TIMES, {}))
    theirs = uvloop.run(_sums_by_sql(bench.url, 5))
    print("\n| year and region, killed, every event | median |\n|---|---|")
    print(f"| atlas, over HTTP | {ours:.1f} ms |\n| SQL in the database | {theirs:.0f} ms |")


async def _sums_by_sql(url: str, times: int) -> float:
    layer = start.declared_layers()["events"]
    grouping = Grouping(by=("year", "region"), measures=("killed",), resolution=0)
    database = await Database.open(url, size=1, statement_timeout_ms=60_000)
    took = []
    for _ in range(times):
        async with database.reading() as reader:
            begun = time.perf_counter()
            await reader.rows(select_aggregate(layer, FeatureQuery(), grouping))
            took.append((time.perf_counter() - begun) * 1_000)
    await database.close()
    return statistics.median(took)


def snapshot(bench: Bench) -> None:
    """Print how long the columns take to be read and written, and how large they are."""
    print("\nColumns of events (tests/benchmarks/columns.py):\n\n```", flush=True)
    layer = start.declared_layers()["events"]
    uvloop.run(columns.measure(bench.url, layer, bench.rounds))
    print("```", flush=True)


def change(bench: Bench) -> None:
    """Print when one changed row is seen in its tile, and how many kept tiles it cost."""
    tiles = different_tiles(bench.places, range(4, 15), KEPT)
    with bench.atlas(1, hot_tiles_mb=str(KEPT_MB)) as one, bench.atlas(WORKERS) as several:
        seen = change_one(bench.url, [one, several], tiles, CHANGES)
    median, worst = statistics.median(seen.seconds), max(seen.seconds)
    print("\n| one row changed | |\n|---|---|")
    print(f"| seen in its tile by all of {WORKERS} workers after | {median:.3f} s, {worst:.3f} s |")
    share = seen.dropped / seen.kept
    print(f"| kept tiles dropped | {seen.dropped} of {seen.kept:,}: {share:.2%} |", flush=True)


def pictures(bench: Bench) -> None:
    """Print drawn tiles a second."""
    with bench.atlas(WORKERS) as atlas:
        paths = [f"{path_of(tile, DRAWN, 'png')}?{{same}}" for tile in bench.tiles]
        rates = in_turns({"atlas": partial(bench.asked, atlas, paths)}, bench.rounds)
    print(f"\n| cold PNG, 256 px, {DRAWN}, {WORKERS} workers | tiles/s |\n|---|---|")
    print(f"| atlas | {rates['atlas']:,.0f} |", flush=True)


PARTS: dict[str, Callable[[Bench], None]] = {
    part.__name__: part
    for part in (cold, densest, areas, hot, aggregate, snapshot, pictures, change)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--tipg", type=Path, default=Path(tempfile.gettempdir()) / "atlas-tipg")
    given = parser.parse_args()
    start.prepare(given.url, Settings())
    places = event_places(given.url)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(
            url=given.url,
            seconds=given.seconds,
            rounds=given.rounds,
            folder=Path(folder),
            tipg=given.tipg,
            places=places,
            tiles=weighted_tiles(places, ZOOMS, TILES),
        )
        for part in given.only:
            PARTS[part](bench)


if __name__ == "__main__":
    main()
