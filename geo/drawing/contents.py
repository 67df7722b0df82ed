"""What a picture of a tile is drawn of: points or cells, shapes and names, a layer at a time.

Whoever answers a request reads this and hands it to `draw`. Points and cells come with a margin:
circles, symbols and names of neighbours reach into the tile. Every name within reach of another one
must be known on both sides of an edge, so that the same ones are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2

from shapely.geometry.base import BaseGeometry

from geo.aggregate import sum_columns
from geo.columns import tile as columns
from geo.columns.table import Snapshot
from geo.database import Reader
from geo.drawing.shapes import read_names, read_shapes
from geo.query import FeatureQuery
from geo.spec import Layer
from geo.styles.look import label_texts
from geo.styles.scale import REACH_PX
from geo.tiles.content import Cells, Points
from geo.tiles.grid import EXTENT, Tile
from geo.tiles.sql import read_cells, read_points

# Twice the reach of the longest name: one that reaches into a tile may be pushed out by another.
LABEL_REACH_PX = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """An area or line, in pixels from the tile's north-west corner, and its class."""

    geometry: BaseGeometry
    value: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """A name to be written for an area or line: where on the map, as shares of the whole."""

    x: float
    y: float
    texts: Mapping[str, str | None]
    value: str | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Contents:
    """What is drawn of one layer; a layer of shapes has names beside them."""

    layer: Layer
    cells: Cells | None = None
    points: Points | None = None
    shapes: Sequence[Shape] = ()
    names: Sequence[Name] = ()


def map_zoom(tile: Tile, size_px: int) -> float:
    """Give the zoom of the map that a tile belongs to when it is drawn so large."""
    widths = 1 if tile.matrix == "WorldCRS84Quad" else 0
    return tile.z + widths + log2(size_px / 512)


def is_seen(layer: Layer, tile: Tile, size_px: int) -> bool:
    """Say whether a layer is drawn at all at a zoom; what is at zoom 0 is at none before it."""
    return max(map_zoom(tile, size_px), 0.0) >= layer.style.min_zoom


def drawn_properties(layer: Layer) -> list[str]:
    """Name the properties that points are drawn by."""
    style = layer.style
    wanted = [style.colour_by, "place_precision"]
    if style.labelled:
        # Texts that columns do not hold would be asked of SQL.
        wanted += label_texts(layer)
    if style.adds:
        wanted += sum_columns(layer, style.adds[0])
    known = {field.name for field in layer.fields} | {"id", "place_precision"}
    names = ("id", *(name for name in wanted if name is not None and name in known))
    return list(dict.fromkeys(names))


def margin(layer: Layer, steps: int, size_px: int) -> int:
    """Say how far beyond a tile's edges to read, where `steps` lie along a side of it."""
    reach = LABEL_REACH_PX if layer.style.labelled else REACH_PX
    return ceil(reach * steps / size_px)


async def read_contents(
    reader: Reader,
    layer: Layer,
    query: FeatureQuery,
    tile: Tile,
    *,
    side: int | None,
    size_px: int,
    names: Sequence[Name] | None = None,
) -> Contents:
    """Read what a tile is drawn of in one layer from the database.

    `side` is what geo.tiles.plan.side_of says. `names` are those of the whole layer where they are
    known already: they are the same for all its tiles (geo.drawing.shapes.read_names).
    """
    if layer.style.symbol in ("area", "line"):
        return Contents(
            layer=layer,
            shapes=[
                Shape(geometry=geometry, value=value)
                for geometry, value in await read_shapes(reader, layer, query, tile, size_px)
            ],
            names=names if names is not None else await all_names(reader, layer, query, tile),
        )
    if side is not None:
        around = _around(side, size_px)
        return Contents(
            layer=layer, cells=await read_cells(reader, layer, query, tile, side, around)
        )
    wanted, around = drawn_properties(layer), margin(layer, EXTENT, size_px)
    return Contents(
        layer=layer, points=await read_points(reader, layer, query, tile, wanted, around)
    )


def find_contents(
    snapshot: Snapshot,
    layer: Layer,
    query: FeatureQuery,
    tile: Tile,
    *,
    side: int | None,
    size_px: int,
) -> Contents | None:
    """Find in its columns what a tile is drawn of in a layer of points; None if only SQL can."""
    if side is not None:
        around = _around(side, size_px)
        cells = columns.cells(snapshot, layer, query, tile, side, around)
        return None if cells is None else Contents(layer=layer, cells=cells)
    wanted, around = drawn_properties(layer), margin(layer, EXTENT, size_px)
    points = columns.points(snapshot, layer, query, tile, wanted, around)
    return None if points is None else Contents(layer=layer, points=points)


def _around(side: int, size_px: int) -> int:
    # Cells have no names, which reach further.
    return ceil(REACH_PX * side / size_px)


async def all_names(
    reader: Reader, layer: Layer, query: FeatureQuery, tile: Tile
) -> Sequence[Name]:
    """Read where the names of a layer's shapes stand, for all tiles of a matrix set."""
    if not layer.style.labelled:
        return ()
    found = await read_names(reader, layer, query, tile.matrix)
    return [Name(x=x, y=y, texts=texts, value=value) for x, y, texts, value in found]
