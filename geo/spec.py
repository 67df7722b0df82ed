"""The words a layer is declared in.

Everything here is a frozen value. A layer file builds one `Layer` (or one `LayerView`, a declared
filter over another layer) out of them and imports nothing else of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Literal

SLUG = re.compile(r"[a-z][a-z0-9_]*\Z")

# Who reads a layer: everybody its public rows; everybody the sums over those and over rows that may
# only be counted; who is licensed all of both.
Audience = Literal["public", "counted", "licensed"]

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Say one thing in every language of the atlas."""

    en: str
    fr: str

    def in_language(self, language: Language) -> str:
        return self.fr if language == "fr" else self.en


class FieldType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    URL = "url"


class GeometryType(StrEnum):
    """The geometry a layer's rows may have; any row may lack one."""

    POINT = "Point"
    POLYGON = "MultiPolygon"
    ANY = "Geometry"
    NONE = "None"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Name one value of a class field, and the colour that stands for it.

    `ground` says what a shape of this class is of the ground; a theme has the colours of it.
    """

    value: str
    title: Text
    colour: str | None = None
    ground: Literal["land", "lake", "river"] | None = None
    # From which zoom on labels of the class are written; else the style says it.
    label_zoom: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """Declare one property of a layer: a column, a queryable and a label in one.

    `default` is the value of rows that do not state the field. `countable` says that also rows
    which may only be counted are read with it, as with all fields that are no free text; only by
    classes may they be told apart. `changed_at_source` says that it tells when a row last changed
    at its source, in ISO 8601.
    """

    name: str
    title: Text
    type: FieldType = FieldType.TEXT
    description: Text | None = None
    unit: str | None = None
    choices: tuple[Choice, ...] = ()
    required: bool = False
    minimum: float | None = None
    indexed: bool = False
    groups: bool = False
    default: str | None = None
    countable: bool = False
    changed_at_source: bool = False

    @property
    def is_text(self) -> bool:
        return self.type in (FieldType.TEXT, FieldType.URL)

    @property
    def is_number(self) -> bool:
        return self.type in (FieldType.INTEGER, FieldType.NUMBER)

    @property
    def is_countable(self) -> bool:
        return self.countable or self.groups or bool(self.choices) or not self.is_text

    @property
    def is_class(self) -> bool:
        """Say whether many rows share each of its values."""
        return self.groups or bool(self.choices) or self.type is FieldType.BOOLEAN

    def choice(self, value: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.value == value), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Time:
    """Say which fields tell when a row was so in the world.

    An event happened somewhere between `start` and `end`, or on `start` alone. A span lasts from
    `start` to `end`; where the source bounds an unknown day, `start_latest` and `end_earliest`
    give the part that is sure, `start_earliest` and `end_latest` the part that is possible. An
    unknown end is still open when `stays_open`, else it reaches to the last day that is known.
    """

    kind: Literal["event", "span"]
    start: str
    end: str
    start_earliest: str | None = None
    start_latest: str | None = None
    end_earliest: str | None = None
    end_latest: str | None = None
    stays_open: bool = False
    # No row of the layer was so before this day; it stands in for a start that nobody knows.
    not_before: date | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        names = (
            self.start,
            self.end,
            self.start_earliest,
            self.start_latest,
            self.end_earliest,
            self.end_latest,
        )
        return tuple(name for name in names if name is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Name where a layer comes from and on what terms it may be passed on.

    A plain text is a name that is the same in every language.
    """

    title: Text | str
    licence: Text | str
    url: str | None = None
    attribution: Text | str | None = None

    def title_in(self, language: Language) -> str:
        return _in_language(self.title, language)

    def licence_in(self, language: Language) -> str:
        return _in_language(self.licence, language)

    def credit_in(self, language: Language) -> str:
        """Say whom to name beside a drawing: who is to be credited, else the source."""
        return _in_language(self.attribution or self.title, language)


def _in_language(words: Text | str, language: Language) -> str:
    return words if isinstance(words, str) else words.in_language(language)


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """Give the colours and sizes that every drawing of a layer shares.

    `adds` are the measures that are added up where a drawing merges points; the first of them sizes
    what is drawn, else their number does. `labelled` says that the layer's label is written out.
    Zooms are those of maps whose world is 512 pixels wide at zoom 0.
    """

    colour: str
    outline: str
    symbol: Literal["circle", "square", "triangle", "area", "line"] = "circle"
    radius_px: float = 5.0
    colour_by: str | None = None
    adds: tuple[str, ...] = ()
    labelled: bool = False
    # The radius of a circle that stands for 1; its area grows with the value.
    value_px: float = 1.3
    line_px: float = 1.0
    min_zoom: float = 0.0
    label_zoom: float = 0.0


