"""Write the SQL of a read: (layer, query, form) in, a SELECT out. Nothing here does I/O."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DATERANGE
from sqlalchemy.sql.elements import ColumnElement

from geo.cql2 import compile_filter
from geo.errors import BadParameter
from geo.query import Box, FeatureQuery, Interval
from geo.schema import PUBLISHED, SRID, published
from geo.spec import FEATURE_FIELDS, GeometryType, Layer

# Six decimals are 11 cm, far below the precision of any place here.
GEOJSON_DIGITS = 6


class GeometryForm(StrEnum):
    """How a reader wants geometries."""

    NONE = "none"
    JSON = "json"
    WKB = "wkb"


def property_names(layer: Layer, query: FeatureQuery) -> list[str]:
    """List the properties of a feature in order, id and geometry aside."""
    names = [field.name for field in (*layer.fields, *FEATURE_FIELDS)]
    if query.properties is None:
        return names
    for name in query.properties:
        if name not in names:
            problem = f"is no property of {layer.id}"
            raise BadParameter("properties", name, problem, allowed=names)
    return [name for name in names if name in query.properties]


def select_features(
    layer: Layer, query: FeatureQuery, form: GeometryForm
) -> sa.Select[tuple[Any, ...]]:
    """Select the features of a query, in the order of their ids."""
    relation = published(layer)
    columns = [relation.c.id, *(relation.c[name] for name in property_names(layer, query))]
    statement = sa.select(*columns, *geometry_columns(layer, form))
    statement = statement.where(*conditions(layer, query))
    if query.after is not None:
        statement = statement.where(relation.c.id > sa.bindparam("after", query.after, sa.Text))
    return statement.order_by(relation.c.id).limit(query.limit)


def count_features(layer: Layer, query: FeatureQuery, bound: int) -> sa.Select[int]:
    """Count the features of a query, whatever its page, stopping just past the bound."""
    some = sa.select(sa.literal(1)).select_from(published(layer)).where(*conditions(layer, query))
    return sa.select(sa.func.count()).select_from(some.limit(bound + 1).subquery())


def select_feature(
    layer: Layer, feature_id: str, query: FeatureQuery, form: GeometryForm
) -> sa.Select[tuple[Any, ...]]:
    """Select one feature by its id."""
    relation = published(layer)
    statement = select_features(layer, query, form)
    return statement.where(relation.c.id == sa.bindparam("feature", feature_id, sa.Text))


def select_extent(layer: Layer) -> sa.Select[tuple[Any, ...]]:
    """Select the box and the first and last day of a layer's current rows."""
    relation = published(layer)
    box = sa.func.ST_Extent(relation.c.geom)
    corners = [getattr(sa.func, f"ST_{side}")(box) for side in ("XMin", "YMin", "XMax", "YMax")]
    first, last = sa.func.lower(relation.c.valid), sa.func.upper(relation.c.valid)
    return sa.select(
        *(corner.label(name) for corner, name in zip(corners, _SIDES, strict=True)),
        sa.func.min(first).label("first"),
        # A range ends on the day after its last; one without an end has no last day.
        sa.func.max(last - 1).filter(~sa.func.upper_inf(relation.c.valid)).label("last"),
        sa.func.bool_or(sa.func.upper_inf(relation.c.valid)).label("open"),
    ).where(_recorded(relation, None))


_SIDES = ("west", "south", "east", "north")


def select_revisions() -> sa.Select[tuple[Any, ...]]:
    """Select the data revision of every stored layer."""
    relation = sa.table(
        "revisions",
        sa.column("layer", sa.Text),
        sa.column("revision", sa.BigInteger),
        sa.column("changed_at", sa.DateTime(timezone=True)),
        schema=PUBLISHED,
    )
    return sa.select(relation)


def select_revision(layer: Layer) -> sa.Select[tuple[Any, ...]]:
    """Select the data revision of one layer, or of the layer that it looks at."""
    statement = select_revisions()
    column = statement.selected_columns["layer"]
    return statement.where(column == sa.bindparam("stored_in", layer.stored_in, sa.Text))


def geometry_columns(layer: Layer, form: GeometryForm) -> list[ColumnElement[Any]]:
    """Choose the columns that carry the geometry: two numbers for points, text for the rest."""
    geom = published(layer).c.geom
    if form is GeometryForm.NONE or layer.geometry is GeometryType.NONE:
        return []
    if form is GeometryForm.WKB:
        return [sa.func.ST_AsBinary(geom).label("geometry")]
    if layer.geometry is GeometryType.POINT:
        return [sa.func.ST_X(geom).label("lon"), sa.func.ST_Y(geom).label("lat")]
    return [sa.func.ST_AsGeoJSON(geom, GEOJSON_DIGITS).label("geometry")]


def conditions(layer: Layer, query: FeatureQuery) -> list[ColumnElement[bool]]:
    """List what a row must be to belong to a query, paging aside."""
    relation = published(layer)
    found = [_recorded(relation, query.as_of)]
    if query.bbox is not None:
        found.append(_in_box(relation, query.bbox))
    if query.interval is not None and layer.time is not None:
        found.append(relation.c.valid.op("&&", is_comparison=True)(_days(query.interval)))
    if query.filter is not None:
        found.append(compile_filter(query.filter, layer, relation))
    return found


def _recorded(relation: sa.Table, as_of: datetime | None) -> ColumnElement[bool]:
    if as_of is None:
        return sa.func.upper_inf(relation.c.recorded)
    moment = sa.bindparam("as_of", as_of, sa.DateTime(timezone=True))
    return relation.c.recorded.op("@>", is_comparison=True)(moment)


def _in_box(relation: sa.Table, box: Box) -> ColumnElement[bool]:
    envelopes = [sa.func.ST_MakeEnvelope(*corners, SRID) for corners in box.parts]
    return sa.or_(*(sa.func.ST_Intersects(relation.c.geom, envelope) for envelope in envelopes))


def _days(interval: Interval) -> ColumnElement[Any]:
    return sa.func.daterange(
        sa.bindparam("first_day", interval.start, sa.Date),
        sa.bindparam("last_day", interval.end, sa.Date),
        "[]",
        type_=DATERANGE,
    )
