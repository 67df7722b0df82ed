"""Write the SQL of pairs that are worth a score: of two collections, near in days and place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.audience import DATASET, has_datasets
from geo.errors import UnknownThing
from geo.matching.incident import RADIUS_M, UNSTATED_RADIUS_M, Incident, incident_of
from geo.matching.score import MOST_DAYS_APART, reach_m
from geo.schema import STORED, build_metadata
from geo.spec import GeometryType, Layer
from geo.statements import Select

# What of a row matching looks at beside its key, days and point; a layer may lack some of it.
_READ = (
    *("id", "row", DATASET, "radius_m", "place_precision"),
    *("killed_low", "killed_best", "killed_high"),
    *("actor1", "actor2", "perpetrator", "perpetrator_class", "target_class"),
)

_WORKED_OUT = ("first_day", "last_day", "lon", "lat")
# What they are called in a row that has them of both sides.
_LABELS = tuple([(name, f"{side}_{name}") for name in (*_READ, *_WORKED_OUT)] for side in "ab")

# A little less than there are on the sphere that the score measures on.
_METRES_OF_A_DEGREE = 111_000
_DAYS_OF_A_WEEK = 7


def check_has_collections(layer: Layer) -> None:
    """Refuse a layer whose rows are all of one collection, or that only looks at another."""
    if not has_datasets(layer) or layer.geometry is not GeometryType.POINT or layer.parent:
        raise UnknownThing("layer of several collections", layer.id, ())


def stored(layer: Layer) -> sa.Table:
    """Give the table of a layer with all its rows, also those that are not published."""
    return build_metadata([layer]).tables[f"{STORED}.{layer.id}"]


def select_candidates(layer: Layer) -> Select:
    """Select the pairs of current rows that could have a score, each once."""
    table = stored(layer)
    one, other = table.alias("a"), table.alias("b")
    pairs = _near(_comparable(table))
    return (
        sa.select(*_columns(layer, one, "a"), *_columns(layer, other, "b"))
        .where(one.c.row == pairs.c.one, other.c.row == pairs.c.other)
        .order_by(one.c.id, other.c.id)
    )


def _comparable(table: sa.Table) -> sa.CTE:
    """Select of the current rows with days and a point what decides whether two are near."""
    return (
        sa.select(
            table.c.row,
            sa.collate(table.c[DATASET], "C").label(DATASET),
            _day_number(sa.func.lower(table.c.valid)).label("first_day"),
            (_day_number(sa.func.upper(table.c.valid)) - 1).label("last_day"),
            table.c.geom,
            _radius(table).label("radius_m"),
        )
        .where(
            sa.func.upper_inf(table.c.recorded),
            ~sa.func.isempty(table.c.valid),
            ~sa.func.upper_inf(table.c.valid),
        )
        .cte("comparable")
    )


def _near(rows: sa.CTE) -> sa.CTE:
    """Pair the rows of different collections whose days and places could be the same."""
    one, other = _by_week(rows, MOST_DAYS_APART, "one"), _by_week(rows, 0, "other")
    names = sa.select(rows.c[DATASET]).distinct().cte("names")
    against = names.alias("against")
    # On a sphere, as the score measures; rounding must not lose a pair.
    reach = reach_m(one.c.radius_m + other.c.radius_m) + 1
    # Nothing is nearer than its latitude: that costs little to compare, and rules most rows out.
    north = sa.func.abs(sa.func.ST_Y(one.c.geom) - sa.func.ST_Y(other.c.geom))
    return (
        sa.select(one.c.row.label("one"), other.c.row.label("other"))
        .where(
            # Collections and weeks are compared for equality alone, so that rows of one collection
            # never meet, however many they are.
            names.c[DATASET] < against.c[DATASET],
            one.c[DATASET] == names.c[DATASET],
            other.c[DATASET] == against.c[DATASET],
            one.c.week == other.c.week,
            # In the first of the weeks that they share, and in no other.
            one.c.week == sa.func.greatest(one.c.first_week, other.c.first_week),
            one.c.first_day - MOST_DAYS_APART <= other.c.last_day,
            other.c.first_day <= one.c.last_day + MOST_DAYS_APART,
            north * _METRES_OF_A_DEGREE < reach,
            sa.func.ST_DWithin(
                sa.func.geography(one.c.geom), sa.func.geography(other.c.geom), reach, False
            ),
        )
        .cte("near")
        # Kept apart: what it costs is guessed far too high, which would spoil the order of joins.
        .prefix_with("MATERIALIZED")
    )


def _by_week(rows: sa.CTE, slack: int, name: str) -> sa.Subquery:
    """Give each row once for each week that its days touch, with so many days around them."""
    first = (rows.c.first_day - slack) // _DAYS_OF_A_WEEK
    weeks = sa.func.generate_series(first, (rows.c.last_day + slack) // _DAYS_OF_A_WEEK)
    return sa.select(rows, first.label("first_week"), weeks.label("week")).subquery(name)


def _day_number(day: ColumnElement[Any]) -> ColumnElement[int]:
    """Count days, so that weeks of them can be told by division."""
    return sa.type_coerce(day - sa.literal_column("date '1970-01-01'"), sa.Integer)


def count_compared(layer: Layer) -> Select:
    """Count the current rows of each collection, and those of them without days or a point."""
    table = stored(layer)
    left_out = sa.or_(table.c.valid.is_(None), table.c.geom.is_(None))
    return (
        sa.select(
            table.c[DATASET].label("dataset"),
            sa.func.count().label("rows"),
            sa.func.count().filter(left_out).label("left_out"),
        )
        .where(sa.func.upper_inf(table.c.recorded))
        .group_by(table.c[DATASET])
        .order_by(sa.collate(table.c[DATASET], "C"))
    )


def pair_of(row: Mapping[Any, Any]) -> tuple[Incident, Incident]:
    """Take the two incidents out of a row of candidates."""
    one, other = ({name: row[label] for name, label in labels} for labels in _LABELS)
    return incident_of(one), incident_of(other)


def _columns(layer: Layer, side: sa.FromClause, prefix: str) -> list[ColumnElement[Any]]:
    read = [side.c[name] if name in side.c else sa.null().label(name) for name in _READ]
    days = [
        sa.func.lower(side.c.valid).label("first_day"),
        (sa.func.upper(side.c.valid) - 1).label("last_day"),
    ]
    point = [sa.func.ST_X(side.c.geom).label("lon"), sa.func.ST_Y(side.c.geom).label("lat")]
    return [column.label(f"{prefix}_{column.name}") for column in (*read, *days, *point)]


def _radius(side: sa.FromClause) -> ColumnElement[Any]:
    """Give what geo.matching.incident.radius_of gives."""
    stated = sa.case(dict(RADIUS_M), value=side.c.place_precision, else_=UNSTATED_RADIUS_M)
    return sa.func.coalesce(side.c.radius_m, stated)
