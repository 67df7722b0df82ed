"""Take in the files of a data set: read, check, locate and write out, in a process of its own.

The database works on one core while this works on another. What goes over between them is text:
lines of COPY and what was noticed. The process ends with whoever started it.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from multiprocessing.connection import Connection
from pathlib import Path

from geo.errors import AtlasError, ImportRefused
from geo.importing.areas import Area, Areas, Point
from geo.importing.batches import Batch, batched
from geo.importing.blocks import RawBlock
from geo.importing.crosswalk import read_rules
from geo.importing.locate import Found, located
from geo.importing.mapped import mapped_source
from geo.importing.mapping import read_mapping
from geo.importing.normalise import checked
from geo.importing.sources import DataSource, sources
from geo.spec import Layer

# A smaller file is read before another process would have begun.
WORTH_A_PROCESS_BYTES = 5_000_000
SELDOM = 200_000
# To fill memory that was not touched before takes longer than what is done with it: pieces are
# small enough to come to lie where the last one did.
PIECE_BYTES = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What rows are located by: regions, cercles if there are any, and places of the gazetteer."""

    regions: Sequence[Area] = ()
    cercles: Sequence[Area] = ()
    places: Sequence[Point] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """Which files are read, as what, into which layer."""

    layer: Layer
    source: str
    files: tuple[Path, ...] = ()
    rules: Path | None = None
    mapping: Path | None = None
    dataset: str | None = None
    ground: Ground = field(default_factory=Ground)

    def data_source(self) -> DataSource:
        """Find the source, or make it of a mapping."""
        if self.mapping is None:
            return sources()[self.source]
        return mapped_source(read_mapping(self.mapping, self.layer), self.layer, self.dataset)

    def raw_blocks(self) -> Iterator[RawBlock]:
        """Read the files, one after the other."""
        source, rules = self.data_source(), read_rules(self.rules)
        return chain.from_iterable(source.read(path, rules) for path in self.files)


class Taken:
    """Rows as they are written out; `found` says what was noticed, once all have passed."""

    def __init__(self, batches: Callable[[], Iterator[Batch | Found]]) -> None:
        self._batches = batches
        self.found = Found()

    def __iter__(self) -> Iterator[Batch]:
        for given in self._batches():
            if isinstance(given, Found):
                self.found = given
            else:
                yield given


def take_in(intake: Intake) -> Taken:
    """Take files in, in another process if they are large."""
    size = sum(path.stat().st_size for path in intake.files if path.is_file())
    if size < WORTH_A_PROCESS_BYTES:
        return take_blocks(intake, intake.raw_blocks)
    return Taken(lambda: _beside(intake))


def take_blocks(intake: Intake, blocks: Callable[[], Iterable[RawBlock]]) -> Taken:
    """Take in rows that come from elsewhere, as from an API."""
    return Taken(lambda: _batches(intake, blocks()))


def _batches(intake: Intake, raw_blocks: Iterable[RawBlock]) -> Iterator[Batch | Found]:
    """Check, locate and write out rows; last comes what was noticed."""
    found, told = Found(), 0
    ground, blocks = intake.ground, checked(intake.layer, raw_blocks)
    if ground.regions:
        blocks = located(blocks, Areas(ground.regions, ground.cercles, ground.places), found)
    for batch in batched(intake.layer, blocks):
        yield replace(batch, disagreeing=found.disagreeing - told) if ground.regions else batch
        told = found.disagreeing
    yield found


def _beside(intake: Intake) -> Iterator[Batch | Found]:
    """Take files in in a process of its own, a batch ahead."""
    # A new interpreter: a copy of this one would share its connections.
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(sending, intake), daemon=True)
    worker.start()
    # Only the worker holds this end now, so that its death is the end of what comes.
    sending.close()
    try:
        while True:
            given = receiving.recv()
            if isinstance(given, BaseException):
                raise given
            yield given
            if isinstance(given, Found):
                return
            while lines := receiving.recv_bytes():
                yield Batch(lines=lines, count=0)
    except EOFError:
        raise ImportRefused(
            "the process that read the files was ended from outside; nothing was changed"
        ) from None
    finally:
        receiving.close()
        worker.terminate()
        worker.join()


def _work(sending: Connection, intake: Intake) -> None:
    """Do the work of the other process; what goes wrong is told, to be raised there."""
    # Rows come and go and make no cycles: to look for some that often took a tenth of the time.
    gc.freeze()
    gc.set_threshold(SELDOM)
    # Nobody receives any more: whoever asked is gone.
    with suppress(BrokenPipeError), ThreadPoolExecutor(max_workers=1) as sender:
        sent = sender.submit(lambda: None)
        try:
            for given in _batches(intake, intake.raw_blocks()):
                # One is sent while the next is made, and no more are held.
                sent.result()
                sent = sender.submit(_send, sending, given)
            sent.result()
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told and not shown raw
            sent.result()
            sending.send(_portable(error))


def _send(sending: Connection, given: Batch | Found) -> None:
    """Send a batch without its lines, then these in pieces, up to an empty one."""
    if isinstance(given, Found):
        sending.send(given)
        return
    sending.send(replace(given, lines=b""))
    for start in range(0, len(given.lines), PIECE_BYTES):
        sending.send_bytes(given.lines[start : start + PIECE_BYTES])
    sending.send_bytes(b"")


def _portable(error: Exception) -> ImportRefused:
    """Make an error that reads the same after a journey."""
    if isinstance(error, AtlasError):
        return ImportRefused(str(error), error.problems if isinstance(error, ImportRefused) else ())
    if isinstance(error, MemoryError):
        return ImportRefused("there is not enough memory to read the files; nothing was changed")
    told = f"{type(error).__name__}: {error}"
    return ImportRefused(f"the files could not be read to their end: {told}; nothing was changed")
