"""Every layer in every format, read back with a program that is not ours: the same rows in all."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas
import openpyxl
import orjson
import pandas as pd
import pyarrow as pa
import pyogrio
import pyogrio.raw
import pytest
import shapely
from fastapi.testclient import TestClient
from openpyxl.utils.escape import unescape
from pyarrow import parquet
from shapely.geometry import mapping, shape

from app import start
from app.main import create_app
from app.settings import Settings
from geo import database, migrations
from geo.formats import PageWriter, formats
from geo.formulas import shielded
from geo.importing.load import load_rows
from geo.spec import (
    FEATURE_FIELDS,
    Field,
    FieldType,
    GeometryType,
    Layer,
    Source,
    Style,
    Text,
)

SAME = Text(en="Awkward", fr="Malcommode")
FIELDS = tuple(
    Field(name=f"a_{kind.value}", type=kind, title=Text(en=f"<{kind.value}> & more", fr="é"))
    for kind in FieldType
)
AWKWARD = Layer(
    id="awkward",
    title=Text(en='Awkward "rows" & <such>', fr="Malcommode"),
    description=Text(en="What formats stumble over.", fr="Ce sur quoi on trébuche."),
    geometry=GeometryType.POINT,
    fields=FIELDS,
    source=Source(title="a test", licence="CC0"),
    style=Style(colour="#0072B2", outline="#FFFFFF"),
    label="a_text",
)
SHAPES = Layer(
    id="shapes",
    title=SAME,
    description=SAME,
    geometry=GeometryType.ANY,
    fields=FIELDS,
    source=Source(title="a test", licence="CC0"),
    style=Style(colour="#0072B2", outline="#FFFFFF"),
)
TEXTS = (
    "Ménaka, Tɔmbutu, Kidal – 基达尔 🕊",
    "a \"quoted\" text, with 'both'",
    "two\nlines and\r\none more\rof old",
    "=cmd|' /C calc'!A1",
    "+22320000000",
    "-x",
    "@SUM(1;2)",
    'back\\slash \\n \\"',
    "\\.",
    "a\ttab; a,comma",
    "<b>&amp;</b> ]]> <!--",
    "NULL",
    "null",
    "NaN",
    "t",
    "'",
    "_x0041_",
    "1e5",
    "x" * 5_000,
)
PLACES = (
    (-12.345678901234567, 10.000000000000002),
    (0.00012345678901234568, -1e-7),
    (0.1, 22.0),
    (-180.0, 90.0),
)


def awkward_rows() -> Iterator[dict[str, Any]]:
    for number, text in enumerate(TEXTS):
        lon, lat = PLACES[number % len(PLACES)]
        yield {
            "id": f"é{number}" if number else "=1+1",
            "lon": lon,
            "lat": lat,
            "a_text": text,
            "a_integer": (2**31 - 1, -(2**31) + 1, 0)[number % 3],
            "a_number": (0.1, -1e-300, 1.7976931348623157e308, 3.0)[number % 4],
            "a_date": ("1582-10-15", "1899-12-31", "2016-02-29", "2199-12-31")[number % 4],
            "a_boolean": number % 2 == 0,
            "a_url": "https://example.org/?a=1&b=<2>",
            "source_title": text,
        }
    yield {"id": "nothing", "source_title": "a row of which nothing is known"}


def shape_rows() -> Iterator[dict[str, Any]]:
    hole = shapely.box(-3.7, 12.3, -3.5, 12.5).exterior
    area = shapely.Polygon(shapely.box(-4, 12, -3, 13).exterior, [hole])
    geometries = (
        shapely.Point(1.25, 17.5),
        shapely.LineString([(0, 0), (1.5, 2.25)]),
        shapely.MultiPolygon([area, shapely.box(0, 0, 1, 1)]),
        shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]),
        None,
    )
    for number, geometry in enumerate(geometries):
        yield {"id": f"s{number}", "geometry": geometry, "source_title": TEXTS[number]}


LAYERS = {**start.declared_layers(), "awkward": AWKWARD, "shapes": SHAPES}


@pytest.fixture(scope="module")
def service(database_url: str) -> Iterator[TestClient]:
    with database.engine(database_url) as engine:
        migrations.migrate(engine, list(LAYERS.values()))
    with database.connect(database_url) as connection:
        load_rows(connection, AWKWARD, awkward_rows(), origin="a test")
        load_rows(connection, SHAPES, shape_rows(), origin="a test")
    app = create_app(Settings(database_url=database_url))
    app.state.layers = LAYERS
    with TestClient(app) as made:
        yield made


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """What a reader found: ids, then values by name, then shapes, row by row."""

    ids: list[str]
    values: list[dict[str, Any]]
    shapes: list[Any]


def fields_of(layer: Layer) -> list[Field]:
    return [*layer.fields, *FEATURE_FIELDS]


def as_date(value: Any) -> str | None:
    if isinstance(value, datetime):
        assert (value.hour, value.minute, value.second) == (0, 0, 0)
        value = value.date()
    return value.isoformat() if isinstance(value, date) else value


def expected(service: TestClient, layer: Layer) -> Read:
    answer = service.get(f"/collections/{layer.id}/items?limit=10000")
    found = answer.json()["features"]
    return Read(
        ids=[feature["id"] for feature in found],
        values=[feature["properties"] for feature in found],
        shapes=[feature["geometry"] and shape(feature["geometry"]) for feature in found],
    )


# --- one reader for each format -----------------------------------------------------------------


def read_csv(body: bytes, layer: Layer) -> Read:
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    typed: dict[FieldType, Callable[[str], Any]] = {
        FieldType.INTEGER: int,
        FieldType.NUMBER: float,
        FieldType.BOOLEAN: {"true": True, "false": False}.__getitem__,
    }
    places: list[Any] = []
    for row in rows:
        if layer.geometry is GeometryType.POINT:
            lon, lat = row.pop("lon"), row.pop("lat")
            places.append(shapely.Point(float(lon), float(lat)) if lon else None)
        elif layer.geometry is not GeometryType.NONE:
            wkt = row.pop("wkt")
            places.append(shapely.from_wkt(wkt) if wkt else None)
    values = [
        {
            field.name: typed.get(field.type, str)(row[field.name]) if row[field.name] else None
            for field in fields_of(layer)
        }
        for row in rows
    ]
    assert all(list(row) == ["id", *(f.name for f in fields_of(layer))] for row in rows)
    return Read(ids=[row["id"] for row in rows], values=values, shapes=places)


def read_geojsonseq(body: bytes, layer: Layer) -> Read:
    records = body.split(b"\x1e")
    assert records[0] == b""
    assert all(record.endswith(b"}\n") for record in records[1:])
    found = [orjson.loads(record) for record in records[1:]]
    assert all(list(f) == ["type", "id", "geometry", "properties"] for f in found)
    return Read(
        ids=[feature["id"] for feature in found],
        values=[feature["properties"] for feature in found],
        shapes=[feature["geometry"] and shape(feature["geometry"]) for feature in found],
    )


ARROW_TYPES = {
    FieldType.TEXT: pa.string(),
    FieldType.URL: pa.string(),
    FieldType.INTEGER: pa.int32(),
    FieldType.NUMBER: pa.float64(),
    FieldType.DATE: pa.date32(),
    FieldType.BOOLEAN: pa.bool_(),
}


def read_arrow(found: Any, layer: Layer, geometry: str) -> Read:
    rows = found.to_pylist()
    dates = [field.name for field in fields_of(layer) if field.type is FieldType.DATE]
    shapes = [row.pop(geometry) for row in rows] if geometry in found.column_names else []
    values = [{name: row[name] for name in row if name != "id"} for row in rows]
    return Read(
        ids=[row["id"] for row in rows],
        values=[{**row, **{name: as_date(row[name]) for name in dates}} for row in values],
        shapes=[None if wkb is None else shapely.from_wkb(wkb) for wkb in shapes],
    )


def read_geoparquet(body: bytes, layer: Layer) -> Read:
    found = parquet.read_table(pa.BufferReader(body))
    types = [("id", pa.string()), *((f.name, ARROW_TYPES[f.type]) for f in fields_of(layer))]
    if layer.geometry is not GeometryType.NONE:
        types.append(("geometry", pa.binary()))
        with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
            file.write(body)
            file.flush()
            assert geopandas.read_parquet(file.name).crs == "OGC:CRS84"
    assert found.schema.remove_metadata() == pa.schema(types)
    return read_arrow(found, layer, "geometry")


@contextmanager
def opened_by_gdal(body: bytes, layer: Layer, suffix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(body)
        about = pyogrio.read_info(path)
        assert about["layer_name"] == layer.id
        assert about["crs"] == (None if layer.geometry is GeometryType.NONE else "EPSG:4326")
        assert list(about["fields"]) == ["id", *(field.name for field in fields_of(layer))]
        yield path


def read_flatgeobuf(body: bytes, layer: Layer) -> Read:
    # Not as Arrow: GDAL 3.12 gives a broken array where a row has no geometry.
    with opened_by_gdal(body, layer, ".fgb") as path:
        meta, _, places, columns = pyogrio.raw.read(path)
    typed: dict[FieldType, Callable[[Any], Any]] = {
        FieldType.INTEGER: int,
        FieldType.NUMBER: float,
        FieldType.BOOLEAN: bool,
        FieldType.DATE: lambda day: as_date(day.astype("datetime64[s]").item()),
    }
    rows = [
        {
            name: None if pd.isna(value) else value
            for name, value in zip(meta["fields"], row, strict=True)
        }
        for row in zip(*columns, strict=True)
    ]
    values = [
        {
            f.name: None if row[f.name] is None else typed.get(f.type, str)(row[f.name])
            for f in fields_of(layer)
        }
        for row in rows
    ]
    return Read(
        ids=[str(row["id"]) for row in rows],
        values=values,
        shapes=[None if wkb is None else shapely.from_wkb(wkb) for wkb in places]
        if places is not None
        else [],
    )


def read_geopackage(body: bytes, layer: Layer) -> Read:
    with opened_by_gdal(body, layer, ".gpkg") as path:
        _, found = pyogrio.read_arrow(path)
    return read_arrow(found, layer, "geometry")


def shapes_in_kml(body: bytes) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.kml"
        path.write_bytes(body)
        _, found = pyogrio.read_arrow(path)
    return [wkb and shapely.from_wkb(wkb) for wkb in found["wkb_geometry"].to_pylist()]


def read_kml(body: bytes, layer: Layer) -> Read:
    name = "{http://www.opengis.net/kml/2.2}"
    document = ET.fromstring(body)
    typed: dict[FieldType, Callable[[str], Any]] = {
        FieldType.INTEGER: int,
        FieldType.NUMBER: float,
        FieldType.BOOLEAN: {"true": True, "false": False}.__getitem__,
    }
    rows, names = [], []
    for placemark in document.iter(f"{name}Placemark"):
        data = {
            item.attrib["name"]: item.text or "" for item in placemark.iter(f"{name}SimpleData")
        }
        names.append(placemark.findtext(f"{name}name"))
        rows.append(data)
    values = [
        {
            f.name: typed.get(f.type, str)(row[f.name]) if f.name in row else None
            for f in fields_of(layer)
        }
        for row in rows
    ]
    # GDAL takes a document without placemarks for one without layers.
    shapes = shapes_in_kml(body) if rows else []
    assert len(shapes) == len(rows)
    assert names == [row.get(layer.label or "id", "") for row in rows]
    return Read(
        ids=[row["id"] for row in rows],
        values=values,
        shapes=shapes,
    )


def read_xlsx(body: bytes, layer: Layer) -> Read:
    sheet = openpyxl.load_workbook(io.BytesIO(body)).active
    assert sheet is not None
    assert sheet.title == layer.id
    names, *rows = sheet.iter_rows()
    header = [cell.value for cell in names]
    wanted = ["id", *(field.name for field in fields_of(layer))]
    points = layer.geometry is GeometryType.POINT
    assert header == [*wanted, *(["lon", "lat"] if points else [])]
    # A text stays one whatever it looks like.
    assert {cell.data_type for row in rows for cell in row} <= {"s", "inlineStr", "n", "b", "d"}
    # What XML cannot hold is written _xHHHH_ (ECMA-376 part 1, 22.4.2.4); spreadsheets read it so.
    read = [
        {
            name: unescape(cell.value) if isinstance(cell.value, str) else cell.value
            for name, cell in zip(header, row, strict=True)
        }
        for row in rows
    ]
    places = [(row.pop("lon"), row.pop("lat")) for row in read] if points else []
    return Read(
        ids=[row.pop("id") for row in read],
        values=[{name: as_date(value) for name, value in row.items()} for row in read],
        shapes=[None if lon is None else shapely.Point(lon, lat) for lon, lat in places],
    )


READERS: dict[str, Callable[[bytes, Layer], Read]] = {
    "csv": read_csv,
    "flatgeobuf": read_flatgeobuf,
    "geojsonseq": read_geojsonseq,
    "geopackage": read_geopackage,
    "geoparquet": read_geoparquet,
    "kml": read_kml,
    "xlsx": read_xlsx,
}


def test_every_format_without_pages_has_its_reader() -> None:
    without_pages = {
        name for name, made in formats().items() if not isinstance(made.writer, PageWriter)
    }
    assert set(READERS) == without_pages


def in_csv(layer: Layer, read: Read) -> Read:
    """Say how a spreadsheet is kept from running texts."""
    texts = [field.name for field in fields_of(layer) if field.is_text]
    return Read(
        ids=[shielded(name) for name in read.ids],
        values=[
            {**row, **{name: row[name] and shielded(row[name]) for name in texts}}
            for row in read.values
        ],
        shapes=read.shapes,
    )


def parts(geometry: Any) -> list[Any]:
    """Take a geometry apart: KML has no kinds of collections."""
    return list(shapely.get_parts(geometry)) if geometry is not None else []


def same_places(read: Sequence[Any], wanted: Sequence[Any], *, exact: bool) -> bool:
    if len(read) != len(wanted):
        return False
    if exact:
        return [g and mapping(g) for g in read] == [g and mapping(g) for g in wanted]
    # GeoJSON and the text formats write six decimals of outlines, the others all there are.
    return all(
        (one is None and other is None)
        or (
            len(parts(one)) == len(parts(other))
            and all(
                a.geom_type == b.geom_type and shapely.equals_exact(a, b, 1e-6)
                for a, b in zip(parts(one), parts(other), strict=True)
            )
        )
        for one, other in zip(read, wanted, strict=True)
    )


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("format_id", READERS)
def test_the_rows_are_those_of_the_pages(service: TestClient, name: str, format_id: str) -> None:
    layer = LAYERS[name]
    answer = service.get(f"/collections/{name}/items?f={format_id}&sortby=id")
    assert answer.status_code == 200, answer.text
    wanted = expected(service, layer)
    if format_id == "csv":
        wanted = in_csv(layer, wanted)
    read = READERS[format_id](answer.content, layer)
    assert read.ids == wanted.ids
    assert read.values == wanted.values
    if layer.geometry is GeometryType.NONE:
        assert not any(read.shapes)
    elif not (format_id == "xlsx" and layer.geometry is not GeometryType.POINT):
        exact = layer.geometry is GeometryType.POINT
        assert same_places(read.shapes, wanted.shapes, exact=exact)


def test_the_layers_hold_rows_that_are_awkward(service: TestClient) -> None:
    read = expected(service, AWKWARD)
    assert set(TEXTS) | {None} == {row["a_text"] for row in read.values}
    assert None in read.shapes
    assert (
        len({geometry and geometry.geom_type for geometry in expected(service, SHAPES).shapes}) == 5
    )


@pytest.mark.parametrize("text", [text for text in TEXTS if "\n" not in text], ids=str)
def test_a_text_in_a_filter_is_only_a_text(service: TestClient, text: str) -> None:
    quoted = text.replace("'", "''")
    asked = {"filter": f"a_text = '{quoted}'"}
    page = service.get("/collections/awkward/items", params=asked).json()["features"]
    assert [feature["properties"]["a_text"] for feature in page] == [text]
    for name in ("csv", "geoparquet"):
        answer = service.get("/collections/awkward/items", params={**asked, "f": name})
        read = READERS[name](answer.content, AWKWARD)
        assert read.ids == [shielded(f["id"]) if name == "csv" else f["id"] for f in page]
