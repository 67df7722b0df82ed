"""Write the SQL of a read: (layer, query, form) in, a SELECT out. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE
from sqlalchemy.sql.elements import ColumnElement

from geo.audience import DATASET, has_datasets
from geo.cql2 import compile_filter, queryables, read_literal
from geo.crs import Crs
from geo.errors import BadParameter
from geo.query import Box, FeatureQuery, Interval, SortKey
from geo.schema import PUBLISHED, SRID, published
from geo.spec import FEATURE_FIELDS, GeometryType, Layer

# Six decimals of a degree are 11 cm, far below the precision of any place here.
DIGITS = {"degree": 6, "metre": 2}
# A straight side of a box in metres is a curve in degrees.
PIECES_OF_A_SIDE = 32

# The key that a row was chosen by.
CHOSEN = "chosen_row"

Select = sa.Select[Any]


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


def feature_columns(
    layer: Layer, query: FeatureQuery, form: GeometryForm, *, as_document: bool = False
) -> list[ColumnElement[Any]]:
    """Choose the columns of features: id, properties (or their JSON), geometry."""
    relation = published(layer)
    names = ["document"] if as_document else property_names(layer, query)
    columns = [relation.c.id, *(relation.c[name] for name in names)]
    return [*columns, *geometry_columns(layer, form, query.crs)]


def has_document(layer: Layer, query: FeatureQuery) -> bool:
    """Say whether the stored JSON of a row is just what the query asks for."""
    return query.properties is None and not layer.hides


def select_features(
    layer: Layer, query: FeatureQuery, form: GeometryForm, *, as_document: bool = False
) -> Select:
    """Select the features of a query in its order, in one pass over what matches."""
    relation = published(layer)
    columns = feature_columns(layer, query, form, as_document=as_document)
    statement = sa.select(*columns, *_sort_columns(relation, query))
    statement = statement.where(*conditions(layer, query))
    if query.after is not None:
        statement = statement.where(_comes_after(layer, relation, query))
    return statement.order_by(*_order(relation, query)).limit(query.limit)


def select_page(
    layer: Layer,
    query: FeatureQuery,
    form: GeometryForm,
    *,
    as_document: bool,
    bound: int,
    count: bool = True,
) -> Select:
    """Select a page of what matches, and, to `count`, how much that is up to just past the bound.

    What matches is found once and narrowly; only the rows of the page are read whole. Past the
    bound the page is not to be used: `matching` was cut off in no order.
    """
    relation = published(layer)
    keys = [relation.c.row, relation.c.id, *(relation.c[key.name] for key in query.sort)]
    found = sa.select(*{column.name: column for column in keys}.values())
    matching = found.where(*conditions(layer, query)).limit(bound + 1).cte("matching")
    chosen = sa.select(matching.c.row).order_by(*_order(matching, query)).limit(query.limit)
    if query.after is not None:
        chosen = chosen.where(_comes_after(layer, matching, query))
    page = chosen.cte("page")
    columns = feature_columns(layer, query, form, as_document=as_document)
    columns += _sort_columns(relation, query)
    if count:
        # Keeping what matches, to look at it twice, takes a fifth of the time.
        matched = sa.select(sa.func.count()).select_from(matching).scalar_subquery()
        columns.append(matched.label("matched"))
    return (
        sa.select(*columns)
        .select_from(page.join(relation, page.c.row == relation.c.row))
        .order_by(*_order(relation, query))
    )


def select_chosen(
    layer: Layer, query: FeatureQuery, form: GeometryForm, *, as_document: bool
) -> Select:
    """Select the rows with the keys `chosen`, in no order, if the layer is at `revision`."""
    relation = published(layer)
    columns = feature_columns(layer, query, form, as_document=as_document)
    key, sorts = relation.c.row.label(CHOSEN), _sort_columns(relation, query)
    return sa.select(key, *columns, *sorts).where(*_chosen(layer))


def select_documents(layer: Layer) -> Select:
    """Select the keys and the JSON of such rows as two arrays.

    A thousand records take the driver, and the collection of garbage, half of a page's time.
    """
    relation = published(layer)
    names = {"row": "keys", "document": "documents"}
    arrays: list[ColumnElement[Any]] = [
        sa.func.array_agg(relation.c[name]).label(label) for name, label in names.items()
    ]
    return sa.select(*arrays).where(*_chosen(layer))


def _chosen(layer: Layer) -> list[ColumnElement[bool]]:
    """Hold for rows that are named at the state of the layer that they were chosen in.

    The keys are one text with commas: of an array the driver looks at each element.
    """
    listed = sa.func.string_to_array(sa.bindparam("chosen", "", sa.Text), ",")
    keys = sa.cast(listed, ARRAY(sa.BigInteger))
    return [published(layer).c.row == sa.any_(keys), is_at(layer, 0)]


def is_at(layer: Layer, revision: int) -> ColumnElement[bool]:
    """Hold while the layer's data are of this revision: for a read that is one statement only."""
    number = select_revision_number(layer).scalar_subquery()
    return number == sa.bindparam("revision", revision, sa.BigInteger)


