"""Write the SQL of what differs between two states of the rows that a figure counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from geo.formats.geojsonseq import properties_text
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import Layer
from geo.statements import Select, conditions


def count_differences(layer: Layer, then: FeatureQuery, now: FeatureQuery) -> Select:
    """Count the rows that came into a selection, changed in it, and left it."""
    both = _differing(layer, then, now)
    before, after = both.c.before, both.c.after

    def rows(*held: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count().filter(sa.and_(*held))

    counts: list[sa.ColumnElement[Any]] = [
        rows(before.is_(None)).label("added"),
        rows(before.is_not(None), after.is_not(None)).label("changed"),
        rows(after.is_(None)).label("removed"),
    ]
    return sa.select(*counts)


def select_differences(layer: Layer, then: FeatureQuery, now: FeatureQuery, most: int) -> Select:
    """Select which rows those are, as the versions that they had before and have after."""
    both = _differing(layer, then, now)
    return sa.select(both).order_by(sa.collate(both.c.id, "C")).limit(most)


def select_versions(layer: Layer, rows: Sequence[int]) -> Select:
    """Select what some versions of rows said."""
    relation = published(layer)
    return (
        sa.select(
            relation.c.row,
            sa.cast(properties_text(layer, FeatureQuery()), sa.Text).label("document"),
            sa.func.ST_AsText(relation.c.geom).label("geometry"),
        )
        .where(relation.c.row.in_(rows))
        .order_by(relation.c.row)
    )


def _differing(layer: Layer, then: FeatureQuery, now: FeatureQuery) -> Subquery:
    # Parameters of one name are one: only one of the two states may be of a named moment.
    if now.as_of is not None:
        raise ValueError("what differs is found between a moment and the present")
    relation = published(layer)
    old, new = (
        sa.select(relation.c.id, relation.c.row).where(*conditions(layer, query)).subquery(name)
        for query, name in ((then, "old"), (now, "new"))
    )
    return (
        sa.select(
            sa.func.coalesce(old.c.id, new.c.id).label("id"),
            old.c.row.label("before"),
            new.c.row.label("after"),
        )
        .select_from(old.join(new, old.c.id == new.c.id, full=True))
        .where(old.c.row.is_distinct_from(new.c.row))
        .subquery("differing")
    )
