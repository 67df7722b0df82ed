"""Read the vector files that GDAL opens: GeoJSON, GeoPackage, shapefile, FlatGeobuf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geo.errors import ImportRefused
from geo.importing.readers._base import RawRow, Reader


def _read(path: Path) -> list[RawRow]:
    # GDAL and shapely take a third of a second to import, which only this reader should pay.
    import numpy as np
    import pyogrio
    import shapely

    try:
        layers = pyogrio.list_layers(path)
        if len(layers) > 1:
            held = ", ".join(str(layer[0]) for layer in layers)
            raise ImportRefused(f"{path.name} has several layers ({held}); give a file with one")
        meta, _, geometries, columns = pyogrio.raw.read(path, datetime_as_string=True)
    except pyogrio.errors.DataSourceError:
        kind = path.suffix.lstrip(".")
        raise ImportRefused(f"{path.name} cannot be read; is it a whole .{kind} file?") from None
    names = [str(name) for name in meta["fields"]]
    shapes: Any = np.full(len(columns[0]) if columns else 0, None)
    if geometries is not None:
        shapes = _in_degrees(path, shapely.from_wkb(geometries), meta["crs"])
    cells = [[_plain(value) for value in column] for column in columns]
    return [
        RawRow(
            file=path.name,
            line=number + 1,
            values={name: column[number] for name, column in zip(names, cells, strict=True)},
            geometry=shape,
        )
        for number, shape in enumerate(shapes)
    ]


def _in_degrees(path: Path, shapes: Any, crs: str | None) -> Any:
    """Bring geometries to longitude and latitude, from a file that says what they are in."""
    import pyproj
    import shapely

    if crs is None:
        raise ImportRefused(
            f"{path.name} has no coordinate reference system; add one (a .prj file)"
        )
    source = pyproj.CRS.from_user_input(crs)
    if source.equals(pyproj.CRS.from_epsg(4326), ignore_axis_order=True):
        return shapes
    transform: Any = pyproj.Transformer.from_crs(source, 4326, always_xy=True).transform
    moved: Any = shapely.transform(shapes, transform, interleaved=False)
    return moved


def _plain(value: Any) -> Any:
    """Turn numpy's scalars and not-a-numbers into plain values and None."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and value != value else value


READER = Reader(id="vector", suffixes=(".geojson", ".json", ".gpkg", ".shp", ".fgb"), read=_read)
