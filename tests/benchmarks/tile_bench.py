"""What every part of the comparison of tiles needs, and how it prints rates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from geo.tiles.grid import Tile, bounds
from tests.benchmarks.serving import (
    Server,
    our_command,
    our_environment,
    pgbench,
    server,
    wrk,
)
from tests.benchmarks.tile_change import path_of
from tests.benchmarks.tile_requests import varied

WORKERS = 2
LONGER = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What every part needs: where the data is, how long to measure, and where to put files."""

    url: str
    seconds: int
    rounds: int
    folder: Path
    tipg: Path
    places: list[tuple[float, float]]
    tiles: list[Tile]

    @contextmanager
    def atlas(self, workers: int, url: str = "", **settings: str) -> Iterator[Server]:
        """Run the service with its columns at hand."""
        url = url or self.url
        cache = self.folder / f"cache-{url.rpartition('/')[2].partition('?')[0]}"
        environment = our_environment(url, cache, **settings)
        with server(our_command(workers), environment, "/health/ready") as atlas:
            _until(lambda: any(cache.glob("columns/*/events/*/manifest.json")))
            # The others look ten times a second, then read them once.
            time.sleep(1.5)
            paths = [f"{path_of(tile)}?{{same}}" for tile in self.tiles]
            wrk(atlas.port, varied(paths), 2, self.folder)
            yield atlas

    def asked(self, atlas: Server, paths: Sequence[str], **headers: str) -> float:
        """Give the answers a second to paths in turn, by an address that is new each time."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return wrk(atlas.port, varied(paths, given), self.seconds, self.folder)

    def asked_of_tipg(self, tipg: Server, paths: Sequence[str]) -> float:
        """Do the same for longer, since it answers few; then let it finish what nobody awaits."""
        rate = wrk(tipg.port, varied(paths), LONGER * self.seconds, self.folder)
        working = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'active' AND pid <> pg_backend_pid()"
        )
        ends = time.monotonic() + 60
        with psycopg.connect(self.url, autocommit=True) as connection:
            while (connection.execute(working).fetchone() or (0,))[0]:
                if time.monotonic() > ends:
                    break
                time.sleep(0.2)
        return rate

    def run(self, scripts: Sequence[str], url: str = "") -> float:
        return pgbench(url or self.url, scripts, self.seconds, self.folder)


def _until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 120
    while not holds():
        if time.monotonic() > ends:
            raise RuntimeError("the columns were not written within two minutes")
        time.sleep(0.1)


def held(url: str, tiles: Sequence[Tile]) -> list[int]:
    count = "SELECT count(*) FROM atlas.events WHERE geom && ST_MakeEnvelope(%s, %s, %s, %s, 4326)"
    with psycopg.connect(url) as connection:
        return [(connection.execute(count, bounds(t)).fetchone() or (0,))[0] for t in tiles]


def print_rates(title: str, rates: Mapping[str, float]) -> None:
    print(f"\n| {title} | tiles/s | atlas is × |\n|---|---|---|", flush=True)
    for name, rate in rates.items():
        print(f"| {name} | {rate:,.0f} | {rates['atlas'] / rate:.2f} |", flush=True)
