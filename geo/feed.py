"""Follow what the loader changes: which revision is current, and where it differs from the last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from geo.changes import CHANNEL, count_reclassified, select_changed_boxes
from geo.crs import Bounds
from geo.database import Database, Listener, Reader
from geo.features import Revision, revisions
from geo.spec import Layer

LOG = logging.getLogger("atlas")
# How often the connection is tried while nothing is told.
HEARTBEAT_S = 5.0
# Longer than this, what is current is no longer sure.
CATCH_UP_WITHIN_S = 10.0
# More changed places than this are taken for "anywhere": each tile is compared with each.
MOST_PLACES = 64
# So are more changed rows: to look at a million for their places would hold up all other layers.
MOST_CHANGED = 5_000
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A layer has a new revision; `boxes` hold all that differs, None: it may be anywhere."""

    layer: Layer
    revision: Revision
    boxes: tuple[Bounds, ...] | None


Told = Callable[[Change], Awaitable[None]]


class Feed:
    """Know the current revision of every stored layer, as long as `is_sure`.

    Who is told of a change is done with it before the new revision stands in `revisions`. Layers do
    not wait for each other: one that takes long to take over stays as it was meanwhile.
    """

    def __init__(self, database: Database, layers: Iterable[Layer]) -> None:
        self._database = database
        self._stored = [layer for layer in layers if layer.parent is None]
        self._told: tuple[Told, ...] = ()
        self._following: asyncio.Task[None] | None = None
        # What is being told, by layer: of one layer never two changes at once.
        self._telling: dict[str, asyncio.Task[None]] = {}
        self.revisions: dict[str, Revision] = {}
        self.is_sure = False

    def start(self, told: Iterable[Told]) -> None:
        """Begin to follow and to tell; `is_sure` becomes true with the database's first word."""
        self._told = tuple(told)
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following

    async def _follow(self) -> None:
        pause, said = _FIRST_PAUSE_S, ""
        while True:
            try:
                async with self._database.listening(CHANNEL) as listener:
                    # What was told before we listened is read from the tables.
                    await self._catch_up(listener)
                    await asyncio.gather(*self._telling.values())
                    self.is_sure, pause, said = True, _FIRST_PAUSE_S, ""
                    while True:
                        await listener.wait(HEARTBEAT_S)
                        await self._catch_up(listener)
            except Exception as error:  # noqa: BLE001 - whatever it is, it may pass
                if said != type(error).__name__:
                    said = type(error).__name__
                    LOG.warning(
                        "it is not sure what changes, so tiles are made anew until it is: %s: %s",
                        *(said, error),
                    )
            finally:
                self.is_sure = False
                await self._stop_telling()
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def _catch_up(self, listener: Listener) -> None:
        for name, task in [*self._telling.items()]:
            if task.done():
                del self._telling[name]
                task.result()
        async with asyncio.timeout(CATCH_UP_WITHIN_S), listener.reading() as reader:
            current = await revisions(reader)
            changes = [
                await self._change_of(reader, layer, current[layer.id])
                for layer in self._stored
                if layer.id in current
                and layer.id not in self._telling
                and self.revisions.get(layer.id) != current[layer.id]
            ]
        for change in changes:
            telling = asyncio.create_task(self._tell(change))
            # To look what came meanwhile, and whether it went well.
            telling.add_done_callback(listener.hear)
            self._telling[change.layer.id] = telling

    async def _tell(self, change: Change) -> None:
        for told in self._told:
            await told(change)
        # A new mapping each time: who holds the one before holds a state as it was.
        self.revisions = {**self.revisions, change.layer.id: change.revision}

    async def _stop_telling(self) -> None:
        """Break off what is being told; it is told again when the feed goes on."""
        for task in self._telling.values():
            task.cancel()
        await asyncio.gather(*self._telling.values(), return_exceptions=True)
        self._telling.clear()

    async def _change_of(self, reader: Reader, layer: Layer, current: Revision) -> Change:
        known, boxes = self.revisions.get(layer.id), None
        # A database that was put back to an earlier state may differ anywhere.
        goes_on = known is not None and known.number < current.number
        if known is not None and goes_on and not await _reclassified(reader, layer, known):
            statement = select_changed_boxes(
                layer, known.changed_at, MOST_PLACES + 1, rows=MOST_CHANGED + 1
            )
            rows = await reader.rows(statement)
            if len(rows) <= MOST_PLACES and not (rows and rows[0]["looked_at"] > MOST_CHANGED):
                boxes = tuple((r["west"], r["south"], r["east"], r["north"]) for r in rows)
        return Change(layer=layer, revision=current, boxes=boxes)


async def _reclassified(reader: Reader, layer: Layer, known: Revision) -> int:
    found: int = await reader.value(count_reclassified(layer, known.number))
    return found
