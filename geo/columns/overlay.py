"""Bring the columns on disk up to date: by what came and what went since they were read."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.changes import count_reclassified, select_moment
from geo.columns import reads
from geo.columns.build import microseconds, read_tables
from geo.columns.pack import width_of
from geo.columns.table import Snapshot, Table
from geo.columns.threads import in_thread
from geo.database import Reader
from geo.features import revision_of
from geo.spec import Layer

# What is kept beside the columns on disk costs every question its time, and every worker memory.
DUE_SHARE, DUE_AT_LEAST = 0.02, 20_000
# Up to here reading what changed is still quicker than reading all anew.
MOST_SHARE, MOST_AT_LEAST = 0.2, 50_000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Base:
    """The columns of one state of a layer, as they lie on disk."""

    revision: int
    changed_at: int
    tables: tuple[Table, ...]

    def __len__(self) -> int:
        return sum(map(len, self.tables))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Update:
    """The current state of a layer, and whether its columns are to be read anew for it."""

    snapshot: Snapshot
    changed: int
    rebuild_due: bool


async def update(reader: Reader, layer: Layer, base: Base, executor: Executor) -> Update | None:
    """Add to columns what changed since; None if they are to be read anew before they are used."""
    revision = await revision_of(reader, layer)
    since = await reader.value(select_moment(base.revision))
    if since is None or microseconds(since) != base.changed_at or revision.number < base.revision:
        # They are of another database, or of one that was put back.
        return None
    # Past versions that were withdrawn, or shown, are not among those that came or went.
    if await reader.value(count_reclassified(layer, base.revision)):
        return None
    most = max(MOST_AT_LEAST, int(MOST_SHARE * len(base)))
    changed: int = await reader.value(reads.count_changed(layer, since, most))
    if changed > most:
        return None
    parts = base.tables
    if changed:
        found = await reader.rows(reads.select_closed(layer, since))
        closed = {row["row"]: microseconds(row["closed_at"]) for row in found}
        came = await read_tables(reader, layer, revision, executor, since=since)
        kept = await in_thread(executor, close_rows, parts, closed)
        if kept is None:
            return None
        parts = (*kept, *(table for table in came if len(table)))
    parts = tuple(replace(part, revision=revision.number) for part in parts)
    by_bytes: bool = await reader.value(reads.select_by_bytes())
    return Update(
        snapshot=Snapshot(
            layer=layer.id,
            revision=revision.number,
            parts=parts,
            changed_at=revision.changed_at,
            by_bytes=by_bytes,
        ),
        changed=changed,
        rebuild_due=changed > max(DUE_AT_LEAST, int(DUE_SHARE * len(base))),
    )


def close_rows(tables: tuple[Table, ...], closed: Mapping[int, int]) -> tuple[Table, ...] | None:
    """Close rows at moments, each once; None if they are not all there and still hold."""
    if not closed:
        return tables
    rows = np.array(sorted(closed), np.uint32)
    moments = np.array([closed[row] for row in rows.tolist()], np.int64)
    done = [_close(table, rows, moments) for table in tables]
    if sum(count for _, count in done) != len(closed):
        return None
    return tuple(table for table, _ in done)


def _close(
    table: Table, rows: NDArray[np.uint32], closed_at: NDArray[np.int64]
) -> tuple[Table, int]:
    """Close those of the rows that are in a table, and say how many that are."""
    places = np.flatnonzero(np.isin(table.row, rows))
    holding = places[table.recorded_to[places] == len(table.moments)]
    if not len(holding):
        return table, 0
    at = closed_at[np.searchsorted(rows, table.row[holding])]
    moments = np.union1d(table.moments, at)
    held, holds = len(table.moments), len(moments)
    # The new moments are later than all others, whose places stay.
    recorded_to = table.recorded_to.astype(width_of(holds))
    recorded_to[recorded_to == held] = holds
    recorded_to[holding] = np.searchsorted(moments, at)
    return replace(table, moments=moments, recorded_to=recorded_to), len(holding)
