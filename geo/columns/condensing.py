"""Answer questions of one shape from condensed rows, which are made once a first one was asked.

No question waits for them: until they are there, and where they are not worth it, all rows are
walked through.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from weakref import WeakKeyDictionary

from geo.aggregate import Grouping
from geo.columns.condensed import Condensed, Shape, condense
from geo.columns.dimensions import is_of_days
from geo.columns.masks import LEAST_BYTES, changes_seen, is_spatial, rows_held
from geo.columns.refusal import NotInColumns
from geo.columns.remembered import Remembered
from geo.columns.table import Snapshot, Table
from geo.columns.threads import OneAtATime
from geo.cql2 import GEOMETRY_NAMES, names_in
from geo.query import FeatureQuery
from geo.quickly import fault_of
from geo.spec import Layer

LOG = logging.getLogger("atlas")
# Fewer rows are walked through in a millisecond or two.
LEAST_ROWS = 100_000
# What all condensed rows of a table may take; their masks may take the least that masks do.
MOST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class _Made:
    """What was made for a shape: nothing, if that is not worth it."""

    condensed: Condensed | None


# As of masks: what is kept must not hold on to its table.
_MADE: WeakKeyDictionary[Table, Remembered[_Made]] = WeakKeyDictionary()
IN_BACKGROUND = OneAtATime("condensing")


@dataclass(frozen=True, kw_only=True, slots=True)
class StandIns:
    """A snapshot in which condensed rows stand for those of large parts, as far as there are any.

    `condensed` says what the rows of a part stand for.
    """

    snapshot: Snapshot
    condensed: Mapping[Table, Condensed]
    missing: tuple[tuple[Table, Shape], ...]

    def make_missing(self) -> None:
        """Begin to make what is not there yet, one at a time, for those who ask alike."""
        for table, shape in self.missing:
            IN_BACKGROUND.begin(partial(_make, table, shape))


def stand_ins(
    snapshot: Snapshot, layer: Layer, query: FeatureQuery, grouping: Grouping
) -> StandIns:
    """Find the condensed rows that can answer a question, and say which are to be made."""
    parts: list[Table] = []
    condensed: dict[Table, Condensed] = {}
    missing: list[tuple[Table, Shape]] = []
    for table in snapshot.parts:
        shape = _shape(table, layer, query, grouping) if len(table) >= LEAST_ROWS else None
        made = _remembered(table).get(shape) if shape is not None else None
        if made is not None and made.condensed is not None:
            parts.append(made.condensed.table)
            condensed[made.condensed.table] = made.condensed
            continue
        parts.append(table)
        if shape is not None and made is None:
            missing.append((table, shape))
    return StandIns(
        snapshot=replace(snapshot, parts=tuple(parts)),
        condensed=condensed,
        missing=tuple(missing),
    )


def _shape(table: Table, layer: Layer, query: FeatureQuery, grouping: Grouping) -> Shape | None:
    """Say what a question reads of rows; None if that is more than their days and columns."""
    by = {name for name in grouping.by if not is_of_days(layer, name)}
    asked = names_in(query.filter)
    fields = frozenset({*by, *asked, *layer.where})
    is_of_places = query.bbox is not None or is_spatial(query.filter) or asked & GEOMETRY_NAMES
    if is_of_places or not fields <= table.columns.keys():
        return None
    return Shape(
        layer=layer,
        days=query.interval is not None or len(by) < len(grouping.by),
        fields=fields,
        measures=grouping.measures,
        seen=changes_seen(table, query.moment),
    )


def _remembered(table: Table) -> Remembered[_Made]:
    return _MADE.setdefault(table, Remembered(MOST_BYTES))


def _make(table: Table, shape: Shape) -> None:
    """Condense the rows of a table, and remember that it is not worth it where it is not."""
    made = None
    try:
        # What only SQL adds up is not worth it either.
        with suppress(NotInColumns):
            made = condense(table, rows_held(table, shape.seen), shape)
    except Exception as error:  # noqa: BLE001 - whatever it is, all rows do not have it
        LOG.error(
            "rows of %s cannot be condensed, so all are walked through: %s",
            *(table.layer, fault_of(error)),
        )
    # Those that are larger than all may be would be made time and again.
    if made is None or made.nbytes + LEAST_BYTES > MOST_BYTES:
        _remembered(table).put(shape, _Made(None), LEAST_BYTES)
    else:
        _remembered(table).put(shape, _Made(made), made.nbytes + LEAST_BYTES)
