"""Which moment an import was, and indexes for what changed since one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "imports",
        sa.Column("reclassified", sa.Integer, nullable=False, server_default="0"),
        schema="atlas",
    )
    op.execute(
        "CREATE VIEW published.imports AS"
        " SELECT id, layer, recorded_at, reclassified FROM atlas.imports"
    )
    op.execute("GRANT SELECT ON published.imports TO atlas_reader")
    layers = op.get_bind().execute(
        sa.text(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'atlas' AND column_name = 'recorded'"
        )
    )
    for (layer,) in layers:
        # A field may be called place, and be indexed.
        op.execute(
            f'ALTER INDEX IF EXISTS atlas."{layer}_now_place" RENAME TO "{layer}_now_ellipsoid"'
        )
        op.create_index(
            f"{layer}_recorded_from", layer, [sa.text("lower(recorded)")], schema="atlas"
        )
        op.create_index(
            f"{layer}_recorded_to",
            layer,
            [sa.text("upper(recorded)")],
            postgresql_where=sa.text("NOT upper_inf(recorded)"),
            schema="atlas",
        )
