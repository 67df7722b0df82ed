"""A made-up layer of points, and columns of it, for the tests of how columns are kept."""

from __future__ import annotations

import numpy as np

from geo.columns.table import Numbers, Table, Words
from geo.spec import Field, FieldType, GeometryType, Layer, Source, Style, Text

TITLE = Text(en="Wells", fr="Puits")


def layer(*fields: Field) -> Layer:
    return Layer(
        id="wells",
        title=TITLE,
        description=TITLE,
        geometry=GeometryType.POINT,
        fields=fields,
        source=Source(title="a survey", licence="CC0"),
        style=Style(colour="#000000", outline="#FFFFFF"),
    )


WELLS = layer(Field(name="depth", title=TITLE, type=FieldType.INTEGER))


def table(rows: int) -> Table:
    """Make a table of some rows, with what a real one has: several widths, one value throughout."""
    some = np.arange(rows)
    return Table(
        layer="wells",
        revision=7,
        longitude=some / 3,
        latitude=some / 7,
        x=some.astype(np.uint32),
        y=some.astype(np.uint32),
        placed=rows,
        row=some.astype(np.uint32),
        id=np.array([f"w{number}" for number in some], "S5"),
        columns={
            "depth": Numbers(codes=some.astype(np.uint16), offset=-4),
            "kind": Words(codes=np.broadcast_to(np.uint8(1), rows), words=("é", "\n")),
        },
        first_day=Numbers(codes=some.astype(np.uint8), offset=3),
        last_day=Numbers(codes=some.astype(np.uint8), offset=5),
        beginless=-1,
        endless=9,
        moments=np.array([5, 1 << 60]),
        recorded_from=np.broadcast_to(np.uint8(0), rows),
        recorded_to=some.astype(np.uint8),
    )
