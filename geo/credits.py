"""Name whose data a sum, a surface or a layer is made of, as their terms ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from geo.audience import DATASET, has_datasets
from geo.importing.sources import sources
from geo.matching.overlap import Overlap, preferred
from geo.spec import Language, Layer, Text

# Viewers show credits as HTML, so that no other name of a data set goes into one.
_PLAIN = re.compile(r"[\w.-]{1,60}", re.ASCII)
_ANOTHER = Text(en="another data set", fr="un autre jeu de données")


def credit(layer: Layer, datasets: Iterable[str], language: Language) -> str:
    """Name the sources of data sets: the layer's own, declared ones, and others by their ids."""
    field = layer.field(DATASET)
    own = None if field is None else field.default
    known = {one.dataset: one.source for one in sources().values() if one.layer == layer.stored_in}
    named = []
    for dataset in datasets:
        if dataset == own:
            named.append(layer.source.title_in(language))
        elif dataset in known:
            named.append(known[dataset].credit_in(language))
        else:
            plain = _PLAIN.fullmatch(dataset)
            named.append(dataset if plain else _ANOTHER.in_language(language))
    return "; ".join(dict.fromkeys(named)) or layer.source.title_in(language)


def attribution(layer: Layer, datasets: Sequence[str], language: Language) -> str:
    """Say whom to name beside rows of a layer, given the data sets that they are of."""
    if not has_datasets(layer):
        return layer.source.credit_in(language)
    return credit(layer, preferred(layer, datasets, Overlap()), language)
