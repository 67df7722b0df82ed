"""Read all that the atlas of a region says, in one read-only transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.figures._base import FigureSpec
from app.figures._numbers import Numbers, Spot, Toll, toll_of
from app.figures._question import counted_rows
from app.figures._read import GROUND, State, read_ground, read_numbers, state_of
from app.figures._spots import spots_of
from app.figures._statements import grouped, select_places
from app.report._figures import MEASURE, charts_of
from app.report._question import ReportQuestion
from geo.aggregate import select_aggregate, sum_columns
from geo.audience import for_sums
from geo.database import Reader
from geo.errors import UnknownThing
from geo.features import revision_of
from geo.query import FeatureQuery, SortKey
from geo.spec import Layer, Text
from geo.statements import GeometryForm, select_features

EVENTS, REGIONS = "events", "regions"
# Events are coloured by whom they struck; attacks, the same rows, by what kind they are of.
KIND_OF_EVENT, LOOKS_OF_KINDS = "event_class", "attacks"
SITES = ("camps", "tobs")
PLACES = "places"
LAYERS = (EVENTS, *SITES, PLACES, *GROUND)
# Of a region with more, those with the most deaths are listed, and the rest is counted.
MOST_LISTED = 300
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """The region itself, and what its outline holds, in both languages."""

    id: str
    name: Text
    note: Text | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One class of events: how many there are, whom they killed, and where they were."""

    value: str
    toll: Toll
    spots: tuple[Spot, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """All that the pages say, before any of them is laid out.

    `incidents` are in the order of their days, `listed_in_part` where only the deadliest are.
    """

    region: Region
    state: State
    specs: tuple[FigureSpec, FigureSpec]
    events: Numbers
    deaths: Numbers
    kinds: tuple[Kind, ...]
    incidents: tuple[Row, ...]
    camps: tuple[Row, ...]
    tobs: tuple[Row, ...]
    places: tuple[Row, ...]
    ground: Mapping[str, Sequence[Row]]

    @property
    def dataset(self) -> str:
        return self.events.source.dataset

    @property
    def is_passed_on(self) -> bool:
        """Say whether the terms of the events let their rows be listed."""
        return self.events.is_passed_on

    @property
    def listed_in_part(self) -> bool:
        return self.is_passed_on and len(self.incidents) < self.events.total.events


async def read_report_state(
    reader: Reader, question: ReportQuestion, layers: Mapping[str, Layer]
) -> tuple[Region, State]:
    """Find the region, and the state of the store that is asked about."""
    stored = [layers[name].stored_in for name in LAYERS]
    state = await state_of(reader, stored, question.query.as_of)
    query = FeatureQuery(as_of=question.query.as_of)
    rows = await reader.rows(select_features(layers[REGIONS], query, GeometryForm.NONE))
    known = {row["id"]: row for row in rows}
    if question.region not in known:
        raise UnknownThing("region", question.region, known)
    return _region(known[question.region]), state


async def read_contents(
    reader: Reader,
    question: ReportQuestion,
    layers: Mapping[str, Layer],
    region: Region,
    state: State,
) -> Contents:
    """Read what the report says; every sum is one that /aggregate gives."""
    layer, specs = layers[EVENTS], charts_of(region.name)
    events = await read_numbers(reader, question.of_figure(specs[0]), layers, state)
    source = events.source.dataset
    asked_deaths = question.of_figure(specs[1], source=source)
    deaths = await read_numbers(reader, asked_deaths, layers, state)
    # The rows of the state's own moment are those of any moment until the next change.
    moment = question.query.as_of and state.changed_at
    query = replace(question.in_region(), as_of=moment)
    of_source = counted_rows(query, events.counting, source)
    # Rows that may not be passed on may be counted; none of them is listed.
    countable = for_sums(layer, (await revision_of(reader, layer)).withheld, (source,))
    return Contents(
        region=region,
        state=state,
        specs=specs,
        events=events,
        deaths=deaths,
        kinds=await _kinds(reader, countable, of_source),
        incidents=await _incidents(reader, layer, of_source),
        camps=await _sites(reader, layers["camps"], query),
        tobs=await _sites(reader, layers["tobs"], query),
        places=await _rows(reader, layers[PLACES], _named_places(question, moment)),
        ground=await read_ground(reader, layers, moment),
    )


async def _kinds(reader: Reader, layer: Layer, query: FeatureQuery) -> tuple[Kind, ...]:
    """Count the events by class, the commonest first, and gather each class by place."""
    by = KIND_OF_EVENT
    columns = sum_columns(layer, MEASURE)
    sums = await reader.rows(select_aggregate(layer, query, grouped(MEASURE, by)))
    places = await reader.rows(select_places(layer, query, None, by))
    kinds = [
        Kind(
            value=row[by],
            toll=toll_of(row, MEASURE, columns),
            spots=spots_of([(at, toll_of(at, None, ())) for at in places if at[by] == row[by]]),
        )
        for row in sums
    ]
    return tuple(sorted(kinds, key=lambda kind: (-kind.toll.events, kind.value)))


async def _incidents(reader: Reader, layer: Layer, query: FeatureQuery) -> tuple[Row, ...]:
    """Read the incidents, or the deadliest of very many, in the order of their days."""
    deadliest = (SortKey(name="killed_best", descending=True), SortKey(name="date"))
    found = await _rows(reader, layer, replace(query, sort=deadliest, limit=MOST_LISTED))
    return tuple(sorted(found, key=lambda row: (row["date"], row["id"])))


async def _sites(reader: Reader, layer: Layer, query: FeatureQuery) -> tuple[Row, ...]:
    """Read camps or bases in the order in which they are known to begin."""
    time = layer.time
    names = [name for name in (time.start, time.start_latest) if name] if time else []
    found = await _rows(reader, layer, query)

    def begins(row: Row) -> tuple[bool, str, str]:
        known = [row[name].isoformat() for name in names if row[name] is not None]
        return (not known, min(known, default=""), row["id"])

    return tuple(sorted(found, key=begins))


async def _rows(reader: Reader, layer: Layer, query: FeatureQuery) -> tuple[Row, ...]:
    found = await reader.rows(select_features(layer, query, GeometryForm.JSON))
    return tuple(dict(row) for row in found)


def _named_places(question: ReportQuestion, moment: datetime | None) -> FeatureQuery:
    """Ask for what a map may name: the places of the region, and the towns round it."""
    towns = {"op": "in", "args": [{"property": "kind"}, ["city", "town"]]}
    either = {"op": "or", "args": [towns, question.condition]}
    return FeatureQuery(as_of=moment, filter=either)


def _region(row: Row) -> Region:
    def both(stem: str) -> Text | None:
        known = (row[stem], row[f"{stem}_fr"])
        first, second = known[0] or known[1], known[1] or known[0]
        return Text(en=first, fr=second) if first and second else None

    name = both("name") or Text(en=row["id"], fr=row["id"])
    return Region(id=row["id"], name=name, note=both("note"))
