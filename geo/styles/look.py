"""Resolve a layer's declaration against a theme: its classes with their colours and marks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from geo.aggregate import sum_columns
from geo.spec import Choice, Field, GeometryType, Layer, Text
from geo.styles.colours import on_dark
from geo.styles.scale import CELL_SHARE
from geo.styles.themes import Theme

# Signs inside symbols, so that a class is never told by its colour alone; in the order in which
# the colours of a layer's classes are declared.
MARKS = (
    "dot",
    "bar",
    "cross",
    "ring",
    "plus",
    "stroke",
    "chevron",
    "bars",
    "slash",
    "corner",
)
# Known to no more than a cercle, or along a road: never drawn as an exact point.
IMPRECISE_FROM = 3
SEVERAL = Text(en="several kinds", fr="plusieurs types")
OTHER = Text(en="not stated", fr="non précisé")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassLook:
    """How one class of a layer is drawn; `value` None stands for rows without a class."""

    value: str | None
    title: Text
    colour: str
    mark: str | None
    choice: Choice | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How a layer is drawn in a theme.

    `sized_by` is the property of points and cells whose value a circle's area stands for; cells
    of layers without one are sized by their number of rows.
    """

    layer: Layer
    theme: Theme
    colour: str
    line: str
    outline: str
    classes: tuple[ClassLook, ...]
    other: ClassLook
    sized_by: str | None

    @property
    def is_ground(self) -> bool:
        """Say whether the layer is the ground that others are drawn on."""
        return any(one.choice and one.choice.ground for one in self.classes)

    @property
    def is_shape(self) -> bool:
        return self.layer.style.symbol in ("area", "line")

    @property
    def cell_unit_px(self) -> float:
        return self.layer.style.value_px * CELL_SHARE

    @property
    def cells_sized_by(self) -> str:
        return self.sized_by or "count"

    def of_class(self, value: str | None) -> ClassLook:
        """Find the look of a class; an unknown one looks like none."""
        return next((one for one in self.classes if one.value == value), self.other)

    def alike(self) -> tuple[tuple[ClassLook, ...], ...]:
        """Group the classes that share a colour, in the order in which they are declared."""
        colours = dict.fromkeys(one.colour for one in self.classes)
        return tuple(
            tuple(one for one in self.classes if one.colour == colour) for colour in colours
        )


@cache
def look(layer: Layer, theme: Theme) -> Look:
    """Resolve how a layer is drawn in a theme."""
    style = layer.style
    colour, outline = _toned(style.colour, theme), style.outline
    by = layer.field(style.colour_by) if style.colour_by else None
    sums = sum_columns(layer, style.adds[0]) if style.adds else []
    # Of low, best, high and unknown the best; of a plain number and unknown the number.
    sized_by = sums[1] if len(sums) > 2 else next(iter(sums), None)
    return Look(
        layer=layer,
        theme=theme,
        colour=colour,
        line=theme.area_line if style.symbol == "area" else colour,
        outline=theme.symbol_outline if style.symbol not in ("area", "line") else outline,
        classes=_classes(by, colour, theme),
        other=ClassLook(value=None, title=OTHER, colour=colour, mark=None),
        sized_by=sized_by,
    )


def is_drawn(layer: Layer) -> bool:
    """Say whether a layer has anything to draw."""
    return layer.geometry is not GeometryType.NONE


def label_texts(layer: Layer) -> list[str]:
    """List the properties that a layer's names are in: its label, and the same in French."""
    names = [layer.label, f"{layer.label}_fr"] if layer.label else []
    return [name for name in names if name == "id" or (name and layer.field(name))]


def _classes(by: Field | None, colour: str, theme: Theme) -> tuple[ClassLook, ...]:
    choices = by.choices if by else ()
    coloured = [choice for choice in choices if choice.colour]
    order = list(dict.fromkeys(choice.colour for choice in coloured))
    marks = {own: MARKS[i % len(MARKS)] for i, own in enumerate(order)}
    return tuple(
        ClassLook(
            value=choice.value,
            title=choice.title,
            colour=_toned(choice.colour, theme) if choice.colour else colour,
            mark=marks.get(choice.colour) if len(order) > 1 else None,
            choice=choice,
        )
        for choice in choices
    )


def _toned(colour: str, theme: Theme) -> str:
    own = colour.upper()
    return theme.tones.get(own) or (on_dark(own) if theme.is_dark else own)
