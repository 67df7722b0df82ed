"""Choose what the features of a tile carry beside their geometry."""

from __future__ import annotations

from functools import lru_cache

from geo.aggregate import dimensions, sum_columns
from geo.query import FeatureQuery
from geo.spec import Layer
from geo.statements import property_names


@lru_cache(maxsize=256)
def class_field(layer: Layer) -> str | None:
    """Name the field that cells of a layer count the values of, if it is coloured by a class."""
    name = layer.style.colour_by
    return name if name is not None and name in dimensions(layer) else None


def tile_properties(layer: Layer, query: FeatureQuery) -> list[str]:
    """List what points and shapes carry: the id, then what is asked for or what a drawing needs."""
    if query.properties is not None:
        return ["id", *property_names(layer, query)]
    needed = {"place_precision", layer.style.colour_by}
    for measure in layer.style.adds:
        needed.update(sum_columns(layer, measure))
    if layer.style.labelled and layer.label is not None:
        needed.update(label_properties(layer))
    return ["id", *(name for name in property_names(layer, query) if name in needed)]


def label_properties(layer: Layer) -> list[str]:
    """List what a written label needs: its text in each language, and what it is coloured by."""
    label, by = layer.label, layer.style.colour_by
    names = [label, f"{label}_fr", by] if label else []
    return [name for name in dict.fromkeys(names) if name and layer.field(name) is not None]
