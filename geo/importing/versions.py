"""Write the SQL by which staged rows become versions: compare, close, open, undo.

Pure: texts only. Names come from declarations, values are bound by who runs them. A stage is a
temporary table of rows to be; beside it stands one of the rows that are to be closed.
"""

from __future__ import annotations

from collections.abc import Sequence

from geo.audience import DATASET, has_datasets
from geo.importing.scope import Scope, closes, ours, outside
from geo.importing.stored import stored_columns
from geo.schema import STORED
from geo.spec import Layer


def stage(layer: Layer) -> str:
    """Name the stage of a layer."""
    return f'"stage_{layer.id}"'


def removed(layer: Layer) -> str:
    """Name the table of what a load of a layer closes."""
    return f'"removed_{layer.id}"'


def listed(columns: Sequence[str]) -> str:
    """Write the names of columns."""
    return ", ".join(f'"{name}"' for name in columns)


def _of(layer: Layer, text: str) -> str:
    """Write a statement with the names of a layer in it."""
    columns = stored_columns(layer)
    return text.format(
        table=f'{STORED}."{layer.id}"',
        stage=stage(layer),
        removed=removed(layer),
        imports=f"{STORED}.imports",
        reclassified=f"{STORED}.reclassified",
        columns=listed(columns),
        all_but_sensitivity=listed([name for name in columns if name != "sensitivity"]),
    )


def make_stage(layer: Layer) -> str:
    """Make an empty stage."""
    making = "CREATE TEMP TABLE {stage} ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0"
    return _of(layer, making)


def fill_stage(layer: Layer) -> str:
    """Take rows as lines."""
    return _of(layer, "COPY {stage} ({columns}) FROM STDIN")


def find_gone(layer: Layer, scope: Scope | None, *, replace: bool) -> str:
    """Note the current rows that a load closes because it does not have them."""
    return _of(
        layer,
        """
        CREATE TEMP TABLE {removed} ON COMMIT DROP AS SELECT t.row, t.id FROM {table} t
        WHERE upper_inf(t.recorded) AND CLOSES
        AND NOT EXISTS (SELECT FROM {stage} s WHERE s.id = t.id)
        """.replace("CLOSES", closes(layer, scope, replace=replace)),
    )


def count_differences(layer: Layer, scope: Scope | None) -> str:
    """Count what is new, changed, the same, gone, older, gone by name; name one of other sets.

    Then come the first and the last day that were given, and the data sets with rows that may only
    be counted: rows of 2 KB are walked through once for all of it.
    """
    return _of(
        layer,
        """
        WITH given AS (
            SELECT DATASET AS dataset, s.sensitivity = 'counts_only' AS withheld,
                count(*) FILTER (WHERE t.id IS NULL) AS added,
                count(*) FILTER (WHERE t.fingerprint <> s.fingerprint) AS changed,
                count(*) FILTER (WHERE t.fingerprint = s.fingerprint) AS same,
                count(*) FILTER (WHERE t.fingerprint <> s.fingerprint AND OLDER) AS older,
                min(t.id) FILTER (WHERE NOT OURS) AS foreign_id,
                min(lower(s.valid)) AS first, max(upper(s.valid)) - 1 AS last
            FROM {stage} s LEFT JOIN {table} t ON t.id = s.id AND upper_inf(t.recorded)
            GROUP BY 1, 2)
        SELECT coalesce(sum(added), 0)::bigint, coalesce(sum(changed), 0)::bigint,
            coalesce(sum(same), 0)::bigint, (SELECT count(*) FROM {removed}),
            coalesce(sum(older), 0)::bigint,
            (SELECT count(*) FROM {removed} WHERE id = ANY(%(removed_ids)s)),
            min(foreign_id), min(first), max(last),
            coalesce(array_agg(DISTINCT dataset) FILTER (WHERE withheld), '{{}}')
        FROM given
        """.replace("OURS", ours(scope))
        .replace("OLDER", _older(layer))
        .replace("DATASET", f's."{DATASET}"' if has_datasets(layer) else "NULL::text"),
    )


