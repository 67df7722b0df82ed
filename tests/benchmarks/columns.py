"""Measure how columns are read, kept and mapped, beside the floor: a COPY that reads one column.

    .venv/bin/python -m tests.benchmarks.columns postgresql://… [--layer events] [--rounds 5]

The database is one that tests/benchmarks/synthetic.py filled. Quote the ratios.
"""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
import uvloop

from app import start
from geo.columns import files
from geo.columns.build import microseconds, read_tables
from geo.columns.files import State
from geo.columns.table import Table
from geo.database import Database, Reader
from geo.features import revision_of
from geo.schema import published
from geo.spec import Layer

TIMEOUT_MS = 600_000
T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    gc.collect()
    begun = time.perf_counter()
    done = work()
    return done, time.perf_counter() - begun


async def floor(reader: Reader, layer: Layer) -> float:
    """Read one column by COPY, and do nothing with it."""

    async def drop(_: bytes) -> None:
        pass

    begun = time.perf_counter()
    await reader.copy(sa.select(published(layer).c.row), drop)
    return time.perf_counter() - begun


async def measure(url: str, layer: Layer, rounds: int) -> None:
    database = await Database.open(url, size=2, statement_timeout_ms=TIMEOUT_MS)
    times: dict[str, list[float]] = {}

    def note(name: str, seconds: float) -> None:
        times.setdefault(name, []).append(seconds)

    tables: tuple[Table, ...] = ()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ThreadPoolExecutor(1) as executor, tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            async with database.reading(timeout_ms=TIMEOUT_MS) as reader:
                note("floor: COPY of one column", await floor(reader, layer))
                revision = await revision_of(reader, layer)
                begun, cpu = time.perf_counter(), time.process_time()
                tables = await read_tables(reader, layer, revision, executor)
                note("read all columns", time.perf_counter() - begun)
                note("  of it, CPU of this process", time.process_time() - cpu)
            state = State.of(layer, revision.number, microseconds(revision.changed_at))
            _, seconds = timed(partial(files.write, Path(folder), state, tables))
            note("write", seconds)
            tables, seconds = timed(partial(files.read, Path(folder), state))
            note("check and map", seconds)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    await database.close()
    count = sum(map(len, tables))
    for name, all_times in times.items():
        print(f"{name:32} median {statistics.median(all_times):6.2f} s  best {min(all_times):6.2f}")
    most_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    print(f"{count} rows, {size / 1e6:.1f} MB, {size / max(count, 1):.1f} bytes a row on disk")
    print(f"at most {most_kb / 1024:.0f} MB more memory, {1024 * most_kb / count:.0f} bytes a row")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--layer", default="events")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    measured = start.declared_layers()[chosen.layer]
    uvloop.run(measure(chosen.url, measured, chosen.rounds))
