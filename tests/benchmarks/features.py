"""Compare items, distances and downloads with tipg and psql in one run, and print the tables.

    .venv/bin/python -m tests.benchmarks.features postgresql://… [--seconds 10] [--rounds 5]

The database is one that tests/benchmarks/synthetic.py filled. tipg comes from PyPI into a folder of
its own. `wrk` makes the load and `curl` takes the downloads (Debian: apt-get install wrk curl), so
that no client in Python eats a core; what curl and psql get is thrown away. The sides take turns,
round by round, so that what else the machine does falls on both; quote the ratios, not the rates.
`--only` names parts.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg

from app import start
from geo.formats import formats
from geo.query import FeatureQuery
from geo.statements import property_names
from tests.benchmarks.serving import (
    LIKE_OURS,
    Server,
    get,
    server,
    tipg_command,
    tipg_environment,
    wrk,
)

CLIENTS = 8
BOXES = 60
PAGE = 1_000
POINTS = 200
PARTS = ("downloads", "distances", "items")
DOWNLOADS = ("csv", "geojsonseq", "flatgeobuf", "geoparquet")
PSQL = "psql \\copy"
MB = 1 << 20

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """What one download took; the memory is what the server held beyond what it held before."""

    seconds: float
    first_byte_s: float
    extra_bytes: int


@contextmanager
def indexed_whole(url: str) -> Iterator[None]:
    """Give the table an index of all versions' places while it is measured.

    Ours covers what is current, which is what we ask for; tipg asks for all and could not use it.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE INDEX bench_places ON atlas.events USING gist (geom)")
        try:
            yield
        finally:
            connection.execute("DROP INDEX atlas.bench_places")


def full_boxes(url: str, count: int) -> list[Box]:
    """Choose boxes round events, chance going by events, that each hold a page and more."""
    chance = random.Random(5)
    boxes: list[Box] = []
    with psycopg.connect(url) as connection:
        events = connection.execute(
            "SELECT ST_X(geom), ST_Y(geom) FROM atlas.events TABLESAMPLE BERNOULLI (1)"
            " REPEATABLE (5) WHERE geom IS NOT NULL"
        ).fetchall()
        while len(boxes) < count:
            lon, lat = chance.choice(events)
            half = chance.uniform(0.1, 0.5)
            box = (lon - half, lat - half, lon + half, lat + half)
            (held,) = connection.execute(
                "SELECT count(*) FROM atlas.events"
                " WHERE geom && ST_MakeEnvelope(%s, %s, %s, %s, 4326)",
                box,
            ).fetchone() or (0,)
            if held >= PAGE:
                boxes.append(box)
    return boxes


def load(port: int, paths: list[str], seconds: int, folder: Path, *, jitter: bool) -> float:
    """Give the requests a second that wrk gets answered."""
    listed = ",\n".join(f'"{path}"' for path in paths)
    # A box moved by a hair is a new question, so nothing that was counted before helps.
    move = "string.format('%06d', math.random(0, 999999))" if jitter else "''"
    script = (
        f"local paths = {{{listed}}}\nlocal n = 0\nmath.randomseed(os.time())\n"
        "function request()\n  n = n % #paths + 1\n"
        f"  return wrk.format('GET', (paths[n]:gsub('WEST', function() return {move} end)))\nend\n"
    )
    return wrk(port, script, seconds, folder)


def item_paths(prefix: str, boxes: list[Box], *, jitter: bool) -> list[str]:
    """Write the requests; a jittered box has its west given by the load generator."""
    west = "{0:.3f}WEST" if jitter else "{0:.6f}"
    form = f"{prefix}?limit={PAGE}&bbox={west},{{1:.6f}},{{2:.6f}},{{3:.6f}}"
    return [form.format(*box) for box in boxes]


