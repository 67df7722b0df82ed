"""Compare properties with literals and with each other."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

from geo.columns import sets
from geo.columns.refusal import NotInColumns
from geo.columns.sets import Condition, Span
from geo.columns.subject import (
    EPOCH,
    LEAST,
    MATCHED_NS,
    MOST,
    Subject,
    among,
    spans_of_numbers,
    spans_of_words,
    two_columns,
    unfolded,
)
from geo.columns.table import Words
from geo.columns.texts import folded, like
from geo.cql2 import read_literal

FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def comparison(subject: Subject, op: str, args: list[Any], wanted: bool) -> Condition:
    """Make the condition of =, <>, <, <=, > or >=."""
    (left_folds, left), (right_folds, right) = (unfolded(arg) for arg in args)
    if not subject.names(left):
        op, left_folds, left, right_folds, right = (
            *(FLIPPED[op], right_folds, right),
            *(left_folds, left),
        )
    field, column = subject.column(left)
    if subject.names(right):
        if left_folds or right_folds:
            raise NotInColumns("two folded properties")
        return two_columns(subject, op, column, subject.column(right)[1], wanted)
    literal = read_literal(right, field)
    if isinstance(column, Words):
        if op not in ("=", "<>"):
            raise NotInColumns("the order of texts, which is the database's")
        text = folded(right_folds, literal)
        spans = spans_of_words(subject, column, left_folds, lambda word: word == text)
        return among(column, spans, wanted is (op == "="))
    if op == "<>":
        return among(column, spans_of_numbers(column, _compared("=", literal)), not wanted)
    return among(column, spans_of_numbers(column, _compared(op, literal)), wanted)


def _number(literal: Any) -> float:
    if isinstance(literal, date):
        return literal.toordinal() - EPOCH
    return int(literal) if isinstance(literal, bool) else literal


def _compared(op: str, literal: Any) -> list[Span]:
    """Give the whole numbers that stand so to a literal, which may have a fraction."""
    number = _number(literal)
    below, above = math.ceil(number) - 1, math.floor(number) + 1
    match op:
        case "=":
            return [(below + 1, above - 1)]
        case "<":
            return [(LEAST, below)]
        case "<=":
            return [(LEAST, above - 1)]
        case ">":
            return [(above, MOST)]
        case _:
            return [(below + 1, MOST)]


def between(subject: Subject, op: str, args: list[Any], wanted: bool) -> Condition:
    """Make the condition of BETWEEN, its bounds included."""
    del op
    value, low, high = args
    parts = [
        _of_property(subject, relation, [value, bound], wanted)
        for relation, bound in ((">=", low), ("<=", high))
    ]
    return sets.every(parts) if wanted else sets.some(parts)


def _of_property(subject: Subject, op: str, args: list[Any], wanted: bool) -> Condition:
    if not any(subject.names(unfolded(arg)[1]) for arg in args):
        raise NotInColumns("two literals")
    return comparison(subject, op, args, wanted)


def in_list(subject: Subject, op: str, args: list[Any], wanted: bool) -> Condition:
    """Make the condition of IN."""
    value, items = args
    if not items:
        # As = ANY of an empty array: false, also of what is unknown.
        return sets.constant(not wanted)
    folds, inner = unfolded(value)
    literals: list[Any] = []
    parts: list[Condition] = []
    for item in items:
        if subject.names(inner) and not subject.names(unfolded(item)[1]):
            literals.append(item)
        else:
            parts.append(_of_property(subject, "=", [value, item], wanted))
    if literals:
        parts.append(
            among(subject.column(inner)[1], _any_of(subject, inner, folds, literals), wanted)
        )
    return sets.some(parts) if wanted else sets.every(parts)


def _any_of(subject: Subject, node: Any, folds: list[str], items: list[Any]) -> list[Span]:
    field, column = subject.column(node)
    read = [(own, read_literal(node, field)) for own, node in map(unfolded, items)]
    if isinstance(column, Words):
        texts = {folded(own, text) for own, text in read}
        return spans_of_words(subject, column, folds, texts.__contains__)
    return [span for _, number in read for span in spans_of_numbers(column, _compared("=", number))]


def like_pattern(subject: Subject, op: str, args: list[Any], wanted: bool) -> Condition:
    """Make the condition of LIKE."""
    del op
    (folds, node), (pattern_folds, pattern) = (unfolded(arg) for arg in args)
    _, column = subject.column(node)
    if not isinstance(column, Words):
        raise NotInColumns("texts that are all different")
    matches = like(folded(pattern_folds, pattern))
    return among(column, spans_of_words(subject, column, folds, matches, MATCHED_NS), wanted)
