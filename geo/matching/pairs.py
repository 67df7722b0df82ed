"""Write the SQL that reads links with both of their rows, as they were when they were compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.audience import DATASET
from geo.database import Reader
from geo.features import NEVER, Revision, revisions
from geo.matching.tables import REVISION_OF, published_matches
from geo.schema import schema_of
from geo.spec import Layer
from geo.statements import Select

SIDES = ("first", "second")
# What of a row helps to see whether two are one event; a layer may lack some of it.
SHOWN = (
    *(DATASET, "date", "date_end", "date_precision", "place", "region", "cercle"),
    *("place_precision", "radius_m", "event_class", "kind_stated", "target_class"),
    *("actor1", "actor2", "perpetrator", "perpetrator_class"),
    *("killed_low", "killed_best", "killed_high", "notes", "source_title", "source_url"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which links are asked for, and of what moment; None asks for all, and for now."""

    status: str | None = None
    least: float | None = None
    dataset: str | None = None
    moment: datetime | None = None


def select_pairs(
    layer: Layer,
    rows: sa.FromClause,
    links: sa.FromClause,
    asked: Asked,
    *,
    limit: int | None = None,
    after: tuple[Any, ...] | None = None,
) -> Select:
    """Select links with both rows, the best first."""
    first, second = rows.alias("first"), rows.alias("second")
    columns = [links.c[name] for name in ("id", "score", "reasons", "status", "decided_at", "held")]
    for name, side in zip(SIDES, (first, second), strict=True):
        columns += [
            side.c.id.label(f"{name}_id"),
            side.c.document.label(f"{name}_document"),
            sa.func.ST_X(side.c.geom).label(f"{name}_lon"),
            sa.func.ST_Y(side.c.geom).label(f"{name}_lat"),
            sa.func.upper_inf(side.c.recorded).label(f"{name}_is_current"),
        ]
    statement = sa.select(*columns).where(*_conditions(layer, links, first, second, asked))
    if after is not None:
        value, name = after
        lower = links.c.score < value
        statement = statement.where(
            sa.or_(lower, sa.and_(links.c.score == value, links.c.id > name))
        )
    return statement.order_by(links.c.score.desc(), links.c.id).limit(limit)


def count_pairs(layer: Layer, rows: sa.FromClause, links: sa.FromClause, asked: Asked) -> Select:
    """Count the links that are asked for, by their status."""
    first, second = rows.alias("first"), rows.alias("second")
    return (
        sa.select(links.c.status, sa.func.count().label("count"))
        .where(*_conditions(layer, links, first, second, asked))
        .group_by(links.c.status)
    )


def _conditions(
    layer: Layer,
    links: sa.FromClause,
    first: sa.FromClause,
    second: sa.FromClause,
    asked: Asked,
) -> list[ColumnElement[bool]]:
    found = [
        links.c.layer == layer.stored_in,
        first.c.row == links.c.first_row,
        second.c.row == links.c.second_row,
        held(links, asked.moment),
    ]
    if asked.status is not None:
        found.append(links.c.status == asked.status)
    if asked.least is not None:
        found.append(links.c.score >= asked.least)
    if asked.dataset is not None:
        found.append(sa.or_(*(side.c[DATASET] == asked.dataset for side in (first, second))))
    return found


def held(links: sa.FromClause, moment: datetime | None) -> ColumnElement[bool]:
    """Hold for the links as the store held them at a moment; None is now."""
    if moment is None:
        return sa.func.upper_inf(links.c.held)
    at = sa.bindparam("links_at", moment, sa.DateTime(timezone=True))
    return links.c.held.op("@>", is_comparison=True)(at)


def published_links(layer: Layer) -> sa.TableClause:
    """Give the links that reads of a layer see: those between rows that its audience may see."""
    return published_matches(schema_of(layer))


async def links_revision(reader: Reader) -> Revision:
    """Give the state of the links, which moves on with all that is proposed or decided."""
    return (await revisions(reader)).get(REVISION_OF, Revision(number=0, changed_at=NEVER))


def reasons_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Read why two rows were put together; the readers' driver gives JSON as text."""
    reasons: list[dict[str, Any]] = orjson.loads(row["reasons"])
    return reasons


def side_of(layer: Layer, row: Mapping[str, Any], side: str) -> dict[str, Any]:
    """Take one of the two rows out of a row of links: what helps to compare it."""
    document = orjson.loads(row[f"{side}_document"])
    hidden = {"id", *layer.hides}
    return {
        "id": row[f"{side}_id"],
        **{name: document[name] for name in SHOWN if name in document and name not in hidden},
        "lon": row[f"{side}_lon"],
        "lat": row[f"{side}_lat"],
        "is_current": row[f"{side}_is_current"],
    }
