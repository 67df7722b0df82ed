"""The only door through which layer rows are written.

One load is one act: staged rows are compared with the current ones by fingerprint, what changed
gets a new version, what is gone is closed, and nothing is ever overwritten or deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import psycopg
from psycopg import sql

from geo.changes import CHANNEL
from geo.errors import ImportRefused
from geo.importing.normalise import Rejected, Row, checked
from geo.importing.readers import RawRow
from geo.importing.stored import RowWriter
from geo.schema import STORED
from geo.spec import Layer

# Beside the layer's own number, so that two loads of one layer take turns.
LOAD_LOCK = 0x41544C4C
# From the choice of a moment to the commit.
WRITE_LOCK = 0x41544C57
# Closing more of a layer than this is more often a wrong file than a real change.
REMOVALS_WITHOUT_ASKING = 0.1
# Lines are handed to the driver some at a time: one by one, that alone took a tenth of a load.
LINES_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReport:
    """What a load did, or in a dry run would have done."""

    layer: str
    added: int
    changed: int
    unchanged: int
    removed: int
    rejected: int = 0

    @property
    def anything_changed(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def __str__(self) -> str:
        names = ("added", "changed", "unchanged", "removed", "rejected")
        return f"{self.layer}: {', '.join(f'{getattr(self, name)} {name}' for name in names)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Staged:
    """A load that has been compared with what is there, and not yet written."""

    layer: Layer
    stage: sql.Identifier
    removed: sql.Identifier
    columns: Sequence[str]
    report: LoadReport
    formula_fields: Collection[str]
    origin: str
    sha256: str | None


@dataclass(kw_only=True, slots=True)
class _Turned:
    """The rejected rows that passed: how many, the ids that could be read, how many could not."""

    ids: set[str]
    count: int = 0
    without_id: int = 0


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
    staged = [
        _stage(connection, layer, _clean(layer, given, origin), origin=origin, replace=replace)
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
    is closed unless `allow_removals` says so. `sha256` is asked when all rows have been read.
    """
    staged = _stage(
        connection,
        layer,
        rows,
        origin=origin,
        sha256=sha256,
        replace=replace,
        guarded=not allow_removals,
    )
    (report,) = _write(connection, [staged])
    return report


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
    connection: psycopg.Connection,
    layer: Layer,
    rows: Iterable[Row | Rejected],
    *,
    origin: str,
    sha256: Callable[[], str] | None = None,
    replace: bool,
    guarded: bool = False,
) -> _Staged:
    """Bring rows into the database beside the layer, and compare them with it."""
    check_stored(layer)
    connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (LOAD_LOCK, layer.id))
    writer = RowWriter(layer)
    stage, removed = sql.Identifier(f"stage_{layer.id}"), sql.Identifier(f"removed_{layer.id}")
    turned = _Turned(ids=set())
    _copy(connection, layer, writer, stage, _sorted_out(rows, turned))
    counts = _compare(connection, layer, stage, removed, turned.ids if replace else None)
    if guarded:
        _guard_removals(layer, counts, turned.without_id)
    return _Staged(
        layer=layer,
        stage=stage,
        removed=removed,
        columns=writer.columns,
        report=LoadReport(layer=layer.id, rejected=turned.count, **counts),
        formula_fields=sorted(writer.formula_fields),
        origin=origin,
        sha256=None if sha256 is None else sha256(),
    )


def _sorted_out(rows: Iterable[Row | Rejected], turned: _Turned) -> Iterator[Row]:
    """Let rows pass, and note which were rejected."""
    for row in rows:
        if isinstance(row, Row):
            yield row
            continue
        turned.count += 1
        if row.id is None:
            turned.without_id += 1
        else:
            turned.ids.add(row.id)


def _guard_removals(layer: Layer, counts: Mapping[str, int], without_id: int) -> None:
    """Refuse to close rows where that is more often a fault of the file than a real change."""
    current = counts["changed"] + counts["unchanged"] + counts["removed"]
    missing = f"{counts['removed']} of the {current} rows of {layer.id} are not in what was given"
    choice = "pass --keep-missing to leave them or --allow-removals to close them"
    if counts["removed"] and without_id:
        raise ImportRefused(
            f"{missing}, but may be among the {without_id} rejected rows whose id cannot be read; "
            f"mend those rows, or {choice}"
        )
    if counts["removed"] > max(1, REMOVALS_WITHOUT_ASKING * current):
        raise ImportRefused(
            f"{missing}, and would be closed; give all files of the layer together, or {choice}"
        )


def _copy(
    connection: psycopg.Connection,
    layer: Layer,
    writer: RowWriter,
    stage: sql.Identifier,
    rows: Iterable[Row],
) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, writer.columns))
    like = sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0")
    connection.execute(like.format(stage, columns, sql.Identifier(STORED, layer.id)))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(stage, columns)
    lines = map(writer.line, rows)
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        while some := list(islice(lines, LINES_AT_ONCE)):
            copy.write("".join(some))
    connection.execute(sql.SQL("CREATE UNIQUE INDEX ON {} (id)").format(stage))
    connection.execute(sql.SQL("ANALYZE {}").format(stage))


