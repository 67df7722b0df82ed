"""Choose the rows of a query, looking only where its box may hold some."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geo.columns.masks import chosen
from geo.columns.stretches import Span, cover, over_degrees, rough_positions
from geo.columns.table import Rows, Snapshot, Table
from geo.query import FeatureQuery
from geo.schema import SRID
from geo.spec import Layer

# Looking at so many rows more costs less than looking at two stretches.
_BRIDGED = 2_000


def all_chosen(snapshot: Snapshot, layer: Layer, query: FeatureQuery) -> list[tuple[Table, Rows]]:
    """Choose the rows that belong to a query, whatever its page, each part of a snapshot once."""
    found: dict[Table, list[Rows]] = {}
    for table, rows in chosen(snapshot, layer, query, _rows_near(query)):
        found.setdefault(table, []).append(rows)
    return [(table, _joined(rows)) for table, rows in found.items()]


def _joined(rows: list[Rows]) -> Rows:
    if len(rows) == 1:
        return rows[0]
    return np.concatenate([np.arange(r.start, r.stop) if isinstance(r, slice) else r for r in rows])


def _rows_near(query: FeatureQuery) -> Callable[[Table], list[Rows]]:
    """Say which rows of a table may lie in the box of a query: all of them, if it has none."""
    box = query.bbox
    # What crosses the antimeridian is two boxes, which may meet behind it.
    if box is None or box.srid != SRID or len(box.parts) > 1:
        return lambda table: [slice(0, len(table))]
    spans = cover(over_degrees(*box.parts[0]))
    return lambda table: [slice(*stretch) for stretch in _bridged(rough_positions(table, spans))]


def _bridged(stretches: list[Span]) -> list[Span]:
    """Join stretches that are near each other; where there is none, give one of no rows."""
    made: list[Span] = []
    for start, end in stretches:
        if made and start - made[-1][1] <= _BRIDGED:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        elif start < end:
            made.append((start, end))
    return made or [(0, 0)]
