"""GeoPackage (OGC 12-128r18): one SQLite file that every GIS program opens and edits."""

from __future__ import annotations

from pathlib import Path

from geo.formats._base import FileWriter, Format, Table
from geo.formats._gdal import write_with_gdal
from geo.spec import GeometryType, Text


def _write(table: Table, path: Path) -> None:
    layer = table.layer
    options = {"IDENTIFIER": layer.title.en, "DESCRIPTION": layer.description.en}
    if layer.geometry is not GeometryType.NONE:
        options["GEOMETRY_NAME"] = "geometry"
    # The column `id` is a text; a GeoPackage wants a number of its own beside it.
    write_with_gdal(table, path, "GPKG", FID="fid", **options)


FORMAT = Format(
    id="geopackage",
    title=Text(en="GeoPackage", fr="GeoPackage"),
    media_type="application/geopackage+sqlite3",
    extension="gpkg",
    writer=FileWriter(write=_write),
)
