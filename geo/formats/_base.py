"""What an output format is: the geometry it wants from the database, and how it writes a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.spec import Layer
from geo.statements import GeometryForm

Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A link as OGC API writes it."""

    href: str
    rel: str
    type: str
    title: str | None = None

    def as_json(self) -> dict[str, str]:
        made = {"href": self.href, "rel": self.rel, "type": self.type}
        return made if self.title is None else {**made, "title": self.title}


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page of features with what surrounds it; `matched` None means too many to count."""

    layer: Layer
    properties: Sequence[str]
    rows: Sequence[Record]
    links: Sequence[Link]
    matched: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """Write features in one format."""

    id: str
    media_type: str
    geometry: GeometryForm
    page: Callable[[Page], bytes]
    feature: Callable[[Page], bytes]
