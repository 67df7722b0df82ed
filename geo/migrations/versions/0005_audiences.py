"""Views for those who count and for those who are licensed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("CREATE SCHEMA IF NOT EXISTS counted")
    op.execute("CREATE SCHEMA IF NOT EXISTS licensed")
    # Roles belong to the whole server: another database of this server may have made it already.
    op.execute(
        """
        DO $$ BEGIN
            CREATE ROLE atlas_licensed NOLOGIN NOSUPERUSER NOINHERIT;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$
        """
    )
    op.execute(
        """
        DO $$ BEGIN
            IF NOT pg_has_role(current_user, 'atlas_licensed', 'MEMBER') THEN
                EXECUTE format('GRANT atlas_licensed TO %I', current_user);
            END IF;
        END $$
        """
    )
    op.execute("GRANT USAGE ON SCHEMA counted TO atlas_reader, atlas_licensed")
    op.execute("GRANT USAGE ON SCHEMA published, licensed TO atlas_licensed")
    op.add_column(
        "revisions",
        sa.Column("withheld", postgresql.ARRAY(sa.Text), nullable=False, server_default="{}"),
        schema="atlas",
    )
    op.execute(
        "CREATE OR REPLACE VIEW published.revisions AS"
        " SELECT layer, revision, changed_at, formula_fields, withheld FROM atlas.revisions"
    )
    # What is published for all is there for the licensed too.
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA published TO atlas_licensed")
