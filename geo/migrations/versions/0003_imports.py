"""Data sets in one layer, imports that can be undone, and rows that may only be counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for column in (
        sa.Column("kind", sa.Text, nullable=False, server_default="load"),
        sa.Column("dataset", sa.Text),
        sa.Column("undoes", sa.BigInteger),
        sa.Column("disagreeing", sa.Integer),
        sa.Column("first_day", sa.Date),
        sa.Column("last_day", sa.Date),
    ):
        op.add_column("imports", column, schema="atlas")
    # Who could see a past version before an import decided otherwise.
    op.create_table(
        "reclassified",
        sa.Column("import_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("was", sa.Text, nullable=False),
        sa.Column("became", sa.Text, nullable=False),
        schema="atlas",
    )
    # Of a row that is no longer shown, its name and the moment are told, and nothing else.
    op.execute(
        "CREATE VIEW published.withdrawn AS"
        " SELECT r.layer, r.id, max(r.row) AS row, i.recorded_at"
        " FROM atlas.reclassified r JOIN atlas.imports i ON i.id = r.import_id"
        " WHERE r.was = 'public' AND r.became <> 'public'"
        " GROUP BY r.layer, r.id, i.recorded_at"
    )
    op.execute("GRANT SELECT ON published.withdrawn TO atlas_reader")
    layers = op.get_bind().execute(
        sa.text(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'atlas' AND column_name = 'recorded'"
        )
    )
    for (layer,) in layers:
        name = f"{layer}_sensitivity_known"
        op.execute(f'ALTER TABLE atlas."{layer}" DROP CONSTRAINT IF EXISTS "{name}"')
        op.create_check_constraint(
            name,
            layer,
            "sensitivity IN ('public', 'counts_only', 'restricted')",
            schema="atlas",
        )
        # Tombstones are read page by page, and many may be of one moment.
        op.drop_index(f"{layer}_recorded_to", layer, schema="atlas", if_exists=True)
        op.create_index(
            f"{layer}_recorded_to",
            layer,
            [sa.text("upper(recorded)"), "row"],
            postgresql_where=sa.text("NOT upper_inf(recorded)"),
            schema="atlas",
        )
