"""What a filter speaks of, and the two ways in which columns are looked at: one, or two at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from geo.columns import sets
from geo.columns.allowance import Allowance
from geo.columns.places import Places
from geo.columns.refusal import NotInColumns
from geo.columns.sets import Condition, Span, Truths
from geo.columns.table import Column, Numbers, Rows, Words
from geo.columns.texts import FOLDS, folded
from geo.spec import Field

EPOCH = date(1970, 1, 1).toordinal()
# Beyond every whole number and day of a column.
LEAST, MOST = -(2**62), 2**62

# What a word costs to compare, to fold once and to match with a pattern, and what a row does where
# two columns are compared; see geo.columns.allowance.
WORD_NS, FOLDED_NS, MATCHED_NS, TWO_COLUMNS_NS = 150, 1_500, 1_000, 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What a filter speaks of: the fields of a layer, their columns and the places of its rows."""

    fields: Mapping[str, Field]
    columns: Mapping[str, Column]
    places: Places
    # For what is done once, whatever rows are asked for.
    allowance: Allowance

    def names(self, node: Any) -> bool:
        return isinstance(node, Mapping) and "property" in node

    def column(self, node: Mapping[str, Any]) -> tuple[Field, Column]:
        name = node["property"]
        if name not in self.columns:
            raise NotInColumns(f"the field {name}")
        return self.fields[name], self.columns[name]


def unfolded(node: Any) -> tuple[list[str], Any]:
    folds: list[str] = []
    while isinstance(node, Mapping) and node.get("op") in FOLDS:
        folds.append(node["op"])
        node = node["args"][0]
    return folds, node


def among(column: Column, spans: list[Span], wanted: bool) -> Condition:
    """Hold where a column's known code is in spans, or where it is known and is not."""
    last = _last(column)
    inside = sets.joined(spans, last)
    return sets.within(column.codes, inside if wanted else sets.others(inside, last))


def _last(column: Column) -> int:
    if isinstance(column, Words):
        return len(column.words)
    return int(np.iinfo(column.codes.dtype).max)


def spans_of_numbers(column: Numbers, spans: list[Span]) -> list[Span]:
    """Turn spans of numbers into spans of codes."""
    return [(low - column.offset + 1, high - column.offset + 1) for low, high in spans]


def spans_of_words(
    subject: Subject,
    column: Words,
    folds: list[str],
    holds: Callable[[str], bool],
    word_ns: float = WORD_NS,
) -> list[Span]:
    subject.allowance.take(len(column.words) * (word_ns + FOLDED_NS * len(folds)))
    found = (i for i, word in enumerate(column.words, start=1) if holds(folded(folds, word)))
    return sets.spans_of(found)


_UFUNCS: dict[str, np.ufunc] = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_OPPOSITES = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def two_columns(subject: Subject, op: str, left: Column, right: Column, wanted: bool) -> Condition:
    """Compare two properties of a row; never where one of them is unknown."""
    compare = _UFUNCS[op if wanted else _OPPOSITES[op]]
    if isinstance(left, Numbers) and isinstance(right, Numbers):
        numbers = left, right

        def holds(rows: Rows) -> Truths:
            one, other = (column.values(rows) for column in numbers)
            truths: Truths = compare(one, other)
            return truths & numbers[0].known(rows) & numbers[1].known(rows)

        return sets.asking(holds, TWO_COLUMNS_NS)
    if not isinstance(left, Words) or not isinstance(right, Words) or op not in ("=", "<>"):
        raise NotInColumns("the order of texts, which is the database's")
    subject.allowance.take((len(left.words) + len(right.words)) * WORD_NS)
    # The codes of the left column in the words of the right one, or one that no row there has.
    places = {word: i for i, word in enumerate(right.words, start=1)}
    none = len(right.words) + 1
    same = np.array([0, *(places.get(word, none) for word in left.words)], dtype=np.uint32)
    left_codes, right_codes = left.codes, right.codes

    def hold(rows: Rows) -> Truths:
        one, other = same.take(left_codes[rows]), right_codes[rows]
        truths: Truths = compare(one, other) & (one != 0) & (other != 0)
        return truths

    return sets.asking(hold, TWO_COLUMNS_NS, same.nbytes)
