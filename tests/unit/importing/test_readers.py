from __future__ import annotations

from itertools import product
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.errors import ImportRefused
from geo.importing.readers import RawRow, read_file


def test_a_csv_row_knows_the_line_that_it_starts_on(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('id,notes\na,"two\nlines"\n\nb,\n', encoding="utf-8-sig")
    assert read_file(file) == [
        RawRow(file="a.csv", line=2, values={"id": "a", "notes": "two\nlines"}),
        RawRow(file="a.csv", line=5, values={"id": "b", "notes": ""}),
    ]


def test_a_csv_row_of_another_length_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,notes\na\n")
    assert read_file(file)[0].values == {"": "1 cells where the header has 2"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"id,id\n1,2\n", "a column twice: id"),
        ("a.csv", b"id,name\n1,\xe9\n", "is not UTF-8"),
        ("a.csv", b"id,name\n", "holds no rows"),
        ("a.csv", b"", "holds no rows"),
        ("a.txt", b"hello", "is of no known kind"),
        ("a.geojson", b"{", "cannot be read"),
        ("a.gpkg", b"nonsense", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ImportRefused, match=message):
        read_file(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="is not a file"):
        read_file(tmp_path / "gone.csv")


@pytest.mark.parametrize(
    ("name", "crs"),
    # GeoJSON is in degrees by RFC 7946.
    [("a.geojson", 4326), *product(["a.gpkg", "a.shp", "a.fgb"], [4326, 32630])],
)
def test_vector_files_come_in_degrees_whatever_they_are_in(
    tmp_path: Path, name: str, crs: int
) -> None:
    places = gpd.GeoDataFrame(
        {"id": ["gao"], "beds": [3], "geometry": [shapely.Point(-0.04, 16.27)]}, crs=4326
    )
    file = tmp_path / name
    places.to_crs(crs).to_file(file)
    (row,) = read_file(file)
    assert (row.line, dict(row.values)) == (1, {"id": "gao", "beds": 3})
    assert shapely.distance(row.geometry, shapely.Point(-0.04, 16.27)) < 1e-7


def test_a_shapefile_without_a_projection_is_refused(tmp_path: Path) -> None:
    places = gpd.GeoDataFrame({"id": ["a"], "geometry": [shapely.Point(0, 0)]}, crs=4326)
    places.to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    with pytest.raises(ImportRefused, match="has no coordinate reference system"):
        read_file(tmp_path / "a.shp")
