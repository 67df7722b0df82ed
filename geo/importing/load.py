"""The only door through which layer rows are written.

One load is one act: staged rows are compared with the current ones by fingerprint, what changed
gets a new version, what is gone is closed, and nothing is ever overwritten or deleted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg

from geo.audience import has_datasets
from geo.changes import CHANNEL
from geo.errors import ImportRefused
from geo.importing import versions
from geo.importing.acts import Act, LoadReport, guard_removals, overtaken
from geo.importing.batches import Batch, batched
from geo.importing.normalise import Rejected, Row, checked
from geo.importing.readers import RawRow
from geo.importing.scope import Scope, values_of
from geo.spec import Layer

# Beside the layer's own number, so that two loads of one layer take turns.
LOAD_LOCK = 0x41544C4C
# From the choice of a moment to the commit.
WRITE_LOCK = 0x41544C57
# Of fewer rows, indexes are not made anew.
MANY = 50_000
# What a load may take of the server's memory for itself, while it goes on.
_MEMORY = (
    "SET LOCAL work_mem = '128MB'",
    "SET LOCAL maintenance_work_mem = '256MB'",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Staged:
    """A load that has been compared with what is there, and not yet written."""

    layer: Layer
    act: Act
    report: LoadReport
    formula_fields: Collection[str]
    sha256: str | None


@dataclass(kw_only=True, slots=True)
class _Seen:
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


def load_rows(
    connection: psycopg.Connection,
    layer: Layer,
    rows: Iterable[Mapping[str, Any]],
    *,
    origin: str,
    replace: bool = True,
) -> LoadReport:
    """Check and load rows made by a program; `geometry` is a shapely geometry. All or nothing."""
    (report,) = load_together(connection, {layer: rows}, origin=origin, replace=replace)
    return report


def load_together(
    connection: psycopg.Connection,
    rows: Mapping[Layer, Iterable[Mapping[str, Any]]],
    *,
    origin: str,
    replace: bool = True,
) -> list[LoadReport]:
    """Check and load rows of several layers that belong together: all become true at one moment."""
    act = Act(origin=origin, replace=replace)
    staged = [
        _stage(connection, layer, batched(layer, _clean(layer, given, origin)), act)
        # In one order everywhere, so that two such loads never wait for each other.
        for layer, given in sorted(rows.items(), key=lambda item: item[0].id)
    ]
    reports = {report.layer: report for report in _write(connection, staged)}
    return [reports[layer.id] for layer in rows]


def load(
    connection: psycopg.Connection,
    layer: Layer,
    rows: Iterable[Row | Rejected],
    *,
    origin: str,
    sha256: Callable[[], str] | None = None,
    replace: bool = True,
    allow_removals: bool = False,
) -> LoadReport:
    """Load checked rows inside the caller's transaction.

    With `replace`, current rows that are not among `rows` are closed; those whose new version was
    rejected stay as they are. A rejected row without a readable id may be any of them: then nothing
    is closed unless `allow_removals` says so.
    """
    act = Act(origin=origin, sha256=sha256, replace=replace, guarded=not allow_removals)
    return load_batches(connection, layer, batched(layer, rows), act)


def load_batches(
    connection: psycopg.Connection, layer: Layer, batches: Iterable[Batch], act: Act
) -> LoadReport:
    """Load rows that are written out already inside the caller's transaction."""
    (report,) = _write(connection, [_stage(connection, layer, batches, act)])
    return report


