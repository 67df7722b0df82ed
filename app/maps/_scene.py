"""Everything one drawing of a map is made from, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from app.maps._base import Drawing, Group, MapSpec
from geo.spec import Language, Layer

Feature = Mapping[str, Any]
Mode = Literal["page", "embed", "download"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DataLink:
    """Name an address that gives the rows of one group as data."""

    title: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Links:
    """Give the addresses that a map points to; all absolute, so that a saved copy keeps them.

    `whole_period` leads from a map of some days to the same map of all, `still` to the picture of
    what is drawn.
    """

    permalink: str
    home: str
    download: str
    other_language: str
    still: str = ""
    whole_period: str | None = None
    data: tuple[DataLink, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Say what to draw: a map, the rows of each of its groups, and the words around them.

    `features` holds GeoJSON-like rows by layer id, each with the first and last day of its
    `valid` span, or None where nobody knows. `matched` says how many rows the selection has where
    it has more than are given. `query` lists what narrowed the selection, as typed, `interval` the
    days it asks for. `first_state` is when the store first held anything of the map.
    """

    spec: MapSpec
    layers: Mapping[str, Layer]
    features: Mapping[str, Sequence[Feature]]
    links: Links
    language: Language = "en"
    mode: Mode = "page"
    data_as_of: date | None = None
    matched: Mapping[str, int] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    unfiltered: tuple[str, ...] = ()
    interval: tuple[date | None, date | None] = (None, None)
    first_state: datetime | None = None
    bbox: tuple[float, float, float, float] | None = None

    @property
    def years(self) -> tuple[int | None, int | None]:
        """Give the first and last year of the days that are asked for."""
        first, last = self.interval
        return (first.year if first else None, last.year if last else None)

    def drawn(self, drawing: Drawing) -> list[Feature]:
        """Give the rows of the groups that are drawn in one way."""
        groups = (group for group in self.spec.groups if group.drawn == drawing)
        return [feature for group in groups for feature in self.rows(group)]

    def layer(self, group: Group) -> Layer:
        return self.layers[group.layer]

    def rows(self, group: Group) -> Sequence[Feature]:
        return self.features.get(group.layer, ())
