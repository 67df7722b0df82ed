"""Make a million events that never happened, always the same ones, to measure with."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import shapely

from app import start
from app.settings import Settings
from geo import database
from geo.importing.load import load
from geo.spec import FEATURE_FIELDS, Choice, Layer
from tests.rows_of_blocks import Row, blocks_of

TOWNS = 300
FIRST_DAY = date(2012, 1, 1)
DAYS = 4_383
BATCH = 100_000
REGIONS = ("kidal", "gao", "menaka", "mopti", "segou", "bandiagara", "douentza", "san")


def rows(layer: Layer, count: int, seed: int = 1) -> Iterator[Row]:
    """Make events clustered round towns, as real ones are."""
    random = np.random.default_rng(seed)
    towns = np.column_stack([random.uniform(-12, 4, TOWNS), random.uniform(10.5, 24, TOWNS)])
    weights = random.pareto(1.1, TOWNS) + 0.05
    classes = [choice.value for choice in _field(layer, "event_class")]
    targets = [choice.value for choice in _field(layer, "target_class")]
    empty = dict.fromkeys(field.name for field in (*layer.fields, *FEATURE_FIELDS))
    town = random.choice(TOWNS, count, p=weights / weights.sum())
    points = towns[town] + random.normal(0, 0.25, (count, 2))
    days = random.integers(0, DAYS, count)
    killed = random.negative_binomial(1, 0.35, count)
    unknown = random.random(count) < 0.1
    event, target = random.integers(0, len(classes), count), random.integers(0, len(targets), count)
    for i in range(count):
        day = FIRST_DAY + timedelta(days=int(days[i]))
        values = {
            **empty,
            "date": day,
            "event_class": classes[event[i]],
            "target_class": targets[target[i]],
            "killed_best": None if unknown[i] else int(killed[i]),
            "region": REGIONS[town[i] % len(REGIONS)],
            "place": f"Town {town[i]}",
            "notes": "Made up for measuring; nothing of this happened.",
            "date_precision": "day",
            "place_precision": int(town[i]) % 3 + 1,
            "radius_m": 5_000,
            "source_title": "tests/benchmarks/synthetic.py",
            "source_licence": "CC0",
        }
        yield Row(
            id=f"X{i:07d}",
            geometry=shapely.Point(points[i]),
            values=values,
            valid=(day, day),
            sensitivity="public",
        )


def _field(layer: Layer, name: str) -> tuple[Choice, ...]:
    field = layer.field(name)
    if field is None:
        raise LookupError(f"{layer.id} has no field {name}")
    return field.choices


def fill(url: str, count: int) -> None:
    """Prepare a database and put the events into it, in place of the default ones."""
    layer = start.declared_layers()["events"]
    start.prepare(url, Settings())
    with database.connect(url) as connection:
        load(
            connection,
            layer,
            blocks_of(rows(layer, count)),
            origin="synthetic",
            allow_removals=True,
        )
    with database.connect(url) as connection:
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE) atlas.events")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=1_000_000)
    arguments = parser.parse_args()
    fill(arguments.url, arguments.count)
