"""Files that a mapping explains, of every kind, and mappings that are refused."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import layers
from geo.errors import ImportRefused
from geo.importing.mapped import mapped_source
from geo.importing.mapping import read_mapping
from geo.importing.readers import RawRow
from geo.importing.sources import DataSource
from geo.importing.template import template
from geo.registry import collect_layers
from tests.rows_of_blocks import normalise, normalise_blocks, raw_rows_of

EVENTS = collect_layers(layers)["events"]
MAPPING = """
dataset = "prefecture"
sensitivity = "public"
missing = ["NA"]

[columns]
id = "No"
date = "Day"
place = "Locality"
event_class = "Type"
killed_best = "Deaths"
region_stated = "Région"
lon = "X"
lat = "Y"

[constants]
target_class = "civilians"
source_title = "Register"
source_licence = "by agreement"
place_precision = 2

[dates]
date = "%d/%m/%Y"

[values.event_class]
"EEI" = "ied_mine"
"*" = "other"
"""
ROW = {
    "No": "7",
    "Day": "05/03/2021",
    "Locality": "Ber",
    "Type": "EEI",
    "Deaths": "2",
    "Région": "Tombouctou",
    "X": "-2.5",
    "Y": "16.8",
    "Comment": "kept out",
}
BECOMES = {
    "id": "prefecture-7",
    "dataset": "prefecture",
    "sensitivity": "public",
    "target_class": "civilians",
    "source_title": "Register",
    "source_licence": "by agreement",
    "place_precision": 2,
    "date": date(2021, 3, 5),
    "place": "Ber",
    "event_class": "ied_mine",
    "killed_best": "2",
    "region_stated": "Tombouctou",
    "lon": "-2.5",
    "lat": "16.8",
}


def source(tmp_path: Path, text: str = MAPPING, dataset: str | None = None) -> DataSource:
    path = tmp_path / "map.toml"
    path.write_text(text, encoding="utf-8")
    return mapped_source(read_mapping(path, EVENTS), EVENTS, dataset)


def table(path: Path, *rows: dict[str, Any]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_one(tmp_path: Path, **changes: str) -> RawRow:
    (row,) = raw_rows_of(source(tmp_path).read(table(tmp_path / "a.csv", {**ROW, **changes})))
    return row


def test_columns_become_fields_and_the_rest_is_left(tmp_path: Path) -> None:
    row = read_one(tmp_path)
    assert (row.where, row.problem, dict(row.values)) == ("a.csv line 2", None, BECOMES)
    rows, rejected = normalise(EVENTS, [row])
    assert ([each.id for each in rows], rejected) == (["prefecture-7"], [])


@pytest.mark.parametrize(
    "suffix", [".csv", ".xlsx", ".parquet", ".geoparquet", ".gpkg", ".geojson"]
)
def test_every_kind_of_file_says_the_same(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    plain = {name: value for name, value in ROW.items() if name not in ("X", "Y")}
    text = MAPPING.replace('lon = "X"\nlat = "Y"\n', "")
    drawn = gpd.GeoDataFrame([plain], geometry=[shapely.Point(-2.5, 16.8)], crs=4326)
    match suffix:
        case ".csv":
            table(path, ROW)
            text = MAPPING
        case ".xlsx":
            pd.DataFrame([ROW]).to_excel(path, index=False)
            text = MAPPING
        case ".parquet" | ".geoparquet":
            drawn.to_parquet(path)
        case _:
            drawn.to_file(path)
    (row,) = normalise_blocks(EVENTS, source(tmp_path, text).read(path))[0]
    assert (row.id, row.values["date"], row.geometry) == (
        "prefecture-7",
        date(2021, 3, 5),
        (-2.5, 16.8),
    )


def test_a_shapefile_is_mapped_too(tmp_path: Path) -> None:
    plain = {name: value for name, value in ROW.items() if name not in ("X", "Y", "Région")}
    drawn = gpd.GeoDataFrame([plain], geometry=[shapely.Point(-2.5, 16.8)], crs=4326)
    drawn.to_file(tmp_path / "a.shp")
    text = MAPPING.replace('lon = "X"\nlat = "Y"\n', "").replace('region_stated = "Région"\n', "")
    (row,) = normalise_blocks(EVENTS, source(tmp_path, text).read(tmp_path / "a.shp"))[0]
    assert (row.id, row.geometry) == ("prefecture-7", (-2.5, 16.8))


def test_days_that_a_workbook_has_as_days_need_no_format(tmp_path: Path) -> None:
    pd.DataFrame([{**ROW, "Day": pd.Timestamp("2021-03-05")}]).to_excel(
        tmp_path / "a.xlsx", index=False
    )
    (row,) = raw_rows_of(source(tmp_path).read(tmp_path / "a.xlsx"))
    assert row.values["date"] == date(2021, 3, 5)


def test_a_cell_that_says_nothing_is_left_empty(tmp_path: Path) -> None:
    assert "killed_best" not in read_one(tmp_path, Deaths="NA").values
    assert "killed_best" not in read_one(tmp_path, Deaths=" ").values


def test_a_value_that_the_mapping_does_not_name_is_what_stands_for_all_others(
    tmp_path: Path,
) -> None:
    assert read_one(tmp_path, Type="Embuscade").values["event_class"] == "other"


def test_without_such_a_line_the_row_is_rejected(tmp_path: Path) -> None:
    text = MAPPING.replace('"*" = "other"\n', "")
    path = table(tmp_path / "a.csv", {**ROW, "Type": "Embuscade"})
    (row,) = raw_rows_of(source(tmp_path, text).read(path))
    assert (dict(row.values), row.problem) == (
        {"id": "prefecture-7"},
        "Type 'Embuscade' stands in no line of [values.event_class] in map.toml",
    )


def test_a_day_that_is_written_otherwise_is_rejected(tmp_path: Path) -> None:
    row = read_one(tmp_path, Day="2021-03-05")
    assert row.problem == "date '2021-03-05' is not written %d/%m/%Y"


def test_records_are_mapped_as_files_are(tmp_path: Path) -> None:
    (row,) = raw_rows_of(source(tmp_path).rows_of([ROW], "answer"))
    assert (row.where, dict(row.values)) == ("answer record 1", BECOMES)


def test_a_list_in_a_field_is_one_rejected_row(tmp_path: Path) -> None:
    (row,) = raw_rows_of(source(tmp_path).rows_of([{**ROW, "Type": ["EEI"]}], "answer"))
    assert row.problem == "event_class is a list or an object; a field has one value"


def test_the_data_set_of_the_command_goes_before_that_of_the_mapping(tmp_path: Path) -> None:
    given = source(tmp_path, dataset="survey")
    assert (given.id, given.dataset, given.sensitivity) == ("file", "survey", "public")
    (row,) = raw_rows_of(given.rows_of([ROW], "answer"))
    assert (row.values["id"], row.values["dataset"]) == ("survey-7", "survey")


@pytest.mark.parametrize("name", ["acled", "ucdp", "documented", "Préfecture", "a b"])
def test_a_data_set_needs_a_name_of_its_own(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportRefused, match=r"source of its own|is no slug"):
        source(tmp_path, dataset=name)


def test_a_data_set_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"name it with --dataset or as dataset in map\.toml"):
        source(tmp_path, MAPPING.replace('dataset = "prefecture"\n', ""))


def test_a_column_that_the_file_lacks_is_refused_with_the_nearest(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", {("Deads" if k == "Deaths" else k): v for k, v in ROW.items()})
    with pytest.raises(ImportRefused, match=r"a\.csv has not the columns of map\.toml") as refused:
        raw_rows_of(source(tmp_path).read(path))
    assert refused.value.problems == ("there is no column 'Deaths'; did you mean Deads?",)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'killed_best = "Deaths"',
            'kiled_best = "Deaths"',
            "columns: there is no field of events 'kiled_best'; did you mean killed_best",
        ),
        ('place = "Locality"', "", "place is missing, and every row needs it"),
        ('id = "No"', "", "id is missing, and every row needs it"),
        ('place = "Locality"', "place = 1", "columns: place names no column"),
        ('place = "Locality"', "place = []", "columns: place names no column"),
        ('place = "Locality"', 'place = ["A", 1]', "columns: place names no column"),
        (
            'place = "Locality"',
            'place = "Locality"\nregion = "R"',
            "columns: region is found by geometry; map to region_stated",
        ),
        ('"civilians"', '"civilian"', "constants: target_class 'civilian' is none of mission"),
        ("[constants]", '[constants]\nplace = "x"', "place is a column and a constant"),
        ('"%d/%m/%Y"', '"%m/%Y"', "dates: date '%m/%Y' does not say day, month and year"),
        ("[dates]", '[dates]\nplace = "%d/%m/%Y"', "dates: place is no column of days in this"),
        ('"ied_mine"', '"ied"', "values: EEI: there is no value of event_class 'ied'"),
        ("[values.event_class]", "[values.target]", "values: target is no column of this mapping"),
        ('sensitivity = "public"', "", "sensitivity is none of public, counts_only, restricted"),
        ('"NA"', "1", "missing is no list of texts"),
        ("[columns]", "[column]", "there is no key 'column'; did you mean columns?"),
        ("[dates]", "[date]", "there is no key 'date'; did you mean dates"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert old in MAPPING
    with pytest.raises(ImportRefused, match=r"the mapping map\.toml cannot be used") as refused:
        source(tmp_path, MAPPING.replace(old, new, 1))
    assert [each for each in refused.value.problems if each.startswith(problem)]


def test_a_mapping_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"map\.toml cannot be read as TOML"):
        source(tmp_path, "a = [")


def test_cells_of_several_columns_are_put_together(tmp_path: Path) -> None:
    text = MAPPING.replace('"Day"', '["J", "M", "D"]').replace("%d/%m/%Y", "%Y %m %d")
    text = text.replace('id = "No"', 'id = ["Book", "No"]')
    text = text.replace('place = "Locality"', 'place = ["Locality", "Quarter"]')
    given = {**ROW, "Book": "B", "J": "2021", "M": "3", "D": "5", "Quarter": "NA"}
    path = table(tmp_path / "a.csv", given, {**given, "No": "8", "M": ""})
    whole, broken = raw_rows_of(source(tmp_path, text).read(path))
    assert (whole.problem, dict(whole.values)) == (None, {**BECOMES, "id": "prefecture-B-7"})
    assert broken.values == {"id": "prefecture-B-8"}
    assert broken.problem == "date '2021 5' is not written %Y %m %d"


def test_all_of_several_columns_must_be_there(tmp_path: Path) -> None:
    text = MAPPING.replace('place = "Locality"', 'place = ["Locality", "Quartier"]')
    path = table(tmp_path / "a.csv", {**ROW, "Quarter": "North"})
    with pytest.raises(ImportRefused, match=r"has not the columns of map\.toml") as refused:
        raw_rows_of(source(tmp_path, text).read(path))
    (problem,) = refused.value.problems
    assert problem.startswith("there is no column 'Quartier'; did you mean Quarter")


def test_a_template_names_the_columns_and_needs_only_to_be_filled_in(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", {"id": "1", "date": "2021-03-05", 'a "b"': "", "place": "Ber"})
    text = template(path, EVENTS)
    assert r'# columns of a.csv: "id", "date", "a \"b\"", "place"' in text
    filled = (
        text.replace('dataset = "…"', 'dataset = "mine"')
        .replace("[constants]", '[constants]\ntarget_class = "civilians"\nevent_class = "other"')
        .replace('target_class = "…"', "")
        .replace('event_class = "…"', "")
        .replace('source_title = "…"', 'source_title = "place"')
    )
    (row,) = raw_rows_of(source(tmp_path, filled).read(path))
    assert {name: row.values[name] for name in ("id", "date", "place", "target_class")} == {
        "id": "mine-1",
        "date": "2021-03-05",
        "place": "Ber",
        "target_class": "civilians",
    }
