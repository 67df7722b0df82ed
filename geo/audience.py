"""A layer as others than the public may read it.

Some sources forbid to pass their rows on and allow to count them. Of such rows everybody may have
sums, and those whom the operator marks as licensed may have all. Only layers that hold several data
sets have such rows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from geo.spec import Layer

DATASET = "dataset"


def has_datasets(layer: Layer) -> bool:
    """Say whether rows of a layer may be of several collections, each on its own terms."""
    return layer.field(DATASET) is not None


@lru_cache(maxsize=256)
def counted(layer: Layer) -> Layer:
    """Give a layer with the rows that may be counted, and the fields to tell them apart by."""
    if not has_datasets(layer):
        return layer
    fields = tuple(field for field in layer.fields if field.is_countable)
    return replace(layer, fields=fields, label=None, audience="counted")


@lru_cache(maxsize=256)
def licensed(layer: Layer) -> Layer:
    """Give a layer with all rows that the licensed may have."""
    return replace(layer, audience="licensed") if has_datasets(layer) else layer


def for_sums(layer: Layer, withheld: Collection[str], wanted: Collection[str] = ()) -> Layer:
    """Give what sums over a layer are taken from, where some of its data sets are withheld.

    `wanted` names the data sets that are asked for; none are all.
    """
    if layer.audience != "public" or not withheld:
        return layer
    return layer if wanted and not set(wanted) & set(withheld) else counted(layer)
