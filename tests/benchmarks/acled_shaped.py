"""Write a file as large as asked for in the columns of an ACLED export; nothing of it happened."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from geo.importing.crosswalk import CROSSWALKS

COLUMNS = (
    *("event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type"),
    *("sub_event_type", "actor1", "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2"),
    *("interaction", "civilian_targeting", "iso", "region", "country", "admin1", "admin2"),
    *("admin3", "location", "latitude", "longitude", "geo_precision", "source", "source_scale"),
    *("notes", "fatalities", "tags", "timestamp"),
)
TOWNS, ACTORS, SOURCES, DAYS = 3_000, 400, 500, 4_383
REGIONS = ("Kidal", "Gao", "Tombouctou", "Mopti", "Segou", "Sikasso", "Kayes", "Koulikoro")
KINDS = ("State forces", "Rebel group", "Identity militia", "Civilians", "External/Other forces")
FIRST_DAY = date(2012, 1, 1)
SENTENCE = (
    "On {day:%-d %B %Y}, {one} attacked {other} at {town}, {km} km from the road. Nothing of this "
    "happened: the words stand here to be as long as those of a report, and to differ by row. "
)


def write(path: Path, count: int, seed: int = 1, changed: float = 0.0) -> None:
    """Write `count` rows, always the same; of a share `changed`, other deaths."""
    random = np.random.default_rng(seed)
    with (CROSSWALKS / "acled.csv").open(encoding="utf-8", newline="") as file:
        types = [row for row in csv.DictReader(file) if row["sub_event_type"]]
    towns = np.column_stack([random.uniform(-11, 3.5, TOWNS), random.uniform(11, 20, TOWNS)])
    weights = random.pareto(1.1, TOWNS) + 0.05
    town = random.choice(TOWNS, count, p=weights / weights.sum())
    day, kind = random.integers(0, DAYS, count), random.integers(0, len(types), count)
    one, other = random.integers(0, ACTORS, count), random.integers(0, ACTORS, count)
    killed, source = random.negative_binomial(1, 0.35, count), random.integers(0, SOURCES, count)
    place_precision = random.choice(3, count, p=[0.6, 0.35, 0.05]) + 1
    time_precision = random.choice(3, count, p=[0.85, 0.12, 0.03]) + 1
    killed += random.random(count) < changed
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for i in range(count):
            when, where = FIRST_DAY + timedelta(days=int(day[i])), int(town[i])
            lon, lat = towns[where]
            kinds = KINDS[int(one[i]) % 5], KINDS[int(other[i]) % 5]
            actors = f"Group {one[i]} (Mali)", f"Group {other[i]} (Mali)"
            place = f"Town {where}"
            told = SENTENCE.format(day=when, one=actors[0], other=actors[1], town=place, km=i % 97)
            stamp = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=i // 50)
            writer.writerow(
                (
                    *(f"MLI{i}", f"{when:%Y-%m-%d}", when.year, time_precision[i]),
                    *("Political violence", types[kind[i]]["event_type"]),
                    *(types[kind[i]]["sub_event_type"], actors[0], "", kinds[0], actors[1], ""),
                    *(kinds[1], f"{kinds[0]}-{kinds[1]}", "", 466, "Western Africa", "Mali"),
                    *(REGIONS[where % 8], f"Cercle {where % 60}", f"Commune {where % 700}", place),
                    *(f"{lat:.4f}", f"{lon:.4f}", place_precision[i], f"Source {source[i]}"),
                    *("National", told, killed[i], "", int(stamp.timestamp())),
                )
            )
