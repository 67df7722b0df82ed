"""What the parameters of the service may be, as OpenAPI 3.0 says it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app import deps
from app.figures import figures
from app.figures._question import LEAST_DPI, MOST_DPI, PAGE, SIZES
from app.openapi.media import dependencies_of, media_types
from app.routes.proximity import MOST_NEAREST, NEAREST
from app.routes.queryables import describe
from app.settings import Settings
from app.tiles.answer import MVT
from app.tiles.ask import CELLS, MOST_LAYERS
from geo import cql2
from geo.aggregate import MOST_DIMENSIONS, dimensions, measures
from geo.crs import CRS84H, DEFAULT, SPOKEN
from geo.density_query import (
    BANDWIDTH_KM,
    CELLS_IN_BANDWIDTH,
    LEAST_BANDWIDTH_KM,
    MOST_BANDWIDTH_KM,
    Precision,
    weights,
)
from geo.drawing.draw import SIZES_PX
from geo.formats import Format, PageWriter
from geo.matching.tables import STATUSES
from geo.proximity import FARTHEST_M
from geo.query import FeatureQuery
from geo.ramps import RAMPS
from geo.schema import FINEST_CELL
from geo.spec import LANGUAGES, GeometryType, Layer
from geo.statements import property_names, sortables
from geo.styles.sprite import SHEETS
from geo.styles.themes import LIGHT, THEMES
from geo.tiles.grid import DEEPEST, MATRICES

Schema = dict[str, Any]
_NUMBER: Schema = {"type": "number"}
_TEXT: Schema = {"type": "string"}
_CRS: Schema = {"type": "string", "format": "uri", "enum": list(SPOKEN), "default": DEFAULT.uri}
# Those that every route and layer reads alike. Values are separated by commas, never repeated.
_ALIKE: dict[str, Schema] = {
    "as_of": {"type": "string"},
    # OGC API – Features, Part 1, 7.15.3: four numbers, or six with heights.
    "bbox": {
        "type": "array",
        "items": _NUMBER,
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
    },
    "bandwidth_km": {
        "type": "number",
        "minimum": LEAST_BANDWIDTH_KM,
        "maximum": MOST_BANDWIDTH_KM,
        "default": BANDWIDTH_KM,
    },
    "bbox-crs": {**_CRS, "enum": [*SPOKEN, CRS84H]},
    "cell_km": {"type": "number", "minimum": LEAST_BANDWIDTH_KM / CELLS_IN_BANDWIDTH},
    "cells": {"type": "string", "enum": list(CELLS)},
    "colours": {"type": "string", "enum": list(RAMPS)},
    "crs": _CRS,
    "cursor": _TEXT,
    "datetime": _TEXT,
    "deduplicate": {"type": "string", "enum": ["true", "false"], "default": "false"},
    "distance_m": {
        "type": "number",
        "minimum": 0,
        "exclusiveMinimum": True,
        "maximum": FARTHEST_M,
    },
    "download": {"type": "string", "enum": ["0", "1"], "default": "0"},
    "filter": {"type": "string", "maxLength": cql2.MAX_BYTES},
    "filter-crs": _CRS,
    "filter-lang": {
        "type": "string",
        "enum": ["cql2-text", "cql2-json"],
        "default": "cql2-text",
    },
    "k": {"type": "integer", "minimum": 1, "maximum": MOST_NEAREST, "default": NEAREST},
    "lang": {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]},
    "min_score": {"type": "number", "minimum": 0, "maximum": 1},
    "point": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
    "precision": {"type": "string", "enum": list(Precision)},
    "rev": {"type": "integer", "minimum": 1},
    "size": {"type": "integer", "enum": list(SIZES_PX), "default": SIZES_PX[0]},
    "source": {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True},
    "status": {"type": "string", "enum": list(STATUSES)},
    "theme": {"type": "string", "enum": list(THEMES), "default": LIGHT.id},
    "tiles": {"type": "string", "enum": ["mvt", "png"], "default": "mvt"},
    "transparent": {"type": "string", "enum": ["0", "1"], "default": "0"},
    # No default: it is for by=grid only, and forms would send it always.
    "resolution": {"type": "integer", "minimum": 0, "maximum": FINEST_CELL},
}
# Those in an address, with what they are, save the ids of layers, features and maps.
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_SHEET: Schema = {"type": "string", "enum": [f"{s}.{e}" for s in SHEETS for e in ("json", "png")]}
PLACES: dict[str, tuple[str, Schema]] = {
    "layers": ("ids of layers, with commas", _TEXT),
    "sheet": ("the icons' places or their picture, usual or twice as fine", _SHEET),
    "region": ("the id of a region", _TEXT),
    "style": ("the id of a style", {"type": "string", "enum": list(THEMES)}),
    "tileMatrixSetId": ("the id of a tile matrix set", {"type": "string", "enum": list(MATRICES)}),
    "tileMatrix": ("the zoom", {**_WHOLE, "maximum": DEEPEST}),
    "tileRow": ("the row, from the north", _WHOLE),
    "tileCol": ("the column, from the west", _WHOLE),
    "z": ("the zoom", {**_WHOLE, "maximum": DEEPEST}),
    "x": ("the column, from the west", _WHOLE),
    "y": ("the row, from the north", _WHOLE),
}
_REQUIRED = ("distance_m", "point")


def _choice(names: Collection[str], most: int | None = None) -> Schema:
    made: Schema = {"type": "array", "items": {"type": "string", "enum": list(names)}}
    return {**made, "minItems": 1, **({} if most is None else {"maxItems": most})}


# Those that depend on the layer.
_OF_LAYER: dict[str, Callable[[Layer], Schema]] = {
    "by": lambda layer: _choice(list(dimensions(layer)), MOST_DIMENSIONS),
    "measure": lambda layer: _choice(["count", *measures(layer)]),
    "properties": lambda layer: _choice(property_names(layer, FeatureQuery())),
    "weight": lambda layer: {"type": "string", "enum": list(weights(layer))},
    "sortby": lambda layer: _choice(
        [sign + name for name in sortables(layer) for sign in ("", "+", "-")]
    ),
}


# Those that figures read in their own way.
_OF_FIGURES: dict[str, Callable[[], Schema]] = {
    "compare": lambda: {
        "type": "string",
        "enum": sorted({one.metric for spec in figures().values() for one in spec.comparisons}),
    },
    "dpi": lambda: {"type": "integer", "minimum": LEAST_DPI, "maximum": MOST_DPI},
    "size": lambda: {"type": "string", "enum": list(SIZES), "default": PAGE.id},
    "source": lambda: _TEXT,
    "theme": lambda: _ALIKE["theme"],
}


def names_of_layers(layers: Mapping[str, Layer]) -> Schema:
    """Describe a list of layers that can be drawn."""
    placed = [name for name, one in layers.items() if one.geometry is not GeometryType.NONE]
    return {**_choice(placed, MOST_LAYERS), "uniqueItems": True}


def query_parameter(
    given: dict[str, Any], route: APIRoute, layer: Layer | None, app: FastAPI
) -> tuple[str, dict[str, Any]]:
    """Describe a parameter of a route; its name in the components, and itself."""
    name, shared = str(given["name"]), str(given["name"])
    if name == "f":
        shared, schema = _format(route, app)
    elif name == "limit":
        settings: Settings = app.state.settings
        most, usual = settings.limit_max, settings.limit_default
        schema = {"type": "integer", "minimum": 1, "maximum": most, "default": usual}
    elif name in ("layers", "collections"):
        schema = names_of_layers(app.state.layers)
    elif route.path.startswith(("/figures/", "/reports/", "/maps/")) and name in _OF_FIGURES:
        shared, schema = f"figures.{name}", _OF_FIGURES[name]()
    elif layer is not None and name in _OF_LAYER:
        shared, schema = f"{layer.id}.{name}", _OF_LAYER[name](layer)
    else:
        schema = _ALIKE.get(name, _TEXT)
    made = {
        "name": name,
        "in": "query",
        "description": given.get("description", name),
        "required": name in _REQUIRED,
        "schema": schema,
        "style": "form",
        "explode": False,
    }
    return shared, made


def _format(route: APIRoute, app: FastAPI) -> tuple[str, Schema]:
    """List what `f` may be on a route."""
    known: dict[str, Format] = app.state.formats
    calls = dependencies_of(route.dependant)
    if deps.page_format in calls:
        names = [name for name, one in known.items() if isinstance(one.writer, PageWriter)]
        return "f.page", {"type": "string", "enum": ["json", *names]}
    if deps.format_of in calls:
        return "f.features", {"type": "string", "enum": ["json", *known]}
    short = {"text/csv": "csv", "text/html": "html", "image/png": "png", MVT: "mvt"}
    names = [short.get(media, "json") for media in media_types(route, calls, app)]
    return "f." + "-".join(names), {"type": "string", "enum": names}


def property_parameters(
    layer: Layer, without: Collection[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Describe the properties of a layer, each of which is a parameter too (Part 3)."""
    for name, field in cql2.queryables(layer).items():
        if name in without:
            continue
        schema = {k: v for k, v in describe(field, "en").items() if not k.startswith("x-")}
        yield (
            f"{layer.id}.property.{name}",
            {
                "name": name,
                "in": "query",
                "description": f"only features whose {name} is this: {schema.pop('title')}",
                "required": False,
                "schema": schema,
                "style": "form",
                "explode": False,
            },
        )
