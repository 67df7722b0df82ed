"""KML 2.2 (OGC 12-007r2), written by PostgreSQL: one placemark a line, its values typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.formats._base import CopyText, CopyWriter, Format, fields_of, select_only
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import Field, FieldType, GeometryType, Layer, Text
from geo.statements import DIGITS

_TYPES = {FieldType.INTEGER: "int", FieldType.NUMBER: "double", FieldType.BOOLEAN: "bool"}
# XML 1.0 has no place for these, not even escaped.
_FORBIDDEN = "".join(map(chr, (*range(1, 9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)))
# A line end inside a value would end the line, and a parser would make one of CR LF.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#10;", "\r": "&#13;"}


def _escaped(column: ColumnElement[Any]) -> ColumnElement[Any]:
    clean: ColumnElement[Any] = sa.func.translate(column, _FORBIDDEN, "�" * len(_FORBIDDEN))
    for sign, written in _ESCAPES.items():
        clean = sa.func.replace(clean, sign, written)
    return clean


def _written(column: ColumnElement[Any], field: Field) -> ColumnElement[Any]:
    if not field.is_text:
        return sa.cast(column, sa.Text)
    # Escaping looks at a text seven times; most texts need none.
    risky = column.regexp_match(f"[{''.join(_ESCAPES)}{_FORBIDDEN}]")
    return sa.case((risky, _escaped(column)), else_=column)


def _geometry(layer: Layer) -> ColumnElement[Any]:
    geom = published(layer).c.geom
    if layer.geometry is GeometryType.NONE:
        return sa.literal("", sa.Text)
    if layer.geometry is GeometryType.POINT:
        x, y = sa.func.ST_X(geom), sa.func.ST_Y(geom)
        point = sa.func.concat("<Point><coordinates>", x, ",", y, "</coordinates></Point>")
        return sa.case((x.is_not(None), point))
    return sa.func.ST_AsKML(geom, DIGITS["degree"])


def _placemark(layer: Layer, fields: Sequence[Field]) -> ColumnElement[Any]:
    relation = published(layer)
    values: list[Any] = []
    for field in (Field(name="id", title=layer.title), *fields):
        column = _written(relation.c[field.name], field)
        # Nothing joined to NULL is NULL: a value that is not known leaves no element.
        start, end = f'<SimpleData name="{field.name}">', "</SimpleData>"
        values.append(sa.literal(start, sa.Text).concat(column).concat(end))
    label = next((f for f in layer.fields if f.name == layer.label), None)
    name = _written(relation.c[label.name], label) if label else relation.c.id
    return sa.func.concat(
        "<Placemark><name>",
        name,
        f'</name><styleUrl>#drawn</styleUrl><ExtendedData><SchemaData schemaUrl="#{layer.id}">',
        *_in_groups(values),
        "</SchemaData></ExtendedData>",
        _geometry(layer),
        "</Placemark>",
    )


def _in_groups(values: Sequence[Any]) -> Iterator[ColumnElement[Any]]:
    """Join many values; a function takes a hundred arguments at most."""
    for start in range(0, len(values), 50):
        yield sa.func.concat(*values[start : start + 50])


def _head(layer: Layer, fields: Sequence[Field]) -> str:
    red, green, blue = (layer.style.colour[at : at + 2] for at in (1, 3, 5))
    colour = f"{blue}{green}{red}".lower()
    columns = [("id", "string", "id")]
    columns += [(f.name, _TYPES.get(f.type, "string"), f.title.en) for f in fields]
    declared = "".join(
        f'<SimpleField type="{kind}" name="{name}">'
        f"<displayName>{escape(title)}</displayName></SimpleField>"
        for name, kind, title in columns
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
        f"<name>{escape(layer.title.en)}</name>"
        f"<description>{escape(layer.description.en)}</description>\n"
        f'<Style id="drawn"><IconStyle><color>ff{colour}</color></IconStyle>'
        f"<LineStyle><color>ff{colour}</color></LineStyle>"
        f"<PolyStyle><color>66{colour}</color></PolyStyle></Style>\n"
        f"<Schema name={quoteattr(layer.id)} id={quoteattr(layer.id)}>{declared}</Schema>\n"
    )


def _text(layer: Layer, query: FeatureQuery, formula_fields: Sequence[str]) -> CopyText:
    fields = fields_of(layer, query)
    return CopyText(
        statement=select_only(layer, query, [_placemark(layer, fields)]),
        head=_head(layer, fields).encode(),
        tail=b"</Document></kml>\n",
        as_csv=False,
    )


FORMAT = Format(
    id="kml",
    title=Text(en="KML", fr="KML"),
    media_type="application/vnd.google-earth.kml+xml",
    extension="kml",
    writer=CopyWriter(text=_text),
    any_crs=False,
)
