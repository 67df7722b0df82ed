"""Read where and when the rows of a question lie, and whose they are; remember it by revision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from geo.crs import Bounds
from geo.database import Reader
from geo.features import Extents, Revision, at_revision
from geo.query import FeatureQuery
from geo.spec import Layer
from geo.statements import select_extent

_SIDES = ("west", "south", "east", "north")


@dataclass(frozen=True, kw_only=True, slots=True)
class Extent:
    """The box of some rows, None where none has a place, their first and last day, their sources.

    `datasets` are none where a layer has but one.
    """

    box: Bounds | None
    first: date | None
    last: date | None
    is_open: bool
    datasets: tuple[str, ...]


async def extent_of(
    reader: Reader, layer: Layer, query: FeatureQuery, revision: Revision, extents: Extents
) -> Extent:
    """Give the extent of the rows that a question chooses in a revision of a layer."""
    asked = replace(at_revision(query, revision), properties=None)
    key = (layer.id, revision.number, asked.canonical())
    known: Extent | None = extents.get(key)
    if known is None:
        (row,) = await reader.rows(select_extent(layer, asked))
        box = None if row["west"] is None else cast(Bounds, tuple(row[side] for side in _SIDES))
        known = Extent(
            box=box,
            first=row["first"],
            last=row["last"],
            is_open=bool(row["open"]),
            datasets=tuple(name for name in row["datasets"] or () if name is not None),
        )
        extents.put(key, known)
    return known