def _older(layer: Layer) -> str:
    """Write that what a staged row `s` says is from before what the stored one `t` says.

    Only moments that are written alike are in the order of their texts.
    """
    name = next((field.name for field in layer.fields if field.changed_at_source), None)
    if name is None:
        return "false"
    given, held = (f'{row}."{name}" COLLATE "C"' for row in ("s", "t"))
    day = "~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}'"
    return f"{given} < {held} AND length({given}) = length({held}) AND {given} {day}"


def count_outside(layer: Layer, scope: Scope | None) -> str | None:
    """Count the current rows that were not given and that a load leaves because of their days."""
    condition = outside(layer, scope)
    return condition and _of(
        layer,
        """
        SELECT count(*) FROM {table} t WHERE upper_inf(t.recorded) AND OUTSIDE
        AND NOT EXISTS (SELECT FROM {stage} s WHERE s.id = t.id)
        """.replace("OUTSIDE", condition),
    )


def close_versions(layer: Layer) -> str:
    """End the versions that changed or are gone."""
    return _of(
        layer,
        """
        UPDATE {table} t SET recorded = tstzrange(lower(t.recorded), %(moment)s)
        WHERE upper_inf(t.recorded) AND (
            t.row IN (SELECT row FROM {removed}) OR EXISTS (
                SELECT FROM {stage} s WHERE s.id = t.id AND s.fingerprint <> t.fingerprint))
        """,
    )


def note_withheld(layer: Layer) -> str:
    """Remember the data sets with rows that may only be counted; what was once so stays noted."""
    return _of(
        layer,
        """
        UPDATE atlas.revisions r SET withheld = ARRAY(
            SELECT DISTINCT unnest(r.withheld || %(withheld)s::text[]) ORDER BY 1)
        WHERE r.layer = %(layer)s
        """,
    )


def open_versions(layer: Layer) -> str:
    """Begin a version of each row that has none now.

    Neighbours on the map lie together on disk: a box of 7,000 events is read from 1,200 pages
    instead of 7,000. Only keys are sorted, and the rows fetched one by one from where they lie in
    the stage, which OFFSET 0 makes sure of: to sort rows of 2 KB took as long as all the rest.
    """
    return _of(
        layer,
        """
        INSERT INTO {table} ({columns}, recorded, import_id)
        SELECT {columns}, tstzrange(%(moment)s, NULL), %(import)s FROM (
            SELECT n.ctid AS lies FROM {stage} n WHERE NOT EXISTS (
                SELECT FROM {table} t WHERE t.id = n.id AND upper_inf(t.recorded))
            ORDER BY n.cell, n.id
        ) sorted CROSS JOIN LATERAL (
            SELECT * FROM {stage} s WHERE s.ctid = sorted.lies OFFSET 0) s
        """,
    )


def note_reclassified(layer: Layer) -> str:
    """Keep who could see the past versions that are seen otherwise from now on."""
    return _of(
        layer,
        """
        INSERT INTO {reclassified} (import_id, row, layer, id, was, became)
        SELECT %(import)s, t.row, %(layer)s, t.id, t.sensitivity, s.sensitivity
        FROM {table} t JOIN {stage} s ON t.id = s.id
        WHERE NOT upper_inf(t.recorded) AND t.sensitivity <> s.sensitivity
        """,
    )


def reclassify(layer: Layer) -> str:
    """Decide who may see a row for all that was ever held of it.

    A version that was withdrawn must not be had by asking for the past.
    """
    return _of(
        layer,
        """
        UPDATE {table} t SET sensitivity = s.sensitivity FROM {stage} s
        WHERE t.id = s.id AND NOT upper_inf(t.recorded) AND t.sensitivity <> s.sensitivity
        """,
    )


