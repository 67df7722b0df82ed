"""UCDP GED: files with and without header, records, and files that a program has changed."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import layers
from app.settings import ROOT
from geo.errors import ImportRefused
from geo.importing.readers import RawRow
from geo.importing.sources import sources
from geo.importing.sources._ged import COLUMNS
from geo.registry import collect_layers
from tests.rows_of_blocks import normalise_blocks, raw_rows_of

EVENTS = collect_layers(layers)["events"]
UCDP, CANDIDATE = sources()["ucdp"], sources()["ucdp_candidate"]
REFERENCE = ROOT.parent / "shared" / "reference"
EVENT = {
    **dict.fromkeys(COLUMNS, ""),
    "id": "900001",
    "relid": "MLI-2019-1-15108-1",
    "year": "2019",
    "active_year": "1",
    "code_status": "Clear",
    "type_of_violence": "1",
    "conflict_name": "Mali: Government",
    "dyad_name": "Government of Mali - JNIM",
    "side_a": "Government of Mali",
    "side_b": "JNIM",
    "number_of_sources": "2",
    "source_article": '"Made Up News,2019-03-18,Attack on a camp";"Another,2019-03-19,Toll"',
    "source_office": "Made Up News;Another",
    "source_original": "army",
    "where_prec": "1",
    "where_coordinates": "Dioura village",
    "where_description": "army camp at Dioura",
    "adm_1": "Mopti region",
    "adm_2": "Ténenkou cercle",
    "latitude": "14.825",
    "longitude": "-5.25",
    "country": "Mali",
    "country_id": "432",
    "region": "Africa",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2019-03-17 00:00:00.000",
    "date_end": "2019-03-17 00:00:00.000",
    "deaths_a": "23",
    "deaths_b": "3",
    "deaths_civilians": "0",
    "deaths_unknown": "0",
    "best": "26",
    "high": "30",
    "low": "23",
}


def write(path: Path, *rows: Mapping[str, Any], header: bool = True) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        if header:
            writer.writeheader()
        writer.writerows(rows)
    return path


def one(**changes: Any) -> RawRow:
    (row,) = raw_rows_of(UCDP.rows_of([{**EVENT, **changes}], "answer"))
    return row


def said(row: RawRow) -> dict[str, Any]:
    assert row.problem is None
    return {name: value for name, value in row.values.items() if value not in (None, "")}


def some(row: RawRow, *names: str) -> tuple[Any, ...]:
    return tuple(said(row).get(name) for name in names)


def test_a_row_of_49_columns_becomes_a_row_of_the_layer(tmp_path: Path) -> None:
    (row,) = raw_rows_of(UCDP.read(write(tmp_path / "ged.csv", EVENT)))
    assert (row.where, said(row)) == (
        "ged.csv line 2",
        {
            "id": "ucdp-900001",
            "dataset": "ucdp",
            "sensitivity": "public",
            "source_title": "UCDP Georeferenced Event Dataset",
            "source_url": "https://ucdp.uu.se/",
            "source_licence": "CC BY 4.0 (UCDP)",
            "event_class": "fighting",
            "target_class": "state_forces",
            "kind_stated": "state-based conflict",
            "conflict": "Mali: Government; Government of Mali - JNIM",
            "country": "Mali",
            "actor1": "Government of Mali",
            "actor2": "JNIM",
            "date": date(2019, 3, 17),
            "date_precision": "day",
            "date_precision_stated": 1,
            "place_precision": 1,
            "radius_m": 5_000,
            "place_basis": "place",
            "place_precision_stated": 1,
            "killed_low": "23",
            "killed_best": "26",
            "killed_high": "30",
            "civilians_killed_best": "0",
            "side_a_killed": "23",
            "side_b_killed": "3",
            "unknown_killed": "0",
            "place": "Dioura village",
            "site": "army camp at Dioura",
            "lon": "-5.25",
            "lat": "14.825",
            "region_stated": "Mopti region",
            "cercle_stated": "Ténenkou cercle",
            "clarity": "1",
            "reports": 2,
            "reported_by": "army",
            "notes": '"Made Up News,2019-03-18,Attack on a camp";"Another,2019-03-19,Toll"',
        },
    )


@pytest.mark.parametrize(
    ("low", "best", "high", "becomes"),
    [
        ("23", "26", "30", (23, 26, 30)),
        ("18", "17", "45", (17, 17, 45)),
        ("12", "12", "0", (12, 12, 12)),
        ("7", "0", "7", (0, 0, 7)),
        ("3", "4", "3", (3, 4, 4)),
    ],
)
def test_an_event_whose_best_figure_lies_outside_its_bounds_is_not_lost(
    tmp_path: Path, low: str, best: str, high: str, becomes: tuple[int, int, int]
) -> None:
    given = {**EVENT, "low": low, "best": best, "high": high}
    (row,), rejected = normalise_blocks(EVENTS, UCDP.read(write(tmp_path / "ged.csv", given)))
    figures = tuple(row.values[f"killed_{name}"] for name in ("low", "best", "high"))
    assert (figures, rejected) == (becomes, [])


def test_deaths_that_are_no_number_are_rejected_with_line_and_reason(tmp_path: Path) -> None:
    wrong = {**EVENT, "id": "900002", "low": "many"}
    rows, rejected = normalise_blocks(EVENTS, UCDP.read(write(tmp_path / "ged.csv", EVENT, wrong)))
    assert [(row.id, row.values["killed_best"]) for row in rows] == [("ucdp-900001", 26)]
    assert [str(row) for row in rejected] == [
        "ged.csv line 3 (ucdp-900002): killed_low 'many' is not a whole number"
    ]


def test_a_file_without_header_is_read_by_the_order_of_its_columns(tmp_path: Path) -> None:
    other = {**EVENT, "id": "900002"}
    bare = write(tmp_path / "bare.csv", EVENT, other, header=False)
    whole = write(tmp_path / "whole.csv", EVENT, other)
    rows = raw_rows_of(CANDIDATE.read(bare))
    assert [said(row) for row in rows] == [said(row) for row in raw_rows_of(CANDIDATE.read(whole))]
    assert [(row.line, row.values["id"]) for row in rows] == [
        (1, "ucdp_candidate-900001"),
        (2, "ucdp_candidate-900002"),
    ]


def test_records_of_the_api_say_what_the_file_says(tmp_path: Path) -> None:
    (expected,) = raw_rows_of(UCDP.read(write(tmp_path / "ged.csv", EVENT)))
    numbers = ("id", "type_of_violence", "where_prec", "date_prec", "number_of_sources")
    typed = {name: int(EVENT[name]) for name in numbers}
    dated = dict.fromkeys(("date_start", "date_end"), "2019-03-17T00:00:00")
    unused = ("gwnoa", "gwnob", "geom_wkt")
    record = {name: v for name, v in {**EVENT, **typed, **dated}.items() if name not in unused}
    (row,) = raw_rows_of(UCDP.rows_of([record], "answer"))
    assert said(row) == said(expected)


def test_records_that_are_no_events_are_refused() -> None:
    with pytest.raises(ImportRefused, match="page 1 is no event of UCDP: it lacks adm_1, adm_2"):
        raw_rows_of(UCDP.rows_of([{"id": 1}], "page 1"))


@pytest.mark.parametrize(
    ("header", "told"),
    [(True, "has not the columns of UCDP GED, which are 49"), (False, "has a column twice: 0, 1")],
)
def test_a_file_of_fewer_columns_is_refused(tmp_path: Path, *, header: bool, told: str) -> None:
    fewer = {name: value for name, value in EVENT.items() if name not in ("gwnob", "low")}
    with pytest.raises(ImportRefused, match=told):
        raw_rows_of(UCDP.read(write(tmp_path / "ged.csv", fewer, header=header)))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "900001.0", "date_start": "1552780800.0", "date_end": "1552780800.0"},
        {"id": "900001.0"},
        {"date_start": "1552780800", "date_end": "1552780800"},
    ],
)
@pytest.mark.parametrize("header", [True, False])
def test_ids_and_dates_that_became_numbers_are_refused_and_not_guessed(
    tmp_path: Path, changes: Mapping[str, str], *, header: bool
) -> None:
    path = write(tmp_path / "ged.csv", {**EVENT, **changes}, header=header)
    with pytest.raises(ImportRefused, match="took ids and dates for numbers; download it again"):
        raw_rows_of(UCDP.read(path))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ucdp_ged_49col_mali_sample.csv", "has the id 256789.0 and the date 1515628800.0, as "),
        ("ucdp_ged21.1_mali.csv", "has not the columns of UCDP GED, which are 49"),
    ],
)
def test_copies_that_are_not_as_ucdp_publishes_them_are_refused(name: str, told: str) -> None:
    path = REFERENCE / name
    if not path.is_file():
        pytest.skip(f"{name} is not there: reference data stand beside the project, not in it")
    with pytest.raises(ImportRefused, match=told):
        raw_rows_of(UCDP.read(path))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="is not a file"):
        raw_rows_of(UCDP.read(tmp_path / "ged.csv"))
    (tmp_path / "ged.csv").write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(ImportRefused, match=r"ged\.csv holds no rows; nothing was changed"):
        raw_rows_of(UCDP.read(tmp_path / "ged.csv"))


@pytest.mark.parametrize(
    ("kind", "side_a", "side_b", "found"),
    [
        ("1", "Government of Mali", "JNIM", ("fighting", "state_forces", None, None)),
        ("2", "IS", "JNIM", ("fighting", "armed_groups", None, None)),
        (
            "3",
            "Government of Mali",
            "Civilians",
            ("attack_on_civilians", "civilians", "Government of Mali", "malian_forces"),
        ),
        ("3", "IS", "Civilians", ("attack_on_civilians", "civilians", "IS", "jihadist")),
        (
            "3",
            "Dan na Ambassagou",
            "Civilians",
            ("attack_on_civilians", "civilians", "Dan na Ambassagou", "community_militia"),
        ),
        ("1", "Government of Mauritania", "AQIM", ("fighting", "foreign_forces", None, None)),
    ],
)
def test_types_of_violence_are_classed(
    kind: str, side_a: str, side_b: str, found: tuple[Any, ...]
) -> None:
    row = one(type_of_violence=kind, side_a=side_a, side_b=side_b)
    names = ("event_class", "target_class", "perpetrator", "perpetrator_class")
    assert some(row, *names) == found


@pytest.mark.parametrize(
    ("start", "end", "precision", "found"),
    [
        ("2019-03-17", "2019-03-17", "1", (None, "day")),
        ("2019-03-17", "2019-03-17", "2", (None, "range")),
        ("2019-03-17", "2019-03-19", "1", (date(2019, 3, 19), "range")),
        ("2020-02-01", "2020-02-29", "4", (date(2020, 2, 29), "month")),
        ("2020-02-01", "2020-02-28", "4", (date(2020, 2, 28), "range")),
        ("2020-01-01", "2020-12-31", "5", (date(2020, 12, 31), "year")),
    ],
)
def test_the_precision_of_a_date_is_what_the_two_dates_span(
    start: str, end: str, precision: str, found: tuple[Any, ...]
) -> None:
    row = one(date_start=start, date_end=end, date_prec=precision)
    assert some(row, "date_end", "date_precision") == found


@given(st.dates(date(1989, 1, 1), date(2030, 1, 1)), st.integers(0, 400), st.integers(1, 5))
def test_the_span_of_a_row_is_the_stated_one(start: date, days: int, precision: int) -> None:
    end = date.fromordinal(start.toordinal() + days)
    found = said(one(date_start=str(start), date_end=f"{end} 00:00:00.000", date_prec=precision))
    assert (found["date"], found.get("date_end", start)) == (start, end)


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("1", (1, 5_000, "place")),
        ("2", (2, 25_000, None)),
        ("3", (3, 50_000, "centroid")),
        ("4", (4, 150_000, "centroid")),
        ("5", (5, None, None)),
        ("6", (6, 450_000, "centroid")),
        ("7", (6, None, None)),
    ],
)
def test_where_prec_is_put_on_the_scale_of_the_atlas(stated: str, found: tuple[Any, ...]) -> None:
    assert some(one(where_prec=stated), "place_precision", "radius_m", "place_basis") == found


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"type_of_violence": "4"}, "there is no type of event in the crosswalk of ucdp '4'"),
        ({"date_start": "17/03/2019"}, "date_start '17/03/2019' is not like 2018-01-11"),
        ({"date_start": "2019-03-17 12:30:00"}, "is not like 2018-01-11"),
        ({"where_prec": "8"}, "where_prec '8' is none of 1 to 7"),
        ({"date_prec": ""}, "date_prec '' is none of 1 to 5"),
        ({"number_of_sources": "some"}, "number_of_sources 'some' is no whole number"),
    ],
)
def test_a_row_that_breaks_the_rules_of_ucdp_carries_its_problem(
    changes: Mapping[str, str], problem: str
) -> None:
    row = one(**changes)
    assert problem in str(row.problem)
    assert row.values == {"id": "ucdp-900001"}


def test_sources_that_were_not_counted_are_unknown() -> None:
    assert some(one(number_of_sources="-1"), "reports") == (None,)
