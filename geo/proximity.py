"""Write the SQL of distance: what is nearest, what lies within, in metres on the ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.database import Written, write_out
from geo.errors import BadParameter
from geo.query import FeatureQuery, parse_numbers
from geo.schema import SRID, published
from geo.spec import GeometryType, Layer
from geo.statements import GeometryForm, Select, conditions, feature_columns, is_at

DISTANCE = "distance_m"
# Whether a place lies inside even at the far edge of its own uncertainty.
SURE = "surely_within"
# How many features lie within, whatever the page.
MATCHED = "matched"
# How far a distance on a sphere of the earth's mean radius can be off: its meridian is bent too
# little at the equator, where a metre of it is 0.9944 m on the ellipsoid.
SPHERE_ERROR = 1.0057
# So many properties of all that is near are no more to carry than to find again for a page.
MOST_CARRIED = 8
_KEY, _RADIUS = "measured_row", "measured_radius"
# Half the way round the earth.
FARTHEST_M = 20_037_509.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A point in degrees."""

    lon: float
    lat: float

    @property
    def geography(self) -> ColumnElement[Any]:
        sides = (sa.bindparam(name, getattr(self, name), sa.Double) for name in self.__slots__)
        return sa.func.geography(sa.func.ST_SetSRID(sa.func.ST_MakePoint(*sides), SRID))


def parse_point(text: str, name: str = "point") -> Place:
    """Read lon,lat in degrees."""
    allowed = "lon,lat in degrees, as in -0.04,16.27"
    numbers = parse_numbers(text, name, allowed)
    if len(numbers) != 2:
        problem = f"has {len(numbers)} numbers; needs lon,lat"
        raise BadParameter(name, text, problem, allowed=allowed)
    if abs(numbers[0]) > 180 or abs(numbers[1]) > 90:
        problem = "lies outside longitude -180…180, latitude -90…90"
        raise BadParameter(name, text, problem, allowed=allowed)
    return Place(lon=numbers[0], lat=numbers[1])


def parse_distance(text: str, name: str = "distance_m") -> float:
    """Read a distance in metres."""
    allowed = f"metres above 0, at most {FARTHEST_M:.0f}"
    numbers = parse_numbers(text, name, allowed)
    if len(numbers) != 1 or not 0 < numbers[0] <= FARTHEST_M:
        raise BadParameter(name, text, "is not a distance", allowed=allowed)
    return numbers[0]


def check_has_places(layer: Layer) -> None:
    """Refuse a layer whose rows lie nowhere."""
    if layer.geometry is GeometryType.NONE:
        problem = "has no places; distances are of layers with geometry"
        raise BadParameter("collection", layer.id, problem, where="path")


def nearest_at(
    layer: Layer, query: FeatureQuery, place: Place, k: int, revision: int
) -> Select | Written:
    """Write select_nearest as a read by itself, which finds nothing at another revision."""
    if not _is_plain(query):
        return select_nearest(layer, query, place, k).where(is_at(layer, revision))
    written = _nearest_written(layer, query.properties)
    return written.of(lon=place.lon, lat=place.lat, most=k, revision=revision)


def within_at(
    layer: Layer, query: FeatureQuery, place: Place, distance_m: float, revision: int
) -> Select | Written:
    """Write select_within as a read by itself, which finds nothing at another revision."""
    if not _is_plain(query):
        return select_within(layer, query, place, distance_m).where(is_at(layer, revision))
    written = _within_written(layer, query.properties)
    reach = {"distance_m": distance_m, "rough_m": distance_m * SPHERE_ERROR}
    return written.of(lon=place.lon, lat=place.lat, most=query.limit, revision=revision, **reach)


def _is_plain(query: FeatureQuery) -> bool:
    """Say whether a query asks for nothing but properties and so many features."""
    return query == FeatureQuery(properties=query.properties, limit=query.limit)


# To build these statements takes as long as to answer them where little is near.
@lru_cache(maxsize=256)
def _nearest_written(layer: Layer, properties: tuple[str, ...] | None) -> Written:
    query, anywhere = FeatureQuery(properties=properties), Place(lon=0.0, lat=0.0)
    return write_out(select_nearest(layer, query, anywhere, 1).where(is_at(layer, 0)))


