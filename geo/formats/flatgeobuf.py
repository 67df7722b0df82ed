"""FlatGeobuf, a plain file of features that GIS programs read fast."""

from __future__ import annotations

from pathlib import Path

from geo.formats._base import FileWriter, Format, Table
from geo.formats._gdal import write_with_gdal
from geo.spec import Text


def _write(table: Table, path: Path) -> None:
    # An index would need every row first and halve the speed, and has no place for a row
    # without a geometry.
    write_with_gdal(table, path, "FlatGeobuf", SPATIAL_INDEX="NO")


FORMAT = Format(
    id="flatgeobuf",
    title=Text(en="FlatGeobuf", fr="FlatGeobuf"),
    media_type="application/flatgeobuf",
    extension="fgb",
    writer=FileWriter(write=_write),
)
