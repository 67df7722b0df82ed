"""The only door to the database: a pool of read-only connections, and one for changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import psycopg
import sqlalchemy as sa
from asyncpg.protocol import NO_TIMEOUT
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.compiler import SQLCompiler

from geo.errors import DatabaseAway, Uncomputable
from geo.row_texts import RowTexts
from geo.schema import READER

# A connection for changes, by a name that needs no driver.
Connection = psycopg.Connection

_DIALECT = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]
_CONNECT_TIMEOUT_S = 10
_HEALTH_TIMEOUT_S = 3
# Beyond the database's own limit: for a host that went away without a word.
_SILENCE_S = 5
_EXPORT_WAIT_S = 10
_CANCEL_TIMEOUT_S = 1
# Where hosts install PostGIS. The default path would begin with a schema named as the user, and a
# user may well be called atlas.
SEARCH_PATH = "public,extensions,postgis"
_OPTIONS = f"-c timezone=UTC -c jit=off -c search_path={SEARCH_PATH}"


# Compiled statements by their shape: what is asked for often differs only in its values. 200 of
# them weigh about 20 MB; one of many values weighs more, and its like seldom comes again.
_COMPILED: sa.util.LRUCache[Any, SQLCompiler] = sa.util.LRUCache(200)
_MOST_VALUES = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A statement as text, which is run again and again with other values of some of its names."""

    text: str
    names: tuple[str, ...]
    values: Mapping[str, Any]

    def of(self, **values: Any) -> Written:
        """Give the same statement with these values."""
        return replace(self, values={**self.values, **values})


def write_out(statement: sa.Executable) -> Written:
    """Compile a statement for good; even to find it among the compiled takes a while."""
    compiled: Any = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
    return Written(
        text=compiled.string, names=tuple(compiled.positiontup or ()), values=compiled.params
    )


def compile_statement(statement: sa.Executable | Written) -> tuple[str, list[Any]]:
    """Turn a statement into text with numbered placeholders and the values bound to them."""
    if isinstance(statement, Written):
        return statement.text, [statement.values[name] for name in statement.names]
    compiled, values = _compiled(statement)
    named = compiled.construct_params(extracted_parameters=values, escape_names=False)
    if not compiled.post_compile_params:
        return compiled.string, [named[name] for name in compiled.positiontup or ()]
    # A list of IN takes as many placeholders as it has elements just now.
    written = compiled.construct_expanded_state(named, escape_names=False)
    return written.statement, [written.parameters[name] for name in written.positiontup or ()]


def _compiled(statement: Any) -> tuple[SQLCompiler, Sequence[sa.BindParameter[Any]] | None]:
    """Give a compiled statement of the same shape, and this one's own values."""
    shape = statement._generate_cache_key()
    if shape is None or shape.params or len(shape.bindparams) > _MOST_VALUES:
        return statement.compile(dialect=_DIALECT), None
    known = _COMPILED.get(shape.key)
    if known is None:
        known = _COMPILED[shape.key] = statement.compile(dialect=_DIALECT, cache_key=shape)
    return known, shape.bindparams


class Reader:
    """Run the statements of one read, all on the same state of the database."""

    def __init__(
        self, connection: asyncpg.pool.PoolConnectionProxy, timeout_s: float | None = None
    ) -> None:
        self._connection, self._timeout_s = connection, timeout_s
        self.is_open = True

    async def rows(self, statement: sa.Executable | Written) -> list[asyncpg.Record]:
        """Run a statement and give all its rows."""
        text, values = compile_statement(statement)
        found: list[asyncpg.Record] = await self._connection.fetch(text, *values)
        return found

    async def row(self, statement: sa.Executable) -> asyncpg.Record | None:
        """Run a statement and give its first row, if it has one."""
        text, values = compile_statement(statement)
        return await self._connection.fetchrow(text, *values)

    async def value(self, statement: sa.Executable) -> Any:
        """Run a statement and give the first column of its first row."""
        row = await self.row(statement)
        return None if row is None else row[0]

    async def copy(
        self, statement: sa.Executable, output: Callable[[bytes], Awaitable[None]]
    ) -> None:
        """Have PostgreSQL write the rows as CSV, and hand them on as they come, in whole rows."""
        await self._copy(statement, output, "csv")

    async def copy_texts(
        self, statement: sa.Executable, output: Callable[[bytes], Awaitable[None]]
    ) -> None:
        """Hand on the texts of a statement of one column as lines, as they come."""
        texts = RowTexts()

        async def lines(chunk: bytes) -> None:
            await output(texts.lines(chunk))

        await self._copy(statement, lines, "binary")

    async def _copy(
        self, statement: sa.Executable, output: Callable[[bytes], Awaitable[None]], form: str
    ) -> None:
        text, values = compile_statement(statement)
        try:
            # The driver would set a clock for each of a hundred thousand pieces; one is enough.
            async with asyncio.timeout(self._timeout_s):
                # COPY takes no parameters: the driver has the server quote them (quote_literal).
                await self._connection.copy_from_query(
                    text, *values, output=output, timeout=NO_TIMEOUT, format=form
                )
        except BaseException:
            # The driver loses its way when rows are still coming in. Closing asks the server to
            # cancel before it hangs up, so that nothing goes on computing.
            self.is_open = False
            with suppress(Exception):
                await self._connection.close(timeout=_CANCEL_TIMEOUT_S)
            raise