# Compared and hashed by identity: there is one object per layer, and it is a key of caches.
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Layer:
    """Declare a layer: what its rows are, where they come from and how they look.

    `data` lists the files under `data/` that fill the layer when it is new. `parent`, `where` and
    `hides` are set on a layer that the registry made from a `LayerView`.
    """

    id: str
    title: Text
    description: Text
    geometry: GeometryType
    fields: tuple[Field, ...]
    source: Source
    style: Style
    label: str | None = None
    time: Time | None = None
    # Where the layer's features can lie: west, south, east, north.
    window: tuple[float, float, float, float] | None = None
    data: tuple[str, ...] = ()
    parent: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    hides: tuple[str, ...] = ()
    audience: Audience = "public"

    def __post_init__(self) -> None:
        if not SLUG.match(self.id):
            raise ValueError(f"layer id {self.id!r} is not a slug of a-z, 0-9 and _")
        names = [f.name for f in self.fields]
        for name in names:
            if not SLUG.match(name):
                raise ValueError(f"layer {self.id}: field {name!r} is not a slug of a-z, 0-9 and _")
            if name in SYSTEM_COLUMNS:
                raise ValueError(f"layer {self.id}: field {name!r} is a system column")
            if names.count(name) > 1:
                raise ValueError(f"layer {self.id}: field {name!r} is declared twice")
        known = {*names, *FEATURE_COLUMNS}
        used = [*(self.time.fields if self.time else ()), *self.where]
        used += [name for name in (self.label, self.style.colour_by) if name]
        for name in used:
            if name not in known:
                raise ValueError(f"layer {self.id}: {name!r} is used but not declared as a field")
        for f in self.fields:
            if f.default is not None and not f.is_text:
                raise ValueError(f"layer {self.id}: {f.name!r} is no text and can have no default")
        for name in self.style.adds:
            added = self.field(name) or self.field(f"{name}_best")
            if added is None or added.type is not FieldType.INTEGER:
                raise ValueError(f"layer {self.id}: {name!r} is no whole number to add up")

    @property
    def stored_in(self) -> str:
        """Name the layer whose table holds the rows."""
        return self.parent or self.id

    def field(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerView:
    """Declare a layer that is a filter over another one: the same rows, never a second copy."""

    id: str
    title: Text
    description: Text
    parent: str
    where: Mapping[str, str]
    style: Style
    without: tuple[str, ...] = ()

    def over(self, parent: Layer) -> Layer:
        """Make the full layer from the one it looks at."""
        return replace(
            parent,
            id=self.id,
            title=self.title,
            description=self.description,
            fields=tuple(f for f in parent.fields if f.name not in self.without),
            style=self.style,
            data=(),
            parent=parent.id,
            where=dict(self.where),
            hides=self.without,
        )


# What every row carries beside its declared fields. The first group is published with each
# feature; the second is the store's own book-keeping.
FEATURE_FIELDS: tuple[Field, ...] = (
    Field(
        name="date_precision",
        title=Text(en="Date precision", fr="Précision de la date"),
        choices=(
            Choice(value="day", title=Text(en="day", fr="jour")),
            Choice(value="range", title=Text(en="range of days", fr="intervalle de jours")),
            Choice(value="month", title=Text(en="month", fr="mois")),
            Choice(value="year", title=Text(en="year", fr="année")),
        ),
    ),
    Field(
        name="place_precision",
        type=FieldType.INTEGER,
        title=Text(en="Place precision", fr="Précision du lieu"),
        choices=(
            Choice(value="1", title=Text(en="the named place", fr="le lieu nommé")),
            Choice(
                value="2",
                title=Text(en="within about 25 km of it", fr="à moins de 25 km environ"),
            ),
            Choice(value="3", title=Text(en="cercle only", fr="cercle seulement")),
            Choice(value="4", title=Text(en="region only", fr="région seulement")),
            Choice(value="5", title=Text(en="along a road", fr="le long d’une route")),
            Choice(value="6", title=Text(en="wider than a region", fr="plus large qu’une région")),
        ),
    ),
    Field(
        name="radius_m",
        type=FieldType.INTEGER,
        unit="m",
        minimum=0,
        title=Text(en="Radius of uncertainty", fr="Rayon d’incertitude"),
    ),
    Field(name="source_title", countable=True, title=Text(en="Source", fr="Source")),
    Field(
        name="source_url",
        type=FieldType.URL,
        title=Text(en="Source address", fr="Adresse de la source"),
    ),
    Field(
        name="source_licence",
        countable=True,
        title=Text(en="Licence of the source", fr="Licence de la source"),
    ),
)
FEATURE_COLUMNS: tuple[str, ...] = ("id", *(f.name for f in FEATURE_FIELDS))
STORE_COLUMNS: tuple[str, ...] = (
    "row",
    "geom",
    "valid",
    "recorded",
    "import_id",
    "sensitivity",
    "fingerprint",
    "document",
    "cell",
)
SYSTEM_COLUMNS: frozenset[str] = frozenset((*FEATURE_COLUMNS, *STORE_COLUMNS, "lon", "lat"))
