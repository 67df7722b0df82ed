"""Rows out of XLSX and Parquet files, and files of either kind that are refused."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo.errors import ImportRefused
from geo.importing.readers import RawRow, read_file, xlsx


def book(path: Path, *sheets: Sequence[Any]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for rows in sheets:
        sheet = made.create_sheet()
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def row(line: int, problem: str | None = None, **values: Any) -> RawRow:
    return RawRow(file="a.xlsx", line=line, unit="row", values=values, problem=problem)


def test_cells_of_a_workbook_come_as_they_were_typed(tmp_path: Path) -> None:
    day = datetime(2021, 3, 5)  # noqa: DTZ001
    cells = [["id", "n", "day", " name "], ["a", 5, day, "Ber"], [7, 1.5, None, True]]
    assert list(read_file(book(tmp_path / "a.xlsx", cells))) == [
        row(2, id="a", n=5, day=day, name="Ber"),
        row(3, id=7, n=1.5, day=None, name=True),
    ]


def test_empty_rows_and_columns_of_a_workbook_are_none(tmp_path: Path) -> None:
    cells = [[None], ["id", "n", None], [], ["a"], [None, " "], ["b", 1]]
    assert list(read_file(book(tmp_path / "a.xlsx", cells))) == [
        row(4, id="a", n=None),
        row(6, id="b", n=1),
    ]


def test_a_cell_beyond_the_header_makes_a_rejected_row(tmp_path: Path) -> None:
    cells = [["id", "n"], ["a", 1, 2], ["b", 2]]
    assert list(read_file(book(tmp_path / "a.xlsx", cells))) == [
        row(2, "has 3 cells where the header has 2"),
        row(3, id="b", n=2),
    ]


def test_a_title_above_the_header_is_told(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["Events of 2021"], ["id", "n"], ["a", 1]])
    said = "a.xlsx: the first row has to be the header; it is 'Events of 2021', and row 2 has 2"
    with pytest.raises(ImportRefused, match=said):
        list(read_file(path))


def test_a_workbook_whose_size_is_noted_wrongly_is_read_to_its_end(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", [["id"], ["a"], ["b"]])
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == sheet:
                assert b'ref="A1:A3"' in content
                content = content.replace(b'ref="A1:A3"', b'ref="A1"')
            new.writestr(name, content)
    assert [each.values["id"] for each in read_file(tmp_path / "a.xlsx")] == ["a", "b"]


@pytest.mark.parametrize(
    ("sheets", "told"),
    [
        (
            [[["id"], ["a"]], [["id"]]],
            r"has several sheets \(Sheet, Sheet1\); give a file with one",
        ),
        ([[["id", "n", "id"], ["a"]]], "has a column twice: id"),
        ([[["id"]]], "holds no rows"),
    ],
)
def test_a_workbook_that_is_not_one_table_is_refused(
    tmp_path: Path, sheets: Sequence[Any], told: str
) -> None:
    with pytest.raises(ImportRefused, match=told):
        list(read_file(book(tmp_path / "a.xlsx", *sheets)))


def test_a_hidden_sheet_does_not_count(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["id"], ["a"]], [["list"]])
    made = openpyxl.load_workbook(path)
    made.worksheets[1].sheet_state = "hidden"
    made.save(path)
    assert list(read_file(path)) == [row(2, id="a")]


@pytest.mark.parametrize("content", [b"", b"id\na\n", b"PK\x03\x04", b"\x00" * 100])
def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(ImportRefused, match=r"is it a whole \.xlsx file\?"):
        list(read_file(tmp_path / "a.xlsx"))


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("notes.txt", "nothing")
    with pytest.raises(ImportRefused, match="cannot be read after row 0"):
        list(read_file(tmp_path / "a.xlsx"))


def test_entities_that_unfold_without_end_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", [["id"], ["a"]])
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = bomb + content
            new.writestr(name, content)
    with pytest.raises(ImportRefused, match="cannot be read after row"):
        list(read_file(tmp_path / "a.xlsx"))


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST_UNPACKED", 1_000)
    with pytest.raises(ImportRefused, match=r"unpacks to .* bytes, and 1,000 are read"):
        list(read_file(book(tmp_path / "a.xlsx", [["id"], ["a"]])))


def test_rows_of_parquet_come_as_they_were_typed(tmp_path: Path) -> None:
    table = pa.table({"id": ["a", "b"], "n": [5, None], "x": [1.5, 2.0]})
    pq.write_table(table, tmp_path / "a.parquet")
    assert list(read_file(tmp_path / "a.parquet")) == [
        RawRow(file="a.parquet", line=1, unit="row", values={"id": "a", "n": 5, "x": 1.5}),
        RawRow(file="a.parquet", line=2, unit="row", values={"id": "b", "n": None, "x": 2.0}),
    ]


@pytest.mark.parametrize("crs", [4326, 32630])
def test_the_geometry_of_geoparquet_comes_in_degrees(tmp_path: Path, crs: int) -> None:
    shapes: Any = [shapely.Point(-2.5, 16.8), None]
    drawn = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=shapes, crs=4326)
    drawn.to_crs(crs).to_parquet(tmp_path / "a.geoparquet")
    one, other = read_file(tmp_path / "a.geoparquet")
    assert shapely.equals_exact(one.geometry, shapely.Point(-2.5, 16.8), tolerance=1e-7)
    assert (dict(one.values), dict(other.values), other.geometry) == (
        {"id": "a"},
        {"id": "b"},
        None,
    )


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("{", "has a description of its geometry that is broken"),
        ('{"primary_column": "g", "columns": {}}', "has a description of its geometry that is"),
        (
            '{"primary_column": "g", "columns": {"g": {"encoding": "point"}}}',
            "has its geometry in another encoding than WKB",
        ),
        (
            '{"primary_column": "g", "columns": {"g": {"encoding": "WKB", "crs": null}}}',
            "has no coordinate reference system",
        ),
        (
            '{"primary_column": "id", "columns": {"id": {"encoding": "WKB"}}}',
            "has a geometry that is no WKB",
        ),
        (
            '{"primary_column": "g", "columns": {"g": {"encoding": "WKB"}}}',
            "has a geometry that is no WKB",
        ),
    ],
)
def test_geoparquet_whose_geometry_cannot_be_understood_is_refused(
    tmp_path: Path, told: str, problem: str
) -> None:
    table = pa.table({"id": [b"a"]}).replace_schema_metadata({"geo": told})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(ImportRefused, match=problem):
        list(read_file(tmp_path / "a.parquet"))


@pytest.mark.parametrize("content", [b"", b"id\na\n", b"PAR1", b"PAR1" + b"\x00" * 100 + b"PAR1"])
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(ImportRefused, match=r"is it a whole Parquet file\?"):
        list(read_file(tmp_path / "a.parquet"))
