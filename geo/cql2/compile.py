"""Turn a parsed filter into a bound SQL condition: operators from a table, names from the layer.

The SQL of the cql2 library is not used, because it inlines what the user wrote. Here every literal
is a bound value and every name comes from the layer's declaration.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.cql2.call import Call, Row
from geo.cql2.refusal import refused
from geo.cql2.scalars import FOLDS, choices, nullable, pattern, scalar, text
from geo.cql2.spatial import RELATIONS, relate, shape
from geo.cql2.temporal import ORDERS, order, span
from geo.spec import Layer

Condition = ColumnElement[bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """What an operator takes, each argument read by its kind, and what it makes of that."""

    takes: tuple[Callable[[Call, Any], Any], ...]
    build: Callable[..., Condition]
    # Whether there may be any number of arguments, from one, of the one kind.
    repeats: bool = False


def compile_filter(
    expression: Mapping[str, Any], layer: Layer, relation: sa.FromClause
) -> Condition:
    """Turn a parsed filter into a condition on a layer's relation."""
    return _condition(Row(layer, relation), expression)


def _condition(row: Row, node: Any) -> Condition:
    if isinstance(node, bool):
        return sa.true() if node else sa.false()
    if not isinstance(node, Mapping) or "op" not in node:
        raise refused(node, "is not a condition that is true or false")
    call = Call(row=row, op=node["op"], args=node["args"])
    known = OPERATORS.get(call.op)
    if known is None:
        raise refused(call.op, "is not an operator here", sorted(OPERATORS))
    takes = known.takes * len(call.args) if known.repeats else known.takes
    if not call.args or len(call.args) != len(takes):
        wanted = "one or more" if known.repeats else len(takes)
        raise refused(call.op, f"has {len(call.args)} arguments; it takes {wanted}")
    return known.build(*(read(call, arg) for read, arg in zip(takes, call.args, strict=True)))


def _nested(call: Call, node: Any) -> Condition:
    return _condition(call.row, node)


def _between(value: Any, low: Any, high: Any) -> Condition:
    return sa.and_(value >= low, value <= high)


def _among(value: Any, found: list[Any]) -> Condition:
    return sa.or_(*(value == one for one in found))


_COMPARISONS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OPERATORS: dict[str, Operator] = {
    "and": Operator(takes=(_nested,), build=sa.and_, repeats=True),
    "or": Operator(takes=(_nested,), build=sa.or_, repeats=True),
    "not": Operator(takes=(_nested,), build=sa.not_),
    **{op: Operator(takes=(scalar, scalar), build=done) for op, done in _COMPARISONS.items()},
    "between": Operator(takes=(scalar, scalar, scalar), build=_between),
    "in": Operator(takes=(scalar, choices), build=_among),
    "like": Operator(takes=(text, pattern), build=lambda value, like: value.like(like)),
    "isNull": Operator(takes=(nullable,), build=lambda value: value.is_(None)),
    **{op: Operator(takes=(shape, shape), build=partial(relate, op)) for op in RELATIONS},
    **{op: Operator(takes=(span, span), build=partial(order, op)) for op in ORDERS},
}
# What can stand before brackets in CQL2 text.
FUNCTIONS: frozenset[str] = frozenset((*FOLDS, *RELATIONS, *ORDERS))
