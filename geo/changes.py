"""Write the SQL of what changed: which imports there were, where a layer changed, row by row what.

What changed is told as a log: at each moment first what went, then what came, as it was stored.
Who does the same in this order holds what the layer holds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.elements import ColumnElement

from geo.database import Reader
from geo.features import NEVER, Revision
from geo.formats.geojsonseq import ALL_DIGITS, properties_text
from geo.query import FeatureQuery
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
    sa.column("kind", sa.Text),
    sa.column("origin", sa.Text),
    schema=PUBLISHED,
)


def select_moment(revision: int) -> Select:
    """Select the moment at which an import became true."""
    return sa.select(_IMPORTS.c.recorded_at).where(
        _IMPORTS.c.id == sa.bindparam("revision", revision, sa.BigInteger)
    )


def select_imports_at(layer: Layer, moments: Collection[datetime]) -> Select:
    """Select the imports of a layer that became true at some moments."""
    return sa.select(
        _IMPORTS.c.id, _IMPORTS.c.kind, _IMPORTS.c.origin, _IMPORTS.c.recorded_at
    ).where(_IMPORTS.c.layer == layer.stored_in, _IMPORTS.c.recorded_at.in_(moments))


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


def select_changed_boxes(layer: Layer, moment: datetime, most: int, *, rows: int) -> Select:
    """Select the boxes of what came or went after a moment, each once, from so many rows at most.

    `looked_at` is how many there were.
    """
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
    # In no order: if there are more than may be looked at, their boxes are of no use.
    changed = (
        sa.select(*sides)
        .where(changed_since(relation, moment), geom.is_not(None))
        .limit(rows)
        .cte("changed")
    )
    looked_at = sa.select(sa.func.count()).select_from(changed).scalar_subquery()
    return (
        sa.select(changed, looked_at.label("looked_at"))
        .distinct()
        .order_by(*(sa.literal_column(str(n)) for n in range(1, 5)))
        .limit(most)
    )


def select_states(as_of: datetime | None) -> Select:
    """Select the import that each stored layer's state at a moment came from, and since when."""
    statement = sa.select(_IMPORTS.c.layer, _IMPORTS.c.id, _IMPORTS.c.recorded_at)
    if as_of is not None:
        moment = sa.bindparam("as_of", as_of, sa.DateTime(timezone=True))
        statement = statement.where(_IMPORTS.c.recorded_at <= moment)
    newest_first = statement.order_by(_IMPORTS.c.layer, _IMPORTS.c.id.desc())
    return newest_first.ext(distinct_on(_IMPORTS.c.layer))


