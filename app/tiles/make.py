"""Make a tile, written or drawn: each layer from its columns if they can answer, else from SQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.tiles.ask import Ask, Part
from app.tiles.picture import Look
from geo.changes import select_moment
from geo.columns import sums
from geo.columns import tile as columns
from geo.columns.keeper import Keeper
from geo.columns.table import Snapshot
from geo.database import Database, Reader
from geo.drawing.contents import Contents, Name, all_names, find_contents, is_seen, read_contents
from geo.drawing.draw import draw
from geo.errors import BadParameter, DatabaseAway
from geo.features import (
    NEVER,
    Counts,
    Remembered,
    Revision,
    at_revision,
    revision_of,
    revisions,
)
from geo.feed import Change, Feed
from geo.query import Box, FeatureQuery
from geo.quickly import quickly
from geo.spec import GeometryType, Layer
from geo.statements import count_features
from geo.tiles.grid import Tile
from geo.tiles.mvt import write_cells, write_points
from geo.tiles.plan import COARSE, FINE, points_from, side_of
from geo.tiles.properties import tile_properties
from geo.tiles.shapes import select_shapes
from geo.tiles.sql import read_cells, read_points

# Drawing holds the interpreter for much of its time: more at once only wait for each other.
DRAWN_AT_ONCE = 2
# Who waits longer for a turn is better told so.
_TURN_WITHIN_S = 20.0
# The ground is the same under whatever is filtered. Tiles of it are small.
_MOST_GROUNDS = 200
_ALL = 1 << 40
_WORLD = Box(west=-180.0, south=-90.0, east=180.0, north=90.0)
_NOTHING = Revision(number=0, changed_at=NEVER)


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """The revision of each stored layer that a tile is of."""

    revisions: Mapping[str, Revision]

    def of(self, layer: Layer) -> Revision:
        return self.revisions.get(layer.stored_in, _NOTHING)

    def numbers(self, layers: Iterable[Layer]) -> list[int]:
        """List the revisions of some layers."""
        return [self.of(layer).number for layer in layers]

    def newest(self, layers: Iterable[Layer]) -> int:
        """Give the newest revision of some layers."""
        return max(self.numbers(layers))


class TileMaker:
    """Make tiles of any layers."""

    def __init__(
        self,
        database: Database,
        layers: Mapping[str, Layer],
        keeper: Keeper,
        feed: Feed,
        fonts: Path,
    ) -> None:
        self._database, self._layers = database, layers
        self._keeper, self._feed, self._fonts = keeper, feed, fonts
        # Not those of pages, which stop at a bound.
        self._counts = Counts()
        self._points_from: dict[str, int] = {}
        self._moments: Remembered[datetime] = Remembered(most=1_000)
        self._names: Remembered[Sequence[Name]] = Remembered(most=200)
        self._grounds: Remembered[Contents] = Remembered(most=_MOST_GROUNDS)
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    async def state(self) -> State:
        """Say which revisions are current: known from the feed, or asked of the database."""
        if self._feed.is_sure:
            return State(revisions=self._feed.revisions)
        async with self._database.reading() as reader:
            return State(revisions=await revisions(reader))

    async def pinned(self, ask: Ask) -> Ask:
        """Ask for the state of the revision that a request names."""
        if ask.revision is None:
            return ask
        key = ("", ask.revision, b"")
        moment = self._moments.get(key)
        if moment is None:
            moment = await self._database.value(select_moment(ask.revision))
            if moment is None:
                allowed = "the `revision` of /tiles/{layers}/tilejson.json"
                problem = "is no revision of this store"
                raise BadParameter("rev", str(ask.revision), problem, allowed=allowed)
            self._moments.put(key, moment)
        return ask.at(moment)

    async def mvt(self, ask: Ask, tile: Tile, state: State) -> bytes:
        """Make a vector tile, a layer of it for each that is asked for."""
        return b"".join([await self._layer(ask, part, tile, state) for part in ask.parts])

    async def _layer(self, ask: Ask, part: Part, tile: Tile, state: State) -> bytes:
        layer, query = part.layer, part.query
        names = tile_properties(layer, query)
        if layer.geometry is not GeometryType.POINT:
            return await self._shapes(layer, query, tile, names)
        side = side_of(await self.located(layer, query, state), tile.z, ask.cells)
        snapshot, asked = self._columns(layer, query, state)
        if snapshot is not None:
            made = quickly(
                f"a tile of {layer.id}",
                lambda: _from_columns(snapshot, layer, asked, tile, side, names),
            )
            if made is not None:
                return made
        if side is None:
            async with self._reading(layer, query) as (reader, asked):
                points = await read_points(reader, layer, asked, tile, names)
            return write_points(layer, points)
        async with self._reading(layer, query) as (reader, asked):
            cells = await read_cells(reader, layer, asked, tile, side)
        return write_cells(layer, cells)

    async def _shapes(
        self, layer: Layer, query: FeatureQuery, tile: Tile, names: Sequence[str]
    ) -> bytes:
        found: bytes | None
        if query.moment is None:
            found = await self._database.value(select_shapes(layer, query, tile, names))
        else:
            async with self._reading(layer, query) as (reader, asked):
                found = await reader.value(select_shapes(layer, asked, tile, names))
        return found or b""

    def _columns(
        self, layer: Layer, query: FeatureQuery, state: State
    ) -> tuple[Snapshot | None, FeatureQuery]:
        """Give the columns of a layer, and what to ask of them."""
        revision, found = state.of(layer), self._keeper.snapshot(layer)
        if found is None or found.revision < revision.number:
            return None, query
        # Columns that are ahead of the state hold more than the moment asked for.
        is_same = found.revision == revision.number
        return found, at_revision(query, revision) if is_same else query

    @asynccontextmanager
    async def _reading(
        self, layer: Layer, query: FeatureQuery
    ) -> AsyncIterator[tuple[Reader, FeatureQuery]]:
        """Open a read of a layer, and say what to ask in it."""
        async with self._database.reading() as reader:
            if query.moment is not None:
                # By what this very read sees: since `state`, there may have been a change.
                query = at_revision(query, await revision_of(reader, layer))
            yield reader, query

    async def png(self, ask: Ask, tile: Tile, state: State, look: Look) -> bytes:
        """Draw a tile, all layers in one picture."""
        try:
            async with asyncio.timeout(_TURN_WITHIN_S):
                await self._drawing.acquire()
        except TimeoutError:
            raise DatabaseAway(
                "as many pictures are drawn as can be at once; try again shortly"
            ) from None
        try:
            # With the turn taken, so that nobody waits with what was read.
            contents = [
                await self._ground(part, tile, state, look)
                if part.layer.geometry is not GeometryType.POINT
                else await self._merged(ask, part, tile, state, look)
                for part in ask.parts
                if is_seen(part.layer, tile, look.size_px)
            ]
            return await asyncio.to_thread(
                draw,
                contents,
                look.theme,
                look.language,
                tile,
                fonts=self._fonts,
                size_px=look.size_px,
                scale=look.scale,
                is_transparent=look.is_transparent,
            )
        finally:
            self._drawing.release()

    async def _ground(self, part: Part, tile: Tile, state: State, look: Look) -> Contents:
        """Read the shapes of a layer that a tile is drawn of, and its names, or remember them."""
        layer, query = part.layer, part.query
        number, asked = state.of(layer).number, query.canonical()
        place = f"{layer.id} {tile.matrix}"
        key = (f"{place} {tile.z} {tile.x} {tile.y} {look.size_px}", number, asked)
        found = self._grounds.get(key)
        if found is not None:
            return found
        async with self._reading(layer, query) as (reader, query):
            names = self._names.get((place, number, asked))
            if names is None:
                names = await all_names(reader, layer, query, tile)
                self._names.put((place, number, asked), names)
            found = await read_contents(
                reader, layer, query, tile, side=None, size_px=look.size_px, names=names
            )
        self._grounds.put(key, found)
        return found

    async def _merged(self, ask: Ask, part: Part, tile: Tile, state: State, look: Look) -> Contents:
        """Read the points that a tile is drawn of, or the cells that they are merged in."""
        layer = part.layer
        side = side_of(await self.located(layer, part.query, state), tile.z, ask.cells)
        if side == FINE and ask.cells is None:
            # Finer cells than a picture shows take four times as long to draw.
            side = COARSE
        size_px = look.size_px
        snapshot, query = self._columns(layer, part.query, state)
        if snapshot is not None:
            found = quickly(
                f"a picture of {layer.id}",
                lambda: find_contents(snapshot, layer, query, tile, side=side, size_px=size_px),
            )
            if found is not None:
                return found
        async with self._reading(layer, part.query) as (reader, asked):
            return await read_contents(reader, layer, asked, tile, side=side, size_px=size_px)

    async def merges_otherwise(self, change: Change) -> bool:
        """Say whether points are merged up to another zoom than before a change, or may be."""
        state = State(revisions={change.layer.id: change.revision})
        found = False
        for layer in self._layers.values():
            if layer.stored_in == change.layer.id and layer.geometry is GeometryType.POINT:
                try:
                    begins = points_from(await self.located(layer, FeatureQuery(), state))
                except DatabaseAway:
                    # Too many to be counted in time.
                    return True
                found |= self._points_from.get(layer.id, begins) != begins
                self._points_from[layer.id] = begins
        return found

    async def located(self, layer: Layer, query: FeatureQuery, state: State) -> int:
        """Count the rows that a layer has on the map, whatever the filter."""
        everywhere = FeatureQuery(bbox=_WORLD, as_of=query.moment)
        key = (layer.id, state.of(layer).number, everywhere.canonical())
        known = self._counts.get(key)
        if known is not None:
            return known
        snapshot, asked = self._columns(layer, everywhere, state)
        found: int | None = None
        if snapshot is not None:
            found = quickly(f"a count of {layer.id}", lambda: sums.count(snapshot, layer, asked))
        if found is None:
            async with self._reading(layer, everywhere) as (reader, asked):
                found = await reader.value(count_features(layer, asked, _ALL))
        self._counts.put(key, found)
        return found


def _from_columns(
    snapshot: Snapshot,
    layer: Layer,
    query: FeatureQuery,
    tile: Tile,
    side: int | None,
    names: Sequence[str],
) -> bytes | None:
    """Write a tile of points or cells from the columns; None if only SQL can."""
    if side is None:
        points = columns.points(snapshot, layer, query, tile, names)
        return None if points is None else write_points(layer, points)
    cells = columns.cells(snapshot, layer, query, tile, side)
    return None if cells is None else write_cells(layer, cells)