def stage_former(layer: Layer) -> str:
    """Stage the versions that an import ended, to be seen by whom they were before it."""
    return _of(
        layer,
        """
        CREATE TEMP TABLE {stage} ON COMMIT DROP AS
        SELECT {all_but_sensitivity}, coalesce(r.was, t.sensitivity) AS sensitivity
        FROM {table} t LEFT JOIN (
            SELECT row, was FROM {reclassified} WHERE import_id = %(import)s) r USING (row)
        WHERE upper(t.recorded) = %(moment)s AND NOT upper_inf(t.recorded)
        """,
    )


def find_added(layer: Layer) -> str:
    """Note the current versions of what an import brought that was not there before."""
    return _of(
        layer,
        """
        CREATE TEMP TABLE {removed} ON COMMIT DROP AS
        SELECT t.row, t.id FROM {table} t JOIN {table} n ON n.id = t.id
        WHERE upper_inf(t.recorded) AND lower(n.recorded) = %(moment)s
        AND NOT EXISTS (SELECT FROM {stage} s WHERE s.id = t.id)
        """,
    )


def find_later_changes(layer: Layer) -> str:
    """Count, import by import, the rows that are no longer as one import left them."""
    return _of(
        layer,
        """
        WITH brought AS (
            SELECT id, fingerprint FROM {table} WHERE lower(recorded) = %(moment)s),
        touched AS (
            SELECT id, fingerprint FROM brought
            UNION ALL
            SELECT id, NULL FROM {table} WHERE upper(recorded) = %(moment)s
            AND NOT upper_inf(recorded) AND id NOT IN (SELECT id FROM brought)),
        differing AS (
            SELECT touched.id, t.import_id
            FROM touched LEFT JOIN {table} t ON t.id = touched.id AND upper_inf(t.recorded)
            WHERE t.fingerprint IS DISTINCT FROM touched.fingerprint),
        blamed AS (
            SELECT coalesce(import_id, (
                SELECT i.id FROM {imports} i WHERE i.layer = %(layer)s AND i.recorded_at = (
                    SELECT max(upper(t.recorded)) FROM {table} t WHERE t.id = differing.id)
            )) AS number FROM differing)
        SELECT i.id, i.origin, i.recorded_at, i.undoes, count(*)
        FROM blamed JOIN {imports} i ON i.id = blamed.number
        GROUP BY i.id, i.origin, i.recorded_at, i.undoes ORDER BY i.id
        """,
    )


def count_others() -> str:
    """Count who else is connected to this database; its own housekeeping gives way."""
    return """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type IS DISTINCT FROM 'autovacuum worker'
        """


def estimate_rows(layer: Layer) -> str:
    """Estimate how many versions a layer has; where nobody counted yet, one a page."""
    return _of(
        layer,
        """
        SELECT CASE WHEN reltuples >= 0 THEN reltuples
            ELSE pg_relation_size(oid) / current_setting('block_size')::int END
        FROM pg_class WHERE oid = '{table}'::regclass
        """,
    )


def find_indexes(layer: Layer) -> str:
    """Find the indexes of a layer that are no part of a constraint, and what makes them."""
    return _of(
        layer,
        """
        SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
        WHERE i.indrelid = '{table}'::regclass
        AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
        ORDER BY 1
        """,
    )


def is_spared_log() -> str:
    """Ask whether the server writes no log of what goes into files new in a transaction."""
    return "SELECT current_setting('wal_level') = 'minimal'"


def rewrite(layer: Layer) -> Sequence[str]:
    """Move what a layer holds into a file that is new in this transaction.

    Unlike TRUNCATE, this leaves it as it is to who looks from before.
    """
    return (
        _of(layer, "CLUSTER {table} USING " + f'"{layer.id}_pkey"'),
        # CLUSTER remembers the index, for the next time.
        _of(layer, "ALTER TABLE {table} SET WITHOUT CLUSTER"),
    )
