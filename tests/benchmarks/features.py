"""Compare items, distances and exports with tipg, psql and the raw database, in one run.

    .venv/bin/python -m tests.benchmarks.features postgresql://… [--seconds 8] [--rounds 3]

The database is one that tests/benchmarks/synthetic.py filled. tipg comes from PyPI into a folder of
its own. `wrk` makes the load (Debian: apt-get install wrk). The sides take turns, round by round,
so that what else the machine does falls on both; quote the ratios, not the rates.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg

from app import start
from app.settings import ROOT
from geo.query import FeatureQuery
from geo.statements import property_names

CLIENTS = 8
BOXES = 60
PAGE = 1_000

Box = tuple[float, float, float, float]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(command: list[str], environment: dict[str, str], ready: str) -> Iterator[int]:
    """Run a server on a free port until the block ends."""
    port = free_port()
    process = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning"],
        env={**os.environ, **environment},
        cwd=ROOT,
    )
    try:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=5):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def tipg_command(folder: Path) -> list[str]:
    """Install tipg into a virtual environment of its own, and say how it is run."""
    programs = folder / "bin"
    if not (programs / "uvicorn").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        packages = ["tipg", "uvicorn[standard]"]
        subprocess.run([programs / "pip", "install", "--quiet", *packages], check=True)
    return [str(programs / "uvicorn"), "tipg.main:app"]


def tipg_environment(url: str) -> dict[str, str]:
    """Point tipg at the same database, also where that listens on a socket only."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    if "host" in options:
        port = options.get("port", ["5432"])[0]
        host = quote(options["host"][0], safe="")
        url = f"postgresql://{parts.username or ''}@{host}:{port}{parts.path}"
    return {"DATABASE_URL": url, "TIPG_DB_SCHEMAS": '["atlas"]'}


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
    script = folder / f"urls-{port}.lua"
    listed = ",\n".join(f'"{path}"' for path in paths)
    # A box moved by a hair is a new question, so nothing that was counted before helps.
    move = "string.format('%06d', math.random(0, 999999))" if jitter else "''"
    script.write_text(
        f"local paths = {{{listed}}}\nlocal n = 0\nmath.randomseed(os.time())\n"
        "function request()\n  n = n % #paths + 1\n"
        f"  return wrk.format('GET', (paths[n]:gsub('WEST', function() return {move} end)))\nend\n"
    )
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "60s", "-s", str(script)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
    )
    if "Non-2xx" in done.stdout:
        raise RuntimeError(done.stdout)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    return float(found[1]) if found else 0.0


def item_paths(prefix: str, boxes: list[Box], *, jitter: bool) -> list[str]:
    """Write the requests; a jittered box has its west given by the load generator."""
    west = "{0:.3f}WEST" if jitter else "{0:.6f}"
    form = f"{prefix}?limit={PAGE}&bbox={west},{{1:.6f}},{{2:.6f}},{{3:.6f}}"
    return [form.format(*box) for box in boxes]


def milliseconds(ask: Callable[[], object], times: int = 200) -> float:
    """Give the median time of an answer."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        ask()
        took.append((time.perf_counter() - start) * 1_000)
    return statistics.median(took)


def get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=120) as answer:
        body: bytes = answer.read()
        return body


def compare_items(
    atlas: int, tipg: int, boxes: list[Box], rounds: int, seconds: int, folder: Path
) -> None:
    """Print requests a second of both sides, in turns."""
    for name, jitter in (("known counts", False), ("exact count each time", True)):
        ours, theirs = [], []
        for _ in range(rounds):
            paths = item_paths("/collections/events/items", boxes, jitter=jitter)
            ours.append(load(atlas, paths, seconds, folder, jitter=jitter))
            paths = item_paths("/collections/atlas.events/items", boxes, jitter=jitter)
            theirs.append(load(tipg, paths, seconds, folder, jitter=jitter))
        one, other = statistics.median(ours), statistics.median(theirs)
        print(f"items of {PAGE}, {name}: atlas {one:.1f}/s, tipg {other:.2f}/s, {one / other:.1f}×")
        print(f"  rounds: atlas {ours}, tipg {theirs}")


def time_distances(atlas: int) -> None:
    """Print the median time of the questions of distance."""
    chance = random.Random(6)

    def point() -> str:
        return f"{chance.uniform(-11, 3):.5f},{chance.uniform(11, 23):.5f}"

    head = "/collections/events"
    questions = {
        "nearest 10": lambda: get(atlas, f"{head}/nearest?point={point()}&k=10"),
        "within 50 km": lambda: get(
            atlas, f"{head}/within?point={point()}&distance_m=50000&limit=10"
        ),
    }
    for name, ask in questions.items():
        print(f"{name}: {milliseconds(ask):.2f} ms")


def time_exports(atlas: int, url: str, folder: Path, rows: int) -> None:
    """Print rows a second and the time to the first byte of every whole-layer format."""
    layer = start.declared_layers()["events"]
    names = ["id", *property_names(layer, FeatureQuery())]
    columns = ", ".join(f'"{name}"' for name in names)
    rows_now = f"SELECT {columns}, ST_X(geom), ST_Y(geom) FROM published.events"
    copy = f"\\copy ({rows_now} WHERE upper_inf(recorded)) TO '{folder / 'psql.csv'}' CSV HEADER"
    begun = time.perf_counter()
    subprocess.run(["psql", url, "-q", "-c", copy], check=True)
    print(f"psql \\copy: {rows / (time.perf_counter() - begun):,.0f} rows/s")
    for name in ("csv", "geojsonseq", "flatgeobuf", "geoparquet"):
        begun = time.perf_counter()
        address = f"http://127.0.0.1:{atlas}/collections/events/items?f={name}"
        with (
            urllib.request.urlopen(address, timeout=600) as answer,
            (folder / name).open("wb") as file,
        ):
            file.write(answer.read(1))
            first = time.perf_counter() - begun
            shutil.copyfileobj(answer, file, 1 << 20)
        took = time.perf_counter() - begun
        print(f"{name}: {rows / took:,.0f} rows/s, first byte after {first:.3f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tipg", type=Path, default=Path(tempfile.gettempdir()) / "atlas-tipg")
    arguments = parser.parse_args()
    boxes = full_boxes(arguments.url, BOXES)
    with psycopg.connect(arguments.url) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM published.events").fetchone() or (0,)
    ours = [sys.executable, "-m", "uvicorn", "--factory", "app.main:service"]
    with (
        tempfile.TemporaryDirectory() as folder,
        server(ours, {"ATLAS_DATABASE_URL": arguments.url}, "/health/ready") as atlas,
        server(tipg_command(arguments.tipg), tipg_environment(arguments.url), "/healthz") as tipg,
    ):
        there = Path(folder)
        compare_items(atlas, tipg, boxes, arguments.rounds, arguments.seconds, there)
        time_distances(atlas)
        time_exports(atlas, arguments.url, there, rows)


if __name__ == "__main__":
    main()
