"""Write a lake: all layers at one moment, each year of a layer a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from app.archive.progress import size_words
from app.archive.question import as_option
from app.deps import read_selection
from app.lake import files
from app.lake.folder import LakeRefused, swapped_in
from app.lake.manifest import MANIFEST, File, Written, manifest
from geo.database import Database, Reader
from geo.errors import BadParameter, UnknownThing
from geo.features import NEVER, Revision, at_revision, revision_of, revisions
from geo.query import FeatureQuery, parse_as_of
from geo.spec import Layer
from geo.statements import conditions, settings_for_download

Say = Callable[[str], None]
NOTHING = Revision(number=0, changed_at=NEVER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Which rows of which layers a lake is to hold, as it was typed and as it is meant."""

    layers: tuple[Layer, ...]
    query: FeatureQuery
    texts: dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lake:
    """What a lake has come to."""

    files: int
    rows: int
    bytes: int
    as_of: str


def read_question(
    declared: Mapping[str, Layer], names: str | None, parameters: Mapping[str, str | None]
) -> Question:
    """Read what was typed, or say which option is wrong."""
    stored = [layer for layer in declared.values() if layer.parent is None]
    chosen = stored if names is None else [_named(declared, name) for name in names.split(",")]
    given = {name: value for name, value in parameters.items() if value is not None}
    try:
        query = read_selection(
            bbox=given.get("bbox"), interval=given.get("datetime"), condition=given.get("filter")
        )
        if "as_of" in given:
            query = replace(query, as_of=parse_as_of(given["as_of"], now=datetime.now(UTC)))
        for layer in chosen:
            conditions(layer, query)
    except BadParameter as error:
        raise as_option(error) from error
    texts = {"layers": ",".join(layer.id for layer in chosen), **given}
    return Question(layers=tuple(chosen), query=query, texts=texts)


def _named(declared: Mapping[str, Layer], name: str) -> Layer:
    if name not in declared:
        raise UnknownThing("layer", name, declared)
    return declared[name]


async def export(
    question: Question, folder: Path, database: Database, *, timeout_ms: int, say: Say
) -> Lake:
    """Write the lake into a folder; if anything goes wrong, what was there before stays."""
    with swapped_in(folder) as made:
        async with database.reading(timeout_ms=timeout_ms) as reader:
            await reader.row(settings_for_download())
            states = await revisions(reader)
            moment = question.query.as_of or _newest(question.layers, states)
            query = replace(question.query, as_of=moment)
            written = [
                Written(
                    layer=layer,
                    revision=states.get(layer.stored_in, NOTHING),
                    files=await _layer(reader, layer, query, made, say),
                )
                for layer in question.layers
            ]
        as_of = moment.isoformat()
        (made / MANIFEST).write_bytes(manifest(written, as_of, question.texts))
    every = [file for one in written for file in one.files]
    return Lake(
        files=len(every),
        rows=sum(file.rows for file in every),
        bytes=sum(file.bytes for file in every),
        as_of=as_of,
    )


def _newest(layers: Sequence[Layer], states: Mapping[str, Revision]) -> datetime:
    """Give the moment of the last change to any of the layers."""
    changes = [states[name].changed_at for layer in layers if (name := layer.stored_in) in states]
    if not changes:
        raise LakeRefused("nothing was ever loaded into these layers\nload data first")
    return max(changes)


async def _layer(
    reader: Reader, layer: Layer, query: FeatureQuery, folder: Path, say: Say
) -> list[File]:
    state = at_revision(query, await revision_of(reader, layer))
    written = []
    for year in await files.years(reader, layer, state):
        file = await files.write(reader, layer, state, year, folder)
        say(f"{file.path}: {size_words(file.bytes)}, rows: {file.rows:,}")
        written.append(file)
    return written
