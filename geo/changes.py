"""Write the SQL of what changed: which imports there were, and where a layer changed since one."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from geo.schema import PUBLISHED, published
from geo.spec import GeometryType, Layer
from geo.statements import Select

# Where the loader tells that it changed a layer.
CHANNEL = "atlas_changes"

_IMPORTS = sa.table(
    "imports",
    sa.column("id", sa.BigInteger),
    sa.column("layer", sa.Text),
    sa.column("recorded_at", sa.DateTime(timezone=True)),
    sa.column("reclassified", sa.Integer),
    schema=PUBLISHED,
)


def select_moment(revision: int) -> Select:
    """Select the moment at which an import became true."""
    return sa.select(_IMPORTS.c.recorded_at).where(
        _IMPORTS.c.id == sa.bindparam("revision", revision, sa.BigInteger)
    )


def count_reclassified(layer: Layer, after: int) -> Select:
    """Count the past versions that were shown or withdrawn after a revision of a layer."""
    return sa.select(sa.func.coalesce(sa.func.sum(_IMPORTS.c.reclassified), 0)).where(
        _IMPORTS.c.layer == layer.stored_in,
        _IMPORTS.c.id > sa.bindparam("after", after, sa.BigInteger),
    )


def changed_since(relation: sa.FromClause, moment: datetime) -> sa.ColumnElement[bool]:
    """Hold for the versions that came or went after a moment."""
    since = sa.bindparam("since", moment, sa.DateTime(timezone=True))
    recorded = relation.c.recorded
    went = sa.and_(~sa.func.upper_inf(recorded), sa.func.upper(recorded) > since)
    return sa.or_(sa.func.lower(recorded) > since, went)


def select_changed_boxes(layer: Layer, moment: datetime, most: int) -> Select:
    """Select the boxes of what came or went after a moment, each once."""
    relation = published(layer)
    if layer.geometry is GeometryType.NONE:
        return sa.select(sa.literal(1)).where(sa.false())
    geom = relation.c.geom
    sides = [
        getattr(sa.func, f"ST_{side}")(geom).label(name)
        for side, name in (
            ("XMin", "west"),
            ("YMin", "south"),
            ("XMax", "east"),
            ("YMax", "north"),
        )
    ]
    changed = sa.select(*sides).where(changed_since(relation, moment), geom.is_not(None))
    return (
        changed.distinct().order_by(*(sa.literal_column(str(n)) for n in range(1, 5))).limit(most)
    )
