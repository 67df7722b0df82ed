"""Read the numbers of a figure, all of them in one read-only transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from app.figures._base import DOCUMENTED, Comparison, Counting
from app.figures._numbers import (
    Compared,
    DataSource,
    Numbers,
    Toll,
    Year,
    add_up,
    toll_of,
)
from app.figures._question import Question, counted_rows, refuse_unknown_properties
from app.figures._span import Span, span_of, years_of
from app.figures._spots import spots_of
from app.figures._statements import (
    grouped,
    select_datasets,
    select_places,
    select_series,
    select_sources,
)
from geo.aggregate import select_aggregate, sum_columns
from geo.audience import for_sums
from geo.changes import select_states
from geo.coarse import check_coarse
from geo.database import Reader
from geo.errors import BadParameter
from geo.features import revision_of
from geo.importing.sources import sources
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import Language, Layer
from geo.statements import GeometryForm, select_features

# Which data set a figure is made from when none is named: the first of these that has rows.
PREFERRED = ("acled", "ucdp", DOCUMENTED)
GROUND = ("basemap", "regions")
SERIES = "series"


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """Which imports the data of a figure are from, layer by layer, and when the last one was."""

    revisions: tuple[tuple[str, int], ...]
    changed_at: datetime | None
    data_changed_at: datetime | None

    @property
    def newest(self) -> int:
        return max((number for _, number in self.revisions), default=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSet:
    """What the store holds of a data set at a moment."""

    id: str
    first: date | None
    last: date | None
    recorded: datetime | None


def drawn_layers(question: Question, layers: Mapping[str, Layer]) -> list[str]:
    """Name the stored layers that a figure is made from; its data come first."""
    names = [layers[question.spec.layer].stored_in]
    names += GROUND if question.spec.kind == "map" else ()
    names += [SERIES] if question.comparison else []
    return names


async def read_state(reader: Reader, question: Question, layers: Mapping[str, Layer]) -> State:
    """Find the state that the question asks about."""
    return await state_of(reader, drawn_layers(question, layers), question.query.as_of)


async def state_of(
    reader: Reader, names: Sequence[str], as_of: datetime | None, data: Sequence[str] = ()
) -> State:
    """Find the state of some layers at a moment; the data are in those named, else in the first."""
    rows = {row["layer"]: row for row in await reader.rows(select_states(as_of))}
    known = [rows[name] for name in names if name in rows]
    of_data = [rows[name] for name in data or names[:1] if name in rows]
    return State(
        revisions=tuple((row["layer"], row["id"]) for row in known),
        changed_at=max((row["recorded_at"] for row in known), default=None),
        data_changed_at=max((row["recorded_at"] for row in of_data), default=None),
    )


async def read_numbers(
    reader: Reader, question: Question, layers: Mapping[str, Layer], state: State
) -> Numbers:
    """Count what the figure shows."""
    spec, layer = question.spec, layers[question.spec.layer]
    query = question.query
    if query.as_of is not None and state.changed_at is not None:
        # The rows of the state's own moment are those of any moment until the next change.
        query = replace(query, as_of=state.changed_at)
    # Rows that may not be passed on may be counted, which is all that a figure does.
    withheld = (await revision_of(reader, layer)).withheld
    stored = for_sums(layers[layer.stored_in], withheld)
    rows = await reader.rows(select_datasets(stored, query))
    held = {row["dataset"]: _dataset(row) for row in rows}
    dataset = await _choose(reader, question, for_sums(layer, withheld), query, held)
    layer = for_sums(layer, withheld, (dataset.id,))
    refuse_unknown_properties(spec, layer, query)
    # The box of a map in a report was not asked for; the region it is of was.
    box = query.bbox if "bbox" in dict(question.narrowing) else None
    check_coarse(layer, replace(query, bbox=box), by_place=spec.kind == "map")
    counting = spec.counting(dataset.id)
    asked = counted_rows(query, counting, dataset.id)
    total = await _total(reader, layer, asked, counting)
    span = span_of(spec, counting, query.interval, (dataset.first, dataset.last))
    numbers = Numbers(
        counting=counting,
        source=await _source(reader, layer, asked, dataset, question.language),
        is_passed_on=layer.audience != "counted",
        total=total,
        first=span.first,
        last=span.last,
        data_changed_at=state.data_changed_at,
        changed_at=state.changed_at,
        revisions=state.revisions,
        first_state=await _first_state(reader, layer, query, bool(held)),
    )
    if spec.kind == "map":
        rows = await reader.rows(select_places(layer, asked, counting.measure))
        columns = _columns(layer, counting)
        return replace(
            numbers,
            spots=spots_of([(row, toll_of(row, counting.measure, columns)) for row in rows]),
        )
    return await _with_years(reader, question, layers, numbers, asked, span, layer)


async def read_ground(
    reader: Reader, layers: Mapping[str, Layer], as_of: datetime | None
) -> dict[str, list[dict[str, Any]]]:
    """Read the areas, rivers and neighbours that a map is drawn on."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in GROUND:
        statement = select_features(layers[name], FeatureQuery(as_of=as_of), GeometryForm.JSON)
        found[name] = [dict(row) for row in await reader.rows(statement)]
    return found