def count_features(layer: Layer, query: FeatureQuery, bound: int) -> Select:
    """Count the features of a query, whatever its page, stopping just past the bound."""
    some = sa.select(sa.literal(1)).select_from(published(layer)).where(*conditions(layer, query))
    return sa.select(sa.func.count()).select_from(some.limit(bound + 1).subquery())


def select_feature(
    layer: Layer, feature_id: str, query: FeatureQuery, form: GeometryForm
) -> Select:
    """Select one feature by its id."""
    relation = published(layer)
    statement = select_features(layer, query, form)
    return statement.where(relation.c.id == sa.bindparam("feature", feature_id, sa.Text))


def settings_for_download() -> Select:
    """Have one process read the rows of a transaction, so that the first goes out at once.

    Several would sort all rows on disk first, where an index gives one of them in order.
    """
    return sa.select(sa.func.set_config("max_parallel_workers_per_gather", "0", True))


def select_history(layer: Layer, feature_id: str, form: GeometryForm) -> Select:
    """Select every version of a feature, oldest first, with when the store held it so."""
    relation = published(layer)
    recorded = relation.c.recorded
    return (
        sa.select(
            *feature_columns(layer, FeatureQuery(), form),
            sa.func.lower(recorded).label("recorded_from"),
            sa.func.upper(recorded).label("recorded_to"),
        )
        .where(relation.c.id == sa.bindparam("feature", feature_id, sa.Text))
        .order_by(sa.func.lower(recorded))
    )


_SIDES = ("west", "south", "east", "north")


def select_extent(layer: Layer, query: FeatureQuery) -> Select:
    """Select the box, the first and last day and the data sets of what a query chooses."""
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
        datasets_of(layer).label("datasets"),
    ).where(*conditions(layer, query))


def datasets_of(layer: Layer) -> ColumnElement[Any]:
    """Write which data sets the chosen rows are of; null where a layer has but one."""
    if not has_datasets(layer):
        return sa.null()
    return sa.func.array_agg(published(layer).c[DATASET].distinct())


def select_revisions() -> Select:
    """Select the data revision of every stored layer."""
    relation = sa.table(
        "revisions",
        sa.column("layer", sa.Text),
        sa.column("revision", sa.BigInteger),
        sa.column("changed_at", sa.DateTime(timezone=True)),
        sa.column("formula_fields", ARRAY(sa.Text)),
        sa.column("withheld", ARRAY(sa.Text)),
        schema=PUBLISHED,
    )
    return sa.select(relation)


@lru_cache(maxsize=256)
def select_revision(layer: Layer) -> Select:
    """Select the data revision of one layer, or of the layer that it looks at."""
    statement = select_revisions()
    column = statement.selected_columns["layer"]
    return statement.where(column == sa.bindparam("stored_in", layer.stored_in, sa.Text))


@lru_cache(maxsize=256)
def select_revision_number(layer: Layer) -> Select:
    """Select the number of a layer's data revision."""
    statement = select_revision(layer)
    return statement.with_only_columns(statement.selected_columns["revision"])


def geometry_columns(layer: Layer, form: GeometryForm, crs: Crs) -> list[ColumnElement[Any]]:
    """Choose the columns that carry the geometry: two numbers for points, text for the rest."""
    geom: ColumnElement[Any] = published(layer).c.geom
    if form is GeometryForm.NONE or layer.geometry is GeometryType.NONE:
        return []
    if crs.srid != SRID:
        geom = sa.func.ST_Transform(geom, sa.literal_column(str(crs.srid)))
    if form is GeometryForm.JSON and layer.geometry is GeometryType.POINT:
        x, y = sa.func.ST_X(geom), sa.func.ST_Y(geom)
        first, second = (y, x) if crs.north_first else (x, y)
        return [first.label("lon"), second.label("lat")]
    if crs.north_first:
        geom = sa.func.ST_FlipCoordinates(geom)
    if form is GeometryForm.WKB:
        return [sa.func.ST_AsBinary(geom).label("geometry")]
    # Option 0: no member `crs`, which RFC 7946 took out of GeoJSON.
    return [sa.func.ST_AsGeoJSON(geom, DIGITS[crs.unit], 0).label("geometry")]


def conditions(layer: Layer, query: FeatureQuery) -> list[ColumnElement[bool]]:
    """List what a row must be to belong to a query, paging aside."""
    relation = published(layer)
    found = [_recorded(relation, query.moment)]
    if query.bbox is not None:
        found.append(_in_box(layer, query.bbox))
    if query.interval is not None and layer.time is not None:
        found.append(relation.c.valid.op("&&", is_comparison=True)(_days(query.interval)))
    if query.filter is not None:
        found.append(compile_filter(query.filter, layer, relation))
    return found


def sortables(layer: Layer) -> list[str]:
    """List what features can be ordered by."""
    return list(queryables(layer))


