"""Answer counts and aggregates from columns, as geo.statements and geo.aggregate have SQL do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import numpy as np

from geo.aggregate import Grouping, sum_columns
from geo.columns.allowance import TooMuchWork
from geo.columns.boxes import all_chosen
from geo.columns.condensed import Condensed
from geo.columns.condensing import stand_ins
from geo.columns.dimensions import MOST_GROUPS, Dimension, dimension
from geo.columns.measures import Added, Chosen, Keyed, Whole, add_measure
from geo.columns.pack import width_of
from geo.columns.refusal import NotInColumns
from geo.columns.sets import Codes, length
from geo.columns.table import Rows, Snapshot, Table
from geo.columns.values import nulls_last
from geo.query import FeatureQuery
from geo.spec import Layer


def count(snapshot: Snapshot, layer: Layer, query: FeatureQuery) -> int | None:
    """Count the rows of a query, whatever its page; None if only SQL can."""
    try:
        return sum(length(rows) for _, rows in all_chosen(snapshot, layer, query))
    except NotInColumns:
        return None


def aggregate(
    snapshot: Snapshot, layer: Layer, query: FeatureQuery, grouping: Grouping
) -> list[dict[str, Any]] | None:
    """Give the rows of geo.aggregate.select_aggregate; None if only SQL can."""
    labels = [sum_columns(layer, measure) for measure in grouping.measures]
    names = list(chain.from_iterable(labels))
    if len(set(names)) < len(names):
        # SQL gives two columns of one name, of which readers of rows see one.
        return None
    asked = stand_ins(snapshot, layer, query, grouping)
    try:
        made = [
            _group(layer, table, rows, grouping, asked.condensed.get(table))
            for table, rows in all_chosen(asked.snapshot, layer, query)
        ]
    except TooMuchWork:
        # Of fewer rows it may be little.
        asked.make_missing()
        return None
    except NotInColumns:
        return None
    asked.make_missing()
    groups: dict[tuple[Any, ...], _Group] = {}
    for part in made:
        for key, group in part.items():
            groups[key] = groups[key].plus(group) if key in groups else group
    return [
        _row(grouping.by, labels, key, groups[key])
        for key in sorted(groups, key=lambda key: [*map(nulls_last, key)])
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """What is added up of a group: its rows, and the sum of each column with how many know it."""

    count: int
    sums: tuple[tuple[int, int], ...]

    def plus(self, other: _Group) -> _Group:
        pairs = zip(self.sums, other.sums, strict=True)
        sums = tuple((mine[0] + its[0], mine[1] + its[1]) for mine, its in pairs)
        return _Group(count=self.count + other.count, sums=sums)


def _group(
    layer: Layer, table: Table, rows: Rows, grouping: Grouping, condensed: Condensed | None
) -> dict[tuple[Any, ...], _Group]:
    """Add up the chosen rows of one part by group; rows that are condensed each stand for many."""
    dimensions = [dimension(layer, table, rows, name) for name in grouping.by]
    wide = math.prod(len(values) for values, _ in dimensions)
    if wide > MOST_GROUPS:
        raise NotInColumns("so many groups")
    groups = Keyed(keys=_keys(dimensions, length(rows)), count=wide)
    if condensed is None:
        size, added = _sums(layer, table, rows, grouping, groups)
    else:
        size, added = condensed.sums(rows, grouping.measures, groups)
    # Without a dimension there is one group, also of no rows.
    filled = np.flatnonzero(size) if grouping.by else np.arange(1)
    pairs = [_pairs(sums, filled) for sums in added]
    rows_of_sums = zip(*pairs, strict=True) if pairs else repeat((), len(filled))
    return {
        key: _Group(count=rows_in_it, sums=sums)
        for key, rows_in_it, sums in zip(
            _values_of(filled, dimensions), size[filled].tolist(), rows_of_sums, strict=True
        )
    }


def _sums(
    layer: Layer, table: Table, rows: Rows, grouping: Grouping, groups: Keyed
) -> tuple[Whole, list[Added]]:
    """Count the rows of each group, and add up what is asked for."""
    added = [
        sums
        for measure in grouping.measures
        for _, sums in add_measure(layer, table.columns, measure, groups, lambda codes: codes[rows])
    ]
    return groups.size(), added


def _pairs(added: Added, filled: Chosen) -> list[tuple[int, int]]:
    return list(zip(added.total[filled].tolist(), added.known[filled].tolist(), strict=True))


def _values_of(places: Chosen, dimensions: list[Dimension]) -> list[tuple[Any, ...]]:
    """Give the values that groups stand for."""
    if not dimensions:
        return [()]
    shape = tuple(len(values) for values, _ in dimensions)
    named = (
        [values[i] for i in at.tolist()]
        for (values, _), at in zip(dimensions, np.unravel_index(places, shape), strict=True)
    )
    return list(zip(*named, strict=True))


def _keys(dimensions: list[Dimension], rows: int) -> Codes:
    """Number the group of each row, in as few bytes as it needs."""
    if not dimensions:
        return np.zeros(rows, dtype=np.uint8)
    width = width_of(math.prod(len(values) for values, _ in dimensions))
    keys = dimensions[0][1].astype(width)
    for values, codes in dimensions[1:]:
        keys *= width(len(values))
        keys += codes.astype(width, copy=False)
    return keys


def _row(
    by: Sequence[str], labels: list[list[str]], key: tuple[Any, ...], group: _Group
) -> dict[str, Any]:
    row = dict(zip(by, key, strict=True))
    row["count"] = group.count
    sums = iter(group.sums)
    for *figures, unknown in labels:
        for name in figures:
            total, known = next(sums)
            row[name] = total if known else None
        # How many are unknown is known of no rows, too.
        row[unknown], _ = next(sums)
    return row
