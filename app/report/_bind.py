"""Bind the pages into one file: bookmarks, what it says of itself, and where its map lies."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import pyproj
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    Fit,
    FloatObject,
    NameObject,
    TextStringObject,
)

from app.figures._ground import PLANE
from app.figures._pdf import Description, describe
from app.report._map import Box4
from app.report._paper import HEIGHT_PT

# Corners of the map as shares of its box, from the lower left, in the order that both lists have.
_CORNERS = ((0, 0), (0, 1), (1, 1), (1, 0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A bookmark: its words, its page, and how far down it leads."""

    title: str
    page: int
    y: float = 0.0


def bind(
    parts: Sequence[bytes], said: Description, marks: Sequence[Mark], box: Box4, view: Box4
) -> bytes:
    """Join the pages; the map, on the first one, gets its place on the ground."""
    writer = PdfWriter()
    for part in parts:
        writer.append(PdfReader(io.BytesIO(part)), import_outline=False)
    writer.pages[0][NameObject("/VP")] = ArrayObject([viewport(box, view)])
    for mark in marks:
        fit = Fit.xyz(left=0, top=round(HEIGHT_PT - mark.y, 2))
        writer.add_outline_item(title=mark.title, page_number=mark.page, fit=fit)
    describe(writer, said)
    writer.root_object[NameObject("/PageMode")] = NameObject("/UseOutlines")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def viewport(box: Box4, view: Box4) -> DictionaryObject:
    """Say where the ground of a map lies (ISO 32000-2, 12.10): its plane, and its four corners.

    The corners are given in degrees and meant on the plane, on which the map is an upright box.
    """
    left, top, width, height = box
    frame = (left, HEIGHT_PT - top - height, left + width, HEIGHT_PT - top)
    west, south, east, north = view
    to_degrees = pyproj.Transformer.from_crs(PLANE.proj, 4326, always_xy=True)
    ground: list[float] = []
    for right, up in _CORNERS:
        x, y = west + right * (east - west), south + up * (north - south)
        lon, lat = to_degrees.transform(x, y)
        ground += [lat, lon]
    system = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/PROJCS"),
            NameObject("/WKT"): TextStringObject(pyproj.CRS(PLANE.wkt).to_wkt("WKT1_ESRI")),
        }
    )
    unit_box = [float(share) for corner in _CORNERS for share in corner]
    measure = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Measure"),
            NameObject("/Subtype"): NameObject("/GEO"),
            NameObject("/Bounds"): _numbers(unit_box),
            NameObject("/GCS"): system,
            NameObject("/GPTS"): _numbers(ground),
            NameObject("/LPTS"): _numbers(unit_box),
        }
    )
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Viewport"),
            NameObject("/BBox"): _numbers(frame),
            NameObject("/Measure"): measure,
        }
    )


def _numbers(values: Sequence[float]) -> ArrayObject:
    # Eight decimals of a degree are a millimetre.
    return ArrayObject([FloatObject(f"{value:.8f}") for value in values])
