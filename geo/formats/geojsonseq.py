"""GeoJSON text sequences (RFC 8142): one feature a line, for tools that read as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.formats._base import CopyText, CopyWriter, Format, select_only
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import GeometryType, Layer, Text
from geo.statements import DIGITS, has_document, property_names

RECORD_SEPARATOR = "\x1e"
# More than any coordinate has: PostGIS writes as many as tell it from every other number, in half
# the time that PostgreSQL takes for the two numbers of a point.
ALL_DIGITS = 40


def _geometry(layer: Layer) -> ColumnElement[Any]:
    if layer.geometry is GeometryType.NONE:
        return sa.literal("null", sa.Text)
    digits = ALL_DIGITS if layer.geometry is GeometryType.POINT else DIGITS["degree"]
    # Option 0: no member `crs`, which RFC 7946 took out of GeoJSON.
    written = sa.func.ST_AsGeoJSON(published(layer).c.geom, digits, 0)
    return sa.func.coalesce(written, "null", type_=sa.Text)


def properties_text(layer: Layer, query: FeatureQuery) -> ColumnElement[Any]:
    """Write the properties of a feature as JSON."""
    relation = published(layer)
    if has_document(layer, query):
        return relation.c.document
    columns = [relation.c[name] for name in property_names(layer, query)]
    return sa.func.row_to_json(sa.select(*columns).correlate(relation).lateral().table_valued())


def _text(layer: Layer, query: FeatureQuery, formula_fields: Sequence[str]) -> CopyText:
    relation = published(layer)
    # Joined by ||, which takes a tenth less of the whole than concat does.
    line: ColumnElement[Any] = sa.literal(RECORD_SEPARATOR + '{"type":"Feature","id":', sa.Text)
    for part in (
        sa.cast(sa.func.to_json(relation.c.id), sa.Text),
        ',"geometry":',
        _geometry(layer),
        ',"properties":',
        sa.cast(properties_text(layer, query), sa.Text),
        "}",
    ):
        line = line.concat(part)
    return CopyText(statement=select_only(layer, query, [line]), as_csv=False)


FORMAT = Format(
    id="geojsonseq",
    title=Text(en="GeoJSON text sequence", fr="Séquence de textes GeoJSON"),
    media_type="application/geo+json-seq",
    extension="geojsons",
    writer=CopyWriter(text=_text),
    any_crs=False,
)
