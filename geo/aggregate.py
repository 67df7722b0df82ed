"""Write the SQL of counts and sums: by class, region, time or H3 cell, one or two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.audience import DATASET
from geo.errors import BadParameter
from geo.query import FeatureQuery
from geo.schema import FINEST_CELL, published
from geo.spec import GeometryType, Layer
from geo.statements import Select, conditions

MOST_DIMENSIONS = 2
_RESOLUTION_SHIFT = 52
_BITS_OF_A_DIGIT = 3
_DIGITS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouping:
    """What to group by, and what to add up beside the count."""

    by: tuple[str, ...]
    measures: tuple[str, ...]
    resolution: int


BY_DATASET = Grouping(by=(DATASET,), measures=(), resolution=0)
Dimension = Callable[[sa.Table, int], ColumnElement[Any]]


def dimensions(layer: Layer) -> dict[str, Dimension]:
    """List what a layer's rows can be grouped by, and how each is computed."""
    # Classes have choices; regions and cercles are marked as groups of their own.
    names = [field.name for field in layer.fields if field.choices or field.groups]
    found: dict[str, Dimension] = {name: _column(name) for name in names}
    if layer.time is not None:
        found["year"] = lambda relation, _: _period(relation, "YYYY")
        found["month"] = lambda relation, _: _period(relation, "YYYY-MM")
    if layer.geometry is GeometryType.POINT:
        found["grid"] = _cell
    return found


def _column(name: str) -> Dimension:
    return lambda relation, _: relation.c[name]


def measures(layer: Layer) -> list[str]:
    """List the numbers that can be added up; `killed` stands for killed_low, _best and _high."""
    numbers = [field.name for field in layer.fields if field.is_number]
    stems = {name.removesuffix("_best") for name in numbers if name.endswith("_best")}
    return sorted({*numbers, *(stem for stem in stems if f"{stem}_high" in numbers)})


def parse_grouping(
    layer: Layer, by: str | None, measure: str | None, resolution: str | None
) -> Grouping:
    """Read what to group by and what to add up."""
    known, numbers = dimensions(layer), measures(layer)
    names = tuple(by.split(",")) if by else ()
    for name in names:
        if name not in known:
            raise BadParameter("by", name, f"does not group {layer.id}", allowed=sorted(known))
    if len(names) > MOST_DIMENSIONS or len(set(names)) < len(names):
        problem = f"needs at most {MOST_DIMENSIONS} different groups"
        raise BadParameter("by", by or "", problem, allowed=sorted(known))
    wanted = tuple(name for name in (measure or "").split(",") if name not in ("", "count"))
    for name in wanted:
        if name not in numbers:
            problem = f"cannot be added up in {layer.id}"
            raise BadParameter("measure", name, problem, allowed=["count", *numbers])
    steps = {str(step): step for step in range(FINEST_CELL + 1)}
    if resolution is not None and (resolution not in steps or "grid" not in names):
        allowed = f"0 to {FINEST_CELL}, with by=grid"
        raise BadParameter("resolution", resolution, "is not a grid's here", allowed=allowed)
    return Grouping(
        by=names,
        measures=tuple(dict.fromkeys(wanted)),
        resolution=steps.get(resolution or "", 4),
    )


def select_aggregate(
    layer: Layer, query: FeatureQuery, grouping: Grouping, left_out: Select | None = None
) -> Select:
    """Select a row per group: its keys, how many rows, and for each measure what is known.

    `left_out` selects rows that are not counted.
    """
    relation = published(layer)
    known = dimensions(layer)
    keys = [known[name](relation, grouping.resolution).label(name) for name in grouping.by]
    sums: list[ColumnElement[Any]] = [sa.func.count().label("count")]
    for name in grouping.measures:
        sums += _sums(layer, relation, name)
    statement = sa.select(*keys, *sums).where(*conditions(layer, query))
    if left_out is not None:
        statement = statement.where(relation.c.row.not_in(left_out))
    places: list[ColumnElement[Any]] = [
        sa.literal_column(str(position + 1)) for position in range(len(keys))
    ]
    order = [
        # Databases differ in how they order texts.
        sa.collate(relation.c[name], "C") if isinstance(key.type, sa.Text) else place
        for name, key, place in zip(grouping.by, keys, places, strict=True)
    ]
    return statement.group_by(*places).order_by(*(each.nulls_last() for each in order))


def sum_columns(layer: Layer, name: str) -> list[str]:
    """Name the columns that a measure gives: its sums, and how many rows state no (best) figure."""
    if layer.field(name) is not None:
        return [name, f"{name}_unknown"]
    return [f"{name}_low", f"{name}_best", f"{name}_high", f"{name}_unknown"]


def _sums(layer: Layer, relation: sa.Table, name: str) -> list[ColumnElement[Any]]:
    if layer.field(name) is not None:
        column = relation.c[name]
        terms: list[ColumnElement[Any]] = [column]
    else:
        low, column, high = (relation.c[f"{name}_{end}"] for end in ("low", "best", "high"))
        # A source that gives one figure gives no range: it stands for both ends.
        terms = [sa.func.coalesce(low, column), column, sa.func.coalesce(high, column)]
    unknown = sa.func.count().filter(column.is_(None))
    made = [sa.func.sum(term) for term in terms]
    labels = sum_columns(layer, name)
    return [column.label(label) for column, label in zip([*made, unknown], labels, strict=True)]


def cell_name(cell: int) -> str:
    """Write an H3 cell as everybody writes it."""
    return f"{cell:x}"


def _period(relation: sa.Table, form: str) -> ColumnElement[Any]:
    """Give the year or month that all of a row's days lie in; null where they lie in several."""
    first = sa.func.to_char(sa.func.lower(relation.c.valid), form)
    last = sa.func.to_char(sa.func.upper(relation.c.valid) - 1, form)
    return sa.case((first == last, first))


def _cell(relation: sa.Table, resolution: int) -> ColumnElement[Any]:
    """Give the H3 cell that holds a row's own: its bits, with the finer digits filled with ones."""
    finer = (1 << (_BITS_OF_A_DIGIT * (_DIGITS - resolution))) - 1
    without = ~(0xF << _RESOLUTION_SHIFT)
    cell = relation.c.cell.bitwise_and(sa.literal_column(str(without)))
    return cell.bitwise_or(sa.literal_column(str(resolution << _RESOLUTION_SHIFT))).bitwise_or(
        sa.literal_column(str(finer))
    )
