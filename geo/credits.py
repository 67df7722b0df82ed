"""Name whose data a sum or a surface is made of, as their terms ask for."""

from __future__ import annotations

from collections.abc import Iterable

from geo.audience import DATASET
from geo.importing.sources import sources
from geo.spec import Language, Layer


def credit(layer: Layer, datasets: Iterable[str], language: Language) -> str:
    """Name the sources of data sets: the layer's own, those that are known, else by their ids."""
    field = layer.field(DATASET)
    own = None if field is None else field.default
    known = {one.dataset: one.source for one in sources().values() if one.layer == layer.stored_in}
    named = []
    for dataset in datasets:
        if dataset == own:
            named.append(layer.source.title_in(language))
        else:
            named.append(known[dataset].credit_in(language) if dataset in known else dataset)
    return "; ".join(dict.fromkeys(named)) or layer.source.title_in(language)
