"""Decide which groups of a map a request's filter chooses among."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.maps._base import Group, MapSpec
from geo.cql2 import Expression, queryables
from geo.cql2.call import GEOMETRY_NAMES
from geo.errors import BadParameter
from geo.spec import Layer


def filtered_groups(
    spec: MapSpec, layers: Mapping[str, Layer], expression: Expression | None
) -> tuple[Group, ...]:
    """Name the groups whose layer has every property of the filter; the others stay whole.

    A filter that no group of the map understands is refused rather than ignored.
    """
    if expression is None:
        return ()
    names = set(property_names(expression)) - GEOMETRY_NAMES
    found = tuple(
        group for group in spec.selectable if names <= set(queryables(layers[group.layer]))
    )
    if found:
        return found
    known = {name for group in spec.selectable for name in queryables(layers[group.layer])}
    unknown = ", ".join(sorted(names - known)) or ", ".join(sorted(names))
    problem = f"names properties that no layer of the map {spec.id!r} has together"
    raise BadParameter("filter", unknown, problem, allowed=sorted(known))


def property_names(expression: Any) -> Iterator[str]:
    """List the properties that a parsed filter names."""
    if isinstance(expression, Mapping):
        name = expression.get("property")
        if isinstance(name, str):
            yield name
        parts: Any = expression.values()
    else:
        parts = expression if isinstance(expression, list | tuple) else ()
    for part in parts:
        yield from property_names(part)
