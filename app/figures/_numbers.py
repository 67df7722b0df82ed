"""The numbers of a figure: what is drawn, what is not and why, before any line is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from app.figures._base import Comparison, Counting
from geo.spec import Text

# Only a `point` is as exact as it looks; what is known to an area alone is listed aside.
SpotKind = Literal["point", "near", "road", "area", "region", "wider", "unsure", "none"]
DRAWN_AS_CIRCLES: tuple[SpotKind, ...] = ("point", "near", "road")
DRAWN_AS_AREAS: tuple[SpotKind, ...] = ("area", "region")


@dataclass(frozen=True, kw_only=True, slots=True)
class Toll:
    """A sum of rows: its value is None where none of them states one, which is not zero."""

    value: int | None
    low: int | None = None
    high: int | None = None
    events: int = 0
    unknown: int = 0

    @property
    def has_range(self) -> bool:
        return (self.low, self.high) != (self.value, self.value) and None not in (
            self.low,
            self.high,
        )


def add_up(tolls: Iterable[Toll]) -> Toll:
    """Add tolls up; of nothing known nothing is."""
    known = list(tolls)

    def whole(values: Iterable[int | None]) -> int | None:
        stated = [value for value in values if value is not None]
        return sum(stated) if stated else None

    return Toll(
        value=whole(toll.value for toll in known),
        low=whole(toll.low for toll in known),
        high=whole(toll.high for toll in known),
        events=sum(toll.events for toll in known),
        unknown=sum(toll.unknown for toll in known),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Year:
    """One bar; a year without rows has no toll at all."""

    year: int
    toll: Toll
    is_partial: bool = False
    compared: float | None = None
    compared_bound: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """One place, or one area that nothing nearer is known of."""

    kind: SpotKind
    name: str
    name_fr: str
    toll: Toll
    lon: float | None = None
    lat: float | None = None
    radius_m: int | None = None
    region: str | None = None
    precision: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSource:
    """Where the drawn rows come from, on what terms, and until when the store took them in."""

    dataset: str
    title: Text | str
    licence: Text | str
    url: str | None
    recorded: datetime | None
    others: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A published series beside the bars, and where its figures are from."""

    comparison: Comparison
    sources: tuple[tuple[str, str], ...]
    recorded: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """All that a figure says in numbers.

    `undated` are rows that lie in no single year. `first` and `last` are the days that the figure
    is about. `changed_at` is when the state that is shown came to be: the last change of anything
    that is drawn, and `revisions` names it layer by layer.
    """

    counting: Counting
    source: DataSource
    total: Toll
    first: date | None
    last: date | None
    data_changed_at: datetime | None
    changed_at: datetime | None
    revisions: tuple[tuple[str, int], ...]
    years: tuple[Year, ...] = ()
    undated: Toll | None = None
    spots: tuple[Spot, ...] = ()
    compared: Compared | None = None
    is_passed_on: bool = True
    first_state: datetime | None = None

    @property
    def first_year(self) -> int | None:
        return self.years[0].year if self.years else self.first.year if self.first else None

    @property
    def last_year(self) -> int | None:
        return self.years[-1].year if self.years else self.last.year if self.last else None

    def of_kind(self, kinds: Sequence[SpotKind]) -> tuple[Spot, ...]:
        return tuple(spot for spot in self.spots if spot.kind in kinds)


def toll_of(row: Any, measure: str | None, columns: Sequence[str]) -> Toll:
    """Read the toll of a group of rows: the number of rows where there is no measure."""
    events = int(row["count"])
    if measure is None:
        return Toll(value=events, low=events, high=events, events=events)
    sums = [None if row[name] is None else int(row[name]) for name in columns]
    unknown = sums[-1] or 0
    low, value, high = (sums[0], sums[0], sums[0]) if len(sums) == 2 else sums[:3]
    return Toll(value=value, low=low, high=high, events=events, unknown=unknown)
