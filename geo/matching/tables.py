"""Declare the table of links between rows, and the view of it that reads see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

STATUSES = ("proposed", "accepted", "rejected")
# Under this name the book of revisions has the links.
REVISION_OF = "matches"
# Who decided is for those who review, not for the public.
_PUBLISHED = (
    *("row", "id", "layer", "first_id", "first_row", "second_id", "second_row"),
    *("score", "reasons", "status", "decided_at", "held"),
)


def matches_table(metadata: sa.MetaData, schema: str) -> sa.Table:
    """Declare the links: a version for each state that the store held one in, as rows have."""
    now = sa.text("upper_inf(held)")
    known = ", ".join(f"'{status}'" for status in STATUSES)
    return sa.Table(
        "matches",
        metadata,
        sa.Column("row", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("layer", sa.Text, nullable=False),
        # The two rows by their ids, and the versions of them that were looked at.
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
        sa.CheckConstraint(f"status IN ({known})", name="matches_status_known"),
        sa.CheckConstraint("not isempty(held)", name="matches_held_not_empty"),
        sa.Index("matches_id", "layer", "id"),
        sa.Index("matches_now_id", "layer", "id", unique=True, postgresql_where=now),
        sa.Index("matches_now_score", "layer", "status", "score", postgresql_where=now),
        schema=schema,
    )


def published_matches(schema: str) -> sa.TableClause:
    """Give the links as reads see them."""
    kinds = matches_table(sa.MetaData(), schema).c
    return sa.table("matches", *(sa.column(n, kinds[n].type) for n in _PUBLISHED), schema=schema)


def matches_view(
    layer_ids: Iterable[str], schema: str, shown: Sequence[str]
) -> sa.CompoundSelect[Any]:
    """Select the links of which an audience may be shown both rows."""
    links = matches_table(sa.MetaData(), schema).c
    columns = [links[name] for name in _PUBLISHED]
    parts = [sa.select(*columns).where(sa.false())]
    for layer_id in layer_ids:
        rows = sa.table(layer_id, sa.column("row"), sa.column("sensitivity"), schema=schema)
        both = [
            sa.exists().where(rows.c.row == version, rows.c.sensitivity.in_(shown))
            for version in (links.first_row, links.second_row)
        ]
        parts.append(sa.select(*columns).where(links.layer == layer_id, *both))
    return sa.union_all(*parts)