async def _with_years(
    reader: Reader,
    question: Question,
    layers: Mapping[str, Layer],
    numbers: Numbers,
    asked: FeatureQuery,
    span: Span,
    layer: Layer,
) -> Numbers:
    counting = numbers.counting
    columns = _columns(layer, counting)
    rows = await reader.rows(select_aggregate(layer, asked, grouped(counting.measure, "year")))
    tolls = {row["year"]: toll_of(row, counting.measure, columns) for row in rows}
    undated = tolls.pop(None, None)
    by_year = {int(year): toll for year, toll in tolls.items()}
    years = years_of(span, by_year)
    compared = None
    if question.comparison is not None:
        statement = select_series(layers[SERIES], question.comparison.metric, asked)
        years, compared = _beside(years, await reader.rows(statement), question.comparison)
    return replace(numbers, years=years, undated=undated, compared=compared)


def _beside(
    years: Sequence[Year], series: Sequence[Any], comparison: Comparison
) -> tuple[tuple[Year, ...], Compared]:
    """Set a published series beside the years that are drawn."""
    known = {row["year"]: row for row in series}
    drawn = [known[year.year] for year in years if year.year in known]
    sources = dict.fromkeys((row["source_title"], row["source_licence"]) for row in drawn)
    compared = Compared(
        comparison=comparison,
        sources=tuple(sources),
        recorded=max((row["recorded"] for row in drawn), default=None),
    )
    made = tuple(
        replace(
            year,
            compared=known[year.year]["value"],
            compared_bound=known[year.year]["bound"],
        )
        if year.year in known
        else year
        for year in years
    )
    return made, compared


async def _choose(
    reader: Reader,
    question: Question,
    layer: Layer,
    query: FeatureQuery,
    held: Mapping[str, DataSet],
) -> DataSet:
    """Find the data set to draw: the one that is named, else the first that has such rows."""
    nothing = DataSet(id=DOCUMENTED, first=None, last=None, recorded=None)
    if question.source is not None:
        if question.source in held:
            return held[question.source]
        if not held and question.source in PREFERRED:
            return replace(nothing, id=question.source)
        problem = "is no data set that is stored here"
        raise BadParameter("source", question.source, problem, allowed=sorted(held) or "none yet")
    everything = FeatureQuery(as_of=query.as_of)
    for name in PREFERRED:
        if name in held:
            counting = question.spec.counting(name)
            rows = counted_rows(everything, counting, name)
            if (await _total(reader, layer, rows, counting)).events:
                return held[name]
    return held.get(DOCUMENTED, nothing)


async def _total(reader: Reader, layer: Layer, asked: FeatureQuery, counting: Counting) -> Toll:
    row = await reader.row(select_aggregate(layer, asked, grouped(counting.measure)))
    found = toll_of(row, counting.measure, _columns(layer, counting))
    return found if found.events else replace(add_up(()), events=0)


async def _source(
    reader: Reader, layer: Layer, asked: FeatureQuery, dataset: DataSet, language: Language
) -> DataSource:
    """Name where the rows are from: the layer's own line, or that of an imported data set."""
    row = None
    if dataset.id != DOCUMENTED:
        row = await reader.row(select_sources(layer, asked))
    if row is None:
        title, licence, url, others = (
            layer.source.title_in(language),
            layer.source.licence_in(language),
            layer.source.url,
            0,
        )
    else:
        title, url = row["source_title"], row["source_url"]
        licence = _terms(dataset.id, row["source_licence"], language)
        others = row["sources"] - 1
    return DataSource(
        dataset=dataset.id,
        title=title or dataset.id,
        licence=licence or "",
        url=url,
        recorded=dataset.recorded,
        others=others,
    )


def _terms(dataset: str, stored: str | None, language: Language) -> str:
    """Give the terms in the language where they are those that the data set is declared with."""
    declared = (one.source for one in sources().values() if one.dataset == dataset)
    found = next((one for one in declared if one.licence_in("en") == stored), None)
    return stored or "" if found is None else found.licence_in(language)


async def _first_state(
    reader: Reader, layer: Layer, query: FeatureQuery, has_rows: bool
) -> datetime | None:
    """Find when the store first held anything, where it held nothing at the moment asked for."""
    if has_rows or query.as_of is None:
        return None
    recorded = published(layer).c.recorded
    found: datetime | None = await reader.value(sa.select(sa.func.min(sa.func.lower(recorded))))
    return found


def _dataset(row: Any) -> DataSet:
    return DataSet(
        id=row["dataset"], first=row["first"], last=row["last"], recorded=row["recorded"]
    )


def _columns(layer: Layer, counting: Counting) -> list[str]:
    return [] if counting.measure is None else sum_columns(layer, counting.measure)
