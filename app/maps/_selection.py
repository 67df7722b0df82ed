"""Say which rows a request chooses of each group of a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.maps._base import Group, MapSpec
from geo.audience import DATASET
from geo.cql2 import Expression, names_in, queryables
from geo.cql2.call import GEOMETRY_NAMES
from geo.errors import BadParameter
from geo.matching.overlap import Overlap, narrowed
from geo.query import FeatureQuery
from geo.spec import Layer

# What a reader may narrow a map with, in the order in which it is repeated.
NARROWING = ("datetime", "bbox", "bbox-crs", "filter", "filter-lang", "filter-crs", "as_of")


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What is asked of a map, and which of its groups the filter is about: the others stay whole.

    `narrowing` is what was typed.
    """

    spec: MapSpec
    layers: Mapping[str, Layer]
    query: FeatureQuery
    narrowing: tuple[tuple[str, str], ...]
    filtered: tuple[Group, ...]

    @property
    def unfiltered(self) -> tuple[str, ...]:
        """Name the layers that a filter is asked of in vain."""
        if self.query.filter is None:
            return ()
        return tuple(group.layer for group in self.spec.selectable if group not in self.filtered)

    def layer(self, group: Group) -> Layer:
        return self.layers[group.layer]

    def of(self, group: Group) -> FeatureQuery:
        """Ask for the rows that are drawn of a group."""
        if not group.selectable:
            return FeatureQuery(as_of=self.query.as_of)
        query = self.query if group in self.filtered else replace(self.query, filter=None)
        dataset = self.dataset(group)
        return query if dataset is None else narrowed(query, Overlap(sources=(dataset,)))

    def dataset(self, group: Group) -> str | None:
        """Name the one data set that is drawn of several: the atlas's own, unless the filter says.

        Drawn together, one incident would be there as often as data sets have it.
        """
        field = self.layer(group).field(DATASET)
        chosen = group in self.filtered and DATASET in names_in(self.query.filter)
        return None if field is None or chosen else field.default

    def parameters(self, group: Group) -> dict[str, str]:
        """Write what asks the layer of a group for the very rows that are drawn."""
        kept = {
            name: value
            for name, value in self.narrowing
            if group in self.filtered or not name.startswith("filter")
        }
        dataset = self.dataset(group)
        return kept if dataset is None else {**kept, DATASET: dataset}


def select(
    spec: MapSpec, layers: Mapping[str, Layer], query: FeatureQuery, given: Mapping[str, str]
) -> Selection:
    """Read what a request chooses of a map."""
    return Selection(
        spec=spec,
        layers=layers,
        query=query,
        narrowing=tuple((name, given[name]) for name in NARROWING if name in given),
        filtered=filtered_groups(spec, layers, query.filter),
    )


def filtered_groups(
    spec: MapSpec, layers: Mapping[str, Layer], expression: Expression | None
) -> tuple[Group, ...]:
    """Name the groups whose layer has every property of the filter; the others stay whole.

    A filter that no group of the map understands is refused rather than ignored.
    """
    if expression is None:
        return ()
    names = names_in(expression) - GEOMETRY_NAMES
    found = tuple(
        group for group in spec.selectable if names <= set(queryables(layers[group.layer]))
    )
    if found:
        return found
    known = {name for group in spec.selectable for name in queryables(layers[group.layer])}
    unknown = ", ".join(sorted(names - known)) or ", ".join(sorted(names))
    problem = f"names properties that no layer of the map {spec.id!r} has together"
    raise BadParameter("filter", unknown, problem, allowed=sorted(known))
