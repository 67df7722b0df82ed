"""Say in an archive what it is: of which question and state, by whom, from where, on what terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from app import VERSION
from app.archive.question import Question, Zooms
from app.tiles.ask import Part
from geo.credits import attribution
from geo.spec import GeometryType, Language, Layer, Text
from geo.styles.document import DISCLAIMER, TITLE
from geo.tiles.metadata import VectorLayer, vector_layers
from geo.tiles.plan import side_of

PROGRAM = "Conflict Atlas"
_NAME = Text(en="{atlas}: {layers}", fr="{atlas}\u00a0: {layers}")
# So many points are merged at every zoom.
_MANY = 1 << 40
_TYPES = {"integer": "Number", "number": "Number", "boolean": "Boolean"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """One layer of an archive: what its tiles hold, and whether some of them merge its points."""

    layer: Layer
    parts: tuple[VectorLayer, ...]
    merges: bool


def content(
    part: Part, located: int, cells: str | None, zooms: Zooms, language: Language
) -> Content:
    """Say what the tiles hold of a layer, given how many of its rows have a place."""
    is_point = part.layer.geometry is GeometryType.POINT
    merges = is_point and side_of(located, zooms.lowest, cells) is not None
    # What is merged is not a matter of their number where the question says it.
    many = located if cells is None else _MANY * merges
    parts = vector_layers(part.layer, part.query, many, language)
    return Content(layer=part.layer, parts=tuple(parts), merges=merges)


def metadata(
    question: Question,
    contents: Sequence[Content],
    datasets: Mapping[str, Sequence[str]],
    as_of: str,
    language: Language,
) -> dict[str, Any]:
    """Describe an archive, as TileJSON does; `atlas` has what only we know.

    `datasets` names by layer whose rows there are, where a layer holds those of several.
    """
    layers = [found.layer for found in contents]
    owed = [_attribution(layer, datasets.get(layer.id, ()), language) for layer in layers]
    return {
        "name": _NAME.in_language(language).format(
            atlas=TITLE.in_language(language), layers=titles(layers, language)
        ),
        "description": DISCLAIMER.in_language(language),
        "version": "1.0.0",
        "type": "overlay",
        "attribution": ", ".join(dict.fromkeys(owed)),
        "generator": f"{PROGRAM} {VERSION}",
        "vector_layers": [
            _vector_layer(one, question) for found in contents for one in found.parts
        ],
        "atlas": {
            "as_of": as_of,
            "question": question.texts,
            "language": language,
            "sources": [_source(layer, language) for layer in layers],
        },
    }


def titles(layers: Sequence[Layer], language: Language) -> str:
    """Name layers in words."""
    first, *others = (layer.title.in_language(language) for layer in layers)
    return ", ".join([first, *(title[:1].lower() + title[1:] for title in others)])


def is_ground(layer: Layer) -> bool:
    """Say whether a layer is the ground that others are drawn on."""
    return any(choice.ground for field in layer.fields for choice in field.choices)


def subjects(layers: Sequence[Layer]) -> Sequence[Layer]:
    """Leave the ground out of what a map is about, unless there is nothing else."""
    return [layer for layer in layers if not is_ground(layer)] or layers


def _attribution(layer: Layer, datasets: Sequence[str], language: Language) -> str:
    """Name who made the data that are there, as HTML, which is how viewers show it."""
    name = escape(attribution(layer, datasets, language))
    if layer.source.url is None:
        return str(name)
    return str(Markup('<a href="{}" rel="noopener">{}</a>').format(layer.source.url, name))


def _source(layer: Layer, language: Language) -> dict[str, str | None]:
    return {
        "layer": layer.id,
        "title": layer.title.in_language(language),
        "source": layer.source.title_in(language),
        "url": layer.source.url,
        "licence": layer.source.licence_in(language),
    }


def _vector_layer(found: VectorLayer, question: Question) -> dict[str, Any]:
    """Describe a layer inside the tiles in the words of MBTiles 1.3, which PMTiles took over."""
    return {
        "id": found.id,
        "description": found.title,
        "minzoom": question.zooms.lowest,
        "maxzoom": question.zooms.highest,
        "fields": {name: _TYPES.get(one.type, "String") for name, one in found.properties.items()},
    }
