"""Bring the bytes of a download to the client, from the event loop or from a thread beside it."""

from __future__ import annotations

import asyncio
import io
import queue
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from starlette.datastructures import MutableHeaders
from starlette.types import Send

from geo.errors import AtlasError

CHUNK = 1 << 20
CHUNKS_IN_HAND = 3
# COPY hands over ten kilobytes at a time; in larger pieces a CSV went out a tenth faster.
PIECE = 1 << 18
STALLED_S = 60


class BrokenOff(AtlasError):
    """A download ended before its end."""


class Outlet:
    """Answer with bytes as they come; until the first, nothing is said, not even the status."""

    def __init__(self, send: Send, headers: Mapping[str, str]) -> None:
        self._send = send
        self.headers = MutableHeaders(headers)
        self._held: list[bytes] = []
        self._held_size = 0
        self._begun = False

    def hold(self, head: bytes) -> None:
        """Keep bytes back until others follow."""
        self._held.append(head)
        self._held_size += len(head)

    async def send(self, chunk: bytes) -> None:
        """Send bytes, the first at once and then in pieces, as fast as the client takes them."""
        self.hold(chunk)
        if not self._begun or self._held_size >= PIECE:
            await self._bring(more=True)

    async def finish(self, tail: bytes = b"") -> None:
        """Send what is left, and say that it was all."""
        self.hold(tail)
        await self._bring(more=False)

    async def _bring(self, *, more: bool) -> None:
        body = b"".join(self._held)
        self._held, self._held_size = [], 0
        try:
            async with asyncio.timeout(STALLED_S):
                if not self._begun:
                    self._begun = True
                    start = {"type": "http.response.start", "status": 200}
                    await self._send({**start, "headers": self.headers.raw})
                await self._send({"type": "http.response.body", "body": body, "more_body": more})
        except TimeoutError:
            raise BrokenOff(f"the client took nothing for {STALLED_S} s") from None


class Sink(io.RawIOBase):
    """A file to write into from a thread; its bytes go out through the event loop."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet, self._loop = outlet, asyncio.get_running_loop()
        self._held = bytearray()
        self._told = 0
        self._given_up = False
        self._sending: Future[None] | None = None

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._told

    def write(self, data: Any) -> int:
        self._held += data
        self._told += len(data)
        if len(self._held) >= CHUNK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Wait until the client has taken what was written; what nobody wants is dropped."""
        chunk, self._held = bytes(self._held), bytearray()
        if chunk and not self._given_up:
            self._sending = asyncio.run_coroutine_threadsafe(self._outlet.send(chunk), self._loop)
            try:
                self._sending.result()
            except CancelledError:
                raise BrokenOff("nobody waits for the file any more") from None

    def announce(self, size: int) -> None:
        """Say how long the answer will be, before its first byte."""
        self._outlet.headers["Content-Length"] = str(size)

    def give_up(self) -> None:
        self._given_up = True
        if self._sending is not None:
            self._sending.cancel()


class Target(Protocol):
    """Where a thread writes to."""

    def flush(self) -> None: ...
    def give_up(self) -> None: ...


T = TypeVar("T", bound=Target)


class Worker(Generic[T]):
    """A thread that makes a file of chunks while they come.

    Leaving the context waits for it; leaving with an error ends it first.
    """

    def __init__(self, sink: T) -> None:
        self._loop = asyncio.get_running_loop()
        self._sink = sink
        self._thread: asyncio.Future[None] | None = None
        self._chunks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(CHUNKS_IN_HAND)
        self._held = bytearray()
        self._given_up = False

    def start(self, make: Callable[[Iterator[bytes], T], None]) -> None:
        """Begin to make the file."""
        self._thread = self._loop.run_in_executor(None, self._run, make)
        # Nobody takes chunks any more: who waits for room is to see why.
        self._thread.add_done_callback(lambda _: self._room.release())

    def _run(self, make: Callable[[Iterator[bytes], T], None]) -> None:
        try:
            make(self._take(), self._sink)
            self._sink.flush()
        except OSError as error:
            # Else it would pass for an error of the connection to the database.
            raise BrokenOff("the file could not be written") from error
        finally:
            # A library that closes its half of a file must not make it look whole.
            self._sink.give_up()

    def _take(self) -> Iterator[bytes]:
        while (chunk := self._chunks.get()) is not None:
            if self._given_up:
                raise BrokenOff("nobody waits for the file any more")
            yield chunk
            self._loop.call_soon_threadsafe(self._room.release)

    async def put(self, chunk: bytes) -> None:
        """Hand over whole rows, many at a time; raise what the thread has raised."""
        self._held += chunk
        if len(self._held) >= CHUNK:
            await self._room.acquire()
            if self._thread is not None and self._thread.done():
                self._thread.result()
            self._hand_over()

    def _hand_over(self) -> None:
        if self._held:
            self._chunks.put(bytes(self._held))
            self._held = bytearray()

    def _give_up(self) -> None:
        self._given_up = True
        self._sink.give_up()
        self._chunks.put(b"")

    async def __aenter__(self) -> Worker[T]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._thread is None:
            return
        try:
            if error is None:
                self._hand_over()
                self._chunks.put(None)
                await asyncio.shield(self._thread)
        finally:
            if not self._thread.done():
                self._give_up()
                await asyncio.wait({self._thread})
            if not self._thread.cancelled():
                # Seen: what ends the work is raised already.
                self._thread.exception()
