"""Monthly counts of HDX HAPI: aggregates in a layer of their own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import layers
from geo.errors import ImportRefused
from geo.importing.readers import RawRow
from geo.importing.sources import sources
from geo.registry import collect_layers
from tests.rows_of_blocks import normalise_blocks, raw_rows_of

HAPI = sources()["hapi"]
COUNTS = collect_layers(layers)[HAPI.layer]
COUNT = {
    "location_code": "MLI",
    "has_hrp": "True",
    "in_gho": "True",
    "provider_admin1_name": "Gao",
    "provider_admin2_name": "Ansongo",
    "admin1_code": "ML07",
    "admin1_name": "Gao",
    "admin2_code": "ML0701",
    "admin2_name": "Ansongo",
    "admin_level": "2",
    "event_type": "political_violence",
    "events": "4",
    "fatalities": "11",
    "reference_period_start": "2021-03-01",
    "reference_period_end": "2021-03-31",
    "dataset_hdx_id": "aaaa",
    "resource_hdx_id": "bbbb",
    "warning": "",
    "error": "",
}


def write(path: Path, *rows: Mapping[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def one(**changes: Any) -> RawRow:
    (row,) = raw_rows_of(HAPI.rows_of([{**COUNT, **changes}], "answer"))
    return row


def test_the_counts_are_no_events() -> None:
    assert (HAPI.layer, HAPI.dataset) == ("monthly_counts", None)
    assert "not events" in COUNTS.description.en


def test_a_count_becomes_a_row_and_the_hxl_tags_do_not(tmp_path: Path) -> None:
    tags = {name: f"#{name}" for name in COUNT}
    rows, rejected = normalise_blocks(COUNTS, HAPI.read(write(tmp_path / "hapi.csv", tags, COUNT)))
    assert rejected == []
    assert [row.id for row in rows] == ["hapi-MLI-ML07-ML0701-2021-03-political_violence"]
    assert {name: value for name, value in rows[0].values.items() if value is not None} == {
        "period_start": date(2021, 3, 1),
        "period_end": date(2021, 3, 31),
        "kind": "political_violence",
        "events": 4,
        "fatalities": 11,
        "country": "MLI",
        "admin_level": 2,
        "region_stated": "Gao",
        "cercle_stated": "Ansongo",
        "pcode": "ML0701",
        "date_precision": "month",
        "source_title": "HDX HAPI conflict events, from ACLED",
        "source_url": "https://data.humdata.org/",
        "source_licence": "as HDX states for the file; attribute ACLED and HDX",
    }


def test_records_of_the_api_may_have_numbers_times_and_nothing() -> None:
    row = one(
        admin_level=None,
        events=4,
        fatalities=None,
        reference_period_start="2021-03-01T00:00:00",
        reference_period_end="2021-03-31T00:00:00",
    )
    assert (row.values["events"], row.values["fatalities"]) == ("4", "")
    assert row.values["admin_level"] == 2


def test_an_area_without_a_code_is_told_by_its_name() -> None:
    row = one(admin1_code="", admin2_code="", admin2_name="", provider_admin2_name="Far/Away")
    assert row.values["id"] == "hapi-MLI-Gao-Far Away-2021-03-political_violence"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"error": "no such area"}, "is faulty, as HDX says: no such area"),
        ({"reference_period_end": "2021-04-30"}, "counts from 2021-03-01 to 2021-04-30"),
        ({"reference_period_start": "March"}, "has a reference period that is not like"),
        ({"admin_level": "3"}, "admin_level '3' is none of 1 to 2"),
    ],
)
def test_a_count_that_cannot_be_placed_carries_its_problem(
    changes: Mapping[str, str], problem: str
) -> None:
    assert str(one(**changes).problem).startswith(problem)


def test_a_file_of_other_columns_or_of_tags_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="has not the columns of HDX HAPI") as refused:
        raw_rows_of(HAPI.read(write(tmp_path / "a.csv", {"location_code": "MLI", "events": "1"})))
    assert refused.value.problems[0].startswith("missing: admin1_code")
    with pytest.raises(ImportRefused, match="holds no rows"):
        raw_rows_of(HAPI.read(write(tmp_path / "b.csv", {name: f"#{name}" for name in COUNT})))
