"""Find out what a program must know of a set of tiles before it asks for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app import http
from app.tiles.ask import Part
from app.tiles.make import State, TileMaker
from geo.crs import Bounds
from geo.database import Database
from geo.extent import extent_of
from geo.features import Extents, revision_of
from geo.spec import GeometryType, Language
from geo.tiles.grid import Matrix
from geo.tiles.metadata import VectorLayer, bounds_within, vector_layers, zooms


@dataclass(frozen=True, kw_only=True, slots=True)
class Tileset:
    """The layers inside some tiles, the box of what they hold, and from which zoom to which.

    `datasets` names, layer by layer, whose rows they are.
    """

    layers: list[VectorLayer]
    bounds: Bounds | None
    zooms: tuple[int, int]
    revision: int
    datasets: list[tuple[str, ...]]


def tileset_tag(state: State, parts: Sequence[Part], *said: bytes | str) -> str:
    """Name the description of some tiles by the state of their data, and by what it says."""
    layers = [part.layer for part in parts]
    return http.etag(state.newest(layers), "tileset", repr(state.numbers(layers)), *said)


async def read_tileset(
    parts: Sequence[Part],
    matrix: Matrix,
    language: Language,
    maker: TileMaker,
    state: State,
    database: Database,
    extents: Extents,
) -> Tileset:
    """Read what tiles of some layers hold, and where."""
    described: list[VectorLayer] = []
    boxes: list[Bounds] = []
    located: list[int] = []
    datasets: list[tuple[str, ...]] = []
    revision = 0
    async with database.reading() as reader:
        for part in parts:
            current = await revision_of(reader, part.layer)
            extent = await extent_of(reader, part.layer, part.query, current, extents)
            boxes += [extent.box] if extent.box is not None else []
            datasets.append(extent.datasets)
            revision = max(revision, current.number)
    # Not within the read: who counts may need a connection of its own.
    for part in parts:
        is_point = part.layer.geometry is GeometryType.POINT
        located.append(await maker.located(part.layer, part.query, state) if is_point else 0)
        described += vector_layers(part.layer, part.query, located[-1], language)
    return Tileset(
        layers=described,
        bounds=bounds_within(matrix, boxes),
        zooms=zooms(located),
        revision=revision,
        datasets=datasets,
    )
