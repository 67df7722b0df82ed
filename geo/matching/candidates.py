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

# A little less than there are on the sphere that the score measures on.
_METRES_OF_A_DEGREE = 111_000


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
    # On a sphere, as the score measures; rounding must not lose a pair.
    reach = reach_m(_radius(one) + _radius(other)) + 1
    slack: ColumnElement[Any] = sa.literal_column(str(MOST_DAYS_APART))
    days = sa.func.daterange(
        sa.func.lower(other.c.valid) - slack, sa.func.upper(other.c.valid) + slack
    )
    # Nothing is nearer than its latitude: that costs little to compare, and rules most rows out.
    north = sa.func.abs(sa.func.ST_Y(one.c.geom) - sa.func.ST_Y(other.c.geom))
    near = sa.func.ST_DWithin(
        sa.func.geography(one.c.geom), sa.func.geography(other.c.geom), reach, False
    )
    return (
        sa.select(*_columns(layer, one, "a"), *_columns(layer, other, "b"))
        .where(
            sa.collate(one.c[DATASET], "C") < sa.collate(other.c[DATASET], "C"),
            *(sa.func.upper_inf(side.c.recorded) for side in (one, other)),
            *(~sa.func.isempty(side.c.valid) for side in (one, other)),
            *(~sa.func.upper_inf(side.c.valid) for side in (one, other)),
            one.c.valid.op("&&", is_comparison=True)(days),
            north * _METRES_OF_A_DEGREE < reach,
            near,
        )
        .order_by(one.c.id, other.c.id)
    )


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


def pair_of(row: Mapping[str, Any]) -> tuple[Incident, Incident]:
    """Take the two incidents out of a row of candidates."""
    sides = ({name[2:]: row[name] for name in row if name.startswith(f"{s}_")} for s in "ab")
    one, other = (incident_of(side) for side in sides)
    return one, other


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
