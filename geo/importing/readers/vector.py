"""Read the vector files that GDAL opens: GeoPackage, shapefile, FlatGeobuf."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from geo.errors import ImportRefused
from geo.importing.degrees import into_degrees
from geo.importing.gdal import DRIVERS, check_driver, check_start, first_bytes, stepwise
from geo.importing.readers._base import RawRow, Reader

BATCH = 8_192
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def _read(path: Path) -> Iterator[RawRow]:
    check_start(path.name, first_bytes(path))
    features = chain.from_iterable(stepwise(path.name, _batches(path)))
    for number, (values, shape) in enumerate(features, start=1):
        yield RawRow(file=path.name, line=number, values=values, geometry=shape, unit="feature")


def _batches(path: Path) -> Iterator[list[tuple[dict[str, Any], Any]]]:
    """Read some thousand features at a time: their properties and geometries."""
    # GDAL and shapely take a third of a second to import, which only this reader should pay.
    import pyogrio
    import shapely

    layers = pyogrio.list_layers(path)
    if len(layers) > 1:
        held = ", ".join(str(layer[0]) for layer in layers)
        raise ImportRefused(f"{path.name} has several layers ({held}); give a file with one")
    info = pyogrio.read_info(path)
    check_driver(path.name, info)
    drawn = info["geometry_type"] is not None
    moved: Any = into_degrees(path.name, info["crs"]) if drawn else None
    opened = pyogrio.raw.open_arrow(
        path, batch_size=BATCH, use_pyarrow=True, read_geometry=drawn, datetime_as_string=True
    )
    with opened as (meta, batches):
        for batch in batches:
            shapes: Any = [None] * len(batch)
            if drawn:
                place = batch.schema.get_field_index(meta["geometry_name"] or "wkb_geometry")
                shapes = moved(shapely.from_wkb(batch.column(place).to_numpy(zero_copy_only=False)))
                batch = batch.remove_column(place)
            yield list(zip(batch.to_pylist(), shapes, strict=True))


def _parts(path: Path) -> Sequence[Path]:
    """Name the files beside one that are read with it."""
    beside = {
        ".shp": [path.with_suffix(suffix) for suffix in SHAPEFILE_PARTS[1:]],
        # What SQLite has not yet written into the file itself.
        ".gpkg": [path.with_name(f"{path.name}-wal")],
    }
    found = beside.get(path.suffix.lower(), [])
    return [path, *(part for part in found if part.is_file())]


READER = Reader(id="vector", suffixes=tuple(DRIVERS), read=_read, parts=_parts)