def undo(
    connection: psycopg.Connection,
    layers: Mapping[str, Layer],
    number: int,
    *,
    waits: Callable[[], None] = lambda: None,
) -> list[LoadReport]:
    """Roll an import back as an act of its own, whose versions follow the others.

    What was loaded together with it is rolled back too. It is refused if another import since
    changed the same rows.
    """
    found = connection.execute(
        "SELECT t.id, t.layer, t.origin, t.dataset, t.recorded_at FROM atlas.imports i"
        " JOIN atlas.imports t USING (recorded_at) WHERE i.id = %s ORDER BY t.layer",
        (number,),
    ).fetchall()
    if not found:
        raise ImportRefused(
            f"there is no import {number}; ./atlas import list names those there are"
        )
    staged = []
    for undone, layer_id, origin, dataset, moment in found:
        if layer_id not in layers:
            raise ImportRefused(f"import {undone} is of {layer_id}, which is no layer any more")
        act = Act(
            origin=f"undo of import {undone} ({origin})",
            kind="undo",
            scope=None if dataset is None else Scope(dataset=dataset),
            undoes=undone,
            waits=waits,
        )
        staged.append(_stage_undo(connection, layers[layer_id], act, undone, moment))
    return _write(connection, staged)


def _clean(layer: Layer, rows: Iterable[Mapping[str, Any]], origin: str) -> Iterator[Row]:
    """Check rows made by a program; list all that are wrong, at the end."""
    raw = (
        RawRow(
            file=origin,
            line=number,
            values={name: value for name, value in row.items() if name != "geometry"},
            geometry=row.get("geometry"),
            unit="row",
        )
        for number, row in enumerate(rows, start=1)
    )
    rejected: list[Rejected] = []
    for row in checked(layer, raw):
        if isinstance(row, Row):
            yield row
        else:
            rejected.append(row)
    if rejected:
        message = f"{len(rejected)} rows of {origin} cannot be loaded; nothing was changed"
        raise ImportRefused(message, [str(row) for row in rejected])


def check_stored(layer: Layer) -> None:
    """Refuse to load into a layer that only looks at another."""
    if layer.parent is not None:
        raise ImportRefused(f"{layer.id} is a view of {layer.parent}; load {layer.parent} instead")


def has_been_loaded(connection: psycopg.Connection, layers: Collection[Layer]) -> set[str]:
    """Name the layers that some load has filled."""
    found = connection.execute("SELECT layer FROM atlas.revisions").fetchall()
    return {name for (name,) in found} & {layer.id for layer in layers}


def _stage(
    connection: psycopg.Connection, layer: Layer, batches: Iterable[Batch], act: Act
) -> _Staged:
    """Bring rows into the database beside the layer, and compare them with it."""
    check_stored(layer)
    if act.scope is not None:
        act.scope.check(layer)
    _take_turn(connection, layer, act)
    for setting in _MEMORY:
        connection.execute(setting)
    seen = _Seen()
    _copy(connection, layer, batches, seen)
    values = values_of(act.scope, seen.rejected_ids)
    gone = versions.find_gone(layer, act.scope, replace=act.replace)
    connection.execute(gone, values)
    report = _compared(connection, layer, act, seen, values)
    return _Staged(
        layer=layer,
        act=act,
        report=report,
        formula_fields=sorted(seen.formula_fields),
        sha256=None if act.sha256 is None else act.sha256(),
    )


def _take_turn(connection: psycopg.Connection, layer: Layer, act: Act) -> None:
    """Be the only one who loads a layer, until the end of the transaction."""
    key = (LOAD_LOCK, layer.id)
    (free,) = _only_row(connection, "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", key)
    if not free:
        act.waits()
        connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", key)


def _copy(
    connection: psycopg.Connection, layer: Layer, batches: Iterable[Batch], seen: _Seen
) -> None:
    """Fill the stage of a layer with rows as they come."""
    connection.execute(versions.make_stage(layer))
    with connection.cursor() as cursor, cursor.copy(versions.fill_stage(layer)) as copy:
        for batch in batches:
            seen.note(batch)
            copy.write(batch.lines)
    _prepare_stage(connection, layer)


def _prepare_stage(connection: psycopg.Connection, layer: Layer) -> None:
    stage = versions.stage(layer)
    connection.execute(f"CREATE UNIQUE INDEX ON {stage} (id)")
    # Only what rows are compared by: to look at all columns took longer than to compare.
    connection.execute(f"ANALYZE {stage} (id, fingerprint)")