def _compare(
    connection: psycopg.Connection,
    layer: Layer,
    stage: sql.Identifier,
    removed: sql.Identifier,
    kept: Collection[str] | None,
) -> dict[str, int]:
    """Count what is new, changed, the same and gone; `kept` None means that nothing can be gone."""
    names = {"table": sql.Identifier(STORED, layer.id), "stage": stage, "removed": removed}
    gone = sql.SQL(
        "CREATE TEMP TABLE {removed} ON COMMIT DROP AS SELECT t.row FROM {table} t "
        "WHERE upper_inf(t.recorded) AND {closes} "
        "AND NOT EXISTS (SELECT FROM {stage} s WHERE s.id = t.id) AND t.id <> ALL(%s)"
    ).format(closes=sql.Literal(kept is not None), **names)
    connection.execute(gone, [list(kept or ())])
    counted = _only_row(
        connection,
        sql.SQL(
            "SELECT count(*) FILTER (WHERE t.id IS NULL),"
            " count(*) FILTER (WHERE t.fingerprint <> s.fingerprint),"
            " count(*) FILTER (WHERE t.fingerprint = s.fingerprint),"
            " (SELECT count(*) FROM {removed})"
            " FROM {stage} s LEFT JOIN {table} t ON t.id = s.id AND upper_inf(t.recorded)"
        ).format(**names),
    )
    return dict(zip(("added", "changed", "unchanged", "removed"), counted, strict=True))


def _write(connection: psycopg.Connection, loads: Sequence[_Staged]) -> list[LoadReport]:
    """Write what was staged, all of it true from one moment on; what changes nothing leaves none.

    The moment is taken last, so that little time passes before others see what it dates.
    """
    filled = has_been_loaded(connection, [staged.layer for staged in loads])
    to_write = [s for s in loads if s.report.anything_changed or s.layer.id not in filled]
    if to_write:
        # One after the other, so that what became true earlier is also seen earlier: the state of
        # a moment must not gain rows afterwards.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
        moment = _moment(connection, [staged.layer.id for staged in to_write])
        for staged in to_write:
            _apply(connection, staged, moment)
    for staged in loads:
        connection.execute(sql.SQL("DROP TABLE {}, {}").format(staged.stage, staged.removed))
    return [staged.report for staged in loads]


def _apply(connection: psycopg.Connection, staged: _Staged, moment: datetime) -> None:
    """Close what changed or went, insert the new versions, and tell everyone."""
    layer, report = staged.layer, staged.report
    (import_id,) = _only_row(
        connection,
        "INSERT INTO atlas.imports (layer, origin, sha256, recorded_at, added, changed, unchanged,"
        " removed, rejected) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (
            *(layer.id, staged.origin, staged.sha256, moment),
            *(report.added, report.changed, report.unchanged, report.removed, report.rejected),
        ),
    )
    names = {
        "table": sql.Identifier(STORED, layer.id),
        "stage": staged.stage,
        "removed": staged.removed,
        "columns": sql.SQL(", ").join(map(sql.Identifier, staged.columns)),
    }
    closing = sql.SQL(
        "UPDATE {table} t SET recorded = tstzrange(lower(t.recorded), %(moment)s)"
        " WHERE upper_inf(t.recorded) AND (t.row IN (SELECT row FROM {removed}) OR EXISTS"
        " (SELECT FROM {stage} s WHERE s.id = t.id AND s.fingerprint <> t.fingerprint))"
    ).format(**names)
    connection.execute(closing, {"moment": moment})
    inserting = sql.SQL(
        "INSERT INTO {table} ({columns}, recorded, import_id)"
        " SELECT {columns}, tstzrange(%(moment)s, NULL), %(import)s FROM {stage} s WHERE NOT EXISTS"
        " (SELECT FROM {table} t WHERE t.id = s.id AND upper_inf(t.recorded))"
        # Neighbours on the map lie together on disk: a box of 7,000 events is read from 1,200
        # pages instead of 7,000.
        " ORDER BY s.cell, s.id"
    ).format(**names)
    connection.execute(inserting, {"moment": moment, "import": import_id})
    # Who may see a row is decided now, for all that was ever held of it: a version that was
    # withdrawn must not be had by asking for the past.
    withdrawing = sql.SQL(
        "UPDATE {table} t SET sensitivity = s.sensitivity FROM {stage} s"
        " WHERE t.id = s.id AND NOT upper_inf(t.recorded) AND t.sensitivity <> s.sensitivity"
    ).format(**names)
    reclassified = connection.execute(withdrawing).rowcount
    if reclassified:
        connection.execute(
            "UPDATE atlas.imports SET reclassified = %s WHERE id = %s", (reclassified, import_id)
        )
    connection.execute(
        "INSERT INTO atlas.revisions AS r VALUES (%s, %s, %s, %s) ON CONFLICT (layer)"
        " DO UPDATE SET revision = EXCLUDED.revision, changed_at = EXCLUDED.changed_at,"
        # Older versions stay readable, so what was risky once stays so.
        " formula_fields = ARRAY(SELECT DISTINCT"
        " unnest(r.formula_fields || EXCLUDED.formula_fields) ORDER BY 1)",
        (layer.id, import_id, moment, list(staged.formula_fields)),
    )
    connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{layer.id} {import_id}"))


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
    connection: psycopg.Connection, query: Any, values: Sequence[Any] = ()
) -> tuple[Any, ...]:
    """Run a statement that gives one row whatever the data."""
    (row,) = connection.execute(query, values or None).fetchall()
    return tuple(row)
