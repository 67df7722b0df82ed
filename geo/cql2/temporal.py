"""Compile the temporal operators: a property that is a day against a day or a span of days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.cql2.call import Call
from geo.cql2.literals import read_day
from geo.cql2.refusal import refused
from geo.spec import FieldType


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A first and a last day; a property and a single day are spans of one."""

    first: ColumnElement[Any]
    last: ColumnElement[Any]
    is_property: bool = False
    is_interval: bool = False


# An open end is a day that is compared as any other, so that an unknown day stays unknown: a
# constant false would turn true under NOT.
_OPEN = (
    sa.literal_column("'-infinity'::date", sa.Date()),
    sa.literal_column("'infinity'::date", sa.Date()),
)


def _intersects(one: Span, other: Span) -> ColumnElement[bool]:
    return sa.and_(one.first <= other.last, one.last >= other.first)


# CQL2, 7.8: the functions that hold for instants, and t_during for a day strictly inside.
ORDERS: dict[str, Callable[[Span, Span], ColumnElement[bool]]] = {
    "t_after": lambda one, other: one.first > other.last,
    "t_before": lambda one, other: one.last < other.first,
    "t_disjoint": lambda one, other: sa.or_(one.first > other.last, one.last < other.first),
    "t_during": lambda one, other: sa.and_(one.first > other.first, one.last < other.last),
    "t_equals": lambda one, other: sa.and_(one.first == other.first, one.last == other.last),
    "t_intersects": _intersects,
}


def order(op: str, one: Span, other: Span) -> ColumnElement[bool]:
    """Compile a temporal operator."""
    if not (one.is_property or other.is_property):
        raise refused(op, "names no property", f"{op.upper()}(date,DATE('2016-05-29'))")
    if op == "t_during" and not (one.is_property and other.is_interval):
        problem = "takes a property and then an interval"
        raise refused(op, problem, "T_DURING(date,INTERVAL('2016-01-01','2016-12-31'))")
    return ORDERS[op](one, other)


def span(call: Call, node: Any) -> Span:
    """Read one side: a property that is a day, a day, or an interval of days."""
    field = call.row.field(node)
    if field is not None:
        if field.type is not FieldType.DATE:
            dates = [name for name, f in call.row.fields.items() if f.type is FieldType.DATE]
            raise refused(field.name, f"is not a date property, which {call.op} needs", dates)
        column = call.row.column(field)
        return Span(first=column, last=column, is_property=True)
    if isinstance(node, dict) and "interval" in node:
        return _interval(node["interval"])
    day = sa.bindparam(None, read_day(node), sa.Date, unique=True)
    return Span(first=day, last=day)


def _interval(ends: list[Any]) -> Span:
    days = [None if end == ".." else read_day(end) for end in ends]
    known = [day for day in days if day is not None]
    if known != sorted(known):
        raise refused(ends, "ends before it starts", "INTERVAL('2016-01-01','2016-12-31')")
    first, last = (
        end if day is None else sa.bindparam(None, day, sa.Date, unique=True)
        for day, end in zip(days, _OPEN, strict=True)
    )
    return Span(first=first, last=last, is_interval=True)
