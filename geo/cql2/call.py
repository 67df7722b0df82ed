"""What an operator is called with: a layer's row, and arguments that name parts of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.cql2.refusal import refused
from geo.spec import FEATURE_FIELDS, Field, GeometryType, Layer, Text

GEOMETRY_NAMES = frozenset(("geom", "geometry"))
_ID = Field(name="id", title=Text(en="Id", fr="Identifiant"))


@lru_cache(maxsize=256)
def queryables(layer: Layer) -> Mapping[str, Field]:
    """List what a filter on a layer may name, geometry aside."""
    fields = (_ID, *layer.fields, *FEATURE_FIELDS)
    if layer.audience == "counted":
        # By what few rows share, one could be counted alone, and so be had after all.
        fields = tuple(field for field in fields if field.is_class)
    return {field.name: field for field in fields}


def names_in(node: Any) -> set[str]:
    """List the properties that a filter names."""
    if isinstance(node, list):
        return set().union(*map(names_in, node))
    if not isinstance(node, dict):
        return set()
    return {node["property"]} if "property" in node else names_in(list(node.values()))


def names_geometry(node: Any) -> bool:
    """Say whether a node is the property that holds the geometry."""
    return isinstance(node, dict) and node.get("property") in GEOMETRY_NAMES


class Row:
    """The columns of one relation, by the names that its layer declares."""

    def __init__(self, layer: Layer, relation: sa.FromClause) -> None:
        self._layer, self._relation = layer, relation
        self.fields = queryables(layer)

    def field(self, node: Any) -> Field | None:
        """Give the field that a node names, if it names one."""
        if not isinstance(node, dict) or "property" not in node:
            return None
        name = node["property"]
        if names_geometry(node):
            raise refused(name, "is the geometry, which only S_… and IS NULL take")
        if name not in self.fields:
            problem = f"is no property of {self._layer.id}"
            if self._layer.audience == "counted":
                problem += (
                    " that rows which may only be counted can be asked for; name data sets that "
                    "may be passed on, as in source=documented"
                )
            raise refused(name, problem, sorted(self.fields))
        return self.fields[name]

    def column(self, field: Field) -> ColumnElement[Any]:
        return self._relation.c[field.name]

    def geometry(self) -> ColumnElement[Any]:
        if self._layer.geometry is GeometryType.NONE:
            raise refused("geom", f"is no property of {self._layer.id}, which has no geometry")
        return self._relation.c["geom"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One operation of a filter on a row."""

    row: Row
    op: str
    args: list[Any]
