"""GeoParquet 1.1, for pandas, DuckDB, Spark and other tools that read columns."""

from __future__ import annotations

from collections.abc import Iterator
from io import RawIOBase
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely
from pyarrow import parquet

from geo.formats._arrow import points_as_wkb, with_wkb
from geo.formats._base import Format, StreamWriter, Table
from geo.spec import Text

ROWS_PER_GROUP = 65_536
# A small first group, so that the first bytes go out early.
ROWS_OF_FIRST_GROUP = 4_096


class _Extent:
    """Gather which shapes there are and the box round them."""

    def __init__(self) -> None:
        self.types: set[str] = set()
        self.box: list[float] | None = None

    def add(self, batch: Any) -> None:
        if "lon" in batch.schema.names:
            west, east = pc.min_max(batch["lon"]).values()
            south, north = pc.min_max(batch["lat"]).values()
            corners = [corner.as_py() for corner in (west, south, east, north)]
            names = ["Point"]
        else:
            shapes = shapely.from_wkb(batch["geometry"].drop_null().to_pylist())
            corners = shapely.total_bounds(shapes).tolist() if len(shapes) else [None]
            names = [str(shape.geom_type) for shape in shapes]
        if None not in corners:
            self.types.update(names)
            self._widen(corners)

    def _widen(self, corners: list[float]) -> None:
        known = self.box or corners
        self.box = [
            choose(one, other)
            for choose, one, other in zip((min, min, max, max), known, corners, strict=True)
        ]


def _groups(batches: Iterator[Any]) -> Iterator[Any]:
    """Put batches together to row groups, at first small ones, however the rows arrived."""
    held: list[Any] = []
    wanted = ROWS_OF_FIRST_GROUP
    for batch in batches:
        held.append(batch)
        while sum(one.num_rows for one in held) >= wanted:
            rows = pa.Table.from_batches(held)
            yield rows.slice(0, wanted)
            held = rows.slice(wanted).to_batches()
            wanted = min(wanted * 4, ROWS_PER_GROUP)
    if held:
        yield pa.Table.from_batches(held)


def _about_geometry(table: Table, extent: _Extent) -> bytes:
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(extent.types),
        "crs": pyproj.CRS.from_user_input(table.crs.uri).to_json_dict(),
    }
    if extent.box is not None:
        column["bbox"] = extent.box
    about = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    return orjson.dumps(about)


def write(table: Table, sink: RawIOBase) -> None:
    """Write features into a file, in groups of rows whose sizes their order alone decides."""
    extent = _Extent()

    def prepared() -> Iterator[Any]:
        for batch in table.batches:
            if has_places:
                extent.add(batch)
            yield points_as_wkb(batch)

    schema = with_wkb(table.schema)
    has_places = "geometry" in schema.names
    # With Arrow's own schema stored, Arrow would not see the key `geo`, which is added last.
    writer = parquet.ParquetWriter(sink, schema, compression="zstd", store_schema=False)
    for group in _groups(prepared()):
        writer.write_table(group, row_group_size=group.num_rows)
        sink.flush()
    if has_places:
        writer.add_key_value_metadata({b"geo": _about_geometry(table, extent)})
    writer.close()


FORMAT = Format(
    id="geoparquet",
    title=Text(en="GeoParquet", fr="GeoParquet"),
    media_type="application/vnd.apache.parquet",
    extension="parquet",
    writer=StreamWriter(write=write),
)
