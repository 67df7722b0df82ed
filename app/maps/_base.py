"""Say what a map is: titles and groups of layers, declared once in a file of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from geo.errors import BadDeclaration
from geo.spec import FEATURE_COLUMNS, GeometryType, Language, Layer, Text

Drawing = Literal["basemap", "areas", "names", "symbols", "circles", "density"]
# Drawings of how many or how much there is.
ADDED_UP = ("circles", "density")
# How a toll that is nil or unknown is told, unless a measure has more exact words.
ZERO = Text(
    en="Toll stated as zero, no circle: {events}", fr="Bilan déclaré nul, sans cercle : {events}"
)
UNKNOWN = Text(
    en="Toll not stated: {events}, not counted as zero",
    fr="Bilan non précisé : {events}, sans être compté comme nul",
)
UNKNOWN_SIGN = Text(en="toll not stated", fr="bilan non précisé")


@dataclass(frozen=True, kw_only=True, slots=True)
class Noun:
    """Name what is counted, for one and for several."""

    one: Text
    other: Text

    def forms(self, language: Language) -> dict[str, str]:
        return {"one": self.one.in_language(language), "other": self.other.in_language(language)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Others:
    """Name the field of a toll that the measure leaves out, and how rows of value zero tell it.

    `told` may use {some}, the rows that have one, and {others}, their sum; `unstated` may use
    {some}, the rows of which nobody says.
    """

    field: str
    noun: Noun
    told: Text
    unstated: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """Name the number field whose sum sizes the circles; rows without it are unknown, not zero.

    `zero` and `unknown` tell how many rows state none and how many state nothing, as {events}.
    """

    field: str
    noun: Noun
    zero: Text = ZERO
    unknown: Text = UNKNOWN
    unknown_sign: Text = UNKNOWN_SIGN
    others: Others | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Hollow:
    """Name the rows whose symbol is drawn empty, such as things planned but never built."""

    field: str
    values: tuple[str, ...]
    title: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Name a layer and how the map draws it.

    `basemap`, `areas` and `names` are the ground that every selection is drawn on: a request's
    filter and box leave them alone. `symbols` are one sign per place. `circles` are one circle
    per place, its area the number of rows there or the sum of `measure`. `density` is a surface of
    the same, from a kernel of `bandwidth_km`.
    """

    layer: str
    drawn: Drawing
    noun: Noun | None = None
    measure: Measure | None = None
    headline: tuple[str, ...] = ()
    popup: tuple[str, ...] = ()
    hollow: Hollow | None = None
    shown: bool = True
    bandwidth_km: float | None = None

    def __post_init__(self) -> None:
        if self.selectable and self.noun is None:
            raise BadDeclaration(f"group {self.layer!r} is drawn as {self.drawn} and needs a noun")
        if self.measure and self.drawn not in ADDED_UP:
            raise BadDeclaration(f"group {self.layer!r} has a measure but is not drawn as circles")
        if (self.drawn == "density") != (self.bandwidth_km is not None):
            raise BadDeclaration(
                f"group {self.layer!r}: a density and its bandwidth_km go together"
            )

    @property
    def selectable(self) -> bool:
        """Whether the request's bbox, datetime and filter choose among the group's rows."""
        return self.drawn in ("symbols", *ADDED_UP)

    @property
    def rows_noun(self) -> Noun:
        """What one row of the group is called."""
        if self.noun is None:
            raise BadDeclaration(f"group {self.layer!r} is drawn as {self.drawn}, not counted")
        return self.noun

    @property
    def total_noun(self) -> Noun:
        """What the sum of the group is a number of."""
        return self.measure.noun if self.measure else self.rows_noun

    @property
    def fields(self) -> tuple[str, ...]:
        names = (*self.headline, *self.popup)
        if self.measure:
            names += (self.measure.field,)
            names += (self.measure.others.field,) if self.measure.others else ()
        return names + ((self.hollow.field,) if self.hollow else ())


@dataclass(frozen=True, kw_only=True, slots=True)
class MapSpec:
    """Declare a map. Its file's name is its id and its address, /maps/{id}.

    `title` may use {period}; `alt` may use {period}, {found} and {top}, which are those of the
    first group of circles or density, so that the sentence states what the selection shows.
    """

    id: str
    title: Text
    subtitle: Text
    alt: Text
    groups: tuple[Group, ...]
    figure: str | None = None

    @property
    def selectable(self) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.selectable)

    @property
    def counted(self) -> Group:
        """The group that the alternative text counts."""
        added_up = (group for group in self.selectable if group.drawn in ADDED_UP)
        return next(added_up, self.selectable[0])

    def group(self, layer: str) -> Group | None:
        return next((group for group in self.groups if group.layer == layer), None)


def check(spec: MapSpec, layers: Mapping[str, Layer]) -> None:
    """Refuse a map that shows nothing, or names a layer or a field which is not declared."""
    if not spec.selectable:
        raise BadDeclaration(f"map {spec.id!r} draws only the ground; add symbols or circles")
    for group in spec.groups:
        layer = layers.get(group.layer)
        if layer is None:
            raise BadDeclaration(f"map {spec.id!r} draws {group.layer!r}, which is no layer")
        if group.drawn == "density" and layer.geometry is not GeometryType.POINT:
            problem = f"map {spec.id!r} draws {group.layer!r} as a density, and it has no points"
            raise BadDeclaration(problem)
        known = {*FEATURE_COLUMNS, *(field.name for field in layer.fields)}
        for name in group.fields:
            if name not in known:
                raise BadDeclaration(
                    f"map {spec.id!r}: layer {group.layer!r} has no field {name!r}"
                )
