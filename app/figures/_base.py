"""Say what a figure is: what is counted, in which words, declared once in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.maps._base import Noun
from geo import cql2
from geo.aggregate import measures
from geo.errors import BadDeclaration
from geo.schema import published
from geo.spec import Layer, Text

Kind = Literal["bars", "map"]
DOCUMENTED = "documented"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counting:
    """Say what is counted in a data set: the rows by a CQL2 filter, and the number added up.

    Without a measure the rows themselves are counted. `subtitle` says measure, unit and how far
    the data go; `noun` is what the total is a number of. Its days are those that the data set
    covers, if it says so itself; else those of its first and last event.
    """

    where: str | None = None
    measure: str | None = None
    noun: Noun
    subtitle: Text
    covers: tuple[date, date] | None = None
    note: Text | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Name a published yearly series that may be drawn beside the bars."""

    metric: str
    title: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureSpec:
    """Declare a figure. Its file's name is its id; `figure` is its number, and its address.

    `title` and `alt` may use {period}; `alt` also {total}, {most} and {dataset}. A class of the
    layer's `colour_by` field may give the colour. The world's own bounds, such as the days of a
    mission, are `since` and `until`.
    """

    id: str
    figure: str
    kind: Kind
    layer: str
    title: Text
    alt: Text
    event: Noun
    documented: Counting
    imported: Counting
    of_dataset: Mapping[str, Counting] = field(default_factory=dict)
    colour_class: str | None = None
    since: date | None = None
    until: date | None = None
    since_what: Text | None = None
    comparisons: tuple[Comparison, ...] = ()

    def counting(self, dataset: str) -> Counting:
        """Give what is counted in a data set."""
        if dataset == DOCUMENTED:
            return self.documented
        return self.of_dataset.get(dataset, self.imported)

    @property
    def countings(self) -> tuple[Counting, ...]:
        return (self.documented, self.imported, *self.of_dataset.values())


def check(spec: FigureSpec, layers: Mapping[str, Layer]) -> None:
    """Refuse a figure of a layer, filter, measure or class that is not declared."""
    layer = layers.get(spec.layer)
    if layer is None:
        raise BadDeclaration(f"figure {spec.figure!r} draws {spec.layer!r}, which is no layer")
    known = cql2.queryables(layer)
    for counting in spec.countings:
        if counting.measure is not None and counting.measure not in measures(layer):
            problem = f"figure {spec.figure!r} adds up {counting.measure!r}"
            raise BadDeclaration(f"{problem}, which is no number of {spec.layer!r}")
        if counting.where is not None:
            cql2.compile_filter(cql2.parse(counting.where, "cql2-text"), layer, published(layer))
    if "dataset" not in known:
        raise BadDeclaration(f"figure {spec.figure!r}: layer {spec.layer!r} names no data set")
    by = layer.field(layer.style.colour_by or "")
    if spec.colour_class and (by is None or by.choice(spec.colour_class) is None):
        raise BadDeclaration(f"figure {spec.figure!r}: there is no class {spec.colour_class!r}")
    if spec.comparisons and spec.kind != "bars":
        raise BadDeclaration(f"figure {spec.figure!r} is a map and compares with no yearly series")
