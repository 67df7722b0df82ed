"""Made-up numbers of figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from app.figures._numbers import DataSource, Numbers, Spot, Toll, Year, add_up
from app.figures._question import Question

MOMENT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def years(*tolls: Toll, first: int = 2013, partial: tuple[int, ...] = ()) -> tuple[Year, ...]:
    return tuple(
        Year(year=year, toll=toll, is_partial=year in partial)
        for year, toll in enumerate(tolls, start=first)
    )


def numbers_of(question: Question, **given: Any) -> Numbers:
    """Make the numbers of a figure, with a total that fits to them."""
    made = Numbers(
        counting=question.spec.documented,
        source=DataSource(
            dataset="documented", title="A source", licence="CC BY 4.0", url=None, recorded=MOMENT
        ),
        total=add_up(()),
        first=date(2013, 7, 1),
        last=date(2023, 12, 31),
        data_changed_at=MOMENT,
        changed_at=MOMENT,
        revisions=(("events", 7),),
    )
    filled = replace(made, **given)
    tolls = [year.toll for year in filled.years] + [spot.toll for spot in filled.spots]
    return replace(filled, total=add_up(tolls)) if "total" not in given else filled


def spot_of(kind: Any, value: int | None, **given: Any) -> Spot:
    toll = Toll(value=value, low=value, high=value, events=1, unknown=int(value is None))
    usual = {"name": "Somewhere", "name_fr": "Quelque part", "lon": 0.5, "lat": 16.0}
    return Spot(kind=kind, toll=toll, **{**usual, **given})