def _sort_columns(relation: sa.Table, query: FeatureQuery) -> list[ColumnElement[Any]]:
    """Select the sort keys under names of their own, for the cursor of the next page."""
    return [relation.c[key.name].label(sort_label(i)) for i, key in enumerate(query.sort)]


def sort_label(position: int) -> str:
    """Name the column that carries a sort key."""
    return f"sort_{position}"


def _order(relation: sa.FromClause, query: FeatureQuery) -> list[ColumnElement[Any]]:
    keys = [
        (relation.c[key.name].desc() if key.descending else relation.c[key.name].asc()).nulls_last()
        for key in query.sort
    ]
    return [*keys, relation.c.id.asc()]


def _comes_after(layer: Layer, relation: sa.FromClause, query: FeatureQuery) -> ColumnElement[bool]:
    """Hold for rows behind the cursor in the query's order, in which nulls come last."""
    equal: list[ColumnElement[bool]] = []
    steps: list[ColumnElement[bool]] = []
    for key, value in zip(_keys(query), read_cursor(layer, query), strict=True):
        column = relation.c[key.name]
        if value is None:
            equal.append(column.is_(None))
            continue
        # Of a bare truth SQLAlchemy only knows whether it is equal.
        value = sa.literal(value) if isinstance(value, bool) else value
        behind = column < value if key.descending else column > value
        later = behind if key.name == "id" else sa.or_(behind, column.is_(None))
        steps.append(sa.and_(*equal, later))
        equal.append(column == value)
    return sa.or_(*steps)


def read_cursor(layer: Layer, query: FeatureQuery) -> list[Any]:
    """Read the values of the row that a page comes after: its sort keys and its id."""
    keys, after, fields = _keys(query), query.after or (), queryables(layer)
    if len(after) != len(keys):
        problem = "belongs to another order of rows; keep sortby as it was"
        raise BadParameter("cursor", repr(list(after)), problem)
    return [
        None if given is None else read_literal(given, fields[key.name], "cursor")
        for key, given in zip(keys, after, strict=True)
    ]


def _keys(query: FeatureQuery) -> tuple[SortKey, ...]:
    return (*query.sort, SortKey(name="id"))


def _recorded(relation: sa.Table, as_of: datetime | None) -> ColumnElement[bool]:
    if as_of is None:
        return sa.func.upper_inf(relation.c.recorded)
    moment = sa.bindparam("as_of", as_of, sa.DateTime(timezone=True))
    return relation.c.recorded.op("@>", is_comparison=True)(moment)


def _in_box(layer: Layer, box: Box) -> ColumnElement[bool]:
    geom = published(layer).c.geom
    if box.srid != SRID:
        return sa.func.ST_Intersects(geom, _curved_box(box))
    hits: list[ColumnElement[bool]] = []
    for west, south, east, north in box.parts:
        envelope = _envelope(west, south, east, north, SRID)
        if layer.geometry is GeometryType.POINT:
            # The index rounds its boxes outwards; two comparisons cost less than ST_Intersects.
            x, y = sa.func.ST_X(geom), sa.func.ST_Y(geom)
            exact = sa.and_(x >= west, x <= east, y >= south, y <= north)
            hits.append(sa.and_(geom.op("&&", is_comparison=True)(envelope), exact))
        else:
            hits.append(sa.func.ST_Intersects(geom, envelope))
    return sa.or_(*hits)


def _envelope(
    west: float, south: float, east: float, north: float, srid: int
) -> ColumnElement[Any]:
    """Draw a box; one without area is the point or line that is left of it."""
    if west < east and south < north:
        return sa.func.ST_MakeEnvelope(west, south, east, north, srid)
    corners = [sa.func.ST_MakePoint(west, south), sa.func.ST_MakePoint(east, north)]
    left = corners[0] if (west, south) == (east, north) else sa.func.ST_MakeLine(*corners)
    return sa.func.ST_SetSRID(left, srid)


def _curved_box(box: Box) -> ColumnElement[Any]:
    """Bring a box of another system to degrees; the column stays as it is indexed."""
    longest = max(box.east - box.west, box.north - box.south) / PIECES_OF_A_SIDE
    envelope = _envelope(box.west, box.south, box.east, box.north, box.srid)
    if longest > 0:
        envelope = sa.func.ST_Segmentize(envelope, longest)
    return sa.func.ST_Transform(envelope, SRID)


def _days(interval: Interval) -> ColumnElement[Any]:
    return sa.func.daterange(
        sa.bindparam("first_day", interval.start, sa.Date),
        sa.bindparam("last_day", interval.end, sa.Date),
        "[]",
        type_=DATERANGE,
    )


def cursor_values(query: FeatureQuery, row: Any) -> tuple[Any, ...]:
    """Take from a page's last row what the next page comes after."""
    sorts: Sequence[Any] = [row[sort_label(i)] for i in range(len(query.sort))]
    return (*sorts, row["id"])
