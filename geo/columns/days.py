"""Compare days with spans of days: the days that stand so to a span are spans themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.columns.refusal import NotInColumns
from geo.columns.sets import Condition, Span
from geo.columns.subject import EPOCH, LEAST, MOST, Subject, among, spans_of_numbers, two_columns
from geo.columns.table import Numbers
from geo.cql2.literals import read_day


def _day(node: Any, open_end: int) -> int:
    return open_end if node == ".." else read_day(node).toordinal() - EPOCH


def _interval(node: Any) -> Span:
    if isinstance(node, Mapping) and "interval" in node:
        start, end = node["interval"]
        return _day(start, LEAST), _day(end, MOST)
    return _day(node, LEAST), _day(node, LEAST)


# How two days stand to each other where each is a property.
OF_DAYS = {
    "t_after": ">",
    "t_before": "<",
    "t_disjoint": "<>",
    "t_equals": "=",
    "t_intersects": "=",
}
_MIRRORED = {"t_after": "t_before", "t_before": "t_after"}


def order(subject: Subject, op: str, args: list[Any], wanted: bool) -> Condition:
    """Make the condition of a temporal operator."""
    left, right = args
    if subject.names(left) and subject.names(right):
        one, other = (subject.column(node)[1] for node in args)
        return two_columns(subject, OF_DAYS[op], one, other, wanted)
    if not subject.names(left):
        op, left, right = _MIRRORED.get(op, op), right, left
    _, column = subject.column(left)
    first, last = _interval(right)
    spans = {
        "t_after": [(last + 1, MOST)],
        "t_before": [(LEAST, first - 1)],
        "t_disjoint": [(LEAST, first - 1), (last + 1, MOST)],
        "t_during": [(first + 1, last - 1)],
        "t_equals": [(first, last)] if first == last else [],
        "t_intersects": [(first, last)],
    }[op]
    if not isinstance(column, Numbers):
        raise NotInColumns("days that are texts")
    return among(column, spans_of_numbers(column, spans), wanted)
