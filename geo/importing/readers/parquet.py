"""Read Parquet, and GeoParquet with its geometry, some thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from geo.errors import ImportRefused
from geo.importing.degrees import into_degrees
from geo.importing.gdal import first_bytes
from geo.importing.readers._base import RawRow, Reader

BATCH = 8_192
START = b"PAR1"
# GeoParquet: a file that names no reference system is in this one.
DEGREES = "OGC:CRS84"


def _read(path: Path) -> Iterator[RawRow]:
    # Arrow takes a fifth of a second to import, which only this reader should pay.
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not first_bytes(path).startswith(START):
        raise ImportRefused(f"{path.name} cannot be read; is it a whole Parquet file?")
    line = 0
    try:
        with pq.ParquetFile(path) as file:
            column, moved = _geometry(path.name, file.schema_arrow.metadata or {})
            for batch in file.iter_batches(batch_size=BATCH):
                for values, shape in _rows(path.name, batch, column, moved):
                    line += 1
                    yield RawRow(
                        file=path.name, line=line, values=values, geometry=shape, unit="row"
                    )
    # Arrow says of some faults of content that they are faults of the disk.
    except (pa.ArrowException, OSError):
        raise ImportRefused(
            f"{path.name} cannot be read after row {line}; is it a whole Parquet file?"
        ) from None


def _geometry(name: str, metadata: dict[bytes, bytes]) -> tuple[str | None, Any]:
    """Name the column that holds the geometry, and give what moves it into degrees."""
    if b"geo" not in metadata:
        return None, None
    try:
        told = orjson.loads(metadata[b"geo"])
        column = told["primary_column"]
        about = told["columns"][column]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ImportRefused(f"{name} has a description of its geometry that is broken") from None
    if about.get("encoding") != "WKB":
        raise ImportRefused(f"{name} has its geometry in another encoding than WKB; write it so")
    crs = about.get("crs", DEGREES)
    return column, into_degrees(name, crs if isinstance(crs, str) else _written(crs))


def _written(crs: Any) -> str | None:
    """Write a reference system given as PROJJSON as text; null means that there is none."""
    return None if crs is None else orjson.dumps(crs).decode()


def _rows(
    name: str, batch: Any, column: str | None, moved: Any
) -> Iterator[tuple[dict[str, Any], Any]]:
    shapes: Any = [None] * len(batch)
    if column is not None:
        import shapely

        try:
            shapes = moved(shapely.from_wkb(batch.column(column).to_numpy(zero_copy_only=False)))
        except (shapely.errors.GEOSException, KeyError, TypeError):
            raise ImportRefused(f"{name} has a geometry that is no WKB") from None
        batch = batch.drop_columns([column])
    return zip(batch.to_pylist(), shapes, strict=True)


READER = Reader(id="parquet", suffixes=(".parquet", ".geoparquet"), read=_read)
