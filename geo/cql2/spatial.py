"""Compile the spatial operators: the layer's geometry against one that is given."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.cql2.call import Call, names_geometry
from geo.cql2.geometry import by_dimension, read_geometry
from geo.cql2.refusal import refused
from geo.errors import BadParameter
from geo.schema import SRID

RELATIONS = {
    "s_intersects": "ST_Intersects",
    "s_within": "ST_Within",
    "s_contains": "ST_Contains",
    "s_disjoint": "ST_Disjoint",
    "s_equals": "ST_Equals",
    "s_touches": "ST_Touches",
    "s_crosses": "ST_Crosses",
    "s_overlaps": "ST_Overlaps",
}
# A shape meets a collection if it meets a member; the others are not defined member by member.
_BY_MEMBER = {"s_intersects": sa.or_, "s_disjoint": sa.and_}


def shape(call: Call, node: Any) -> Any:
    """Read one side: the layer's geometry as a column, or one that is given."""
    if names_geometry(node):
        return call.row.geometry()
    if isinstance(node, dict) and "property" in node:
        raise _wants_both(call.op)
    return read_geometry(node)


def relate(op: str, left: Any, right: Any) -> ColumnElement[bool]:
    """Compile a spatial operator, its sides in the order in which they came."""
    given = [side for side in (left, right) if not isinstance(side, ColumnElement)]
    if len(given) != 1:
        raise _wants_both(op)
    parts = by_dimension(given[0])
    if len(parts) > 1 and op not in _BY_MEMBER:
        problem = f"holds points, lines or areas together, which {op} does not take"
        raise refused("GEOMETRYCOLLECTION", problem, sorted(_BY_MEMBER))
    function = getattr(sa.func, RELATIONS[op])
    made: list[ColumnElement[bool]] = []
    for part in parts:
        literal = sa.func.ST_GeomFromText(part.wkt, SRID)
        sides = (side if isinstance(side, ColumnElement) else literal for side in (left, right))
        made.append(function(*sides))
    return _BY_MEMBER.get(op, sa.and_)(*made)


def _wants_both(op: str) -> BadParameter:
    problem = "takes the property geom and a geometry, in either order"
    return refused(op, problem, f"{op.upper()}(geom,BBOX(-4,14,0,17))")
