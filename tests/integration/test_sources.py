"""Data sets on their way into the store: read, located, checked and loaded."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely

from app import start
from geo import database
from geo.importing.acts import Act, LoadReport
from geo.importing.areas import Area
from geo.importing.intake import Ground, Intake, take_in
from geo.importing.load import load_batches
from geo.importing.locate import Found
from geo.importing.scope import Scope
from geo.importing.sources import sources
from tests.source_rows import UCDP

LAYERS = start.declared_layers()
ACLED = {
    **dict.fromkeys(("assoc_actor_1", "assoc_actor_2", "civilian_targeting", "tags"), ""),
    "event_id_cnty": "MLI1001",
    "event_date": "2021-03-05",
    "year": "2021",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "JNIM",
    "inter1": "Rebel group",
    "actor2": "MINUSMA",
    "inter2": "External/Other forces",
    "interaction": "Rebel group-External/Other forces",
    "iso": "466",
    "region": "Western Africa",
    "country": "Mali",
    "admin1": "Kidal",
    "admin2": "Tessalit",
    "admin3": "",
    "location": "Aguelhok",
    "latitude": "19.4614",
    "longitude": "0.8597",
    "geo_precision": "1",
    "source": "Made Up News",
    "source_scale": "National",
    "notes": "A mine.",
    "fatalities": "2",
    "timestamp": "1615300000",
}
COUNT = {
    "location_code": "MLI",
    "admin1_code": "ML07",
    "admin1_name": "Gao",
    "admin2_code": "ML0701",
    "admin2_name": "Ansongo",
    "event_type": "demonstration",
    "events": "3",
    "fatalities": "0",
    "reference_period_start": "2021-03-01",
    "reference_period_end": "2021-03-31",
}


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """Give a connection whose changes are undone after the test."""
    with database.connect(database_url) as opened:
        yield opened
        opened.rollback()


def write(path: Path, *rows: Mapping[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def current_regions(connection: psycopg.Connection) -> list[Area]:
    found = connection.execute(
        "SELECT id, name_fr, ST_AsBinary(geom) FROM atlas.regions WHERE upper_inf(recorded)"
    ).fetchall()
    return [
        Area(id=region, name=name, region=region, shape=shapely.from_wkb(bytes(drawn)))
        for region, name, drawn in found
    ]


def bring_in(connection: psycopg.Connection, name: str, path: Path) -> tuple[LoadReport, Found]:
    source = sources()[name]
    layer = LAYERS[source.layer]
    has_regions = layer.field("region") is not None
    ground = Ground(regions=current_regions(connection)) if has_regions else Ground()
    taken = take_in(Intake(layer=layer, source=name, files=(path,), ground=ground))
    scope = Scope(dataset=source.dataset)
    return load_batches(connection, layer, taken, Act(origin=path.name, scope=scope)), taken.found


def one(connection: psycopg.Connection, query: str) -> dict[str, Any]:
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        (row,) = cursor.execute(query).fetchall()
    return dict(row)


def test_events_of_acled_are_stored_with_their_region_and_are_not_published(
    connection: psycopg.Connection, tmp_path: Path
) -> None:
    wrong = {**ACLED, "event_id_cnty": "MLI1002", "geo_precision": "9"}
    astray = {**ACLED, "event_id_cnty": "MLI1003", "admin1": "Mopti"}
    path = write(tmp_path / "acled.csv", ACLED, wrong, astray)
    report, found = bring_in(connection, "acled", path)
    assert (report.added, report.rejected, report.removed, report.disagreeing) == (2, 1, 0, 1)
    assert [str(each) for each in found.disagreements] == [
        "acled-MLI1003: states the region Mopti, lies in kidal"
    ]
    assert one(
        connection,
        "SELECT region, region_stated, target_class, event_class, dataset, sensitivity, killed_best"
        " FROM atlas.events WHERE id = 'acled-MLI1001'",
    ) == {
        "region": "kidal",
        "region_stated": "Kidal",
        "target_class": "mission",
        "event_class": "fighting",
        "dataset": "acled",
        "sensitivity": "counts_only",
        "killed_best": 2,
    }
    seen = "SELECT count(*) AS seen FROM published.events WHERE dataset = 'acled'"
    assert one(connection, seen) == {"seen": 0}


def test_events_of_ucdp_are_stored_and_published(
    connection: psycopg.Connection, tmp_path: Path
) -> None:
    report, found = bring_in(connection, "ucdp", write(tmp_path / "ged.csv", UCDP))
    assert (report.added, report.rejected, report.disagreeing, found.centroids) == (1, 0, 0, 1)
    assert one(
        connection,
        "SELECT region, cercle, place_basis, place_precision, perpetrator, perpetrator_class,"
        " killed_low, killed_best, killed_high, civilians_targeted, valid::text"
        " FROM published.events WHERE id = 'ucdp-900001'",
    ) == {
        "region": "gao",
        "cercle": None,
        "place_basis": "centroid",
        "place_precision": 4,
        "perpetrator": "IS",
        "perpetrator_class": "jihadist",
        "killed_low": 4,
        "killed_best": 5,
        "killed_high": 9,
        "civilians_targeted": True,
        "valid": "[2021-03-17,2021-03-20)",
    }


def test_monthly_counts_are_kept_apart_from_events(
    connection: psycopg.Connection, tmp_path: Path
) -> None:
    before = one(connection, "SELECT count(*) AS events FROM atlas.events")
    report, _ = bring_in(connection, "hapi", write(tmp_path / "hapi.csv", COUNT))
    assert (report.layer, report.added) == ("monthly_counts", 1)
    assert one(connection, "SELECT count(*) AS events FROM atlas.events") == before
    assert one(connection, "SELECT kind, events, fatalities FROM published.monthly_counts") == {
        "kind": "demonstration",
        "events": 3,
        "fatalities": 0,
    }


@pytest.mark.parametrize(
    ("name", "row"), [("acled", ACLED), ("ucdp", UCDP), ("hapi", COUNT)], ids=["a", "u", "h"]
)
def test_the_same_file_again_changes_nothing(
    connection: psycopg.Connection, tmp_path: Path, name: str, row: Mapping[str, str]
) -> None:
    path = write(tmp_path / "a.csv", row)
    bring_in(connection, name, path)
    report, _ = bring_in(connection, name, path)
    assert (report.unchanged, report.anything_changed) == (1, False)
