"""Read the points of a tile from PostGIS: merged in cells, or every one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.aggregate import Grouping, select_aggregate, sum_columns
from geo.database import Reader
from geo.errors import TooLarge
from geo.query import FeatureQuery
from geo.schema import SRID, published
from geo.spec import Layer
from geo.statements import Select, conditions
from geo.tiles.content import Cells, Coded, Points, Sums, Whole
from geo.tiles.grid import (
    EXTENT,
    GRID_BITS,
    MERCATOR_LATITUDE,
    Matrix,
    Tile,
    Window,
    degrees_of,
    window,
)
from geo.tiles.morton import in_order
from geo.tiles.properties import class_field

# What a browser can still draw; more is a question for cells.
MOST_POINTS = 200_000
# Wider than a step of either grid, far narrower than a pixel.
_SLACK_DEGREES = 1e-6

Number = ColumnElement[Any]


def grid_x(geom: Number) -> Number:
    """Compute a point's column on the grid of the Web Mercator square."""
    share = (sa.func.ST_X(geom) + _constant("180")) / _constant("360")
    return _step(share, columns=1)


def grid_y(geom: Number) -> Number:
    """Compute a point's row on that grid; what lies beyond the square is at its edge."""
    edge = repr(MERCATOR_LATITUDE)
    latitude = sa.func.least(
        sa.func.greatest(sa.func.ST_Y(geom), _constant(f"-{edge}")), _constant(edge)
    )
    angle = (latitude + _constant("90")) * sa.literal_column("(pi() / 360)", sa.Double)
    turns = sa.func.ln(sa.func.tan(angle)) / sa.literal_column("(2 * pi())", sa.Double)
    return _step(_constant("0.5") - turns, columns=1)


def degree_x(geom: Number) -> Number:
    """Compute a point's column on the grid in degrees, as geo.tiles.grid.degree_grid does."""
    return _step((sa.func.ST_X(geom) + _constant("180")) / _constant("180"), columns=2)


def degree_y(geom: Number) -> Number:
    """Compute a point's row on the grid in degrees."""
    return _step((_constant("90") - sa.func.ST_Y(geom)) / _constant("180"), columns=1)


def _constant(number: str) -> Number:
    return sa.literal_column(f"float8 '{number}'", sa.Double)


def _step(share: Number, columns: int) -> Number:
    whole = 1 << GRID_BITS
    place = sa.cast(sa.func.floor(share * _constant(str(whole))), sa.BigInteger)
    last: Number = sa.literal_column(str(columns * whole - 1))
    return sa.func.least(sa.func.greatest(place, sa.literal_column("0")), last)


def grid_of(geom: Number, matrix: Matrix) -> tuple[Number, Number]:
    """Compute a point's column and row on the grid that the tiles of a matrix set are cut from."""
    if matrix == "WorldCRS84Quad":
        return degree_x(geom), degree_y(geom)
    return grid_x(geom), grid_y(geom)


@dataclass(frozen=True, kw_only=True, slots=True)
class Corner:
    """Where a tile begins on the grid, and how many bits of it lie within the tile; as SQL."""

    matrix: Matrix
    west: Number
    north: Number
    bits: Number


def corner_of(tile: Tile) -> Corner:
    """Bind the corner of a tile."""
    stretch = window(tile, 1)
    bits = sa.bindparam(None, GRID_BITS - tile.z, sa.Integer)
    return Corner(matrix=tile.matrix, west=_big(stretch.west), north=_big(stretch.north), bits=bits)


def steps_of(geom: Number, corner: Corner, side: int) -> tuple[Number, Number]:
    """Compute the steps from a tile's corner to a point, `side` of them along each side of it."""

    def steps(place: Number, origin: Number) -> Number:
        along = (place - origin) * sa.literal_column(str(side))
        return sa.cast(along.bitwise_rshift(corner.bits), sa.Integer)

    x, y = grid_of(geom, corner.matrix)
    return steps(x, corner.west), steps(y, corner.north)


def within(geom: Number, tile: Tile, margin: int = 0) -> list[ColumnElement[bool]]:
    """Hold for points in a tile and as many steps of EXTENT around it as a margin says."""
    stretch = window(tile, EXTENT, margin)
    x, y = grid_of(geom, tile.matrix)
    return [
        *(x >= _big(stretch.west), x < _big(stretch.east)),
        *(y >= _big(stretch.north), y < _big(stretch.south)),
    ]


def _big(number: int) -> Number:
    # Left to itself, SQLAlchemy chooses by the value, and keeps the statement for other values.
    return sa.bindparam(None, number, sa.BigInteger)


def select_cells(
    layer: Layer, query: FeatureQuery, tile: Tile, side: int, margin: int = 0
) -> Select:
    """Select a row per cell and class near a tile: class, counts, sums, and the cell's place.

    The edge of the tile is not exact to a step of the grid. To test each row for it took 1,350 ms
    where testing the cells afterwards takes 780 (514,000 events): PostgreSQL then takes the rows
    for few, and sorts them.
    """
    by = class_field(layer)
    grouping = Grouping(by=(by,) if by else (), measures=layer.style.adds, resolution=0)
    # The sums of a tile are those of /aggregate because it is that statement, in finer groups.
    statement = select_aggregate(layer, query, grouping)
    column, row = steps_of(published(layer).c.geom, corner_of(tile), side)
    statement = statement.add_columns(row.label("cell_row"), column.label("cell_column"))
    width = len(statement.selected_columns)
    keys: list[Number] = [sa.literal_column(str(width - 1)), sa.literal_column(str(width))]
    near = _near(layer, tile, window(tile, side, margin))
    return statement.where(*near).group_by(*keys).order_by(None)


