"""Find out what a program must know of a set of tiles before it asks for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.pages._layers import known_of
from app.tiles.make import TileMaker
from geo.crs import Bounds
from geo.database import Database
from geo.features import Extents
from geo.query import FeatureQuery
from geo.spec import GeometryType, Language, Layer
from geo.tiles.grid import Matrix
from geo.tiles.metadata import VectorLayer, bounds_within, vector_layers, zooms


@dataclass(frozen=True, kw_only=True, slots=True)
class Tileset:
    """The layers inside some tiles, the box that they lie in, and from which zoom to which."""

    layers: list[VectorLayer]
    bounds: Bounds | None
    zooms: tuple[int, int]
    revision: int


async def read_tileset(
    shown: Sequence[tuple[Layer, FeatureQuery]],
    matrix: Matrix,
    language: Language,
    maker: TileMaker,
    database: Database,
    extents: Extents,
) -> Tileset:
    """Read what tiles of some layers hold, and where."""
    state = await maker.state()
    described: list[VectorLayer] = []
    boxes: list[Bounds] = []
    located: list[int] = []
    revision = 0
    async with database.reading() as reader:
        for layer, _ in shown:
            known = await known_of(reader, layer, extents, None, 0)
            boxes += [known.box] if known.box is not None else []
            revision = max(revision, known.revision.number)
    for layer, query in shown:
        is_point = layer.geometry is GeometryType.POINT
        located.append(await maker.located(layer, query, state) if is_point else 0)
        described += vector_layers(layer, query, located[-1], language)
    return Tileset(
        layers=described,
        bounds=bounds_within(matrix, boxes),
        zooms=zooms(located),
        revision=revision,
    )
