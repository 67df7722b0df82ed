"""Read what a map draws: the rows of each of its groups, in one state of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from app.maps._base import Group
from app.maps._scene import Feature, Links, Mode, Scene
from app.maps._selection import Selection
from geo.database import Reader
from geo.features import NEVER, Revision
from geo.query import FeatureQuery
from geo.schema import SRID, published
from geo.spec import GeometryType, Language, Layer
from geo.statements import (
    GeometryForm,
    count_features,
    property_names,
    select_features,
    select_revisions,
)

# The rows of each layer, and how many the selection has.
Rows = dict[str, tuple[list[Feature], int]]


async def read_revisions(reader: Reader, selection: Selection) -> list[Revision]:
    """Read the state of every group's layer at once."""
    known = {row["layer"]: row for row in await reader.rows(select_revisions())}
    states = []
    for group in selection.spec.groups:
        row = known.get(selection.layer(group).stored_in)
        number, changed_at = (row["revision"], row["changed_at"]) if row else (0, NEVER)
        states.append(Revision(number=number, changed_at=changed_at))
    return states


async def read_rows(reader: Reader, selection: Selection, most: int, count_bound: int) -> Rows:
    """Read what each group draws, up to `most` rows, and how many there really are."""
    return {
        group.layer: await _rows(reader, selection, group, most, count_bound)
        for group in selection.spec.groups
    }


async def read_first_state(reader: Reader, selection: Selection, rows: Rows) -> datetime | None:
    """Find when the store first held anything of the map, where it held nothing yet."""
    as_of, groups = selection.query.as_of, selection.spec.selectable
    if as_of is None or any(rows[group.layer][0] for group in groups):
        return None
    relations = (published(selection.layer(group)) for group in groups)
    found = [
        await reader.value(sa.select(sa.func.min(sa.func.lower(relation.c.recorded))))
        for relation in relations
    ]
    first = min((moment for moment in found if moment is not None), default=None)
    return first if first is not None and first > as_of else None


def scene_of(
    selection: Selection,
    rows: Rows,
    links: Links,
    language: Language,
    *,
    data_as_of: date | None,
    first_state: datetime | None,
    mode: Mode = "page",
) -> Scene:
    """Put what was read into one value that can be drawn."""
    interval = selection.query.interval
    return Scene(
        spec=selection.spec,
        layers=selection.layers,
        features={name: features for name, (features, _) in rows.items()},
        matched={name: matched for name, (_, matched) in rows.items()},
        links=links,
        language=language,
        mode=mode,
        data_as_of=data_as_of,
        query=selection.narrowing,
        unfiltered=selection.unfiltered,
        interval=(interval.start, interval.end) if interval else (None, None),
        first_state=first_state,
        bbox=_view(selection.query),
    )


def day_of(moment: datetime) -> date | None:
    """Give the day of a moment, if there is one."""
    return None if moment == NEVER else moment.astimezone(UTC).date()


async def _rows(
    reader: Reader, selection: Selection, group: Group, most: int, count_bound: int
) -> tuple[list[Feature], int]:
    layer, query = selection.layer(group), selection.of(group)
    valid = published(layer).c.valid
    statement = select_features(layer, replace(query, limit=most + 1), GeometryForm.JSON)
    # The stored span, so that the years here are those that datetime= means everywhere.
    statement = statement.add_columns(
        sa.func.lower(valid).label("valid_from"),
        sa.func.upper(valid).label("valid_until"),
        valid.is_not(None).label("is_dated"),
    )
    found = await reader.rows(statement)
    names = property_names(layer, FeatureQuery())
    features = [_feature(layer, names, row) for row in found[:most]]
    if len(found) <= most:
        return features, len(found)
    return features, int(await reader.value(count_features(layer, query, count_bound)))


def _feature(layer: Layer, names: Sequence[str], row: Any) -> Feature:
    if layer.geometry is GeometryType.POINT:
        point = None if row["lon"] is None else [row["lon"], row["lat"]]
        geometry = None if point is None else {"type": "Point", "coordinates": point}
    else:
        geometry = None if row["geometry"] is None else orjson.loads(row["geometry"])
    properties = {name: row[name] for name in names}
    valid = (row["valid_from"], _day_before(row["valid_until"])) if row["is_dated"] else None
    return {"id": row["id"], "geometry": geometry, "properties": properties, "valid": valid}


def _day_before(day: date | None) -> date | None:
    """Give the last day of a span, which is stored with the day after it."""
    return None if day is None else day - timedelta(days=1)


def _view(query: FeatureQuery) -> tuple[float, float, float, float] | None:
    box = query.bbox
    if box is None or box.srid != SRID or box.west >= box.east or box.south >= box.north:
        return None
    return (box.west, box.south, box.east, box.north)
