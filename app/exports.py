"""Stream all features of a query in a format that has no pages.

PostgreSQL writes the rows as text by COPY. They go out as they come, or through a thread that
makes a file of them. An error before the first byte is answered as any other; one after it breaks
the connection off, so that no half of a file looks whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import http
from app.outlet import CHUNK, Outlet, Sink, Worker
from app.settings import Settings
from geo.database import Database, Reader
from geo.errors import DatabaseAway, TooLarge
from geo.features import Revision, at_revision, revision_of
from geo.formats import CopyWriter, FileWriter, Format
from geo.formats._arrow import select_table, table
from geo.formats._base import StreamWriter
from geo.query import FeatureQuery, parse_limit
from geo.spec import Layer
from geo.statements import count_features, settings_for_download

# LIMIT is a 32-bit number in the statements.
MOST_ROWS = 2**31 - 1


async def export(
    layer: Layer, query: FeatureQuery, written: Format, database: Database, settings: Settings
) -> Response:
    """Answer with every feature of a query."""
    return Export(layer, query, written, database, settings)


class Export(Response):
    """Write the answer while it is sent, and stop when the client goes away."""

    def __init__(
        self,
        layer: Layer,
        query: FeatureQuery,
        written: Format,
        database: Database,
        settings: Settings,
    ) -> None:
        super().__init__()
        self._layer, self._query, self._written = layer, query, written
        self._database, self._settings = database, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answering = asyncio.create_task(self._answer(Request(scope, receive), send))
        leaving = asyncio.create_task(_client_leaves(receive))
        both = {answering, leaving}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.wait(both)
        if not answering.cancelled():
            answering.result()

    async def _answer(self, request: Request, send: Send) -> None:
        query = _unpaged(request, self._query)
        headed = request.scope.get("headed", False)
        if headed or "if-none-match" in request.headers:
            async with self._database.reading() as reader:
                tag = self._tag(query, await revision_of(reader, self._layer))
            if http.is_fresh(request, tag):
                await http.not_modified(self._as_sent(tag))(request.scope, request.receive, send)
                return
        limit_ms = self._settings.export_timeout_ms
        try:
            async with (
                asyncio.timeout(limit_ms / 1000),
                self._database.exporting(at_once=self._settings.exports_at_once),
            ):
                outlet = Outlet(send, self._said())
                if isinstance(self._written.writer, CopyWriter):
                    await self._send_lines(self._written.writer, query, outlet, headed=headed)
                else:
                    await self._send_file(query, outlet, headed=headed)
        except TimeoutError:
            raise DatabaseAway("the download took too long; ask for less") from None

    @asynccontextmanager
    async def _reading(
        self, query: FeatureQuery, outlet: Outlet
    ) -> AsyncIterator[tuple[Reader, Revision]]:
        """Open a read of the state that the answer's tag will name."""
        timeout_ms = self._settings.export_timeout_ms
        async with self._database.reading(timeout_ms=timeout_ms) as reader:
            revision = await revision_of(reader, self._layer)
            outlet.headers["ETag"] = self._as_sent(self._tag(query, revision))
            await reader.row(settings_for_download())
            yield reader, revision

    async def _send_lines(
        self, writer: CopyWriter, query: FeatureQuery, outlet: Outlet, *, headed: bool
    ) -> None:
        """Send what PostgreSQL writes."""
        tail = b""
        async with self._reading(query, outlet) as (reader, revision):
            current = at_revision(query, revision)
            text = writer.text(self._layer, current, revision.formula_fields)
            if not headed:
                outlet.hold(text.head)
                copy = reader.copy if text.as_csv else reader.copy_texts
                await copy(text.statement, outlet.send)
                tail = text.tail
        await outlet.finish(tail)

    async def _send_file(self, query: FeatureQuery, outlet: Outlet, *, headed: bool) -> None:
        """Send what a thread makes of the rows; the database is let go when it has given them."""
        async with (
            Worker(Sink(outlet)) as worker,
            self._reading(query, outlet) as (reader, revision),
        ):
            current = at_revision(query, revision)
            statement = select_table(self._layer, current)
            await self._check_size(reader, current)
            if not headed:
                worker.start(partial(self._make, current))
                await reader.copy(statement, worker.put)
        await outlet.finish()

    async def _check_size(self, reader: Reader, query: FeatureQuery) -> None:
        """Refuse what a file of the format cannot hold."""
        writer = self._written.writer
        most = writer.most_rows if isinstance(writer, FileWriter) else None
        if most is None or (query.limit is not None and query.limit <= most):
            return
        if await reader.value(count_features(self._layer, query, most)) > most:
            raise TooLarge(
                f"{self._written.id} holds {most} rows at most, and more match; ask for less, or "
                "for another format"
            )

    def _make(self, query: FeatureQuery, chunks: Iterator[bytes], sink: Sink) -> None:
        """Write the file, in a thread."""
        writer = self._written.writer
        features = table(self._layer, query, chunks)
        if isinstance(writer, StreamWriter):
            writer.write(features, sink)
        elif isinstance(writer, FileWriter):
            with TemporaryDirectory(prefix="atlas-export-") as folder:
                path = Path(folder) / self._file_name()
                writer.write(features, path)
                sink.announce(path.stat().st_size)
                with path.open("rb") as file:
                    while chunk := file.read(CHUNK):
                        sink.write(chunk)
                    sink.flush()

    def _file_name(self) -> str:
        return f"{self._layer.id}.{self._written.extension}"

    def _tag(self, query: FeatureQuery, revision: Revision) -> str:
        parts = (self._layer.id, self._written.id, query.canonical())
        return http.etag(revision.number, *parts)

    def _as_sent(self, tag: str) -> str:
        # The files hold the time of writing, or groups of rows as they happened to arrive.
        return tag if isinstance(self._written.writer, CopyWriter) else f"W/{tag}"

    def _said(self) -> dict[str, str]:
        return {
            "Content-Type": self._written.media_type,
            "Content-Disposition": f'attachment; filename="{self._file_name()}"',
            "Content-Crs": f"<{self._query.crs.uri}>",
            "Cache-Control": http.REVALIDATE,
            "Vary": "Accept",
        }


async def _client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _unpaged(request: Request, query: FeatureQuery) -> FeatureQuery:
    """Take a limit as it was given: no page follows with what is left out."""
    if query.limit is None:
        return query
    return replace(query, limit=parse_limit(request.query_params["limit"], most=MOST_ROWS))
