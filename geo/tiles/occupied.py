"""Write the SQL of where a question's features are: in all, and whether a tile has any.

An archive is made of the tiles that hold something. They are found from the top downwards, and
here is asked what a tile's own bytes do not tell: an area too small to be drawn at one zoom is
drawn at a deeper one.
"""

from __future__ import annotations

import sqlalchemy as sa
from geoalchemy2 import Geometry

from geo.query import FeatureQuery
from geo.schema import SRID, published
from geo.spec import GeometryType, Layer
from geo.statements import Select, conditions, datasets_of
from geo.tiles.grid import EXTENT, Tile, degrees_of, window
from geo.tiles.shapes import BUFFER
from geo.tiles.sql import within


def select_reach(layer: Layer, query: FeatureQuery) -> Select:
    """Select how many features with a place answer a query, in which box, of which data sets."""
    geom = published(layer).c.geom
    box = sa.func.ST_Extent(geom)
    return sa.select(
        sa.func.count(geom).label("features"),
        sa.func.ST_XMin(box).label("west"),
        sa.func.ST_YMin(box).label("south"),
        sa.func.ST_XMax(box).label("east"),
        sa.func.ST_YMax(box).label("north"),
        datasets_of(layer).label("datasets"),
    ).where(*conditions(layer, query))


def select_occupied(layer: Layer, query: FeatureQuery, tile: Tile) -> Select:
    """Select whether a tile, or any below it, can hold something of a layer."""
    geom = published(layer).c.geom
    is_point = layer.geometry is GeometryType.POINT
    # Below a tile, buffers reach less far than its own.
    west, south, east, north = degrees_of(
        tile.matrix, window(tile, EXTENT, 1 if is_point else BUFFER)
    )
    box = sa.func.ST_MakeEnvelope(west, south, east, north, SRID, type_=Geometry)
    found = [*conditions(layer, query), geom.op("&&", is_comparison=True)(box)]
    # The rule of sql.within says to the step which points are whose.
    found += within(geom, tile) if is_point else [sa.func.ST_Intersects(geom, box)]
    return sa.select(sa.exists(sa.select(sa.literal_column("1")).where(*found)))
