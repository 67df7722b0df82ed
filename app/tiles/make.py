"""Make a tile, written or drawn: each layer from its columns if they can answer, else from SQL."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
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
from geo.database import Database
from geo.drawing.contents import Contents, Name, all_names, is_seen, read_contents
from geo.drawing.draw import draw
from geo.errors import BadParameter
from geo.features import NEVER, Counts, Remembered, Revision, at_revision, revisions
from geo.feed import Change, Feed
from geo.query import Box, FeatureQuery
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
_ALL = 1 << 40
_WORLD = Box(west=-180.0, south=-90.0, east=180.0, north=90.0)
_NOTHING = Revision(number=0, changed_at=NEVER)


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """The revision of each stored layer that a tile is of."""

    revisions: Mapping[str, Revision]

    def of(self, layer: Layer) -> Revision:
        return self.revisions.get(layer.stored_in, _NOTHING)

    def newest(self, ask: Ask) -> int:
        """Give the newest revision of the layers that are asked for."""
        return max(self.of(part.layer).number for part in ask.parts)


class TileMaker:
    """Make tiles of any layers."""

    def __init__(
        self,
        database: Database,
        layers: Mapping[str, Layer],
        keeper: Keeper,
        feed: Feed,
        counts: Counts,
        fonts: Path,
    ) -> None:
        self._database, self._layers = database, layers
        self._keeper, self._feed = keeper, feed
        self._counts, self._fonts = counts, fonts
        self._points_from: dict[str, int] = {}
        self._moments: Remembered[datetime] = Remembered(most=1_000)
        self._names: Remembered[Sequence[Name]] = Remembered(most=200)
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
        layer = part.layer
        query = at_revision(part.query, state.of(layer))
        names = tile_properties(layer, query)
        if layer.geometry is not GeometryType.POINT:
            found: bytes | None = await self._database.value(
                select_shapes(layer, query, tile, names)
            )
            return found or b""
        side = side_of(await self.located(layer, query, state), tile.z, ask.cells)
        snapshot = self.snapshot(layer, state)
        if side is None:
            points = columns.points(snapshot, layer, query, tile, names) if snapshot else None
            if points is None:
                async with self._database.reading() as reader:
                    points = await read_points(reader, layer, query, tile, names)
            return write_points(layer, points)
        cells = columns.cells(snapshot, layer, query, tile, side) if snapshot else None
        if cells is None:
            async with self._database.reading() as reader:
                cells = await read_cells(reader, layer, query, tile, side)
        return write_cells(layer, cells)

    async def png(self, ask: Ask, tile: Tile, state: State, look: Look) -> bytes:
        """Draw a tile, all layers in one picture."""
        contents = [
            await self._contents(ask, part, tile, state, look)
            for part in ask.parts
            if is_seen(part.layer, tile, look.size_px)
        ]
        async with self._drawing:
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

    async def _contents(
        self, ask: Ask, part: Part, tile: Tile, state: State, look: Look
    ) -> Contents:
        layer, query = part.layer, at_revision(part.query, state.of(part.layer))
        is_shape = layer.geometry is not GeometryType.POINT
        side = names = None
        if not is_shape:
            side = side_of(await self.located(layer, query, state), tile.z, ask.cells)
            if side == FINE and ask.cells is None:
                # Finer cells than a picture shows take four times as long to draw.
                side = COARSE
        key = (f"{layer.id} {tile.matrix}", state.of(layer).number, query.canonical())
        async with self._database.reading() as reader:
            if is_shape:
                names = self._names.get(key)
            if is_shape and names is None:
                names = await all_names(reader, layer, query, tile)
                self._names.put(key, names)
            return await read_contents(
                reader,
                None if is_shape else self.snapshot(layer, state),
                layer,
                query,
                tile,
                side=side,
                size_px=look.size_px,
                names=names,
            )

    def snapshot(self, layer: Layer, state: State) -> Snapshot | None:
        """Give the columns of a layer, unless they are of an older state."""
        found = self._keeper.snapshot(layer)
        return found if found and found.revision >= state.of(layer).number else None

    async def merges_otherwise(self, change: Change) -> bool:
        """Say whether points are merged up to another zoom than before a change."""
        state = State(revisions={change.layer.id: change.revision})
        found = False
        for layer in self._layers.values():
            if layer.stored_in == change.layer.id and layer.geometry is GeometryType.POINT:
                begins = points_from(await self.located(layer, FeatureQuery(), state))
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
        snapshot = self.snapshot(layer, state)
        found = sums.count(snapshot, layer, everywhere) if snapshot else None
        if found is None:
            found = await self._database.value(count_features(layer, everywhere, _ALL))
        self._counts.put(key, found)
        return found
