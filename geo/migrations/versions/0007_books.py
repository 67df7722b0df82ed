"""Imports that changed nothing are entered too, and others may know which import made a version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "repeats",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("disagreeing", sa.Integer),
        sa.Column("first_day", sa.Date),
        sa.Column("last_day", sa.Date),
        schema="atlas",
    )
    op.execute(
        "CREATE OR REPLACE VIEW published.imports AS"
        " SELECT id, layer, recorded_at, reclassified, kind, origin FROM atlas.imports"
    )