class Listener:
    """Wait for word from the database, and make sure now and then that it still could come."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._heard = asyncio.Event()
        connection.add_termination_listener(lambda _: self._heard.set())

    def hear(self, *_: object) -> None:
        """Take note that something was told; what, is read from the tables."""
        self._heard.set()

    async def wait(self, at_most_s: float) -> None:
        """Wait until something was told or the time is over."""
        # Not `wait_for`: before Python 3.12 it may swallow that the task is cancelled, if the word
        # comes at the same time, and who waits for its end would wait for ever.
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._heard.wait()
        self._heard.clear()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        """Open one read on the listening connection, which no request keeps waiting."""
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            yield Reader(self._connection)


class Database:
    """Read the published layers, as a role that can do nothing else."""

    def __init__(self, pool: asyncpg.Pool, url: str, server_settings: dict[str, str]) -> None:
        self._pool, self._url, self._server_settings = pool, url, server_settings
        self._exports = 0
        self._export_ended = asyncio.Condition()

    @classmethod
    async def open(
        cls, url: str, *, size: int, statement_timeout_ms: int, role: str = READER
    ) -> Database:
        """Prepare the pool; connections are made when they are first needed."""
        server_settings = {
            "application_name": "conflict-atlas",
            "role": role,
            "search_path": SEARCH_PATH,
            "default_transaction_read_only": "on",
            "statement_timeout": str(statement_timeout_ms),
            "timezone": "UTC",
            "jit": "off",
            # A generic plan, which PostgreSQL turns to after five runs, does not know the
            # box it is asked for: tiles a second fell from 27 to 13 with it.
            "plan_cache_mode": "force_custom_plan",
        }
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            timeout=_CONNECT_TIMEOUT_S,
            command_timeout=statement_timeout_ms / 1_000 + _SILENCE_S,
            reset=_leave_as_it_is,
            server_settings=server_settings,
        )
        return cls(pool, url, server_settings)

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def exporting(self, *, at_once: int) -> AsyncIterator[None]:
        """Take part in the few exports that may run at once, leaving a connection for pages."""
        most = min(at_once, max(1, self._pool.get_max_size() - 1))
        async with self._export_ended:
            try:
                async with asyncio.timeout(_EXPORT_WAIT_S):
                    await self._export_ended.wait_for(lambda: self._exports < most)
            except TimeoutError:
                raise DatabaseAway(
                    "as many exports are running as may at once; try again shortly"
                ) from None
            self._exports += 1
        try:
            yield
        finally:
            self._exports -= 1
            async with self._export_ended:
                self._export_ended.notify()

    async def check(self) -> None:
        """Ask the database one thing on a connection of its own, however busy the pool is."""
        try:
            connection = await asyncpg.connect(self._url, timeout=_HEALTH_TIMEOUT_S)
            try:
                statement = "SELECT count(*) FROM published.revisions"
                await connection.fetchval(statement, timeout=_HEALTH_TIMEOUT_S)
            finally:
                await connection.close(timeout=_HEALTH_TIMEOUT_S)
        except (*_AWAY, asyncpg.PostgresError) as error:
            raise DatabaseAway("the database is away; try again shortly") from error

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[Listener]:
        """Hear what is told on a channel, on a connection of its own."""
        try:
            connection = await asyncpg.connect(
                self._url, timeout=_CONNECT_TIMEOUT_S, server_settings=self._server_settings
            )
            try:
                listener = Listener(connection)
                await connection.add_listener(channel, listener.hear)
                yield listener
            finally:
                await connection.close(timeout=_HEALTH_TIMEOUT_S)
        except _AWAY as error:
            raise DatabaseAway("the database no longer tells what changes") from error

    async def value(self, statement: sa.Executable) -> Any:
        """Run one statement that is a read by itself, and give the first column of its first row.

        Without a transaction around it, it takes one journey to the server instead of three.
        """
        found = await self.rows(statement)
        return found[0][0] if found else None

    async def rows(self, statement: sa.Executable | Written) -> list[asyncpg.Record]:
        """Run one statement that is a read by itself, and give all its rows."""
        with _told_plainly():
            async with self._pool.acquire(timeout=_CONNECT_TIMEOUT_S) as connection:
                return await Reader(connection).rows(statement)

    @asynccontextmanager
    async def reading(self, *, timeout_ms: int | None = None) -> AsyncIterator[Reader]:
        """Open one read: every statement in it sees the same revision of the data.

        `timeout_ms` is for a read that may take longer than others.
        """
        with _told_plainly():
            async with self._pool.acquire(timeout=_CONNECT_TIMEOUT_S) as connection:
                transaction = connection.transaction(isolation="repeatable_read", readonly=True)
                timeout_s = None if timeout_ms is None else timeout_ms / 1_000 + _SILENCE_S
                reader = Reader(connection, timeout_s)
                async with _all_or_nothing(connection):
                    await transaction.start()
                try:
                    if timeout_ms is not None:
                        await connection.execute(f"SET LOCAL statement_timeout = {timeout_ms:d}")
                    yield reader
                finally:
                    if reader.is_open:
                        async with _all_or_nothing(connection):
                            await transaction.rollback()


@asynccontextmanager
async def _all_or_nothing(connection: asyncpg.pool.PoolConnectionProxy) -> AsyncIterator[None]:
    """Let go of a connection for good if somebody is cut short in the middle of a word to it."""
    try:
        yield
    except BaseException:
        connection.terminate()
        raise


async def _leave_as_it_is(_: asyncpg.Connection) -> None:
    """Keep a connection as it was used: what is set, is set for one transaction only.

    The driver would ask the server to reset it each time, which costs a journey there.
    """


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Say what went wrong in the database without its words."""
    try:
        yield
    except asyncpg.QueryCanceledError as error:
        raise DatabaseAway(
            "the database did not answer in time; ask for less: a smaller bbox, a shorter "
            "datetime or a narrower filter"
        ) from error
    except _AWAY as error:
        raise DatabaseAway("the database is away; try again shortly") from error
    except (asyncpg.DataError, asyncpg.InternalServerError) as error:
        # Such as a LIKE pattern that ends in its escape sign, or a box no projection reaches.
        raise Uncomputable(
            "a value of the request is outside what can be computed; look at the pattern, "
            "number or coordinates in it"
        ) from error


_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    # The connection went away between two words of it.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    # Somebody changes the schema just now.
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.SerializationError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """Open a connection for changes; what is not committed when it ends is undone."""
    with _connected(url) as connection:
        yield connection


def _connected(url: str) -> Connection:
    try:
        return psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT_S, options=_OPTIONS)
    except psycopg.Error as error:
        raise DatabaseAway(
            "the database cannot be reached; see that the server runs and that ATLAS_DATABASE_URL "
            "names it rightly (./atlas doctor shows what is used)"
        ) from error


@contextmanager
def engine(url: str) -> Iterator[sa.Engine]:
    """Make a SQLAlchemy engine for migrations, and let go of its connections at the end."""
    made = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: _connected(url),
        poolclass=sa.NullPool,
    )
    try:
        yield made
    except sa.exc.DBAPIError as error:
        raise DatabaseAway(
            "the database refused to be made ready; it may be busy with others, or the user may "
            "not be allowed to create schemas and roles in it (./atlas doctor shows which it is)"
        ) from error
    finally:
        made.dispose()
