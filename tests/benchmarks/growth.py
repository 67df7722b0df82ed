"""Ask two databases of different size the same, in turns, and print how much longer one takes.

    .venv/bin/python -m tests.benchmarks.growth postgresql://…/one postgresql://…/five

Both are filled by tests/benchmarks/synthetic.py. Every question is a new one, so that nothing that
was kept answers it. What questions of one shape share may be kept: the sums, which are of other
days each time, come from rows that were condensed by day and region after the first of them.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from urllib.error import HTTPError

from tests.benchmarks.features import Box, full_boxes, milliseconds
from tests.benchmarks.serving import LIKE_OURS, Server, get, server

ROUNDS = 60
EVENTS = "/collections/events"
SUMS = f"{EVENTS}/aggregate?by=year,region&measure=killed"


def questions(number: int, box: Box) -> Iterator[tuple[str, str]]:
    """Ask for a page, for sums, for a tile that nobody asked for yet, and for what is near."""
    moved = random.Random(number).random() / 1e4
    west, south, east, north = box[0] + moved, *box[1:]
    yield "items, a page of 1,000", f"{EVENTS}/items?limit=1000&bbox={west},{south},{east},{north}"
    day = f"2022-{1 + number % 12:02}-{1 + number // 12 % 28:02}"
    yield "year × region with deaths", f"{SUMS}&datetime=2012-01-01/{day}"
    lon, lat, zoom = (west + east) / 2, (south + north) / 2, 4 + number % 5
    column = int((lon + 180) / 360 * 2**zoom)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)
    asked = f"filter=killed_best%3C%3D{100 + number}"
    yield "cold filtered tile, z4 to z8", f"/tiles/events/{zoom}/{column}/{row}.mvt?{asked}"
    yield "nearest 10", f"{EVENTS}/nearest?k=10&point={lon},{lat}"


def settle(one: Server) -> None:
    """Wait until sums come from columns."""
    for number in range(600):
        asked = f"{SUMS}&datetime=2012-01-01/2021-{1 + number % 12:02}-01"
        # Until then SQL answers, of so many rows at first too late.
        with suppress(HTTPError):
            if milliseconds(partial(get, one.port, asked), 1)[0] < 500:
                return
        time.sleep(1)
    raise RuntimeError("the columns were not ready within ten minutes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("urls", nargs=2)
    small, large = parser.parse_args().urls
    boxes = full_boxes(small, ROUNDS)
    command = [sys.executable, "-m", "uvicorn", "--factory", "app.main:service", *LIKE_OURS]
    took: dict[str, tuple[list[float], list[float]]] = {}
    with (
        server(command, {"ATLAS_DATABASE_URL": small}, "/health/ready") as one,
        server(command, {"ATLAS_DATABASE_URL": large}, "/health/ready") as other,
    ):
        for side in (one, other):
            settle(side)
        for number, box in enumerate(boxes):
            for name, path in questions(number, box):
                for times, side in zip(took.setdefault(name, ([], [])), (one, other), strict=True):
                    begun = time.perf_counter()
                    get(side.port, path)
                    times.append((time.perf_counter() - begun) * 1_000)
    print("| medians | small | large | times |")
    print("|---|---|---|---|")
    for name, sides in took.items():
        less, more = map(statistics.median, sides)
        print(f"| {name} | {less:.1f} ms | {more:.1f} ms | {more / less:.2f} |")


if __name__ == "__main__":
    main()
