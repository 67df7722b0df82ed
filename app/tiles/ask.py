"""Read what a request for tiles asks of one layer, or of several joined by commas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from starlette.datastructures import QueryParams

from app.deps import all_of, check_parameters, read_selection
from geo import cql2
from geo.errors import BadParameter, TooLarge, UnknownThing
from geo.query import FeatureQuery, parse_as_of
from geo.spec import FEATURE_FIELDS, GeometryType, Layer
from geo.statements import property_names

MOST_LAYERS = 64
# A filter has 8 KB at most, and requests are remembered.
MOST_BYTES = 16_384
CELLS = ("64", "256", "none")
# What chooses the features, as on /items.
SELECTING = ("bbox", "bbox-crs", "datetime", "filter", "filter-crs", "filter-lang", "as_of")
# What every tile may be asked with beside that.
TILE = (*SELECTING, "properties", "cells", "rev")
_REVISION_DIGITS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One layer of a tile, and what is asked of it."""

    layer: Layer
    query: FeatureQuery


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """What every tile of a set is asked for; only the place differs between them.

    `parameters` are those that are not read here, such as the theme of a drawing.
    """

    parts: tuple[Part, ...]
    cells: str | None
    revision: int | None
    parameters: tuple[tuple[str, str], ...]

    def canonical(self) -> bytes:
        """Write the request so that two equal ones give the same bytes."""
        parts = (part.layer.id.encode() + part.query.canonical() for part in self.parts)
        return b"\x00".join([*parts, repr((self.cells, self.revision, self.parameters)).encode()])

    def at(self, moment: datetime) -> Ask:
        """Ask for the state that the store had at a moment."""
        parts = tuple(
            replace(part, query=replace(part.query, pinned=moment)) for part in self.parts
        )
        return replace(self, parts=parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where an address names its layers: by which parameter, and whether it takes several."""

    name: str
    where: Literal["path", "query"] = "path"
    several: bool = True


LAYERS = Place(name="layers")
LAYER = Place(name="layer", several=False)
COLLECTIONS = Place(name="collections", where="query")


class Reader:
    """Read requests; a map asks the same of hundreds of tiles, so what was read is remembered."""

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        self._layers = layers
        self._remembered = lru_cache(maxsize=1_000)(self._read)

    def read(
        self, names: str, raw: str, others: frozenset[str] = frozenset(), named: Place = LAYERS
    ) -> Ask:
        """Read layer names with commas and a query string that may have other parameters too."""
        if len(names) + len(raw) > MOST_BYTES:
            raise TooLarge(
                f"the address has {len(names) + len(raw):,} characters; {MOST_BYTES:,} are the most"
            )
        return self._remembered(names, raw, others, named)

    def _read(self, names: str, raw: str, others: frozenset[str], named: Place) -> Ask:
        layers = self._layers_of(names, named)
        given = QueryParams(raw)
        properties = {name for layer in layers for name in cql2.queryables(layer)}
        check_parameters(raw, given, properties | set(TILE) | others)
        if "rev" in given and "as_of" in given:
            problem = "asks for one state and as_of for another; give one of them"
            raise BadParameter("rev", given["rev"], problem)
        return Ask(
            parts=_parts(layers, given, others),
            cells=_cells(given.get("cells")),
            revision=_revision(given.get("rev")),
            parameters=tuple(sorted((name, given[name]) for name in others if name in given)),
        )

    def _layers_of(self, names: str, named: Place) -> list[Layer]:
        """Find the layers that are named."""

        def refused(problem: str, allowed: list[str] | None = None) -> BadParameter:
            return BadParameter(named.name, names, problem, allowed=allowed, where=named.where)

        wanted = names.split(",") if named.several else [names]
        if len(wanted) > MOST_LAYERS:
            raise refused(f"names {len(wanted)} layers; {MOST_LAYERS} are the most of one tile")
        for name in wanted:
            if name not in self._layers:
                raise UnknownThing("layer", name, self._layers)
            if wanted.count(name) > 1:
                raise refused(f"names {name} twice")
            if self._layers[name].geometry is GeometryType.NONE:
                allowed = [n for n, x in self._layers.items() if x.geometry != GeometryType.NONE]
                raise refused(f"names {name}, whose rows have no place", allowed)
        return [self._layers[name] for name in wanted]


def _parts(layers: list[Layer], given: QueryParams, others: frozenset[str]) -> tuple[Part, ...]:
    selected = read_selection(
        bbox=given.get("bbox"),
        bbox_crs=given.get("bbox-crs"),
        interval=given.get("datetime"),
        condition=given.get("filter"),
        filter_lang=given.get("filter-lang"),
        filter_crs=given.get("filter-crs"),
    )
    if "as_of" in given:
        moment = parse_as_of(given["as_of"], now=datetime.now(UTC))
        selected = replace(selected, as_of=moment)
    _check_filter(layers, selected, given)
    names = given["properties"].split(",") if "properties" in given else None
    _check_properties(layers, names)
    equal = {name: given[name] for name in given if name not in {*TILE, *others}}
    parts = []
    for layer in layers:
        # Alone, a layer says itself what is wrong with a filter.
        fits = len(layers) == 1 or _applies(layer, selected.filter)
        asked = selected if fits else replace(selected, filter=None)
        parts.append(Part(layer=layer, query=_query(layer, asked, equal, names)))
    return tuple(parts)


def _query(
    layer: Layer, selected: FeatureQuery, equal: dict[str, str], names: list[str] | None
) -> FeatureQuery:
    """Ask of a layer what it can be asked: the values of those properties that it has."""
    fields = cql2.queryables(layer)
    parts: list[Any] = [
        cql2.equals(fields[name], value) for name, value in equal.items() if name in fields
    ]
    if selected.filter is not None:
        parts.append(selected.filter)
    own = {field.name for field in (*layer.fields, *FEATURE_FIELDS)}
    chosen = None if names is None else tuple(name for name in names if name in own)
    return replace(selected, filter=all_of(parts), properties=chosen)


def _applies(layer: Layer, condition: Any) -> bool:
    known = set(cql2.queryables(layer))
    if layer.geometry is not GeometryType.NONE:
        known |= cql2.GEOMETRY_NAMES
    return cql2.names_in(condition) <= known


def _check_filter(layers: list[Layer], selected: FeatureQuery, given: QueryParams) -> None:
    """Refuse a filter that would choose in none of several layers; one layer says more itself."""
    if selected.filter is None or len(layers) == 1:
        return
    if not any(_applies(layer, selected.filter) for layer in layers):
        problem = "names properties that no layer here has all of"
        allowed = sorted({name for layer in layers for name in cql2.queryables(layer)})
        raise BadParameter("filter", given["filter"], problem, allowed=allowed)


def _check_properties(layers: list[Layer], names: list[str] | None) -> None:
    known = dict.fromkeys(
        name for layer in layers for name in property_names(layer, FeatureQuery())
    )
    for name in names or ():
        if name not in known:
            raise BadParameter("properties", name, "is no property here", allowed=list(known))


def _cells(text: str | None) -> str | None:
    if text is not None and text not in CELLS:
        raise BadParameter("cells", text, "is not how points are merged", allowed=list(CELLS))
    return text


def _revision(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > _REVISION_DIGITS:
        raise BadParameter("rev", text, "is not the number of a revision", allowed="as in rev=12")
    return int(text)
