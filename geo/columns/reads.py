"""Write the SQL that columns are read by. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from geo.changes import changed_since
from geo.columns.held import held_fields
from geo.schema import published
from geo.spec import FieldType, Layer
from geo.statements import Select
from geo.tiles.sql import grid_x, grid_y

# Stands for an end of a span that is open; no day is that far from 1970.
OPEN = -(1 << 31)
PLACE = ("lon", "lat", "x", "y")
TIME = ("first_day", "day_after", "recorded_from", "recorded_to")

# Locales of the C library; C.UTF-8 orders by code point, which is the order of UTF-8's bytes.
_ORDERS_BY_BYTES = ("C", "POSIX", "C.UTF-8", "C.utf8")
_EPOCH = sa.literal_column(f"date '{date(1970, 1, 1)}'", sa.Date)
_ONLY_READS = ("parallel_setup_cost", "parallel_tuple_cost")
_MOMENT = sa.DateTime(timezone=True)


def settings_for_copy() -> Select:
    """Let the planner share a whole layer among workers, and write numbers so that none changes."""
    cheap = [sa.func.set_config(name, "0", True) for name in _ONLY_READS]
    return sa.select(*cheap, sa.func.set_config("extra_float_digits", "1", True))


def select_versions(
    layer: Layer, moments: Sequence[datetime], since: datetime | None = None
) -> Select:
    """Select every version of a layer's rows, or those that came after a moment, for COPY.

    Moments are given as the number of `moments` that are not later, which takes a third of the time
    of writing them out; days as days since 1970.
    """
    relation = published(layer)
    geom, valid, recorded = relation.c.geom, relation.c.valid, relation.c.recorded
    known = sa.bindparam("moments", list(moments), ARRAY(_MOMENT))
    thresholds = sa.cast(known, ARRAY(_MOMENT))
    columns: list[ColumnElement[Any]] = [
        relation.c.row,
        relation.c.id,
        sa.func.ST_X(geom),
        sa.func.ST_Y(geom),
        grid_x(geom),
        grid_y(geom),
        _day(sa.func.lower(valid), sa.func.lower_inf(valid)),
        _day(sa.func.upper(valid), sa.func.upper_inf(valid)),
        sa.func.width_bucket(sa.func.lower(recorded), thresholds),
        sa.func.width_bucket(sa.func.upper(recorded), thresholds),
        *(_plain(relation.c[field.name], field.type) for field in held_fields(layer)),
    ]
    names = ("row", "id", *PLACE, *TIME, *(field.name for field in held_fields(layer)))
    labelled = [column.label(name) for column, name in zip(columns, names, strict=True)]
    statement = sa.select(*labelled)
    return statement if since is None else statement.where(_came(relation, since))


def _day(day: ColumnElement[Any], is_open: ColumnElement[Any]) -> ColumnElement[Any]:
    """Number a day; an open end is told from a span that is unknown or empty."""
    return sa.func.coalesce(day - _EPOCH, sa.case((is_open, sa.literal_column(str(OPEN)))))


def _plain(column: ColumnElement[Any], kind: FieldType) -> ColumnElement[Any]:
    if kind is FieldType.DATE:
        return column - _EPOCH
    return sa.cast(column, sa.Integer) if kind is FieldType.BOOLEAN else column


def _came(relation: sa.Table, since: datetime) -> ColumnElement[bool]:
    return sa.func.lower(relation.c.recorded) > sa.bindparam("since", since, _MOMENT)


def select_moments(layer: Layer, since: datetime | None = None) -> sa.Select[Any]:
    """Select the moments at which rows came or went, going from one to the next by the indexes."""
    recorded = published(layer).c.recorded
    came, went = sa.func.lower(recorded), sa.func.upper(recorded)
    steps = (_steps("came", came, sa.true(), since), _steps("went", went, _has_end(layer), since))
    union = sa.union(*(sa.select(step.c.moment) for step in steps)).subquery()
    moment = union.c.moment
    return sa.select(moment).where(moment.is_not(None)).order_by(moment)


def _has_end(layer: Layer) -> ColumnElement[bool]:
    return ~sa.func.upper_inf(published(layer).c.recorded)


def _steps(
    name: str, moment: ColumnElement[Any], where: ColumnElement[bool], since: datetime | None
) -> sa.CTE:
    first = sa.select(sa.func.min(moment).label("moment")).where(where)
    if since is not None:
        first = first.where(moment > sa.bindparam("since", since, _MOMENT))
    step = first.cte(name, recursive=True)
    following = sa.select(sa.func.min(moment)).where(where, moment > step.c.moment)
    return step.union_all(
        sa.select(following.correlate(step).scalar_subquery()).where(step.c.moment.is_not(None))
    )


def count_changed(layer: Layer, since: datetime, bound: int) -> Select:
    """Count the versions that came or went after a moment, stopping just past the bound."""
    relation = published(layer)
    changed = sa.select(sa.literal(1)).where(changed_since(relation, since)).select_from(relation)
    return sa.select(sa.func.count()).select_from(changed.limit(bound + 1).subquery())


def select_closed(layer: Layer, since: datetime) -> Select:
    """Select the versions that were there at a moment and went after it, and when they did."""
    relation = published(layer)
    went = sa.func.upper(relation.c.recorded)
    return sa.select(relation.c.row, went.label("closed_at")).where(
        _has_end(layer),
        went > sa.bindparam("since", since, _MOMENT),
        ~_came(relation, since),
    )


def select_by_bytes() -> Select:
    """Select whether the database orders texts as their bytes, whatever the language."""
    known = sa.table("pg_database", sa.column("datname"), sa.column("datcollate")).alias("known")
    # Before PostgreSQL 15 there was no column for it, as the C library always gave the order.
    whole = sa.func.to_jsonb(sa.literal_column("known"))
    provider = sa.func.coalesce(whole.op("->>")("datlocprovider"), "c")
    return sa.select(
        sa.and_(known.c.datcollate.in_(_ORDERS_BY_BYTES), provider == "c").label("by_bytes")
    ).where(known.c.datname == sa.func.current_database())


def select_identity() -> Select:
    """Select what tells this database from others, as far as a reader may know."""
    imports = sa.table("imports", sa.column("recorded_at", _MOMENT), schema="published")
    first = sa.select(sa.func.min(imports.c.recorded_at)).scalar_subquery()
    database = sa.func.current_database()
    catalogue = sa.table("pg_database", sa.column("oid"), sa.column("datname"))
    number = sa.select(sa.cast(catalogue.c.oid, sa.BigInteger)).where(
        catalogue.c.datname == database
    )
    return sa.select(database, number.scalar_subquery(), first)