@lru_cache(maxsize=256)
def _within_written(layer: Layer, properties: tuple[str, ...] | None) -> Written:
    query, anywhere = FeatureQuery(properties=properties, limit=1), Place(lon=0.0, lat=0.0)
    return write_out(select_within(layer, query, anywhere, 1.0).where(is_at(layer, 0)))


def select_nearest(layer: Layer, query: FeatureQuery, place: Place, k: int) -> Select:
    """Select the k nearest features of a query, nearest first.

    The index orders by distance on a sphere, up to half a per cent off the ellipsoid. So its k
    nearest only give a distance within which the true ones lie, and those are measured.
    """
    relation, point, most = published(layer), place.geography, sa.bindparam("most", k, sa.Integer)
    there = sa.func.geography(relation.c.geom)
    rough = (
        sa.select(relation.c.geom)
        .where(relation.c.geom.is_not(None), *conditions(layer, query))
        .order_by(there.op("<->")(point))
        .limit(most)
        .cte("rough")
    )
    measured = sa.func.ST_Distance(sa.func.geography(rough.c.geom), point, True)
    # A hair more, because the distance of the last one is compared with itself.
    reach = sa.select((sa.func.max(measured) * 1.000001 + 0.001).label("m")).cte("reach")
    inside = sa.func.ST_DWithin(there, point, reach.c.m, True)
    return _by_distance(layer, query, point).select_from(relation, reach).where(inside).limit(most)


def select_within(layer: Layer, query: FeatureQuery, place: Place, distance_m: float) -> Select:
    """Select the features of a query within a distance, nearest first, and how many there are.

    What is near is found once and narrowly; only the rows that are given are read whole.
    """
    relation, point = published(layer), place.geography
    there = sa.func.geography(relation.c.geom)
    # Comparing on a sphere costs half; what is a little too far is measured, and left out.
    rough_m = sa.bindparam("rough_m", distance_m * SPHERE_ERROR, sa.Double)
    near = sa.func.ST_DWithin(there, point, rough_m, False)
    reach = sa.bindparam("distance_m", distance_m, sa.Double)
    distance = sa.func.ST_Distance(there, point, True).label(DISTANCE)
    columns = feature_columns(layer, query, GeometryForm.JSON)
    # To fetch a row again takes longer than to carry a few values along.
    at_once = query.properties is not None and len(query.properties) <= MOST_CARRIED
    carried = columns if at_once else [relation.c.id]
    found = sa.select(relation.c.row.label(_KEY), distance, relation.c.radius_m.label(_RADIUS))
    measured = found.add_columns(*carried).where(near, *conditions(layer, query)).cte("measured")
    inside = measured.c[DISTANCE] <= reach
    order, most = (
        (measured.c[DISTANCE], measured.c.id),
        sa.bindparam("most", query.limit, sa.Integer),
    )
    page = sa.select(measured).where(inside).order_by(*order).limit(most).cte("page")
    matched = sa.select(sa.func.count()).select_from(measured).where(inside).scalar_subquery()
    sure = page.c[DISTANCE] + page.c[_RADIUS] <= reach
    given = [page.c[column.name] for column in columns] if at_once else columns
    read = sa.select(*given, page.c[DISTANCE], sure.label(SURE), matched.label(MATCHED))
    source = page if at_once else page.join(relation, page.c[_KEY] == relation.c.row)
    return read.select_from(source).order_by(page.c[DISTANCE], page.c.id)


def _by_distance(layer: Layer, query: FeatureQuery, point: ColumnElement[Any]) -> Select:
    relation = published(layer)
    distance = sa.func.ST_Distance(sa.func.geography(relation.c.geom), point, True)
    columns = feature_columns(layer, query, GeometryForm.JSON)
    return (
        sa.select(*columns, distance.label(DISTANCE))
        .where(*conditions(layer, query))
        .order_by(sa.literal_column(DISTANCE), relation.c.id)
    )
