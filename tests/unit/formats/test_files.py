"""Formats that are made as files, of rows that no database gave."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pyarrow as pa
import pyogrio
import pyproj
import pytest
from pyarrow import parquet

from geo.crs import SPOKEN
from geo.errors import TooLarge
from geo.formats import FileWriter, Table, formats
from geo.formats._arrow import table
from geo.formats._base import StreamWriter
from geo.query import FeatureQuery
from geo.spec import Layer

MERCATOR = SPOKEN["http://www.opengis.net/def/crs/EPSG/0/3857"]
NAMES = ("name",)


class Sink(io.RawIOBase):
    """Remember what was written and when it was asked to go out."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self.flushed: list[int] = []

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return len(self.bytes)

    def write(self, data: Any) -> int:
        self.bytes += data
        return len(data)

    def flush(self) -> None:
        self.flushed.append(len(self.bytes))


def places(layer: Layer, *rows: str, query: FeatureQuery | None = None) -> Table:
    query = query or FeatureQuery(properties=NAMES)
    return table(layer, query, [row.encode() for row in rows])


def as_parquet(features: Table) -> Sink:
    writer, sink = formats()["geoparquet"].writer, Sink()
    assert isinstance(writer, StreamWriter)
    writer.write(features, sink)
    return sink


def as_file(name: str, features: Table, folder: Path) -> Path:
    made = formats()[name]
    path = folder / f"file.{made.extension}"
    assert isinstance(made.writer, FileWriter)
    made.writer.write(features, path)
    return path


def about(sink: Sink) -> dict[str, Any]:
    read = parquet.ParquetFile(pa.BufferReader(bytes(sink.bytes)))
    made: dict[str, Any] = orjson.loads(read.metadata.metadata[b"geo"])
    return made


def test_geoparquet_says_where_its_rows_lie(layers: dict[str, Layer]) -> None:
    rows = ("a,Gao,-0.04,16.27\n", "b,Kidal,1.4,18.44\nc,nowhere,,\n")
    assert about(as_parquet(places(layers["places"], *rows))) == {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {
            "geometry": {
                "encoding": "WKB",
                "geometry_types": ["Point"],
                "crs": pyproj.CRS.from_user_input("OGC:CRS84").to_json_dict(),
                "bbox": [-0.04, 16.27, 1.4, 18.44],
            }
        },
    }


def test_geoparquet_without_a_place_has_no_box(layers: dict[str, Layer]) -> None:
    for rows in ((), ("a,nowhere,,\n",)):
        column = about(as_parquet(places(layers["places"], *rows)))["columns"]["geometry"]
        assert (column["geometry_types"], "bbox" in column) == ([], False)


def test_geoparquet_says_its_system(layers: dict[str, Layer]) -> None:
    query = FeatureQuery(properties=NAMES, crs=MERCATOR)
    made = about(as_parquet(places(layers["places"], "a,Gao,-4452,1834000\n", query=query)))
    assert pyproj.CRS(made["columns"]["geometry"]["crs"]).to_epsg() == 3857


def test_a_layer_without_places_is_a_plain_parquet_file(layers: dict[str, Layer]) -> None:
    query = FeatureQuery(properties=("value",))
    sink = as_parquet(places(layers["series"], "a,1.5\n", query=query))
    read = parquet.read_table(pa.BufferReader(bytes(sink.bytes)))
    assert read.to_pylist() == [{"id": "a", "value": 1.5}]
    assert b"geo" not in (read.schema.metadata or {})


def test_geoparquet_goes_out_while_it_grows(layers: dict[str, Layer]) -> None:
    seen: list[int] = []
    sink = Sink()

    def chunks() -> Iterator[bytes]:
        for number in range(12):
            seen.append(len(sink.flushed))
            rows = (f"{number}-{n},Gao,1,{n / 10_000}\n" for n in range(5_000))
            yield "".join(rows).encode()

    features = table(layers["places"], FeatureQuery(properties=NAMES), chunks())
    writer = formats()["geoparquet"].writer
    assert isinstance(writer, StreamWriter)
    writer.write(features, sink)
    assert seen[:2] == [0, 1]
    assert parquet.read_metadata(pa.BufferReader(bytes(sink.bytes))).num_rows == 60_000


@pytest.mark.parametrize("name", ["flatgeobuf", "geopackage"])
def test_files_of_gdal_say_their_system(
    layers: dict[str, Layer], tmp_path: Path, name: str
) -> None:
    query = FeatureQuery(properties=NAMES, crs=MERCATOR)
    features = places(layers["places"], "a,Gao,-4452,1834000\nb,x,,\n", query=query)
    frame = pyogrio.read_dataframe(as_file(name, features, tmp_path))
    assert frame.crs.to_epsg() == 3857
    assert [point and point.wkt for point in frame.geometry] == ["POINT (-4452 1834000)", None]


def workbook(features: Table, folder: Path) -> Any:
    return openpyxl.load_workbook(as_file("xlsx", features, folder)).active


def test_what_looks_like_a_formula_is_a_quoted_text(
    layers: dict[str, Layer], tmp_path: Path
) -> None:
    sheet = workbook(places(layers["places"], "a,=1+1,1,2\nb,Gao,1,2\n"), tmp_path)
    risky, plain = sheet["B2"], sheet["B3"]
    assert (risky.value, risky.data_type, risky.quotePrefix) == ("=1+1", "s", True)
    assert (plain.value, plain.data_type, bool(plain.quotePrefix)) == ("Gao", "s", False)


def test_a_day_is_a_day_and_one_that_no_spreadsheet_knows_a_text(
    layers: dict[str, Layer], tmp_path: Path
) -> None:
    query = FeatureQuery(properties=("date",))
    rows = "a,1899-12-31,,\nb,1900-03-01,,\n"
    sheet = workbook(places(layers["events"], rows, query=query), tmp_path)
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("1899-12-31", "s")
    assert (sheet["B3"].value.isoformat(), sheet["B3"].number_format) == (
        "1900-03-01T00:00:00",
        "yyyy-mm-dd",
    )


def test_a_text_that_no_cell_holds_is_refused(layers: dict[str, Layer], tmp_path: Path) -> None:
    fits, too_long = "x" * 32_767, "x" * 32_768
    assert workbook(places(layers["places"], f"a,{fits},1,2\n"), tmp_path)["B2"].value == fits
    with pytest.raises(TooLarge, match="32768 characters does not fit into a cell"):
        as_file("xlsx", places(layers["places"], f"a,{too_long},1,2\n"), tmp_path)


def test_a_sheet_says_how_many_rows_it_holds() -> None:
    writer = formats()["xlsx"].writer
    assert isinstance(writer, FileWriter)
    assert writer.most_rows == 2**20 - 1


def test_formats_say_whether_they_are_spooled_and_which_systems_they_speak() -> None:
    others = {name: made for name, made in formats().items() if name != "geojson"}
    assert {name for name, made in others.items() if made.spooled} == {
        "flatgeobuf",
        "geopackage",
        "xlsx",
    }
    assert {name for name, made in others.items() if made.speaks(MERCATOR)} == {
        "flatgeobuf",
        "geopackage",
        "geoparquet",
    }