async def revision_shown(
    reader: Reader, layer: Layer, query: FeatureQuery, current: Revision
) -> Revision:
    """Give the revision whose state a query shows: the current one, or that of its moment."""
    if query.moment is None or query.moment >= current.changed_at:
        return current
    statement = select_states(query.moment).where(_IMPORTS.c.layer == layer.stored_in)
    row = await reader.row(statement)
    number, since = (0, NEVER) if row is None else (row["id"], row["recorded_at"])
    return replace(current, number=number, changed_at=since)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A place in the log: behind what a row did at a moment."""

    moment: datetime
    came: bool
    row: int


_WITHDRAWN = sa.table(
    "withdrawn",
    sa.column("layer", sa.Text),
    sa.column("id", sa.Text),
    sa.column("row", sa.BigInteger),
    sa.column("recorded_at", sa.DateTime(timezone=True)),
    schema=PUBLISHED,
)


def select_import(layer: Layer, number: int) -> Select:
    """Select the moment of an import of a layer, if it was one of this layer."""
    return select_moment(number).where(_IMPORTS.c.layer == layer.stored_in)


def select_log(layer: Layer, since: datetime | None, after: Step | None, limit: int) -> Select:
    """Select what came and went after a moment, or behind a place in the log, in its order.

    A row that came is whole. Of one that went, only its id is left.
    """
    relation = published(layer)
    named = sa.union_all(
        _first(_went(layer, since, after), ("moment", "row"), limit),
        _first(_withdrawn(layer, since, after), ("moment", "row"), limit),
        # Rows are numbered in the order of their moments, and by number they are at hand.
        _first(_came(layer, since, after), ("row",), limit),
    ).subquery("log")
    order = (named.c.moment, named.c.came, named.c.row)
    log = sa.select(named).order_by(*order).limit(limit).subquery("steps")
    whole = sa.and_(log.c.came, relation.c.row == log.c.row)
    properties = sa.cast(properties_text(layer, FeatureQuery()), sa.Text)
    return (
        sa.select(
            log.c.moment,
            log.c.came,
            log.c.row,
            log.c.id,
            # Whether it still has versions that can be seen.
            log.c.shown,
            _IMPORTS.c.id.label("revision"),
            sa.case((log.c.came, properties)).label("document"),
            # All digits of shapes too: what is read from it is to be what is stored.
            sa.func.ST_AsGeoJSON(relation.c.geom, ALL_DIGITS, 0).label("geometry"),
        )
        .select_from(
            log.outerjoin(relation, whole).outerjoin(
                _IMPORTS,
                sa.and_(
                    _IMPORTS.c.layer == layer.stored_in, _IMPORTS.c.recorded_at == log.c.moment
                ),
            )
        )
        .order_by(log.c.moment, log.c.came, log.c.row)
    )


def _first(part: Select, order: Sequence[str], limit: int) -> Select:
    """Take no more steps of one kind than a page can hold."""
    steps = part.order_by(*(part.selected_columns[name] for name in order)).limit(limit)
    return sa.select(steps.subquery())


def _came(layer: Layer, since: datetime | None, after: Step | None) -> Select:
    """Select the versions that began."""
    relation = published(layer)
    began = sa.func.lower(relation.c.recorded)
    statement = sa.select(
        began.label("moment"),
        sa.true().label("came"),
        relation.c.row,
        relation.c.id,
        sa.true().label("shown"),
    )
    if since is not None:
        statement = statement.where(began > _moment("since", since))
    if after is not None and after.came:
        statement = statement.where(relation.c.row > sa.bindparam("row", after.row, sa.BigInteger))
    elif after is not None:
        statement = statement.where(began >= _moment("after", after.moment))
    return statement


def _went(layer: Layer, since: datetime | None, after: Step | None) -> Select:
    """Select the versions that ended and were followed by none."""
    relation = published(layer)
    ended = sa.func.upper(relation.c.recorded)
    statement = sa.select(
        ended.label("moment"),
        sa.false().label("came"),
        relation.c.row,
        relation.c.id,
        sa.true().label("shown"),
    ).where(~sa.func.upper_inf(relation.c.recorded))
    return _behind(layer, statement, ended, since, after)


def _withdrawn(layer: Layer, since: datetime | None, after: Step | None) -> Select:
    """Select the rows that were shown and then withdrawn, with all their versions."""
    at = _WITHDRAWN.c.recorded_at
    statement = sa.select(
        at.label("moment"),
        sa.false().label("came"),
        _WITHDRAWN.c.row,
        _WITHDRAWN.c.id,
        sa.false().label("shown"),
    ).where(_WITHDRAWN.c.layer == layer.stored_in)
    return _behind(layer, statement, at, since, after)


def _behind(
    layer: Layer,
    statement: Select,
    at: ColumnElement[Any],
    since: datetime | None,
    after: Step | None,
) -> Select:
    """Leave out what was told before, and what went only to come back at the same moment."""
    _, _, row, name, _ = statement.selected_columns
    if since is not None:
        statement = statement.where(at > _moment("since", since))
    if after is not None and after.came:
        statement = statement.where(at > _moment("after", after.moment))
    elif after is not None:
        place = sa.tuple_(
            _moment("after", after.moment), sa.bindparam("row", after.row, sa.BigInteger)
        )
        statement = statement.where(sa.tuple_(at, row) > place)
    next_one = published(layer).alias("next")
    followed = sa.select(sa.literal(1)).where(
        next_one.c.id == name, sa.func.lower(next_one.c.recorded) == at
    )
    return statement.where(~followed.exists())


def _moment(name: str, moment: datetime) -> sa.BindParameter[datetime]:
    return sa.bindparam(name, moment, sa.DateTime(timezone=True))
