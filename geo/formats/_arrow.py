"""Bring rows that PostgreSQL wrote as CSV into Arrow batches, and points into WKB.

COPY as CSV, read by Arrow, gave 210,000 rows of 43 columns a second where a driver that decodes
COPY's binary form into Arrow gave 150,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from pyarrow import csv

from geo.formats._base import Table, fields_of, select_only
from geo.query import FeatureQuery
from geo.spec import Field, FieldType, GeometryType, Layer
from geo.statements import GeometryForm, Select, feature_columns, geometry_columns

_TYPES: dict[FieldType, Any] = {
    FieldType.TEXT: pa.string(),
    FieldType.URL: pa.string(),
    FieldType.INTEGER: pa.int32(),
    FieldType.NUMBER: pa.float64(),
    FieldType.DATE: pa.date32(),
    FieldType.BOOLEAN: pa.bool_(),
}
_POINT_WKB = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])


def select_table(layer: Layer, query: FeatureQuery) -> Select:
    """Select what a `Table` holds: points as two numbers, other shapes as WKB in hexadecimal."""
    # In a file x comes before y, whatever the system says of its axes (GeoParquet 1.1,
    # "Coordinate axis order"; GeoPackage 1.3, 2.1.3.1.1).
    crs = replace(query.crs, north_first=False)
    columns = feature_columns(layer, query, GeometryForm.NONE)
    if layer.geometry is GeometryType.POINT:
        columns += geometry_columns(layer, GeometryForm.JSON, crs)
    else:
        columns += [
            sa.func.encode(column.element, "hex").label(column.name)
            for column in geometry_columns(layer, GeometryForm.WKB, crs)
        ]
    return select_only(layer, query, columns)


def table(layer: Layer, query: FeatureQuery, chunks: Iterable[bytes]) -> Table:
    """Describe the features whose rows come as chunks of CSV, each of whole rows."""
    fields = fields_of(layer, query)
    made = _schema(layer, fields)
    return Table(
        layer=layer,
        fields=fields,
        crs=query.crs,
        schema=made,
        batches=_batches(made, chunks),
    )


def _schema(layer: Layer, fields: Sequence[Field]) -> Any:
    columns = [("id", pa.string()), *((field.name, _TYPES[field.type]) for field in fields)]
    if layer.geometry is GeometryType.POINT:
        columns += [("lon", pa.float64()), ("lat", pa.float64())]
    elif layer.geometry is not GeometryType.NONE:
        columns += [("geometry", pa.binary())]
    return pa.schema(columns)


def _batches(schema: Any, chunks: Iterable[bytes]) -> Iterator[Any]:
    as_text = {name: pa.string() for name in schema.names if name == "geometry"}
    meaning = csv.ConvertOptions(
        column_types={**dict(zip(schema.names, schema.types, strict=True)), **as_text},
        true_values=["t"],
        false_values=["f"],
        # An empty text has quotes, what is not known has none.
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    layout = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    for chunk in chunks:
        # One block: a row that went over the end of a block would be refused.
        whole = csv.ReadOptions(
            column_names=schema.names, use_threads=False, block_size=len(chunk) + 1
        )
        read = csv.read_csv(pa.BufferReader(chunk), whole, layout, meaning)
        if as_text:
            shapes = [text and bytes.fromhex(text) for text in read["geometry"].to_pylist()]
            at = read.schema.get_field_index("geometry")
            read = read.set_column(at, "geometry", pa.array(shapes, pa.binary()))
        yield from read.combine_chunks().to_batches()


def with_wkb(schema: Any) -> Any:
    """Give the schema that batches have once their points are WKB."""
    if "lon" not in schema.names:
        return schema
    kept = [field for field in schema if field.name not in ("lon", "lat")]
    return pa.schema([*kept, pa.field("geometry", pa.binary())])


def points_as_wkb(batch: Any) -> Any:
    """Put `lon` and `lat` together as WKB; a batch without them stays as it is."""
    if "lon" not in batch.schema.names:
        return batch
    known = pc.and_(batch["lon"].is_valid(), batch["lat"].is_valid())
    points = np.empty(batch.num_rows, dtype=_POINT_WKB)
    points["order"], points["type"] = 1, 1
    for axis, name in (("x", "lon"), ("y", "lat")):
        points[axis] = batch[name].fill_null(0.0).to_numpy(zero_copy_only=False)
    validity = np.packbits(known.to_numpy(zero_copy_only=False), bitorder="little")
    buffers = [pa.py_buffer(validity.tobytes()), pa.py_buffer(points.tobytes())]
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(_POINT_WKB.itemsize), batch.num_rows, buffers
    )
    kept = [batch[name] for name in batch.schema.names if name not in ("lon", "lat")]
    return pa.RecordBatch.from_arrays(
        [*kept, fixed.cast(pa.binary())], schema=with_wkb(batch.schema)
    )


def stream(table: Table) -> Any:
    """Give the features as a stream that GDAL reads, with every shape as WKB."""
    batches = (points_as_wkb(batch) for batch in table.batches)
    return pa.RecordBatchReader.from_batches(with_wkb(table.schema), batches)
