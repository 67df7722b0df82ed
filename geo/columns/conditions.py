"""Turn a filter that SQL has accepted into conditions on columns.

SQL's logic has three values. A condition is made for one of them, of the rows for which a filter is
surely true or surely false; what is unknown is neither, and NOT only changes which is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geo.columns import sets
from geo.columns.comparisons import FLIPPED, between, comparison, in_list, like_pattern
from geo.columns.days import OF_DAYS, order
from geo.columns.sets import Condition
from geo.columns.subject import Subject, unfolded
from geo.cql2.call import names_geometry


def condition(subject: Subject, node: Any, wanted: bool) -> Condition:
    """Make the condition of the rows for which a part of a filter is surely true, or false."""
    if isinstance(node, bool):
        return sets.constant(node is wanted)
    op, args = node["op"], node["args"]
    if op == "not":
        return condition(subject, args[0], not wanted)
    if op in ("and", "or"):
        parts = [condition(subject, arg, wanted) for arg in args]
        return sets.every(parts) if (op == "and") is wanted else sets.some(parts)
    return _LEAVES.get(op, _relation)(subject, op, args, wanted)


def _is_null(subject: Subject, op: str, args: list[Any], wanted: bool) -> Condition:
    del op
    _, node = unfolded(args[0])
    if names_geometry(node):
        return subject.places.missing(wanted)
    codes = subject.column(node)[1].codes
    if wanted:
        return sets.asking(lambda rows: codes[rows] == 0, sets.COMPARED_NS)
    return sets.asking(lambda rows: codes[rows] != 0, sets.COMPARED_NS)


def _relation(subject: Subject, op: str, args: list[Any], wanted: bool) -> Condition:
    return subject.places.relation(op, args, wanted)


_LEAVES: dict[str, Callable[[Subject, str, list[Any], bool], Condition]] = {
    **dict.fromkeys(FLIPPED, comparison),
    **dict.fromkeys(OF_DAYS, order),
    "t_during": order,
    "between": between,
    "in": in_list,
    "like": like_pattern,
    "isNull": _is_null,
}
