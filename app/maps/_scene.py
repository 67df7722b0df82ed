"""Everything one drawing of a map is made from, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from app.maps._base import Group, MapSpec
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
    """Give the addresses that a map points to; all absolute, so that a saved copy keeps them."""

    permalink: str
    home: str
    download: str
    other_language: str
    data: tuple[DataLink, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Say what to draw: a map, the rows of each of its groups, and the words around them.

    `features` holds GeoJSON-like rows by layer id. `matched` says how many rows the selection
    has where it has more than are given. `query` lists what narrowed the selection, as typed,
    and `years` the first and last year of its datetime.
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
    years: tuple[int | None, int | None] = (None, None)
    bbox: tuple[float, float, float, float] | None = None

    def layer(self, group: Group) -> Layer:
        return self.layers[group.layer]

    def rows(self, group: Group) -> Sequence[Feature]:
        return self.features.get(group.layer, ())
