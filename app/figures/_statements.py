"""Write the SQL of figures: by place, by data set, and of a published series."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.aggregate import Grouping, select_aggregate
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import Layer
from geo.statements import Select, conditions

PLACE = ("place", "place_fr", "region", "place_precision", "radius_m")
# An aggregate's resolution is only for grids.
_NO_GRID = 0


def grouped(measure: str | None, *by: str) -> Grouping:
    """Group as /aggregate does, so that a figure cannot come to other sums."""
    measures = () if measure is None else (measure,)
    return Grouping(by=by, measures=measures, resolution=_NO_GRID)


def select_places(layer: Layer, query: FeatureQuery, measure: str | None, *by: str) -> Select:
    """Select the sums of /aggregate for each place and how well it is known, and of each class."""
    relation = published(layer)
    keys: list[ColumnElement[Any]] = [
        sa.func.ST_X(relation.c.geom).label("lon"),
        sa.func.ST_Y(relation.c.geom).label("lat"),
        *(relation.c[name] for name in PLACE),
    ]
    sums = select_aggregate(layer, query, grouped(measure, *by))
    first = len(sums.selected_columns) + 1
    order: list[ColumnElement[Any]] = [
        sa.literal_column(str(first + number)) for number in range(len(keys))
    ]
    statement = sums.add_columns(*keys)
    return statement.group_by(*order).order_by(*(each.nulls_last() for each in order))


def select_datasets(layer: Layer, query: FeatureQuery) -> Select:
    """Select the data sets that the store holds, the days they cover and when they came in."""
    relation = published(layer)
    everything = FeatureQuery(as_of=query.as_of, pinned=query.pinned)
    return (
        sa.select(
            relation.c.dataset,
            sa.func.min(sa.func.lower(relation.c.valid)).label("first"),
            (sa.func.max(sa.func.upper(relation.c.valid)) - 1).label("last"),
            sa.func.max(sa.func.lower(relation.c.recorded)).label("recorded"),
        )
        .where(*conditions(layer, everything))
        .group_by(relation.c.dataset)
        .order_by(relation.c.dataset)
    )


def select_sources(layer: Layer, query: FeatureQuery) -> Select:
    """Select the sources of the rows, the commonest first, with how many there are in all."""
    relation = published(layer)
    named = [relation.c[name] for name in ("source_title", "source_licence", "source_url")]
    count = sa.func.count()
    return (
        sa.select(
            *named[:2],
            sa.func.min(named[2]).label("source_url"),
            # Counted before the limit.
            sa.func.count().over().label("sources"),
        )
        .where(*conditions(layer, query))
        .group_by(*named[:2])
        .order_by(count.desc(), sa.collate(named[0], "C"))
        .limit(1)
    )


def select_series(layer: Layer, metric: str, query: FeatureQuery) -> Select:
    """Select the figures of a published series that are of one whole calendar year each."""
    relation = published(layer)
    start, end = relation.c.period_start, relation.c.period_end
    year = sa.func.extract("year", start)
    whole = sa.and_(
        sa.func.to_char(start, "MM-DD") == "01-01",
        sa.func.to_char(end, "MM-DD") == "12-31",
        sa.func.extract("year", end) == year,
    )
    asked = replace(query, bbox=None, filter=None)
    names = ("value", "bound", "source_title", "source_licence")
    columns = [sa.cast(year, sa.Integer).label("year"), *(relation.c[name] for name in names)]
    return (
        sa.select(*columns, sa.func.lower(relation.c.recorded).label("recorded"))
        .where(*conditions(layer, asked), relation.c.metric == metric, whole)
        .order_by(start, sa.collate(relation.c.id, "C"))
    )