def select_points(
    layer: Layer, query: FeatureQuery, tile: Tile, names: Sequence[str], margin: int = 0
) -> Select:
    """Select every point of a tile: steps, place on the Mercator grid, id, and what is named.

    One more than may be is enough to know that there are too many; in what order is all the same.
    """
    relation = published(layer)
    geom = relation.c.geom
    places = (*steps_of(geom, corner_of(tile), EXTENT), grid_x(geom), grid_y(geom), relation.c.id)
    near = _near(layer, tile, window(tile, EXTENT, margin))
    return (
        sa.select(*(place.label(f"place_{i}") for i, place in enumerate(places)))
        .add_columns(*(relation.c[name] for name in others(names)))
        .where(*conditions(layer, query), *near, *within(geom, tile, margin))
        .limit(MOST_POINTS + 1)
    )


def others(names: Sequence[str]) -> list[str]:
    """List what is named beside the id, which every point has."""
    return [name for name in names if name != "id"]


async def read_cells(
    reader: Reader, layer: Layer, query: FeatureQuery, tile: Tile, side: int, margin: int = 0
) -> Cells:
    """Read the cells of a tile, `side` along each side of it."""
    records = await reader.rows(select_cells(layer, query, tile, side, margin))
    places = np.array(
        [(record["cell_row"], record["cell_column"]) for record in records], dtype=np.int64
    ).reshape(-1, 2)
    low, high = places.min(axis=1, initial=side), places.max(axis=1, initial=-margin)
    order = np.lexsort((places[:, 1], places[:, 0]))
    order = order[((low >= -margin) & (high < side + margin))[order]]
    return _merge(layer, side, places[order], [records[i] for i in order.tolist()])


def _merge(layer: Layer, side: int, places: Whole, records: list[Any]) -> Cells:
    """Put the classes of each cell together; rows of one cell follow each other."""
    first = np.ones(len(records), dtype=np.bool_)
    first[1:] = (np.diff(places, axis=0) != 0).any(axis=1)
    starts = np.flatnonzero(first)
    cell = np.cumsum(first) - 1

    def sums(name: str) -> Sums:
        values = [record[name] for record in records]
        known = np.array([value is not None for value in values], dtype=np.bool_)
        total = np.zeros(len(starts), dtype=np.int64)
        np.add.at(total, cell, np.array([value or 0 for value in values], dtype=np.int64))
        some = np.zeros(len(starts), dtype=np.bool_)
        some[cell[known]] = True
        return Sums(total=total, known=some)

    by = class_field(layer)
    classes: dict[str | None, Whole] = {}
    if by is not None:
        for value in _in_order({record[by] for record in records}):
            mine = [place for place, record in enumerate(records) if record[by] == value]
            classes[value] = np.zeros(len(starts), dtype=np.int64)
            classes[value][cell[mine]] = [records[place]["count"] for place in mine]
    return Cells(
        side=side,
        column=places[starts, 1],
        row=places[starts, 0],
        count=sums("count").total,
        sums={name: sums(name) for adds in layer.style.adds for name in sum_columns(layer, adds)},
        classes=classes,
    )


async def read_points(
    reader: Reader,
    layer: Layer,
    query: FeatureQuery,
    tile: Tile,
    names: Sequence[str],
    margin: int = 0,
) -> Points:
    """Read every point of a tile; more than can be drawn are too many."""
    records = await reader.rows(select_points(layer, query, tile, names, margin))
    check_points(len(records))
    named = others(names)
    columns: list[Sequence[Any]] = list(zip(*records, strict=True)) or [()] * (len(named) + 5)
    step_x, step_y, x, y = (np.array(column, dtype=np.int64) for column in columns[:4])
    ids = np.array([feature_id.encode() for feature_id in columns[4]], dtype=np.bytes_)
    order = in_order(x, y, ids)
    places = order.tolist()
    return Points(
        x=step_x[order],
        y=step_y[order],
        ids=ids[order],
        properties={
            name: Coded.of(_plain([column[place] for place in places]))
            for name, column in zip(named, columns[5:], strict=True)
        },
    )


def _plain(values: list[Any]) -> list[Any]:
    """Write days as texts; everything else is plain already."""
    return [value.isoformat() if isinstance(value, date) else value for value in values]


def check_points(count: int) -> None:
    """Refuse a tile with more points than are served one by one; none is left out silently."""
    if count > MOST_POINTS:
        raise TooLarge(
            f"the tile holds more than {MOST_POINTS:,} points; ask for cells=64 or cells=256, "
            "for a tile of a deeper zoom or for a narrower filter"
        )


def _in_order(values: set[Any]) -> list[Any]:
    """Sort the values of a class, with what is unknown at the end."""
    return sorted(values, key=lambda value: (value is None, 0 if value is None else value))


def _near(layer: Layer, tile: Tile, stretch: Window) -> list[ColumnElement[bool]]:
    """Hold for the points of a stretch of the grid, and for a few just outside it."""
    geom = published(layer).c.geom
    west, south, east, north = degrees_of(tile.matrix, stretch)
    slack = _SLACK_DEGREES
    box = sa.func.ST_MakeEnvelope(west - slack, south - slack, east + slack, north + slack, SRID)
    found: list[ColumnElement[bool]] = [geom.op("&&", is_comparison=True)(box)]
    whole = 1 << GRID_BITS
    if tile.matrix == "WebMercatorQuad" and (stretch.north <= 0 or stretch.south >= whole):
        # The grid's edge stands for all that lies beyond the square, which is in no tile.
        edge = repr(MERCATOR_LATITUDE)
        found.append(sa.func.ST_Y(geom).between(_constant(f"-{edge}"), _constant(edge)))
    return found
