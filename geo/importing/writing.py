"""Make versions of staged rows: all of them true from one moment on, and told to everyone."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from geo.audience import has_datasets
from geo.changes import CHANNEL
from geo.database import Connection
from geo.importing import versions
from geo.importing.acts import LoadReport
from geo.importing.staging import Staged, only_row
from geo.spec import Layer

# From the choice of a moment to the commit.
WRITE_LOCK = 0x41544C57
# Of fewer rows, indexes are not made anew.
MANY = 50_000
# To move a row costs several times what is spared by not logging one.
WORTH_MOVING = 10


def has_been_loaded(connection: Connection, layers: Collection[Layer]) -> set[str]:
    """Name the layers that some load has filled."""
    found = connection.execute("SELECT layer FROM atlas.revisions").fetchall()
    return {name for (name,) in found} & {layer.id for layer in layers}


def write(connection: Connection, loads: Sequence[Staged]) -> list[LoadReport]:
    """Write what was staged, all of it true from one moment on; what changes nothing leaves none.

    The moment is taken last, so that little time passes before others see what it dates.
    """
    filled = has_been_loaded(connection, [staged.layer for staged in loads])
    reports = {staged.layer.id: staged.report for staged in loads}
    to_write = [s for s in loads if s.report.anything_changed or s.layer.id not in filled]
    if to_write:
        # One after the other, so that what became true earlier is also seen earlier: the state of
        # a moment must not gain rows afterwards.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
        moment = _moment(connection, [staged.layer.id for staged in to_write])
        for staged in to_write:
            number = _apply(connection, staged, moment)
            reports[staged.layer.id] = dataclasses.replace(staged.report, number=number)
    for staged in loads:
        layer = staged.layer
        connection.execute(f"DROP TABLE {versions.stage(layer)}, {versions.removed(layer)}")
    return list(reports.values())


def _apply(connection: Connection, staged: Staged, moment: datetime) -> int:
    """Close what changed or went, insert the new versions, and tell everyone."""
    layer = staged.layer
    number = _record(connection, staged, moment)
    values = {"moment": moment, "import": number, "layer": layer.id}
    if staged.report.changed or staged.report.removed:
        connection.execute(versions.close_versions(layer), values)
    with _indexes_later(connection, layer, staged.report):
        connection.execute(versions.open_versions(layer), values)
    reclassified = connection.execute(versions.note_reclassified(layer), values).rowcount
    if reclassified:
        connection.execute(versions.reclassify(layer))
        connection.execute(
            "UPDATE atlas.imports SET reclassified = %s WHERE id = %s", (reclassified, number)
        )
    connection.execute(
        "INSERT INTO atlas.revisions AS r VALUES (%s, %s, %s, %s) ON CONFLICT (layer)"
        " DO UPDATE SET revision = EXCLUDED.revision, changed_at = EXCLUDED.changed_at,"
        # Older versions stay readable, so what was risky once stays so.
        " formula_fields = ARRAY(SELECT DISTINCT"
        " unnest(r.formula_fields || EXCLUDED.formula_fields) ORDER BY 1)",
        (layer.id, number, moment, list(staged.formula_fields)),
    )
    if has_datasets(layer):
        withheld = {"layer": layer.id, "withheld": list(staged.withheld)}
        connection.execute(versions.note_withheld(layer), withheld)
    connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{layer.id} {number}"))
    return number


@contextmanager
def _indexes_later(connection: Connection, layer: Layer, report: LoadReport) -> Iterator[None]:
    """Make the indexes anew behind many new rows, if nobody has to wait for that.

    To fill them row by row takes twice as long. But nobody can read a table whose indexes are being
    made, so that is for a database to which nobody else is connected. Where a server that copies
    itself to no other keeps no log of new files (wal_level minimal), the few rows that there are
    move to one, and the new ones and their indexes are written once instead of twice.
    """
    new = report.added + report.changed
    (held,) = only_row(connection, versions.estimate_rows(layer))
    (others,) = only_row(connection, versions.count_others())
    if new < MANY or new < held or others:
        yield
        return
    made = connection.execute(versions.find_indexes(layer)).fetchall()
    connection.execute("SET LOCAL lock_timeout = '2s'")
    for name, _ in made:
        connection.execute(f"DROP INDEX {name}")
    (spared,) = only_row(connection, versions.is_spared_log())
    if spared and new >= WORTH_MOVING * held:
        for statement in versions.rewrite(layer):
            connection.execute(statement)
    yield
    for _, making in made:
        connection.execute(making)


def _record(connection: Connection, staged: Staged, moment: datetime) -> int:
    """Enter a load into the books, and give its number."""
    report, act = staged.report, staged.act
    first, last = report.days or (None, None)
    entry = {
        "layer": staged.layer.id,
        "origin": act.origin,
        "sha256": staged.sha256,
        "recorded_at": moment,
        **{name: getattr(report, name) for name in ("added", "changed", "unchanged", "removed")},
        "rejected": report.rejected,
        "kind": act.kind,
        "dataset": report.dataset,
        "undoes": act.undoes,
        "disagreeing": report.disagreeing,
        "first_day": first,
        "last_day": last,
    }
    places = ", ".join(f"%({name})s" for name in entry)
    entering = "INSERT INTO atlas.imports ({}) VALUES ({}) RETURNING id"
    (number,) = only_row(connection, entering.format(versions.listed(list(entry)), places), entry)
    return int(number)


def _moment(connection: Connection, layer_ids: Sequence[str]) -> datetime:
    """Give the present, but later than the layers' last change even if clocks step back."""
    (moment,) = only_row(
        connection,
        "SELECT greatest(clock_timestamp(), max(changed_at) + interval '1 microsecond')"
        " FROM atlas.revisions WHERE layer = ANY(%s)",
        (list(layer_ids),),
    )
    at: datetime = moment
    return at
