"""Read areas and lines as they are drawn: cut out, in pixels, generalised to half a pixel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely
import sqlalchemy as sa
from geoalchemy2 import Geometry
from shapely.geometry.base import BaseGeometry
from sqlalchemy.sql.elements import ColumnElement

from geo.database import Reader
from geo.query import FeatureQuery
from geo.schema import SRID, published
from geo.spec import Layer
from geo.statements import Select, conditions
from geo.styles.look import label_texts
from geo.tiles.grid import MERCATOR_LATITUDE, PLANES, Matrix, Tile, degrees_of, window
from geo.tiles.shapes import roomiest_spot

# Lines go on beyond the edge by more than they are wide.
_BUFFER_PX = 8
_NET_PX = 0.5

Number = ColumnElement[Any]


def select_drawn_shapes(layer: Layer, query: FeatureQuery, tile: Tile, size_px: int) -> Select:
    """Select the shapes of a tile in its pixels, and their class, in order of their ids.

    Each corner is moved to the nearest knot of a net over the whole map, so that neighbours keep
    the edges they share, and so do tiles.
    """
    relation = published(layer)
    box = _box(tile, size_px)
    placed = _in_pixels(sa.func.ST_ClipByBox2D(relation.c.geom, box, type_=Geometry), tile, size_px)
    netted = sa.func.ST_SnapToGrid(placed, _NET_PX, type_=Geometry)
    return (
        sa.select(sa.func.ST_AsBinary(netted).label("shape"), _class(layer).label("class"))
        .where(*conditions(layer, query), relation.c.geom.op("&&", is_comparison=True)(box))
        .order_by(sa.collate(relation.c.id, "C"))
    )


def select_names(layer: Layer, query: FeatureQuery, matrix: Matrix) -> Select:
    """Select the names of a layer's shapes, their classes, and where they stand on the map."""
    relation = published(layer)
    spot = roomiest_spot(relation.c.geom)
    if matrix == "WebMercatorQuad":
        within = sa.func.ST_ClipByBox2D(relation.c.geom, _mercator_box(), type_=Geometry)
        spot = sa.func.ST_Transform(roomiest_spot(within), 3857, type_=Geometry)
    spots = (
        sa.select(
            spot.label("spot"),
            _class(layer).label("class"),
            *(relation.c[name] for name in label_texts(layer)),
        )
        .where(*conditions(layer, query), relation.c.geom.is_not(None))
        .order_by(sa.collate(relation.c.id, "C"))
        .offset(sa.literal_column("0"))
        .subquery()
    )
    x, y = sa.func.ST_X(spots.c.spot), sa.func.ST_Y(spots.c.spot)
    others = [column for column in spots.c if column.name != "spot"]
    return sa.select(x.label("spot_x"), y.label("spot_y"), *others)


async def read_shapes(
    reader: Reader, layer: Layer, query: FeatureQuery, tile: Tile, size_px: int
) -> list[tuple[BaseGeometry, str | None]]:
    """Read the shapes of a tile, in pixels from its north-west corner, with their classes."""
    rows = await reader.rows(select_drawn_shapes(layer, query, tile, size_px))
    shapes = shapely.from_wkb([row["shape"] for row in rows])
    return [
        (shape, row["class"])
        for shape, row in zip(shapes, rows, strict=True)
        if shape is not None and not shape.is_empty
    ]


async def read_names(
    reader: Reader, layer: Layer, query: FeatureQuery, matrix: Matrix
) -> list[tuple[float, float, Mapping[str, str | None], str | None]]:
    """Read names and where they stand: shares of the map from its north-west corner."""
    names = label_texts(layer)
    rows = await reader.rows(select_names(layer, query, matrix))
    west, north, width = PLANES[matrix]
    return [
        (
            (row["spot_x"] - west) / width,
            (north - row["spot_y"]) / width,
            {name: row[name] for name in names},
            row["class"],
        )
        for row in rows
        if row["spot_x"] is not None
    ]


def _class(layer: Layer) -> Number:
    by = layer.style.colour_by
    return published(layer).c[by] if by else sa.null()


def _box(tile: Tile, size_px: int) -> Number:
    west, south, east, north = degrees_of(tile.matrix, window(tile, size_px, _BUFFER_PX))
    return sa.func.ST_MakeEnvelope(west, south, east, north, SRID, type_=Geometry)


def _mercator_box() -> Number:
    edge = MERCATOR_LATITUDE
    return sa.func.ST_MakeEnvelope(-180.0, -edge, 180.0, edge, SRID, type_=Geometry)


def _in_pixels(geom: Number, tile: Tile, size_px: int) -> Number:
    west, north, width = PLANES[tile.matrix]
    if tile.matrix == "WebMercatorQuad":
        geom = sa.func.ST_Transform(geom, 3857, type_=Geometry)
    width /= 1 << tile.z
    left, top = west + tile.x * width, north - tile.y * width
    scale = size_px / width
    return sa.func.ST_TransScale(geom, -left, -top, scale, -scale, type_=Geometry)
