"""Keep the columns of every layer of points at hand: mapped, up to date, and never waited for."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import logging
import os
import re
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.columns import files, reads
from geo.columns.build import microseconds, read_tables
from geo.columns.files import Damaged, State
from geo.columns.held import is_held
from geo.columns.overlay import Base, Update, update
from geo.columns.table import Snapshot
from geo.columns.threads import in_thread
from geo.database import Database
from geo.features import revision_of
from geo.feed import Change
from geo.spec import Layer

LOG = logging.getLogger("atlas")
BUILD_TIMEOUT_MS = 600_000
# When to look whether another worker has finished: soon, then less and less often.
_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.1, 1.0
# The folder of a database that nothing was read from for so long is removed.
_UNUSED_S = 90 * 24 * 3600.0
_IDENTITY = re.compile("[0-9a-f]{16}")
# What was built may be out of date at once, but not time and again.
MOST_BUILDS = 3
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 300.0


# The states that were read, as they were written then; of a damaged one nothing.
_Known = dict[tuple[State, tuple[int, int]], Base | None]


@dataclass(kw_only=True, slots=True, eq=False)
class _Kept:
    """What is at hand of one layer."""

    layer: Layer
    base: Base | None = None
    snapshot: Snapshot | None = None
    # Read anew, or for the first time.
    due: asyncio.Event = field(default_factory=asyncio.Event)
    # Changes of `base` and `snapshot` take turns.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Keeper:
    """Hold the columns of a database's layers, in a folder that all workers of a host share.

    Whatever goes wrong is told once; meanwhile there is no snapshot, and SQL answers.
    """

    def __init__(self, database: Database, layers: Iterable[Layer], folder: Path) -> None:
        self._database, self._folder = database, folder
        self._kept = {layer.id: _Kept(layer=layer) for layer in layers if is_held(layer)}
        self._tasks: list[asyncio.Task[None]] = []
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="columns")
        # One layer after the other: reading one takes memory and a connection.
        self._reading = asyncio.Lock()

    async def start(self) -> None:
        """Begin to read what is not at hand; nothing waits for it."""
        for kept in self._kept.values():
            kept.due.set()
            self._tasks.append(asyncio.create_task(self._look_after(kept)))

    async def close(self) -> None:
        """Stop, and let go of everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._executor.shutdown()
        for kept in self._kept.values():
            kept.base = kept.snapshot = None

    def snapshot(self, layer: Layer) -> Snapshot | None:
        """Give the columns of a layer, or of the one that it looks at, if they are at hand."""
        # What is held is what is public.
        kept = self._kept.get(layer.stored_in) if layer.audience == "public" else None
        return None if kept is None else kept.snapshot

    async def changed(self, change: Change) -> None:
        """Bring a layer up to date: at once after a small change, else behind the scenes."""
        kept = self._kept.get(change.layer.stored_in)
        if kept is None:
            return
        async with kept.turn:
            try:
                done = kept.base is not None and await self._update(kept, kept.base)
            except Exception:  # noqa: BLE001 - whoever looks after the layer meets it, and tells
                done = False
            if not done:
                kept.snapshot = None
                kept.due.set()

    def state(self) -> dict[str, dict[str, Any]]:
        """Say what is at hand: the revision of each layer, its rows and bytes in memory."""
        return {name: _state(kept.snapshot) for name, kept in self._kept.items()}

    async def _look_after(self, kept: _Kept) -> None:
        pause, told = _FIRST_PAUSE_S, ""
        while True:
            await kept.due.wait()
            kept.due.clear()
            try:
                async with self._reading:
                    await self._read(kept)
                if told:
                    LOG.info("the columns of %s are at hand again", kept.layer.id)
                pause, told = _FIRST_PAUSE_S, ""
            except Exception as error:  # noqa: BLE001 - a cache may fail in any way, never more
                kept.due.set()
                if told != type(error).__name__:
                    told = type(error).__name__
                    LOG.warning(
                        "the columns of %s cannot be read, so SQL answers: %s: %s",
                        *(kept.layer.id, told, error),
                    )
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def _read(self, kept: _Kept) -> None:
        """Find the columns among what lies in the folder, or read them from the database."""
        of_database = self._folder / await self._identity()
        folder = of_database / kept.layer.id
        for each in (self._folder, of_database, folder):
            files.private(each)
        os.utime(of_database)
        builds, pause = 0, _FIRST_LOOK_S
        # What was read already, so that it is not summed up at every look.
        known: _Known = {}
        while not await self._find(kept, folder, known):
            if builds == MOST_BUILDS:
                raise Damaged(f"what is written to {folder} cannot be used")
            with _only_builder(folder) as is_ours:
                # Another worker may have finished between looking and locking.
                if is_ours and not await self._find(kept, folder, known):
                    await self._build(kept, folder)
                    builds += 1
            if not is_ours:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_LOOK_S)

    async def _find(self, kept: _Kept, folder: Path, known: _Known) -> bool:
        """Take the newest state of a layer that lies in a folder and is not far behind."""
        for state in files.states(folder, kept.layer):
            if kept.base and (state.revision, state.changed_at) == (
                kept.base.revision,
                kept.base.changed_at,
            ):
                base = kept.base
            else:
                key = state, files.mark(folder, state)
                if key not in known:
                    known[key] = await self._base(folder, state)
                if (found := known[key]) is None:
                    continue
                base = found
            async with kept.turn:
                if await self._update(kept, base, settled=True):
                    return True
        # Nothing was ever loaded, so there is nothing to hold.
        async with self._database.reading() as reader:
            return (await revision_of(reader, kept.layer)).number == 0

    async def _base(self, folder: Path, state: State) -> Base | None:
        """Map a state that lies in a folder; None if it is damaged."""
        try:
            tables = await in_thread(self._executor, files.read, folder, state)
        except Damaged:
            return None
        return Base(revision=state.revision, changed_at=state.changed_at, tables=tables)

    async def _update(self, kept: _Kept, base: Base, *, settled: bool = False) -> bool:
        async with self._database.reading() as reader:
            found: Update | None = await update(reader, kept.layer, base, self._executor)
        if found is None or (settled and found.rebuild_due):
            return False
        kept.base, kept.snapshot = base, found.snapshot
        if found.rebuild_due:
            kept.due.set()
        return True

    async def _build(self, kept: _Kept, folder: Path) -> None:
        layer = kept.layer
        async with self._database.reading(timeout_ms=BUILD_TIMEOUT_MS) as reader:
            revision = await revision_of(reader, layer)
            tables = await read_tables(reader, layer, revision, self._executor)
        state = State.of(layer, revision.number, microseconds(revision.changed_at))
        await in_thread(self._executor, files.write, folder, state, tables)
        before = time.time() - _UNUSED_S
        await in_thread(self._executor, files.remove_unused, self._folder, _IDENTITY, before)

    async def _identity(self) -> str:
        """Name the database, so that several can keep their columns in one folder."""
        async with self._database.reading() as reader:
            said = await reader.row(reads.select_identity())
        text = "\n".join(map(str, said or ()))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@contextmanager
def _only_builder(folder: Path) -> Iterator[bool]:
    """Be the only one on this host who writes in a folder, if nobody else is."""
    lock = os.open(folder / "build.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _try_exclusively(lock)
    finally:
        os.close(lock)


def _try_exclusively(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _state(snapshot: Snapshot | None) -> dict[str, Any]:
    if snapshot is None:
        return {"revision": None, "rows": 0, "bytes": 0}
    arrays = [array for part in snapshot.parts for array in files.arrays(part)]
    return {
        "revision": snapshot.revision,
        "rows": sum(map(len, snapshot.parts)),
        "bytes": sum(array.nbytes for array in arrays),
    }
