from __future__ import annotations

import contextlib
import hashlib
import json
import warnings
from itertools import product
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geo.errors import ImportRefused
from geo.importing.gdal import check_driver
from geo.importing.readers import RawRow, digest_of
from geo.importing.readers import read_file as read_rows_of


def read_file(path: Path) -> list[RawRow]:
    return list(read_rows_of(path))


def test_a_csv_row_knows_the_line_that_it_starts_on(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('id,notes\na,"two\nlines"\n\nb,\n', encoding="utf-8-sig")
    assert read_file(file) == [
        RawRow(file="a.csv", line=2, values={"id": "a", "notes": "two\nlines"}),
        RawRow(file="a.csv", line=5, values={"id": "b", "notes": ""}),
    ]


@pytest.mark.parametrize(
    ("content", "values", "problem"),
    [
        ("id,notes\na\n", {"id": "a"}, "has 1 cells where the header has 2"),
        ("id,notes\na,b,c\n", {"id": "a"}, "has 3 cells where the header has 2"),
        # A stray comma in the notes would have moved the id.
        ("notes,id\nwell, well,a\n", {}, "has 3 cells where the header has 2"),
    ],
)
def test_a_csv_row_of_another_length_keeps_an_id_that_is_sure(
    tmp_path: Path, content: str, values: dict[str, str], problem: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(content)
    assert read_file(file) == [RawRow(file="a.csv", line=2, values=values, problem=problem)]


def test_the_row_numbers_that_pandas_writes_first_are_no_column(tmp_path: Path) -> None:
    table = gpd.pd.DataFrame({"id": ["a", "b", "c"], "name": ["Gao", "Ber", ""]})
    table[table.id != "b"].to_csv(tmp_path / "a.csv")
    assert [row.values for row in read_file(tmp_path / "a.csv")] == [
        {"id": "a", "name": "Gao"},
        {"id": "c", "name": ""},
    ]


def test_empty_columns_that_a_spreadsheet_leaves_are_no_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name,,\na,Gao,,\n")
    assert [row.values for row in read_file(tmp_path / "a.csv")] == [{"id": "a", "name": "Gao"}]


@pytest.mark.parametrize("content", [",id\n0,a\nbase,b\n", "id,\nb,a\na,1\n"])
def test_a_column_with_values_but_no_name_is_one_fault_of_the_file(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(ImportRefused, match=r"a.csv: column \d has no name in the header, and '"):
        read_file(tmp_path / "a.csv")


def test_a_file_of_many_rows_is_never_held_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id\na\n"b\n')
    rows = read_rows_of(tmp_path / "a.csv")
    assert next(rows).values == {"id": "a"}
    with pytest.raises(ImportRefused, match="not readable as CSV after line 2"):
        next(rows)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"id,id\n1,2\n", "a column twice: id"),
        ("a.csv", b"id,name\n1,\xe9\n", "is not UTF-8"),
        ("a.csv", "id,name\n1,é\n".encode("utf-16"), "is UTF-16; save it as CSV UTF-8"),
        ("a.csv", b"PK\x03\x04\x14\0\xff", "is a workbook or an archive and no CSV"),
        ("a.csv", b"id;name\n1;a\n", "has semicolons between its cells; save it with commas"),
        ("a.csv", b"id\tname\n1\ta\n", "has tabs between its cells; save it with commas"),
        ("a.csv", b"id,name\n", "holds no rows"),
        ("a.csv", b"", "holds no rows"),
        ("a.txt", b"hello", "is of no known kind"),
        ("a.geojson", b"{", "cannot be read"),
        ("a.geojson", b"[]", "is no GeoJSON: it needs a FeatureCollection"),
        ("a.geojson", b'{"type": "Topology", "objects": {}}', "is no GeoJSON"),
        ("a.gpkg", b"nonsense", "cannot be read"),
        ("a.gpkg", b"SQLite format 3\0" + bytes(100), "cannot be read; is it a whole .gpkg file"),
        ("a.shp", b"\0\0\x27\x0a" + bytes(20), "cannot be read; is it a whole .shp file"),
        ("a.fgb", b"fgb\3fgb\1" + b"\xff" * 50, "cannot be read; is it a whole .fgb file"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ImportRefused, match=message):
        read_file(file)


def test_a_very_long_note_is_read(tmp_path: Path) -> None:
    note = "a" * 200_000
    (tmp_path / "a.csv").write_text(f"id,notes\n1,{note}\n")
    assert [row.values["notes"] for row in read_file(tmp_path / "a.csv")] == [note]


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


@pytest.mark.parametrize("name", ["a.geojson", "a.json", "a.gpkg", "a.shp", "a.fgb"])
@pytest.mark.parametrize("start", ["", "SQLite format 3", "fgb\x03fgb "])
def test_a_virtual_layer_by_another_name_reads_no_other_file(
    tmp_path: Path, name: str, start: str
) -> None:
    (tmp_path / "secret.csv").write_text("id,name\na,secret\n")
    (tmp_path / name).write_text(
        f'{start}<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>'
        f"{tmp_path}/secret.csv</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    # It is what GDAL would open.
    assert pyogrio.read_info(tmp_path / name)["driver"] == "OGR_VRT"
    with pytest.raises(ImportRefused, match="cannot be read"):
        read_file(tmp_path / name)


def test_a_pipeline_of_gdal_by_the_name_of_geojson_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("id,name\na,secret\n")
    pipeline = f"gdal vector pipeline ! read {tmp_path}/secret.csv"
    document = {"type": "gdal_streamed_alg", "command_line": pipeline}
    (tmp_path / "a.json").write_text(json.dumps(document))
    with pytest.raises(ImportRefused, match="is no GeoJSON"):
        read_file(tmp_path / "a.json")


def test_what_gdal_takes_for_another_kind_is_refused() -> None:
    check_driver("a.gpkg", {"driver": "GPKG"})
    with pytest.raises(ImportRefused, match=r"a.gpkg is no .gpkg file, but SQLite"):
        check_driver("a.gpkg", {"driver": "SQLite"})


def test_warnings_of_gdal_stay_with_us(tmp_path: Path) -> None:
    places = gpd.GeoDataFrame({"id": ["a"], "geometry": [shapely.Point(0, 0)]}, crs=4326)
    places.to_file(tmp_path / "a.shp")
    (tmp_path / "a.dbf").write_bytes((tmp_path / "a.dbf").read_bytes()[:-40])
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with contextlib.suppress(ImportRefused):
            read_file(tmp_path / "a.shp")
    assert [str(warning.message) for warning in heard] == []


def feature(**members: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": None, "properties": {}, **members}


def geojson(tmp_path: Path, *features: Any, **members: Any) -> list[RawRow]:
    file = tmp_path / "a.geojson"
    document = {"type": "FeatureCollection", "features": features, **members}
    file.write_text(json.dumps(document))
    return read_file(file)


@pytest.mark.parametrize(
    ("given", "identity"),
    [
        (feature(id="a"), "a"),
        (feature(id=7), 7),
        (feature(properties={"id": "b"}), "b"),
        (feature(id="7", properties={"id": 7}), "7"),
        (feature(), None),
    ],
)
def test_the_id_of_a_geojson_feature_is_its_own_or_a_property(
    tmp_path: Path, given: dict[str, Any], identity: Any
) -> None:
    (row,) = geojson(tmp_path, given)
    assert (row.values, row.problem) == ({"id": identity}, None)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (feature(id="a", properties={"id": "b"}), "has the id 'a' and another one, 'b'"),
        ("text", "is no GeoJSON feature"),
        ({"type": "Point", "coordinates": [0, 0]}, "is no GeoJSON feature"),
        (feature(geometry={"type": "Pile"}), "has a geometry that GeoJSON does not know"),
        (feature(geometry={"type": "Point"}), "has a geometry that GeoJSON does not know"),
        (feature(geometry=[1, 2]), "has a geometry that GeoJSON does not know"),
    ],
)
def test_a_geojson_feature_that_cannot_be_read_says_why(
    tmp_path: Path, given: Any, problem: str
) -> None:
    (row,) = geojson(tmp_path, given)
    assert row.problem is not None
    assert row.problem.startswith(problem)


def test_the_reference_system_that_a_geojson_of_old_names_is_heeded(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [500_000, 1_800_000]}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32630"}}
    (row,) = geojson(tmp_path, feature(id="a", geometry=point), crs=crs)
    assert (round(row.geometry.x, 6), round(row.geometry.y, 2)) == (-3.0, 16.28)
    crs["properties"] = {"name": "EPSG:nothing"}
    with pytest.raises(ImportRefused, match="reference system that is not known"):
        geojson(tmp_path, feature(id="a", geometry=point), crs=crs)


def test_the_digest_of_one_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id\na\n")
    assert digest_of([tmp_path / "a.csv"])() == hashlib.sha256(b"id\na\n").hexdigest()


def test_the_digest_of_several_files_is_that_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id\na\n")
    (tmp_path / "b.csv").write_bytes(b"id\nb\n")
    digest = digest_of([tmp_path / "a.csv", tmp_path / "b.csv"])
    listed = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in (("a.csv", b"id\na\n"), ("b.csv", b"id\nb\n"))
    )
    assert digest() == hashlib.sha256(listed.encode()).hexdigest()


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf", ".prj", ".cpg"])
def test_the_digest_of_a_shapefile_covers_all_its_parts(tmp_path: Path, part: str) -> None:
    places = gpd.GeoDataFrame({"id": ["a"], "geometry": [shapely.Point(0, 0)]}, crs=4326)
    places.to_file(tmp_path / "a.shp")
    before = digest_of([tmp_path / "a.shp"])()
    with (tmp_path / f"a{part}").open("ab") as file:
        file.write(b" ")
    assert digest_of([tmp_path / "a.shp"])() != before


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id\na\n")
    digest = digest_of([file])
    file.write_text("id\nb\nc\n")
    with pytest.raises(ImportRefused, match=r"a.csv changed while it was read; load it again"):
        digest()
