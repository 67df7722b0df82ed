"""Links between rows that may tell of one event; their view is made with those of the layers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "matches",
        sa.Column("row", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("first_id", sa.Text, nullable=False),
        sa.Column("first_row", sa.BigInteger, nullable=False),
        sa.Column("second_id", sa.Text, nullable=False),
        sa.Column("second_row", sa.BigInteger, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("reasons", JSONB, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("held", TSTZRANGE, nullable=False),
        sa.CheckConstraint(
            "status IN ('proposed', 'accepted', 'rejected')", name="matches_status_known"
        ),
        sa.CheckConstraint("not isempty(held)", name="matches_held_not_empty"),
        schema="atlas",
        if_not_exists=True,
    )
    now = sa.text("upper_inf(held)")
    for name, columns, options in (
        ("matches_id", ["layer", "id"], {}),
        ("matches_now_id", ["layer", "id"], {"unique": True, "postgresql_where": now}),
        ("matches_now_score", ["layer", "status", "score"], {"postgresql_where": now}),
    ):
        op.create_index(name, "matches", columns, schema="atlas", if_not_exists=True, **options)
