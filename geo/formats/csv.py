"""CSV (RFC 4180), written by PostgreSQL: points as lon and lat, other shapes as WKT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.formats._base import CopyText, CopyWriter, Format, fields_of, select_only
from geo.formulas import FORMULA_STARTS, SHIELD
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import FieldType, GeometryType, Layer, Text
from geo.statements import DIGITS


def _shielded(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Do in SQL what geo.formulas.shielded does."""
    risky = sa.func.left(column, 1).in_(FORMULA_STARTS)
    shield = sa.literal(SHIELD, sa.Text)
    return sa.case((risky, shield.concat(column)), else_=column)


def _place(layer: Layer) -> dict[str, ColumnElement[Any]]:
    geom = published(layer).c.geom
    if layer.geometry is GeometryType.NONE:
        return {}
    if layer.geometry is GeometryType.POINT:
        return {"lon": sa.func.ST_X(geom), "lat": sa.func.ST_Y(geom)}
    return {"wkt": sa.func.ST_AsText(geom, DIGITS["degree"])}


def _text(layer: Layer, query: FeatureQuery, formula_fields: Sequence[str]) -> CopyText:
    relation = published(layer)
    columns: dict[str, ColumnElement[Any]] = {"id": relation.c.id}
    for field in fields_of(layer, query):
        column: ColumnElement[Any] = relation.c[field.name]
        # COPY would write t and f.
        is_boolean = field.type is FieldType.BOOLEAN
        columns[field.name] = sa.cast(column, sa.Text) if is_boolean else column
    for name in set(formula_fields) & set(columns):
        columns[name] = _shielded(columns[name])
    columns |= _place(layer)
    statement = select_only(layer, query, list(columns.values()))
    return CopyText(statement=statement, head=f"{','.join(columns)}\n".encode())


FORMAT = Format(
    id="csv",
    title=Text(en="CSV table", fr="Tableau CSV"),
    media_type="text/csv; charset=utf-8",
    extension="csv",
    writer=CopyWriter(text=_text),
    any_crs=False,
)
