"""Write the SQL of a tile of polygons, lines or geometries of any kind, as finished MVT.

Every corner of a shape is moved to the nearest knot of a net that is the same for all shapes, a
quarter of a pixel wide where a tile is drawn at 512. So a corner that neighbours share stays one,
and they stay joined at every zoom; only a strip that is narrower than the net may fold over.
ST_AsMVTGeom simplifies each shape for itself: it left gaps between neighbours and took three times
as long (60 areas of 2,000 corners, 63 tiles, z4 to z10: 854 ms, here 298). Levels simplified
beforehand would be a second store to keep in step.

A net of one step gives half as much again to send, one of four steps shows stairs on fine screens.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.sql.elements import ColumnElement

from geo.query import FeatureQuery
from geo.schema import SRID, published
from geo.spec import FieldType, GeometryType, Layer
from geo.statements import Select, conditions
from geo.tiles.grid import EXTENT, GRID_BITS, PLANES, Matrix, Tile, degrees_of, window
from geo.tiles.properties import label_properties
from geo.tiles.sql import Corner, steps_of

# Steps of EXTENT between the knots.
KNOT = 2
# Steps around a tile in which outlines go on, so that none is drawn along its edge.
BUFFER = 64
_SIDES = ("west", "south", "east", "north")
# What differs from tile to tile in a statement.
_NUMBERS = frozenset((*_SIDES, "shift_x", "shift_y", "scale", "corner_x", "corner_y", "bits"))
_NAMED = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
# Of a shape's size: what its label's place does not depend on.
_LABEL_TOLERANCE = "0.02"

Number = ColumnElement[Any]


def labels_name(layer: Layer) -> str:
    """Name the MVT layer that holds one point per shape, where its label is written."""
    return f"{layer.id}_labels"


def has_labels(layer: Layer) -> bool:
    """Say whether the shapes of a layer are labelled by points of their own."""
    return (
        layer.style.labelled
        and layer.label is not None
        and layer.geometry in (GeometryType.POLYGON, GeometryType.ANY)
    )


def select_shapes(
    layer: Layer, query: FeatureQuery, tile: Tile, names: Sequence[str]
) -> sa.TextClause:
    """Select the bytes of a tile: the shapes in it with the properties named, and their labels."""
    written, bound = _written(layer, query, tile.matrix, tuple(names))
    numbers = _numbers(tile)
    return written.bindparams(**{name: numbers[name] for name in bound})


@lru_cache(maxsize=500)
def _written(
    layer: Layer, query: FeatureQuery, matrix: Matrix, names: tuple[str, ...]
) -> tuple[sa.TextClause, list[str]]:
    """Write the statement that answers a question for every tile, and name the numbers it needs.

    Only the numbers of the tile differ then. To put the statement together anew took 2 ms, as long
    as many a tile takes the database.
    """
    compiled = _statement(layer, query, matrix, names).compile(dialect=_NAMED)
    bound = [
        sa.bindparam(name, each.value, each.type, required=False)
        for each, name in compiled.bind_names.items()
    ]
    numbers = [name for name in compiled.bind_names.values() if name in _NUMBERS]
    return sa.text(compiled.string).bindparams(*bound), numbers


def _numbers(tile: Tile) -> dict[str, float]:
    """Give the numbers of a tile by the names that the statement has for them."""
    stretch = window(tile, EXTENT)
    box = degrees_of(tile.matrix, window(tile, EXTENT, BUFFER))
    tiles = 1 << tile.z
    west, north, height = PLANES[tile.matrix]
    size = height / tiles
    return {
        **dict(zip(_SIDES, box, strict=True)),
        "shift_x": -(west + tile.x * size),
        "shift_y": -(north - tile.y * size),
        "scale": EXTENT / size,
        "corner_x": stretch.west,
        "corner_y": stretch.north,
        "bits": GRID_BITS - tile.z,
    }


def _statement(layer: Layer, query: FeatureQuery, matrix: Matrix, names: tuple[str, ...]) -> Select:
    geom = published(layer).c.geom
    labels = label_properties(layer) if has_labels(layer) else []
    columns = [_property(layer, name) for name in dict.fromkeys(("id", *names, *labels))]
    near = (
        sa.select(geom, *columns)
        .where(*conditions(layer, query), geom.op("&&", is_comparison=True)(_box()))
        .cte("near")
        .prefix_with("MATERIALIZED")
    )
    written = _mvt(_shapes(near, matrix, names), layer.id)
    if has_labels(layer):
        written = written.op("||")(_mvt(_labels(layer, near, matrix), labels_name(layer)))
    return sa.select(written.label("tile"))


def _property(layer: Layer, name: str) -> Number:
    """Choose a column in a form that MVT has; days become texts as everywhere."""
    column: Number = published(layer).c[name]
    field = layer.field(name)
    if field is not None and field.type is FieldType.DATE:
        return sa.func.to_char(column, "YYYY-MM-DD").label(name)
    return column


def _mvt(features: sa.Subquery, name: str) -> Number:
    """Write features as a layer of MVT; none give no bytes."""
    # Names of layers are slugs.
    form: Number = sa.literal_column(f"'{name}', {EXTENT}, 'tile_geom'")
    written: Number = sa.func.ST_AsMVT(features.table_valued(), form)
    return sa.select(written).select_from(features).scalar_subquery()


def _shapes(near: sa.CTE, matrix: Matrix, names: Sequence[str]) -> sa.Subquery:
    """Cut out, move to the tile's own steps and to the net, and mend what fell together."""
    kept = [near.c[name] for name in names]
    moved = _fenced(sa.select(*kept, _on_net(near.c.geom, matrix).label("net_geom")), near)
    geom = moved.c.net_geom
    # Rings that touch themselves are not allowed in MVT. The parts keep the corners.
    mended = sa.func.ST_SnapToGrid(
        sa.func.ST_MakeValid(geom, _text("'method=structure'")), _text("1")
    )
    whole = sa.case((sa.func.ST_IsValid(geom), geom), else_=mended)
    # MVT has no collections. With rows that run downwards, outer rings look clockwise.
    turned = sa.func.ST_ForcePolygonCCW(sa.func.ST_CollectionExtract(whole)).label("tile_geom")
    ready = _fenced(sa.select(*(moved.c[name] for name in names), turned))
    return sa.select(ready).where(~sa.func.ST_IsEmpty(ready.c.tile_geom)).subquery("shape")


