"""GeoJSON (RFC 7946), the format that every client of OGC API – Features reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from geo.documents import Documents
from geo.formats._base import Format, Page, PageWriter, Record
from geo.spec import GeometryType, Layer, Text
from geo.statements import GeometryForm


def _nowhere(_: Record) -> None:
    return None


def _point(row: Record) -> dict[str, Any] | None:
    lon = row["lon"]
    return None if lon is None else {"type": "Point", "coordinates": (lon, row["lat"])}


def _shape(row: Record) -> orjson.Fragment | None:
    text = row["geometry"]
    # PostGIS wrote it already; parsing it only to write it again cost most of the time.
    return None if text is None else orjson.Fragment(text)


# Chosen once a page: to ask each row of what kind it is took a third of the time of writing.
_GEOMETRY: dict[GeometryType, Callable[[Record], Any]] = {
    GeometryType.NONE: _nowhere,
    GeometryType.POINT: _point,
}


def features(
    layer: Layer, properties: Sequence[str], rows: Sequence[Record], *, as_document: bool = False
) -> list[dict[str, Any]]:
    """Make GeoJSON features of rows."""
    place = _GEOMETRY.get(layer.geometry, _shape)

    def said(row: Record) -> Any:
        if as_document:
            return orjson.Fragment(row["document"])
        return {name: row[name] for name in properties}

    return [
        {"type": "Feature", "id": row["id"], "geometry": place(row), "properties": said(row)}
        for row in rows
    ]


def feature(layer: Layer, properties: Sequence[str], row: Record) -> dict[str, Any]:
    """Make one GeoJSON feature of a row."""
    (made,) = features(layer, properties, [row])
    return made


def _page(page: Page) -> bytes:
    around: dict[str, Any] = {
        "numberReturned": page.count,
        "links": [link.as_json() for link in page.links],
    }
    if page.matched is not None:
        around["numberMatched"] = page.matched
    if page.documents is None:
        made = features(page.layer, page.properties, page.rows, as_document=page.as_document)
        pieces = [orjson.dumps(made)[1:-1]]
    else:
        pieces = _written(page.documents)
    begin = b'{"type":"FeatureCollection","features":['
    return b"".join((begin, *pieces, b"],", orjson.dumps(around)[1:]))


def _written(found: Documents) -> list[bytes]:
    """Write features as the pieces that their text is made of, with no object for any of them."""
    if not found.ids:
        return []
    # Numbers have no brackets, so that what is between two pairs is none of theirs.
    numbers = orjson.dumps(found.places, option=orjson.OPT_SERIALIZE_NUMPY)
    pairs = numbers[2:-2].split(b"],[")
    pieces: list[bytes] = []
    for id_, pair, properties in zip(found.ids, pairs, found.properties, strict=True):
        placed = pair != b"null,null"
        pieces += (
            b',{"type":"Feature","id":',
            orjson.dumps(id_),
            b',"geometry":{"type":"Point","coordinates":[' if placed else b',"geometry":',
            pair if placed else b"null",
            b']},"properties":' if placed else b',"properties":',
            properties.encode(),
            b"}",
        )
    pieces[0] = pieces[0][1:]
    return pieces


def _feature(page: Page) -> bytes:
    document = feature(page.layer, page.properties, page.rows[0])
    return orjson.dumps({**document, "links": [link.as_json() for link in page.links]})


FORMAT = Format(
    id="geojson",
    title=Text(en="GeoJSON", fr="GeoJSON"),
    media_type="application/geo+json",
    extension="geojson",
    writer=PageWriter(geometry=GeometryForm.JSON, page=_page, feature=_feature, documents=True),
)
