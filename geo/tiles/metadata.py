"""Describe tiles to programs: their layers and properties, zooms, bounds and matrix sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from geo.aggregate import sum_columns
from geo.crs import Bounds
from geo.query import FeatureQuery
from geo.spec import FEATURE_FIELDS, Field, FieldType, GeometryType, Language, Layer, Text
from geo.tiles.grid import MERCATOR_LATITUDE, Matrix, columns_and_rows
from geo.tiles.plan import points_from
from geo.tiles.properties import class_field, label_properties, tile_properties
from geo.tiles.shapes import has_labels, labels_name

# A step of a tile is 60 cm here, so that maps stretch these tiles further on.
STRETCHED_FROM = 14

_ID = Text(en="Id of the row", fr="Identifiant de la ligne")
_COUNT = Text(en="Number of rows", fr="Nombre de lignes")
_UNKNOWN = Text(en="Rows without a figure: {title}", fr="Lignes sans chiffre : {title}")
_CLASS = Text(en="{title}: {value} (rows)", fr="{title} : {value} (lignes)")
_NO_VALUE = Text(en="not stated", fr="non précisé")
_JSON = {
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "boolean",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Property:
    """A property of features in a tile: what it says, and its type in JSON."""

    title: str
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorLayer:
    """A layer inside vector tiles, as TileJSON and OGC API – Tiles describe it.

    `dimension` is 0 for points, 1 for lines, 2 for polygons and None for a mixture.
    """

    id: str
    title: str
    dimension: Literal[0, 1, 2] | None
    properties: dict[str, Property]


def vector_layers(
    layer: Layer, query: FeatureQuery, located: int, language: Language
) -> list[VectorLayer]:
    """Describe what the tiles of a layer hold at any zoom, given how many rows have a place."""
    names = tile_properties(layer, query)
    properties = {name: _property(layer, name, language) for name in names}
    if layer.geometry is GeometryType.POINT and points_from(located) > 0:
        # A sum goes by the name of what it adds up.
        properties = {**_of_cells(layer, language), **properties}
    dimensions: dict[GeometryType, Literal[0, 1, 2]] = {
        GeometryType.POINT: 0,
        GeometryType.POLYGON: 2,
    }
    title = layer.title.in_language(language)
    found = [
        VectorLayer(
            id=layer.id,
            title=title,
            dimension=dimensions.get(layer.geometry),
            properties=properties,
        )
    ]
    if has_labels(layer):
        kept = {name: _property(layer, name, language) for name in ("id", *label_properties(layer))}
        found.append(VectorLayer(id=labels_name(layer), title=title, dimension=0, properties=kept))
    return found


def zooms(located: Iterable[int]) -> tuple[int, int]:
    """Give the first and last zoom that a map needs to ask for, of layers with so many points."""
    return 0, max((STRETCHED_FROM, *map(points_from, located)))


def bounds_within(matrix: Matrix, extents: Iterable[Bounds]) -> Bounds | None:
    """Give the box around the extents of layers, as far as a matrix set reaches; None for none."""
    boxes = list(extents)
    if not boxes:
        return None
    edge = MERCATOR_LATITUDE if matrix == "WebMercatorQuad" else 90.0
    sides = list(zip(*boxes, strict=True))
    south, north = (min(max(side, -edge), edge) for side in (min(sides[1]), max(sides[3])))
    return max(min(sides[0]), -180.0), south, min(max(sides[2]), 180.0), north


def limits(matrix: Matrix, first: int, last: int) -> list[dict[str, Any]]:
    """List which tiles there are at each zoom: every one (OGC Two Dimensional TMS, 6.3)."""
    found = []
    for z in range(first, last + 1):
        columns, rows = columns_and_rows(matrix, z)
        found.append(
            {
                "tileMatrix": str(z),
                "minTileRow": 0,
                "maxTileRow": rows - 1,
                "minTileCol": 0,
                "maxTileCol": columns - 1,
            }
        )
    return found


@lru_cache(maxsize=8)
def tile_matrix_set(matrix: Matrix) -> dict[str, Any]:
    """Give the OGC's definition of a tile matrix set."""
    # Imports pyproj and pydantic models of every set, which a command has no need of.
    import morecantile

    document: dict[str, Any] = morecantile.tms.get(matrix).model_dump(
        mode="json", exclude_none=True
    )
    return document


def _property(layer: Layer, name: str, language: Language) -> Property:
    if name == "id":
        return Property(title=_ID.in_language(language), type="string")
    field = _field(layer, name)
    title = field.title.in_language(language)
    return Property(
        title=f"{title} ({field.unit})" if field.unit else title,
        type=_JSON.get(field.type, "string"),
    )


def _field(layer: Layer, name: str) -> Field:
    return next(field for field in (*layer.fields, *FEATURE_FIELDS) if field.name == name)


def _of_cells(layer: Layer, language: Language) -> dict[str, Property]:
    """Describe what cells count and add up."""
    texts = {"count": _COUNT.in_language(language)}
    for measure in layer.style.adds:
        *sums, unknown = sum_columns(layer, measure)
        texts |= {name: _property(layer, name, language).title for name in sums}
        best = measure if measure in sums else f"{measure}_best"
        texts[unknown] = _UNKNOWN.in_language(language).format(title=texts[best])
    by = class_field(layer)
    if by is not None:
        field = _field(layer, by)
        values = {choice.value: choice.title.in_language(language) for choice in field.choices}
        for value, title in {**values, "": _NO_VALUE.in_language(language)}.items():
            texts[f"{by}:{value}"] = _CLASS.in_language(language).format(
                title=field.title.in_language(language), value=title
            )
    return {name: Property(title=text, type="integer") for name, text in texts.items()}
