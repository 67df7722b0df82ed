"""The schemas, the reading role and the book-keeping tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public")
    op.execute("CREATE SCHEMA IF NOT EXISTS published")
    # Roles belong to the whole server: another database of this server may have made it already.
    op.execute(
        """
        DO $$ BEGIN
            CREATE ROLE atlas_reader NOLOGIN NOSUPERUSER NOINHERIT;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$
        """
    )
    op.execute(
        """
        DO $$ BEGIN
            IF NOT pg_has_role(current_user, 'atlas_reader', 'MEMBER') THEN
                EXECUTE format('GRANT atlas_reader TO %I', current_user);
            END IF;
        END $$
        """
    )
    op.execute("GRANT USAGE ON SCHEMA published TO atlas_reader")
    op.create_table(
        "imports",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("removed", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        schema="atlas",
    )
    op.create_index("imports_layer", "imports", ["layer", "id"], schema="atlas")
    op.create_table(
        "revisions",
        sa.Column("layer", sa.Text, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("formula_fields", postgresql.ARRAY(sa.Text), nullable=False),
        schema="atlas",
    )
    op.execute(
        "CREATE VIEW published.revisions AS"
        " SELECT layer, revision, changed_at, formula_fields FROM atlas.revisions"
    )
    op.execute("GRANT SELECT ON published.revisions TO atlas_reader")
