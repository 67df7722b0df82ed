"""What is fetched reads as a file does that was exported by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo.importing.sources._base import DataSource
from geo.importing.sources.acled import SOURCE as ACLED_SOURCE
from geo.importing.sources.ucdp import SOURCE as UCDP_SOURCE
from tests.integration.fetch_server import FakeServices, fake_services
from tests.integration.fetching import Caller
from tests.rows_of_blocks import raw_rows_of

ACLED: dict[str, Any] = {
    "event_id_cnty": "MLI4711",
    "event_date": "2021-03-04",
    "year": 2021,
    "time_precision": 1,
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Group One",
    "assoc_actor_1": None,
    "inter1": "Rebel group",
    "actor2": "Military Forces of Mali (2020-)",
    "assoc_actor_2": "",
    "inter2": "State forces",
    "interaction": "State forces-Rebel group",
    "civilian_targeting": None,
    "iso": 466,
    "region": "Western Africa",
    "country": "Mali",
    "admin1": "Gao",
    "admin2": "Gao",
    "admin3": "Gao",
    "location": "Gao",
    "latitude": "16.2717",
    "longitude": "-0.0447",
    "geo_precision": 1,
    "source": "A source",
    "source_scale": "National",
    "notes": 'On 4 March, "clash" — three killed.',
    "fatalities": 3,
    "tags": None,
    "timestamp": 1712345678,
}
UCDP: dict[str, Any] = {
    "id": 256789,
    "relid": "MLI-2021-1-1-1",
    "year": 2021,
    "active_year": True,
    "code_status": "Clear",
    "type_of_violence": 1,
    "conflict_dset_id": "372",
    "conflict_new_id": 372,
    "conflict_name": "Mali: Government",
    "dyad_dset_id": "1",
    "dyad_new_id": 1,
    "dyad_name": "Government of Mali - JNIM",
    "side_a_dset_id": "72",
    "side_a_new_id": 72,
    "side_a": "Government of Mali",
    "side_b_dset_id": "6644",
    "side_b_new_id": 6644,
    "side_b": "JNIM",
    "number_of_sources": 2,
    "source_article": '"Agency,2021-03-05,Clash"',
    "source_office": "Agency",
    "source_date": "2021-03-05",
    "source_headline": "Clash",
    "source_original": "army",
    "where_prec": 1,
    "where_coordinates": "Gao town",
    "where_description": "near Gao",
    "adm_1": "Gao region",
    "adm_2": "Gao cercle",
    "latitude": 16.2717,
    "longitude": -0.0447,
    "geom_wkt": "POINT (-0.0447 16.2717)",
    "priogrid_gid": 153000,
    "country": "Mali",
    "country_id": 432,
    "region": "Africa",
    "event_clarity": 1,
    "date_prec": 1,
    "date_start": "2021-03-04",
    "date_end": "2021-03-04",
    "deaths_a": 1,
    "deaths_b": 2,
    "deaths_civilians": 0,
    "deaths_unknown": 0,
    "best": 3,
    "high": 3,
    "low": 3,
    "gwnoa": 432,
    "gwnob": None,
}


@pytest.fixture
def caller() -> Iterator[Caller]:
    with fake_services() as services:
        yield Caller(services=filled(services))


def filled(services: FakeServices) -> FakeServices:
    services.acled, services.ucdp = [ACLED], [UCDP]
    return services


def exported(path: Path, record: dict[str, Any]) -> Path:
    """Write a record as the CSV file that the publisher offers."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, record)
        writer.writeheader()
        writer.writerow(record)
    return path


@pytest.mark.parametrize(
    ("source", "record", "stored_as"),
    [(ACLED_SOURCE, ACLED, "acled-MLI4711"), (UCDP_SOURCE, UCDP, "ucdp-256789")],
    ids=["acled", "ucdp"],
)
def test_an_event_is_the_same_row_fetched_or_exported(
    caller: Caller, tmp_path: Path, source: DataSource, record: dict[str, Any], stored_as: str
) -> None:
    records = {"acled": caller.acled, "ucdp": caller.ucdp}[source.id]()
    (fetched,) = raw_rows_of(source.rows_of(records, "API"))
    (read,) = raw_rows_of(source.read(exported(tmp_path / "export.csv", record)))
    assert fetched.values == read.values
    assert fetched.values["id"] == stored_as
