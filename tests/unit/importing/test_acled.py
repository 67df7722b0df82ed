"""ACLED's exports and records: what they say, in the fields of the layer."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layers
from geo.errors import ImportRefused
from geo.importing import blocks
from geo.importing.readers import RawRow
from geo.importing.sources import sources
from geo.registry import collect_layers
from tests.rows_of_blocks import normalise_blocks, raw_rows_of

EVENTS = collect_layers(layers)["events"]
ACLED = sources()["acled"]
MISSION = (
    "MINUSMA: United Nations Multidimensional Integrated Stabilization Mission in Mali (2013-2023)"
)
CURRENT = {
    "event_id_cnty": "MLI1001",
    "event_date": "2021-03-05",
    "year": "2021",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Explosions/Remote violence",
    "sub_event_type": "Remote explosive/landmine/IED",
    "actor1": "JNIM: Group for Support of Islam and Muslims",
    "assoc_actor_1": "",
    "inter1": "Rebel group",
    "actor2": MISSION,
    "assoc_actor_2": "Military Forces of Chad",
    "inter2": "External/Other forces",
    "interaction": "Rebel group-External/Other forces",
    "civilian_targeting": "",
    "iso": "466",
    "region": "Western Africa",
    "country": "Mali",
    "admin1": "Kidal",
    "admin2": "Tessalit",
    "admin3": "Tessalit",
    "location": "Aguelhok",
    "latitude": "19.4614",
    "longitude": "0.8597",
    "geo_precision": "2",
    "source": "Made Up News; Another",
    "source_scale": "National",
    "notes": "On 5 March 2021, a vehicle hit a mine\n near Aguelhok.",
    "fatalities": "2",
    "tags": "",
    "timestamp": "1615300000",
}
OLD = {
    **{
        n: v for n, v in CURRENT.items() if n not in ("disorder_type", "civilian_targeting", "tags")
    },
    "data_id": "7654321",
    "event_id_no_cnty": "1001",
    "iso3": "MLI",
    "inter1": "2",
    "inter2": "8",
    "interaction": "28",
}


def write(path: Path, *rows: Mapping[str, Any]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def one(**changes: Any) -> RawRow:
    (row,) = raw_rows_of(ACLED.rows_of([{**CURRENT, **changes}], "answer"))
    return row


def said(row: RawRow) -> dict[str, Any]:
    assert row.problem is None
    return {name: value for name, value in row.values.items() if value not in (None, "")}


def some(row: RawRow, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(said(row).get(name) for name in names)


def test_a_row_of_an_export_becomes_a_row_of_the_layer(tmp_path: Path) -> None:
    (row,) = raw_rows_of(ACLED.read(write(tmp_path / "acled.csv", CURRENT)))
    assert (row.where, said(row)) == (
        "acled.csv line 2",
        {
            "id": "acled-MLI1001",
            "dataset": "acled",
            "sensitivity": "counts_only",
            "source_title": "ACLED, Armed Conflict Location & Event Data",
            "source_url": "https://acleddata.com/",
            "source_licence": "ACLED terms of use: rows may not be passed on",
            "event_class": "ied_mine",
            "target_class": "mission",
            "kind_stated": "Explosions/Remote violence: Remote explosive/landmine/IED",
            "conflict": "Political violence",
            "country": "Mali",
            "civilians_targeted": False,
            "actor1": "JNIM: Group for Support of Islam and Muslims",
            "actor1_kind": "Rebel group",
            "actor2": MISSION,
            "actor2_kind": "External/Other forces",
            "allies2": "Military Forces of Chad",
            "date": date(2021, 3, 5),
            "date_precision": "day",
            "date_precision_stated": 1,
            "place_precision": 2,
            "radius_m": 25_000,
            "place_precision_stated": 2,
            "killed_best": 2,
            "place": "Aguelhok",
            "lon": "0.8597",
            "lat": "19.4614",
            "region_stated": "Kidal",
            "cercle_stated": "Tessalit",
            "reported_by": "Made Up News; Another",
            "notes": "On 5 March 2021, a vehicle hit a mine\n near Aguelhok.",
            "updated": "2021-03-09T14:26:40Z",
        },
    )


def test_rows_fit_the_layer(tmp_path: Path) -> None:
    path = write(tmp_path / "acled.csv", CURRENT, {**CURRENT, "event_id_cnty": "MLI1002"})
    rows, rejected = normalise_blocks(EVENTS, ACLED.read(path))
    assert ([row.id for row in rows], rejected) == (["acled-MLI1001", "acled-MLI1002"], [])
    assert {row.sensitivity for row in rows} == {"counts_only"}


def test_the_old_schema_says_the_same_but_for_what_it_lacks(tmp_path: Path) -> None:
    (old,) = raw_rows_of(ACLED.read(write(tmp_path / "old.csv", OLD)))
    (new,) = raw_rows_of(ACLED.read(write(tmp_path / "new.csv", CURRENT)))
    lacking = {"conflict", "civilians_targeted"}
    assert said(old) == {name: v for name, v in said(new).items() if name not in lacking}


def test_a_workbook_says_what_the_csv_says(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    numbers = ("year", "time_precision", "iso", "geo_precision", "fatalities", "timestamp")
    typed: dict[str, Any] = {n: int(v) if n in numbers else v for n, v in CURRENT.items()}
    typed |= {name: float(CURRENT[name]) for name in ("latitude", "longitude")}
    typed["event_date"] = datetime(2021, 3, 5)  # noqa: DTZ001
    assert book.active is not None
    book.active.append(list(typed))
    book.active.append(list(typed.values()))
    book.save(tmp_path / "acled.xlsx")
    (row,) = raw_rows_of(ACLED.read(tmp_path / "acled.xlsx"))
    (expected,) = raw_rows_of(ACLED.read(write(tmp_path / "acled.csv", CURRENT)))
    assert said(row) == {**said(expected), "lon": 0.8597, "lat": 19.4614}


def test_records_of_the_api_say_what_the_csv_says(tmp_path: Path) -> None:
    (expected,) = raw_rows_of(ACLED.read(write(tmp_path / "acled.csv", CURRENT)))
    numbers = {"time_precision": 1, "geo_precision": 2, "fatalities": 2, "timestamp": 1615300000}
    assert said(one(**numbers)) == said(expected)


@pytest.mark.parametrize(
    ("changed", "problems"),
    [
        (
            {n: v for n, v in CURRENT.items() if n not in ("notes", "tags")},
            ("missing: notes, tags",),
        ),
        ({**CURRENT, "nonsense": ""}, ("not known: nonsense",)),
        (
            {**{n: v for n, v in OLD.items() if n != "iso3"}, "x": ""},
            ("missing: iso3", "not known: x"),
        ),
    ],
)
def test_a_file_without_the_columns_of_either_schema_is_refused(
    tmp_path: Path, changed: Mapping[str, str], problems: tuple[str, ...]
) -> None:
    with pytest.raises(ImportRefused, match="has not the columns of an ACLED export") as refused:
        raw_rows_of(ACLED.read(write(tmp_path / "acled.csv", changed)))
    assert refused.value.problems == problems
    asked = "take out what is not known" if problems == ("not known: nonsense",) else "export it"
    assert asked in str(refused.value)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("id,date\n1,2021-03-05\n", "'id'"),
        ("<!DOCTYPE html>\n<html>\n", "'<!DOCTYPE html>'"),
    ],
)
def test_a_file_with_none_of_the_columns_is_refused_with_what_it_begins_with(
    tmp_path: Path, text: str, begins: str
) -> None:
    path = tmp_path / "acled.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(
        ImportRefused, match="has none of the columns of an ACLED export"
    ) as refused:
        raw_rows_of(ACLED.read(path))
    assert f"its first line begins {begins}; give the file as its source" in str(refused.value)
    assert refused.value.problems == ()


@pytest.mark.parametrize(
    ("stated", "killed", "may_mean"),
    [
        ("0", None, "none_reported"),
        ("1", 1, None),
        ("3", 3, "several"),
        ("10", 10, "several"),
        ("11", 11, None),
        ("12", 12, "dozens"),
        ("100", 100, "hundreds"),
    ],
)
def test_numbers_that_stand_for_words_are_kept_and_marked_and_zero_is_unknown(
    stated: str, killed: int | None, may_mean: str | None
) -> None:
    assert some(one(fatalities=stated), ["killed_best", "killed_may_mean"]) == (killed, may_mean)


@pytest.mark.parametrize(
    ("stated", "precision", "found"),
    [
        ("2021-03-05", "1", (date(2021, 3, 5), None, "day")),
        ("05 March 2021", "1", (date(2021, 3, 5), None, "day")),
        ("5 March 2021", 2, (date(2021, 3, 2), date(2021, 3, 8), "range")),
        ("2020-02-15", "3", (date(2020, 2, 1), date(2020, 2, 29), "month")),
    ],
)
def test_a_row_spans_the_days_that_its_time_precision_allows(
    stated: str, precision: Any, found: tuple[Any, ...]
) -> None:
    row = one(event_date=stated, time_precision=precision)
    assert some(row, ["date", "date_end", "date_precision"]) == found


@given(st.dates(date(1997, 1, 1), date(2030, 12, 31)), st.sampled_from([1, 2, 3]))
def test_the_coded_day_is_always_within_the_span(day: date, precision: int) -> None:
    found = said(one(event_date=day.isoformat(), time_precision=precision))
    assert found["date"] <= day <= found.get("date_end", found["date"])
    assert found.get("date_end", day).toordinal() - found["date"].toordinal() <= 30


@pytest.mark.parametrize(
    ("stated", "found"),
    [("1", (1, 5_000, "place")), ("2", (2, 25_000, None)), ("3", (4, 150_000, None))],
)
def test_geo_precision_is_put_on_the_scale_of_the_atlas(
    stated: str, found: tuple[Any, ...]
) -> None:
    assert some(one(geo_precision=stated), ["place_precision", "radius_m", "place_basis"]) == found


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"event_date": "03/05/2021"}, "event_date '03/05/2021' is neither like 2021-03-05 nor"),
        ({"time_precision": "4"}, "time_precision '4' is none of 1 to 3"),
        ({"geo_precision": ""}, "geo_precision '' is none of 1 to 3"),
        ({"fatalities": ""}, "fatalities '' is no whole number from 0 up"),
        ({"fatalities": "-1"}, "fatalities '-1' is no whole number"),
        ({"inter1": "9"}, "the kind of an actor, '9', is none of 0 to 8"),
        (
            {"sub_event_type": "Armed clashes", "event_type": "Battles"},
            "'Battles / Armed clashes'; did you mean Battles / Armed clash?",
        ),
        ({"event_id_cnty": ""}, "has no event_id_cnty"),
    ],
)
def test_a_row_that_breaks_the_rules_of_acled_carries_its_problem(
    changes: Mapping[str, str], problem: str
) -> None:
    row = one(**changes)
    assert problem in str(row.problem)
    assert row.values == {"id": None if "event_id_cnty" in changes else "acled-MLI1001"}


def test_a_record_that_lacks_a_column_is_one_rejected_row() -> None:
    short = {name: value for name, value in CURRENT.items() if name != "location"}
    rows = raw_rows_of(ACLED.rows_of([CURRENT, short], "page 2"))
    assert [(row.where, row.problem) for row in rows] == [
        ("page 2 record 1", None),
        ("page 2 record 2", "lacks 'location'"),
    ]


def test_so_are_records_that_all_lack_what_others_before_them_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "ROWS_AT_ONCE", 1)
    lacking = [
        {name: value for name, value in CURRENT.items() if name != lost}
        for lost in ("tags", "event_id_cnty")
    ]
    rows = raw_rows_of(ACLED.rows_of([CURRENT, *lacking], "page 2"))
    assert [row.problem for row in rows] == [None, "lacks 'tags'", "has no event_id_cnty"]


def test_a_broken_line_is_a_rejected_row(tmp_path: Path) -> None:
    path = write(tmp_path / "acled.csv", CURRENT)
    path.write_text(path.read_text() + "MLI1002,2021-03-06\n")
    assert [row.problem for row in raw_rows_of(ACLED.read(path))] == [
        None,
        "has 2 cells where the header has 31",
    ]


def test_moments_are_those_of_utc() -> None:
    stated = int(datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC).timestamp())
    assert some(one(timestamp=stated), ["updated"]) == ("2024-02-29T23:59:58Z",)