def _labels(layer: Layer, near: sa.CTE, matrix: Matrix) -> sa.Subquery:
    """Place the label of each shape where it has most room, in the one tile that holds the spot."""
    kept = [near.c[name] for name in ("id", *label_properties(layer))]
    found = _fenced(sa.select(*kept, roomiest_spot(near.c.geom).label("spot")), near)
    corner = Corner(
        matrix=matrix,
        west=sa.bindparam("corner_x", type_=sa.BigInteger),
        north=sa.bindparam("corner_y", type_=sa.BigInteger),
        bits=sa.bindparam("bits", type_=sa.Integer),
    )
    column, row = steps_of(found.c.spot, corner, EXTENT)
    names = [each.name for each in kept]
    placed = _fenced(
        sa.select(*(found.c[name] for name in names), column.label("x"), row.label("y"))
    )
    x, y = placed.c.x, placed.c.y
    point = sa.func.ST_MakePoint(x, y, type_=Geometry).label("tile_geom")
    inside = (x >= _text("0"), x < _text(str(EXTENT)), y >= _text("0"), y < _text(str(EXTENT)))
    return sa.select(*(placed.c[name] for name in names), point).where(*inside).subquery("label")


def roomiest_spot(geom: Number) -> Number:
    """Find the middle of the largest circle in a polygon, or a spot on any other shape.

    A rougher outline will do, and is ten times as fast.
    """
    size = sa.func.greatest(
        sa.func.ST_XMax(geom) - sa.func.ST_XMin(geom), sa.func.ST_YMax(geom) - sa.func.ST_YMin(geom)
    )
    rough = sa.func.ST_Simplify(geom, size * _text(_LABEL_TOLERANCE), _text("true"))
    middle: Number = sa.func.ST_MaximumInscribedCircle(rough).scalar_table_valued("center")
    return sa.case(
        (sa.func.ST_Area(rough) > _text("0"), middle), else_=sa.func.ST_PointOnSurface(geom)
    )


def _box() -> Number:
    """Draw the box of a tile and its buffer in degrees."""
    sides = (sa.bindparam(name, type_=sa.Double) for name in _SIDES)
    return sa.func.ST_MakeEnvelope(*sides, _text(str(SRID)), type_=Geometry)


def _on_net(geom: Number, matrix: Matrix) -> Number:
    """Move what lies near a tile to its own steps, and each corner to the nearest knot."""
    cut = sa.func.ST_ClipByBox2D(geom, _box(), type_=Geometry)
    if matrix == "WebMercatorQuad":
        cut = sa.func.ST_Transform(cut, _text("3857"), type_=Geometry)
    shift_x, shift_y, scale = (
        sa.bindparam(name, type_=sa.Double) for name in ("shift_x", "shift_y", "scale")
    )
    placed = sa.func.ST_TransScale(cut, shift_x, shift_y, scale, -scale, type_=Geometry)
    return sa.func.ST_SnapToGrid(placed, _text(str(KNOT)), type_=Geometry)


def _fenced(statement: Select, near: sa.CTE | None = None) -> sa.Subquery:
    """Keep the planner from writing what is computed once into each place of its use."""
    if near is not None:
        # The same bytes from any machine, whatever its order of texts.
        statement = statement.order_by(sa.collate(near.c.id, "C"))
    return statement.offset(sa.literal_column("0")).subquery()


def _text(constant: str) -> Number:
    return sa.literal_column(constant)
