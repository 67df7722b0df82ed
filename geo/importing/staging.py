"""Bring rows into the database beside their layer, and compare them with what is there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from geo.database import Connection
from geo.errors import ImportRefused
from geo.importing import versions
from geo.importing.acts import Act, LoadReport, guard_removals
from geo.importing.batches import Batch
from geo.importing.scope import values_of
from geo.spec import Layer

# Beside the layer's own number, so that two loads of one layer take turns.
LOAD_LOCK = 0x41544C4C
# How a load works, while it goes on: with more of the server's memory than others.
_WORKS_WITH = (
    "SET LOCAL work_mem = '128MB'",
    "SET LOCAL maintenance_work_mem = '256MB'",
    # Rows over 2 KB are compressed; the way of old takes several times as long.
    """
    SELECT set_config(name, 'lz4', true) FROM pg_settings
    WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)
    """,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Staged:
    """A load that has been compared with what is there, and not yet written."""

    layer: Layer
    act: Act
    report: LoadReport
    formula_fields: Collection[str]
    # Data sets with rows that may be counted and not passed on.
    withheld: Collection[str | None]
    sha256: str | None


@dataclass(kw_only=True, slots=True)
class Seen:
    """What the rows showed as they passed: which were rejected, and what was noticed."""

    rejected_ids: set[str] = field(default_factory=set)
    rejected: int = 0
    without_id: int = 0
    formula_fields: set[str] = field(default_factory=set)
    disagreeing: int | None = None

    def note(self, batch: Batch) -> None:
        """Take note of some rows."""
        self.formula_fields |= batch.formula_fields
        if batch.disagreeing is not None:
            self.disagreeing = (self.disagreeing or 0) + batch.disagreeing
        for row in batch.rejected:
            self.rejected += 1
            if row.id is None:
                self.without_id += 1
            else:
                self.rejected_ids.add(row.id)


def check_stored(layer: Layer) -> None:
    """Refuse to load into a layer that only looks at another."""
    if layer.parent is not None:
        raise ImportRefused(f"{layer.id} is a view of {layer.parent}; load {layer.parent} instead")


def stage_batches(
    connection: Connection, layer: Layer, batches: Iterable[Batch], act: Act
) -> Staged:
    """Bring rows into the database beside the layer, and compare them with it."""
    check_stored(layer)
    if act.scope is not None:
        act.scope.check(layer)
    take_turn(connection, layer, act)
    for setting in _WORKS_WITH:
        connection.execute(setting)
    seen = Seen()
    _copy(connection, layer, batches, seen)
    values = values_of(act.scope, seen.rejected_ids)
    gone = versions.find_gone(layer, act.scope, replace=act.replace)
    connection.execute(gone, values)
    return compared(connection, layer, act, seen, values)


def take_turn(connection: Connection, layer: Layer, act: Act) -> None:
    """Be the only one who loads a layer, until the end of the transaction."""
    key = (LOAD_LOCK, layer.id)
    (free,) = only_row(connection, "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", key)
    if not free:
        act.waits()
        connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", key)


def _copy(connection: Connection, layer: Layer, batches: Iterable[Batch], seen: Seen) -> None:
    """Fill the stage of a layer with rows as they come."""
    connection.execute(versions.make_stage(layer))
    with connection.cursor() as cursor, cursor.copy(versions.fill_stage(layer)) as copy:
        for batch in batches:
            seen.note(batch)
            copy.write(batch.lines)
    prepare_stage(connection, layer)


def prepare_stage(connection: Connection, layer: Layer) -> None:
    stage = versions.stage(layer)
    connection.execute(f"CREATE UNIQUE INDEX ON {stage} (id)")
    # Only what rows are compared by: to look at all columns took longer than to compare.
    connection.execute(f"ANALYZE {stage} (id, fingerprint)")


def compared(
    connection: Connection,
    layer: Layer,
    act: Act,
    seen: Seen,
    values: Mapping[str, Any],
) -> Staged:
    """Say how the stage differs from what is there; refuse what is more often a fault."""
    counting = versions.count_differences(layer, act.scope)
    *counts, named, foreign, first, last, withheld = only_row(connection, counting, values)
    added, changed, unchanged, removed, older = counts
    if foreign is not None:
        raise ImportRefused(
            f"the id {foreign!r} is that of a row of another data set; give the rows of "
            f"{act.scope and act.scope.dataset} ids of their own"
        )
    if act.guarded:
        guard_removals(layer, act, changed + unchanged, removed - named, seen.without_id)
    is_dated = act.scope is not None and layer.time is not None and None not in (first, last)
    report = LoadReport(
        layer=layer.id,
        added=added,
        changed=changed,
        unchanged=unchanged,
        removed=removed,
        rejected=seen.rejected,
        dataset=None if act.scope is None else act.scope.dataset,
        disagreeing=seen.disagreeing,
        older=older,
        outside=_outside(connection, layer, act, values),
        days=(first, last) if is_dated else None,
    )
    return Staged(
        layer=layer,
        act=act,
        report=report,
        formula_fields=sorted(seen.formula_fields),
        withheld=withheld,
        sha256=None if act.sha256 is None else act.sha256(),
    )


def _outside(
    connection: Connection, layer: Layer, act: Act, values: Mapping[str, Any]
) -> int | None:
    counting = versions.count_outside(layer, act.scope)
    return None if counting is None else int(only_row(connection, counting, values)[0])


def only_row(
    connection: Connection,
    query: str,
    values: Sequence[Any] | Mapping[str, Any] | None = None,
) -> tuple[Any, ...]:
    """Run a statement that gives one row whatever the data."""
    (row,) = connection.execute(query, values or None).fetchall()
    return tuple(row)
