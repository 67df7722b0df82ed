"""Read the columns of a layer from the database: by COPY, a few megabytes at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.columns import reads
from geo.columns.lines import Block, read_lines
from geo.columns.order import Order, order_of
from geo.columns.pack import join_numbers, join_words, once, ordered, pack_numbers, width_of
from geo.columns.table import Column, Numbers, Table, Words
from geo.columns.threads import in_thread
from geo.database import Reader
from geo.features import Revision
from geo.spec import Layer

# PostgreSQL hands on some kilobytes at once; so much of it is worth a call of the parser.
BLOCK_BYTES = 4 << 20
_MOST_KEY = (1 << 32) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def read_tables(
    reader: Reader,
    layer: Layer,
    revision: Revision,
    executor: Executor,
    *,
    since: datetime | None = None,
) -> tuple[Table, ...]:
    """Read all versions of a layer's rows, or those that came after a moment.

    While PostgreSQL writes rows, a thread packs those before them.
    """
    found = await reader.rows(reads.select_moments(layer, since))
    moments: list[datetime] = [row["moment"] for row in found]
    packer = Packer(layer, executor)
    if since is None:
        await reader.row(reads.settings_for_copy())
    try:
        await reader.copy(reads.select_versions(layer, moments, since), packer.take)
        await packer.pack()
    finally:
        await packer.finish()
    apart = since is None
    return await in_thread(
        executor, join_blocks, layer, revision, moments, packer.blocks, apart=apart
    )


class Packer:
    """Pack what comes in, block by block, in a thread, while the next block comes in."""

    def __init__(self, layer: Layer, executor: Executor) -> None:
        self._layer, self._executor = layer, executor
        self._waiting: list[bytes] = []
        self._size = 0
        self._packing: asyncio.Task[Block] | None = None
        self.blocks: list[Block] = []

    async def take(self, lines: bytes) -> None:
        """Take whole lines; wait if the block before them is not packed yet."""
        self._waiting.append(lines)
        self._size += len(lines)
        if self._size >= BLOCK_BYTES:
            await self.pack()

    async def pack(self) -> None:
        """Begin to pack what was taken, once the block before it is done."""
        await self.finish()
        lines = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        if lines:
            work = in_thread(self._executor, read_lines, self._layer, lines)
            self._packing = asyncio.create_task(work)

    async def finish(self) -> None:
        """Wait for the block that is being packed."""
        packing, self._packing = self._packing, None
        if packing is not None:
            self.blocks.append(await packing)


def microseconds(moment: datetime) -> int:
    """Number a moment, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def join_blocks(
    layer: Layer,
    revision: Revision,
    moments: Sequence[datetime],
    blocks: list[Block],
    *,
    apart: bool,
) -> tuple[Table, ...]:
    """Put blocks of rows together; `apart`: those that hold, and, if there are any, the others.

    Blocks are used up, column by column. Old versions often fill columns that newer ones leave
    empty, and are seldom asked for.
    """
    blocks = blocks or [read_lines(layer, b"")]
    ids = np.concatenate([block.ids for block in blocks])
    rows = _keys(blocks)
    placed = np.concatenate([block.placed for block in blocks])
    x, y = (np.concatenate([block.grid.pop(axis) for block in blocks]) for axis in ("x", "y"))
    order = order_of(x, y, placed, ids, rows)
    numbers = {n: join_numbers([b.numbers.pop(n) for b in blocks]) for n in [*blocks[0].numbers]}
    words = {n: join_words([b.words.pop(n) for b in blocks]) for n in [*blocks[0].words]}
    degrees = {n: np.concatenate([b.degrees.pop(n) for b in blocks]) for n in ("lon", "lat")}
    whole = _Joined(
        layer=layer,
        revision=revision.number,
        fields=blocks[0].fields,
        moments=np.array([microseconds(moment) for moment in moments], np.int64),
        arrays={"x": x, "y": y, "row": rows, "id": ids, **degrees},
        placed=placed,
        numbers=numbers,
        words=words,
    )
    holds = ~numbers["recorded_to"].known(order)
    if not apart or holds.all():
        return (whole.table(order),)
    return whole.table(order[holds]), whole.table(order[~holds])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Joined:
    """All rows of a layer as they came, of which tables take some in their order."""

    layer: Layer
    revision: int
    fields: Sequence[str]
    moments: NDArray[np.int64]
    arrays: Mapping[str, NDArray[Any]]
    placed: NDArray[np.bool_]
    numbers: Mapping[str, Numbers]
    words: Mapping[str, Words | None]

    def table(self, order: Order) -> Table:
        taken = {name: array[order] for name, array in self.arrays.items()}
        columns: dict[str, Column] = {}
        for name in self.fields:
            packed = self.numbers.get(name) or self.words[name]
            # Texts of which there are too many are left out.
            if packed is not None:
                columns[name] = replace(packed, codes=ordered(packed.codes, order))
        first, last, beginless, endless = _days(
            self._taken("first_day", order), self._taken("day_after", order)
        )
        return Table(
            layer=self.layer.id,
            revision=self.revision,
            longitude=taken["lon"],
            latitude=taken["lat"],
            x=taken["x"],
            y=taken["y"],
            placed=int(np.count_nonzero(self.placed[order])),
            row=taken["row"],
            id=taken["id"],
            columns=columns,
            first_day=first,
            last_day=last,
            beginless=beginless,
            endless=endless,
            moments=self.moments,
            recorded_from=_places(self._taken("recorded_from", order), len(self.moments)),
            recorded_to=_places(self._taken("recorded_to", order), len(self.moments)),
        )

    def _taken(self, name: str, order: Order) -> Numbers:
        numbers = self.numbers[name]
        return Numbers(codes=numbers.codes[order], offset=numbers.offset)


def _keys(blocks: Sequence[Block]) -> NDArray[np.uint32]:
    keys = np.concatenate([block.row for block in blocks])
    if keys.max(initial=0) > _MOST_KEY:
        raise OverflowError("the layer has had more versions of rows than columns can number")
    return keys.astype(np.uint32)


def _places(numbered: Numbers, unknown: int) -> NDArray[Any]:
    """Turn the number of moments that are not later than one into its place among them."""
    every = slice(None)
    places = np.where(numbered.known(every), numbered.values(every) - 1, unknown)
    return once(places.astype(width_of(unknown)))


def _days(first: Numbers, after: Numbers) -> tuple[Numbers, Numbers, int, int]:
    """Make the first and last day of spans, and say what stands for ends that are open."""
    every = slice(None)
    starts, ends = first.values(every), after.values(every) - 1
    has_start, has_end = first.known(every), after.known(every)
    open_start, open_end = starts == reads.OPEN, ends == reads.OPEN - 1
    days = np.concatenate([starts[has_start & ~open_start], ends[has_end & ~open_end]])
    beginless = (int(days.min()) if len(days) else 0) - 1
    endless = (int(days.max()) if len(days) else 0) + 1
    starts[open_start] = beginless
    ends[open_end] = endless
    return pack_numbers(starts, has_start), pack_numbers(ends, has_end), beginless, endless
