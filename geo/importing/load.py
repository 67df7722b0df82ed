"""The only door through which layer rows are written.

One load is one act: staged rows are compared with the current ones by fingerprint, what changed
gets a new version, what is gone is closed, and nothing is ever overwritten or deleted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import psycopg
import shapely
from psycopg import sql
from psycopg.types.range import DateRange

from geo.errors import ImportRefused
from geo.importing.normalise import Rejected, Row, normalise
from geo.importing.readers import RawRow
from geo.schema import SRID, STORED
from geo.spec import FEATURE_FIELDS, Layer

CHANNEL = "atlas_changes"
# Beside the layer's own number, so that two loads of one layer take turns.
LOAD_LOCK = 0x41544C4C
# Closing more of a layer than this is more often a wrong file than a real change.
REMOVALS_WITHOUT_ASKING = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReport:
    """What a load did, or in a dry run would have done."""

    layer: str
    added: int
    changed: int
    unchanged: int
    removed: int
    rejected: tuple[Rejected, ...] = ()

    @property
    def anything_changed(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def __str__(self) -> str:
        parts = [
            f"{getattr(self, name)} {name}" for name in ("added", "changed", "unchanged", "removed")
        ]
        return f"{self.layer}: {', '.join(parts)}, {len(self.rejected)} rejected"


def load_rows(
    connection: psycopg.Connection,
    layer: Layer,
    rows: Iterable[Mapping[str, Any]],
    *,
    origin: str,
    replace: bool = True,
) -> LoadReport:
    """Check and load rows made by a program; `geometry` is a shapely geometry. All or nothing."""
    raw = [
        RawRow(
            file=origin,
            line=number,
            values={name: value for name, value in row.items() if name != "geometry"},
            geometry=row.get("geometry"),
        )
        for number, row in enumerate(rows, start=1)
    ]
    clean, rejected = normalise(layer, raw)
    if rejected:
        message = f"{len(rejected)} rows of {origin} cannot be loaded; nothing was changed"
        raise ImportRefused(message, [str(row) for row in rejected])
    return load(connection, layer, clean, origin=origin, replace=replace, allow_removals=True)


def load(
    connection: psycopg.Connection,
    layer: Layer,
    rows: Sequence[Row],
    *,
    origin: str,
    sha256: str | None = None,
    replace: bool = True,
    allow_removals: bool = False,
    rejected: Sequence[Rejected] = (),
) -> LoadReport:
    """Load checked rows inside the caller's transaction.

    With `replace`, current rows that are not among `rows` are closed; those whose new version was
    rejected stay as they are.
    """
    check_stored(layer)
    connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (LOAD_LOCK, layer.id))
    kept = {row.id for row in rejected if row.id is not None}
    _stage(connection, layer, rows)
    counts = _compare(connection, layer, kept if replace else None)
    if replace and not allow_removals:
        _guard_removals(layer, counts)
    report = LoadReport(layer=layer.id, rejected=tuple(rejected), **counts)
    if report.anything_changed or not _has_been_loaded(connection, layer):
        _apply(connection, layer, report, origin=origin, sha256=sha256)
    connection.execute("DROP TABLE stage, removed")
    return report


def check_stored(layer: Layer) -> None:
    """Refuse to load into a layer that only looks at another."""
    if layer.parent is not None:
        raise ImportRefused(f"{layer.id} is a view of {layer.parent}; load {layer.parent} instead")


def _guard_removals(layer: Layer, counts: Mapping[str, int]) -> None:
    current = counts["changed"] + counts["unchanged"] + counts["removed"]
    if counts["removed"] > max(1, REMOVALS_WITHOUT_ASKING * current):
        raise ImportRefused(
            f"{counts['removed']} of the {current} rows of {layer.id} are not in what was given, "
            "and would be closed; give all files of the layer together, or pass "
            "--keep-missing to leave them or --allow-removals to close them"
        )


def has_been_loaded(connection: psycopg.Connection, layers: Collection[Layer]) -> set[str]:
    """Name the layers that some load has filled."""
    found = connection.execute("SELECT layer FROM atlas.revisions").fetchall()
    return {name for (name,) in found} & {layer.id for layer in layers}


def _has_been_loaded(connection: psycopg.Connection, layer: Layer) -> bool:
    return layer.id in has_been_loaded(connection, [layer])


def _columns(layer: Layer) -> list[str]:
    names = [field.name for field in (*layer.fields, *FEATURE_FIELDS)]
    return ["id", "geom", *names, "valid", "sensitivity", "fingerprint"]


def _stage(connection: psycopg.Connection, layer: Layer, rows: Sequence[Row]) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, _columns(layer)))
    table = sql.Identifier(STORED, layer.id)
    connection.execute(
        sql.SQL("CREATE TEMP TABLE stage ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
            columns, table
        )
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("COPY stage ({}) FROM STDIN").format(columns)) as copy,
    ):
        for row in rows:
            copy.write_row(_stored_values(layer, row))
    connection.execute("CREATE UNIQUE INDEX ON stage (id)")
    connection.execute("ANALYZE stage")


def _stored_values(layer: Layer, row: Row) -> list[Any]:
    values = [row.values[field.name] for field in (*layer.fields, *FEATURE_FIELDS)]
    geometry = None
    if row.geometry is not None:
        geometry = shapely.to_wkb(
            shapely.set_srid(row.geometry, SRID), hex=True, include_srid=True, byte_order=1
        )
    valid = None
    if row.valid is not None:
        start, end = row.valid
        valid = DateRange(start, None if end is None else end + timedelta(days=1))
    content = [row.id, geometry, *values, *(row.valid or ()), row.sensitivity]
    return [row.id, geometry, *values, valid, row.sensitivity, fingerprint(content)]


def fingerprint(content: Sequence[Any]) -> bytes:
    """Digest what a row says, so that two versions are compared without reading every column."""
    return hashlib.blake2b(orjson.dumps(content), digest_size=16).digest()


def _compare(
    connection: psycopg.Connection, layer: Layer, kept: Collection[str] | None
) -> dict[str, int]:
    """Count what is new, changed, the same and gone; `kept` None means that nothing can be gone."""
    table = sql.Identifier(STORED, layer.id)
    gone = sql.SQL(
        "CREATE TEMP TABLE removed ON COMMIT DROP AS SELECT t.row FROM {table} t "
        "WHERE upper_inf(t.recorded) AND {closes} "
        "AND NOT EXISTS (SELECT FROM stage s WHERE s.id = t.id) AND t.id <> ALL(%s)"
    ).format(table=table, closes=sql.Literal(kept is not None))
    connection.execute(gone, [list(kept or ())])
    counted = _only_row(
        connection,
        sql.SQL(
            "SELECT count(*) FILTER (WHERE t.id IS NULL),"
            " count(*) FILTER (WHERE t.fingerprint <> s.fingerprint),"
            " count(*) FILTER (WHERE t.fingerprint = s.fingerprint),"
            " (SELECT count(*) FROM removed)"
            " FROM stage s LEFT JOIN {table} t ON t.id = s.id AND upper_inf(t.recorded)"
        ).format(table=table),
    )
    return dict(zip(("added", "changed", "unchanged", "removed"), counted, strict=True))


def _apply(
    connection: psycopg.Connection,
    layer: Layer,
    report: LoadReport,
    *,
    origin: str,
    sha256: str | None,
) -> None:
    """Close what changed or went, insert the new versions, and tell everyone."""
    table = sql.Identifier(STORED, layer.id)
    moment = _moment(connection, layer)
    (import_id,) = _only_row(
        connection,
        "INSERT INTO atlas.imports (layer, origin, sha256, recorded_at, added, changed, unchanged,"
        " removed, rejected) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (
            *(layer.id, origin, sha256, moment),
            *(report.added, report.changed, report.unchanged, report.removed),
            len(report.rejected),
        ),
    )
    closing = sql.SQL(
        "UPDATE {table} t SET recorded = tstzrange(lower(t.recorded), %(moment)s)"
        " WHERE upper_inf(t.recorded) AND (t.row IN (SELECT row FROM removed) OR EXISTS"
        " (SELECT FROM stage s WHERE s.id = t.id AND s.fingerprint <> t.fingerprint))"
    ).format(table=table)
    connection.execute(closing, {"moment": moment})
    columns = sql.SQL(", ").join(map(sql.Identifier, _columns(layer)))
    inserting = sql.SQL(
        "INSERT INTO {table} ({columns}, recorded, import_id)"
        " SELECT {columns}, tstzrange(%(moment)s, NULL), %(import)s FROM stage s WHERE NOT EXISTS"
        " (SELECT FROM {table} t WHERE t.id = s.id AND upper_inf(t.recorded)) ORDER BY s.id"
    ).format(table=table, columns=columns)
    connection.execute(inserting, {"moment": moment, "import": import_id})
    connection.execute(
        "INSERT INTO atlas.revisions VALUES (%s, %s, %s) ON CONFLICT (layer)"
        " DO UPDATE SET revision = EXCLUDED.revision, changed_at = EXCLUDED.changed_at",
        (layer.id, import_id, moment),
    )
    connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{layer.id} {import_id}"))


def _moment(connection: psycopg.Connection, layer: Layer) -> datetime:
    """Give the time of this load: now, but later than the layer's last even if clocks step back."""
    (moment,) = _only_row(
        connection,
        "SELECT greatest(clock_timestamp(), max(changed_at) + interval '1 microsecond')"
        " FROM atlas.revisions WHERE layer = %s",
        (layer.id,),
    )
    at: datetime = moment
    return at


def _only_row(
    connection: psycopg.Connection, query: Any, values: Sequence[Any] = ()
) -> tuple[Any, ...]:
    """Run a statement that gives one row whatever the data."""
    (row,) = connection.execute(query, values or None).fetchall()
    return tuple(row)
