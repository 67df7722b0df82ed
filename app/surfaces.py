"""Compute density surfaces: each once, few at a time, beside the event loop, and keep the last."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress

from geo.aggregate import BY_DATASET, select_aggregate
from geo.audience import for_sums, has_datasets
from geo.changes import revision_shown
from geo.coarse import check_coarse
from geo.database import Database, Reader
from geo.density_query import DensityQuery
from geo.density_rows import read_lines, rows_of
from geo.errors import DatabaseAway
from geo.features import Revision, at_revision, revision_of
from geo.matching.overlap import Overlap, datasets_in
from geo.query import FeatureQuery
from geo.spec import Layer
from geo.surface import Surface, surface_of

MOST_BYTES = 128 * 1024 * 1024
# Each takes both cores while it multiplies.
AT_ONCE = 2
WAIT_S = 20
Key = tuple[str, int, bytes, DensityQuery]


class Surfaces:
    """Remember the surfaces that were asked for last; a key names all that one is made from."""

    def __init__(self, most_bytes: int = MOST_BYTES, at_once: int = AT_ONCE) -> None:
        self._most_bytes = most_bytes
        self._turn = asyncio.Semaphore(at_once)
        self._kept: OrderedDict[Key, Surface] = OrderedDict()
        self._underway: dict[Key, asyncio.Task[Surface]] = {}
        self.bytes = 0

    async def get(
        self,
        database: Database,
        layer: Layer,
        query: FeatureQuery,
        density: DensityQuery,
        revision: Revision,
    ) -> Surface:
        """Give the surface of a state of the layer, or of a newer one if that is current now."""
        key = _key(layer, query, density, revision)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        # The dozen tiles of a map ask at the same moment: they wait for one computation, which
        # goes on whoever of them leaves.
        task = self._underway.get(key)
        if task is None:
            task = asyncio.create_task(self._compute(database, layer, query, density))
            self._underway[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    def _forget(self, key: Key, done: asyncio.Task[Surface]) -> None:
        self._underway.pop(key, None)
        # Where all who asked have left, nobody else hears of a failure, and asyncio complains.
        if not done.cancelled():
            done.exception()

    async def _compute(
        self, database: Database, layer: Layer, query: FeatureQuery, density: DensityQuery
    ) -> Surface:
        try:
            async with asyncio.timeout(WAIT_S):
                await self._turn.acquire()
        except TimeoutError:
            raise DatabaseAway(
                "as many surfaces are being computed as may at once; try again shortly"
            ) from None
        try:
            async with database.reading() as reader:
                current = await revision_of(reader, layer)
                revision = await revision_shown(reader, layer, query, current)
                effective = at_revision(query, current)
                # A surface shows no row, so it may be of those that are only counted.
                read = for_sums(layer, revision.withheld)
                check_coarse(read, query, by_place=True)
                datasets = await _datasets(reader, read, effective)
                lines = await read_lines(reader, read, effective, density)
            surface = await asyncio.to_thread(
                lambda: surface_of(layer, query, density, rows_of(lines), revision, datasets)
            )
        finally:
            self._turn.release()
        self._keep(_key(layer, query, density, revision), surface)
        return surface

    def _keep(self, key: Key, surface: Surface) -> None:
        """Keep a surface, and let go of those not asked for the longest; one too large is not."""
        if key in self._kept or surface.size > self._most_bytes:
            return
        self._kept[key] = surface
        self.bytes += surface.size
        while self.bytes > self._most_bytes:
            _, dropped = self._kept.popitem(last=False)
            self.bytes -= dropped.size

    async def close(self) -> None:
        """Wait for what is being computed, which still reads the database."""
        for task in list(self._underway.values()):
            with suppress(Exception):
                await task


async def _datasets(reader: Reader, layer: Layer, query: FeatureQuery) -> tuple[str, ...]:
    """Name the data sets of the rows of a query, where the layer holds several."""
    if not has_datasets(layer):
        return ()
    groups = await reader.rows(select_aggregate(layer, query, BY_DATASET))
    return tuple(datasets_in(layer, groups, Overlap()))


def _key(layer: Layer, query: FeatureQuery, density: DensityQuery, revision: Revision) -> Key:
    return (layer.id, revision.number, query.canonical(), density)
