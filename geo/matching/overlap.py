"""Count what is in several collections once: which rows are left out, and what an answer says.

Rows of one collection are never each other's duplicates: it counts them apart. So of rows that
accepted links join, directly or by way of others, those of one collection stay, and the rows of
the other collections are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE
from sqlalchemy.sql.elements import ColumnElement

from geo.audience import DATASET, has_datasets
from geo.errors import BadParameter
from geo.matching.pairs import held, published_links
from geo.query import FeatureQuery
from geo.schema import published, schema_of
from geo.spec import Layer
from geo.statements import Select, conditions


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlap:
    """What is asked of the collections: which ones, the best first, and each event once."""

    sources: tuple[str, ...] = ()
    once: bool = False


def parse_overlap(layer: Layer, source: str | None, deduplicate: str | None) -> Overlap:
    """Read `source` and `deduplicate`."""
    if deduplicate not in (None, "true", "false"):
        problem = "is neither true nor false"
        raise BadParameter("deduplicate", deduplicate, problem, allowed=["true", "false"])
    if not has_datasets(layer):
        given = {"source": source, "deduplicate": None if deduplicate == "false" else deduplicate}
        for name, value in given.items():
            if value is not None:
                problem = f"is for layers of several data sets, and {layer.id} has one"
                raise BadParameter(name, value, problem, allowed="leave it out")
        return Overlap()
    sources = () if source is None else tuple(source.split(","))
    if not all(sources) or len(set(sources)) < len(sources):
        allowed = "names of data sets with commas, each once, the one to prefer first"
        raise BadParameter("source", str(source), "is no list of data sets", allowed=allowed)
    return Overlap(sources=sources, once=deduplicate == "true")


def narrowed(query: FeatureQuery, overlap: Overlap) -> FeatureQuery:
    """Ask for the rows of the named collections only."""
    if not overlap.sources:
        return query
    named = {"op": "in", "args": [{"property": DATASET}, list(overlap.sources)]}
    both = named if query.filter is None else {"op": "and", "args": [named, query.filter]}
    return replace(query, filter=both)


def preferred(layer: Layer, datasets: Sequence[str], overlap: Overlap) -> list[str]:
    """Order collections, the one to keep first: as named, else the layer's own, then by name."""
    field = layer.field(DATASET)
    own = None if field is None else field.default
    named = {name: place for place, name in enumerate(overlap.sources)}
    return sorted(datasets, key=lambda name: (named.get(name, len(named)), name != own, name))


def datasets_in(layer: Layer, groups: Sequence[Mapping[str, Any]], overlap: Overlap) -> list[str]:
    """Name the collections of rows that were grouped by theirs, the one to keep first."""
    return preferred(layer, [row[DATASET] for row in groups if row[DATASET] is not None], overlap)


def select_known(layer: Layer, names: Sequence[str] = ()) -> Select:
    """Select the collections that have public rows, or which of the named ones ever had any."""
    # A layer may look at few of the rows; its collections are those of all.
    relation = sa.table(
        layer.stored_in,
        sa.column(DATASET, sa.Text),
        sa.column("recorded", TSTZRANGE),
        schema=schema_of(layer),
    )
    wanted = relation.c[DATASET].in_(names) if names else sa.func.upper_inf(relation.c.recorded)
    return sa.select(relation.c[DATASET]).where(wanted).distinct()


def select_left_out(layer: Layer, query: FeatureQuery, order: Sequence[str]) -> Select:
    """Select the rows of a query that tell of an event which a preferred collection has too."""
    relation = published(layer)
    groups = _groups(layer, query)
    place = sa.case(
        {name: number for number, name in enumerate(order)},
        value=relation.c[DATASET],
        else_=len(order),
    )
    # Rows of one collection have one place, and stay or go together.
    rank = sa.func.rank().over(partition_by=groups.c.joined, order_by=place)
    ranked = (
        sa.select(relation.c.row, rank.label("rank"))
        .select_from(relation.join(groups, relation.c.id == groups.c.id))
        .where(*conditions(layer, query))
        .subquery("ranked")
    )
    return sa.select(ranked.c.row).where(ranked.c.rank > 1)


def count_left_out(layer: Layer, query: FeatureQuery, order: Sequence[str]) -> Select:
    """Count those rows."""
    return sa.select(sa.func.count()).select_from(
        select_left_out(layer, query, order).subquery("left_out")
    )


def _groups(layer: Layer, query: FeatureQuery) -> sa.Subquery:
    """Name for each row with accepted links the group that they join it to."""
    links = published_links(layer)
    accepted = [
        links.c.layer == layer.stored_in,
        links.c.status == "accepted",
        held(links, query.moment),
    ]
    ends: list[ColumnElement[Any]] = [links.c.first_id, links.c.second_id]
    both_ways = sa.union_all(
        *(
            sa.select(one.label("id"), other.label("other")).where(*accepted)
            for one, other in (ends, reversed(ends))
        )
    ).cte("both_ways")
    reached = sa.select(both_ways.c.id, both_ways.c.id.label("reaches")).cte(
        "reached", recursive=True
    )
    reached = reached.union(
        sa.select(reached.c.id, both_ways.c.other).where(reached.c.reaches == both_ways.c.id)
    )
    # All that reach each other reach the same first one.
    return (
        sa.select(reached.c.id, sa.func.min(reached.c.reaches).label("joined"))
        .group_by(reached.c.id)
        .subquery("groups")
    )