def milliseconds(ask: Callable[[], object], times: int) -> list[float]:
    """Give the time of every answer."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        took.append((time.perf_counter() - begun) * 1_000)
    return took


def spread(values: Sequence[float], form: str) -> str:
    """Write the best and the median of some rates."""
    return f"{max(values):{form}} / {statistics.median(values):{form}}"


def compare_items(
    atlas: Server, tipg: Server, boxes: list[Box], rounds: int, seconds: int, folder: Path
) -> None:
    """Print requests a second of both sides, in turns."""
    print(f"\n| GeoJSON, {PAGE:,} features a page, best / median | atlas | tipg | ratio, lowest |")
    print("|---|---|---|---|")
    for name, jitter in (("counts known from before", False), ("counted exactly each time", True)):
        ours, theirs = [], []
        for _ in range(rounds):
            paths = item_paths("/collections/events/items", boxes, jitter=jitter)
            ours.append(load(atlas.port, paths, seconds, folder, jitter=jitter))
            paths = item_paths("/collections/atlas.events/items", boxes, jitter=jitter)
            theirs.append(load(tipg.port, paths, seconds, folder, jitter=jitter))
        ratio = statistics.median(ours) / statistics.median(theirs)
        lowest = min(one / other for one, other in zip(ours, theirs, strict=True))
        print(
            f"| {name} | {spread(ours, '.1f')}/s | {spread(theirs, '.2f')}/s "
            f"| {ratio:.1f}, {lowest:.1f} |"
        )


def time_distances(atlas: Server, rounds: int) -> None:
    """Print the time of the questions of distance, of the quietest round and of all."""
    chance = random.Random(6)

    def ask(question: str) -> bytes:
        point = f"{chance.uniform(-11, 3):.5f},{chance.uniform(11, 23):.5f}"
        return get(atlas.port, f"/collections/events/{question}&point={point}")

    questions = {
        "nearest 10": "nearest?k=10",
        "within 50 km, the nearest 10 and the count": "within?distance_m=50000&limit=10",
        "within 50 km, up to 1,000 with one property": (
            "within?distance_m=50000&limit=1000&properties=event_class"
        ),
    }
    took: dict[str, list[list[float]]] = {name: [] for name in questions}
    for _ in range(rounds):
        for name, question in questions.items():
            took[name].append(milliseconds(partial(ask, question), POINTS))
    print(f"\n| question, over HTTP, medians of {POINTS} | best round | all rounds |")
    print("|---|---|---|")
    for name, each in took.items():
        best = min(statistics.median(one) for one in each)
        every = statistics.median(one for round_ in each for one in round_)
        print(f"| {name} | {best:.1f} ms | {every:.1f} ms |")


def resident(pid: int, line: str) -> int:
    """Read how much memory a process holds (VmRSS), or held at most (VmHWM)."""
    found = re.search(
        rf"^{line}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE
    )
    return int(found[1]) * 1_024 if found else 0


def download(atlas: Server, name: str) -> Download:
    """Take all rows in a format with curl."""
    # 5: the most that it held begins anew (proc_pid_clear_refs(5)).
    Path(f"/proc/{atlas.pid}/clear_refs").write_text("5")
    before = resident(atlas.pid, "VmRSS")
    address = f"http://127.0.0.1:{atlas.port}/collections/events/items?f={name}"
    told = "%{time_starttransfer} %{time_total}"
    done = subprocess.run(
        ["curl", "-sS", "--fail", "-o", os.devnull, "-w", told, address],
        capture_output=True,
        text=True,
        check=True,
    )
    first_byte_s, seconds = (float(part) for part in done.stdout.split())
    extra = resident(atlas.pid, "VmHWM") - before
    return Download(seconds=seconds, first_byte_s=first_byte_s, extra_bytes=extra)


def copy_with_psql(url: str) -> Download:
    """Take the same columns of all rows with psql."""
    layer = start.declared_layers()["events"]
    names = ["id", *property_names(layer, FeatureQuery())]
    columns = ", ".join(f'"{name}"' for name in names)
    rows_now = f"SELECT {columns}, ST_X(geom), ST_Y(geom) FROM published.events"
    copy = f"\\copy ({rows_now} WHERE upper_inf(recorded)) TO '{os.devnull}' CSV HEADER"
    begun = time.perf_counter()
    subprocess.run(["psql", url, "-q", "-c", copy], check=True)
    return Download(seconds=time.perf_counter() - begun, first_byte_s=0.0, extra_bytes=0)


def compare_downloads(atlas: Server, url: str, rows: int, rounds: int) -> None:
    """Print rows a second, the time to the first byte and the memory of every format."""
    taken: dict[str, list[Download]] = {name: [] for name in (PSQL, *DOWNLOADS)}
    for _ in range(rounds):
        taken[PSQL].append(copy_with_psql(url))
        for name in DOWNLOADS:
            taken[name].append(download(atlas, name))
    print_downloads(taken, rows)


def print_downloads(taken: Mapping[str, Sequence[Download]], rows: int) -> None:
    rates = {name: [rows / one.seconds for one in each] for name, each in taken.items()}
    copied = rates[PSQL]
    rate, share = "rows/s, best / median", "of `\\copy`, best / median"
    print(f"\n| all {rows:,} rows | {rate} | {share} | first byte, median, worst | MB |")
    print("|---|---|---|---|---|")
    print(f"| `{PSQL}` | {spread(rates[PSQL], ',.0f')} | 1 | | |")
    for name in DOWNLOADS:
        title = f"{name} (spooled)" if formats()[name].spooled else name
        first = [one.first_byte_s for one in taken[name]]
        print(
            f"| {title} | {spread(rates[name], ',.0f')} "
            f"| {max(rates[name]) / max(copied):.2f} "
            f"/ {statistics.median(rates[name]) / statistics.median(copied):.2f} "
            f"| {statistics.median(first):.3f} s, {max(first):.3f} s "
            f"| {max(one.extra_bytes for one in taken[name]) / MB:.0f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tipg", type=Path, default=Path(tempfile.gettempdir()) / "atlas-tipg")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    arguments = parser.parse_args()
    url, rounds, parts = arguments.url, arguments.rounds, arguments.only
    with psycopg.connect(url) as connection:
        current = "SELECT count(*) FROM published.events WHERE upper_inf(recorded)"
        (rows,) = connection.execute(current).fetchone() or (0,)
    ours = [sys.executable, "-m", "uvicorn", "--factory", "app.main:service", *LIKE_OURS]
    with (
        tempfile.TemporaryDirectory() as folder,
        server(ours, {"ATLAS_DATABASE_URL": url}, "/health/ready") as atlas,
    ):
        there = Path(folder)
        if "downloads" in parts:
            compare_downloads(atlas, url, rows, rounds)
        if "distances" in parts:
            time_distances(atlas, rounds)
        if "items" in parts:
            tipg = tipg_command(arguments.tipg, 1)
            with (
                indexed_whole(url),
                server(tipg, tipg_environment(url, "atlas"), "/healthz") as other,
            ):
                boxes = full_boxes(url, BOXES)
                compare_items(atlas, other, boxes, rounds, arguments.seconds, there)


if __name__ == "__main__":
    main()
