"""Have the tiles of an archive made: of one moment, by the code that serves them."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.archive.question import Zooms
from app.archive.walk import Made
from app.tiles.ask import Ask, Part
from app.tiles.make import State, TileMaker
from geo.changes import count_reclassified
from geo.crs import Bounds
from geo.database import Database
from geo.errors import DatabaseAway, TooLarge
from geo.features import at_revision, revisions
from geo.spec import GeometryType
from geo.tiles.grid import Tile
from geo.tiles.occupied import select_occupied, select_reach

# Packed once, fetched often.
_PACKED_HOW_HARD = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """How many features of a layer there are to export, the boxes they lie in, and whose they are.

    `datasets` are none where a layer has but one.
    """

    part: Part
    features: int
    boxes: tuple[Bounds, ...]
    datasets: tuple[str, ...]

    @property
    def points(self) -> int | None:
        """Say how many points there are; None if they are not points."""
        return self.features if self.part.layer.geometry is GeometryType.POINT else None


async def newest_moment(database: Database, ask: Ask) -> datetime | None:
    """Give the moment whose state is the one asked for, and will stay so; None: there is none."""
    async with database.reading() as reader:
        known = await revisions(reader)
    stored = {part.layer.stored_in for part in ask.parts}
    changes = [known[name].changed_at for name in stored if name in known]
    asked = ask.parts[0].query.as_of
    # A day that is not over yet would change as the store does.
    return min([max(changes), *([asked] if asked else [])]) if changes else None


async def survey(database: Database, ask: Ask) -> list[Reach]:
    """Look how much there is to export, and where."""
    async with database.reading() as reader:
        known = await revisions(reader)
        found = []
        for part in ask.parts:
            revision = known.get(part.layer.stored_in)
            query = at_revision(part.query, revision) if revision else part.query
            row = await reader.row(select_reach(part.layer, query))
            if row is not None and row["features"]:
                box = (row["west"], row["south"], row["east"], row["north"])
                boxes = _common(box, part.query.bbox.parts if part.query.bbox else [box])
                datasets = tuple(row["datasets"] or ())
                found.append(
                    Reach(part=part, features=row["features"], boxes=boxes, datasets=datasets)
                )
    return found


def _common(box: Bounds, others: Sequence[Bounds]) -> tuple[Bounds, ...]:
    """Give what a box has in common with each of others."""
    cut = [
        (max(box[0], one[0]), max(box[1], one[1]), min(box[2], one[2]), min(box[3], one[3]))
        for one in others
    ]
    return tuple(one for one in cut if one[0] <= one[2] and one[1] <= one[3])


class Press:
    """Make the tiles of one question."""

    def __init__(self, database: Database, maker: TileMaker, ask: Ask, zooms: Zooms) -> None:
        self._database, self._maker = database, maker
        self._ask, self._zooms = ask, zooms
        self._state: State | None = None
        self._shapes = [part for part in ask.parts if part.layer.geometry is not GeometryType.POINT]

    async def visit(self, tile: Tile) -> Made:
        """Make a tile, unless it is above the first zoom and only leads to others."""
        if tile.z < self._zooms.lowest:
            return Made(packed=b"", goes_on=await self._holds(tile, self._ask.parts))
        body = await self._make(tile)
        packed = await asyncio.to_thread(_pack, body) if body else b""
        # Where there is no point, there is none below. Areas may just have been too small.
        goes_on = bool(body) or (
            tile.z < self._zooms.highest and await self._holds(tile, self._shapes)
        )
        return Made(packed=packed, goes_on=goes_on)

    async def _make(self, tile: Tile) -> bytes:
        """Make a tile of the state that the store is in before and after: the maker looks once."""
        while True:
            before = self._state or await self._maker.state()
            try:
                body = await self._maker.mvt(self._ask, tile, before)
            except TooLarge as error:
                where = f"{tile.z}/{tile.x}/{tile.y}"
                raise TooLarge(f"tile {where} of zoom/column/row: {error}") from error
            self._state = await self._maker.state()
            if self._state == before:
                return body

    async def _holds(self, tile: Tile, parts: Sequence[Part]) -> bool:
        if not parts:
            return False
        async with self._database.reading() as reader:
            known = await revisions(reader)
            for part in parts:
                revision = known.get(part.layer.stored_in)
                if revision is None:
                    continue
                query = at_revision(part.query, revision)
                if await reader.value(select_occupied(part.layer, query, tile)):
                    return True
        return False


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, _PACKED_HOW_HARD, mtime=0)


def at_moment(ask: Ask, moment: datetime) -> Ask:
    """Ask for the state of one moment, whatever is loaded meanwhile."""
    parts = tuple(
        replace(part, query=replace(part.query, as_of=None, pinned=moment)) for part in ask.parts
    )
    return replace(ask, parts=parts)


def away(error: DatabaseAway) -> DatabaseAway:
    """Say that what was made is not lost."""
    return DatabaseAway(
        f"{error}\nthe tiles made so far are kept; the same command goes on with them"
    )


async def reclassified(database: Database, ask: Ask) -> int:
    """Count the past versions of what is asked for that were ever shown or withdrawn."""
    layers = {part.layer.stored_in: part.layer for part in ask.parts}
    found = 0
    for layer in layers.values():
        found += int(await database.value(count_reclassified(layer, 0)))
    return found