def _compared(
    connection: psycopg.Connection,
    layer: Layer,
    act: Act,
    seen: _Seen,
    values: Mapping[str, Any],
) -> LoadReport:
    """Say how the stage differs from what is there; refuse what is more often a fault."""
    counting = versions.count_differences(layer, act.scope)
    *counts, named, foreign = _only_row(connection, counting, values)
    added, changed, unchanged, removed = counts
    if foreign is not None:
        raise ImportRefused(
            f"the id {foreign!r} is that of a row of another data set; give the rows of "
            f"{act.scope and act.scope.dataset} ids of their own"
        )
    if act.guarded:
        guard_removals(layer, act, changed + unchanged, removed - named, seen.without_id)
    return LoadReport(
        layer=layer.id,
        added=added,
        changed=changed,
        unchanged=unchanged,
        removed=removed,
        rejected=seen.rejected,
        dataset=None if act.scope is None else act.scope.dataset,
        disagreeing=seen.disagreeing,
        days=None if act.scope is None else _days(connection, layer),
    )


def _days(connection: psycopg.Connection, layer: Layer) -> tuple[date, date] | None:
    if layer.time is None:
        return None
    first, last = _only_row(connection, versions.find_days(layer))
    return None if first is None or last is None else (first, last)


def _stage_undo(
    connection: psycopg.Connection, layer: Layer, act: Act, undone: int, moment: datetime
) -> _Staged:
    """Stage what an import changed as it was before, unless others changed it since."""
    _take_turn(connection, layer, act)
    values = {"import": undone, "layer": layer.id, "moment": moment}
    later = connection.execute(versions.find_later_changes(layer), values).fetchall()
    if later:
        raise overtaken(undone, later)
    connection.execute(versions.stage_former(layer), values)
    _prepare_stage(connection, layer)
    connection.execute(versions.find_added(layer), values)
    report = _compared(connection, layer, act, _Seen(), values_of(act.scope, ()))
    return _Staged(layer=layer, act=act, report=report, formula_fields=(), sha256=None)


def _write(connection: psycopg.Connection, loads: Sequence[_Staged]) -> list[LoadReport]:
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


def _apply(connection: psycopg.Connection, staged: _Staged, moment: datetime) -> int:
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
        connection.execute(versions.note_withheld(layer), values)
    connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{layer.id} {number}"))
    return number


@contextmanager
def _indexes_later(
    connection: psycopg.Connection, layer: Layer, report: LoadReport
) -> Iterator[None]:
    """Make the indexes anew behind many new rows, if nobody has to wait for that.

    To fill them row by row takes twice as long. But nobody can read a table whose indexes are being
    made, so that is for a database to which nobody else is connected.
    """
    new = report.added + report.changed
    (held,) = _only_row(connection, versions.estimate_rows(layer))
    (others,) = _only_row(connection, versions.count_others())
    if new < MANY or new < held or others:
        yield
        return
    made = connection.execute(versions.find_indexes(layer)).fetchall()
    connection.execute("SET LOCAL lock_timeout = '2s'")
    for name, _ in made:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, making in made:
        connection.execute(making)


def _record(connection: psycopg.Connection, staged: _Staged, moment: datetime) -> int:
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
    (number,) = _only_row(connection, entering.format(versions.listed(list(entry)), places), entry)
    return int(number)


def _moment(connection: psycopg.Connection, layer_ids: Sequence[str]) -> datetime:
    """Give the present, but later than the layers' last change even if clocks step back."""
    (moment,) = _only_row(
        connection,
        "SELECT greatest(clock_timestamp(), max(changed_at) + interval '1 microsecond')"
        " FROM atlas.revisions WHERE layer = ANY(%s)",
        (list(layer_ids),),
    )
    at: datetime = moment
    return at


def _only_row(
    connection: psycopg.Connection,
    query: str,
    values: Sequence[Any] | Mapping[str, Any] | None = None,
) -> tuple[Any, ...]:
    """Run a statement that gives one row whatever the data."""
    (row,) = connection.execute(query, values or None).fetchall()
    return tuple(row)
