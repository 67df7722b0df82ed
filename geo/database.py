"""The only door to the database: a pool of read-only connections, and one for changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect

from geo.errors import DatabaseAway
from geo.schema import READER

_DIALECT = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]
_CONNECT_TIMEOUT_S = 10
# Where hosts install PostGIS. The default path would begin with a schema named as the user, and a
# user may well be called atlas.
SEARCH_PATH = "public,extensions,postgis"
_OPTIONS = f"-c timezone=UTC -c jit=off -c search_path={SEARCH_PATH}"


def compile_statement(statement: sa.Executable) -> tuple[str, list[Any]]:
    """Turn a statement into text with numbered placeholders and the values bound to them."""
    compiled = statement.compile(  # type: ignore[attr-defined]
        dialect=_DIALECT, compile_kwargs={"render_postcompile": True}
    )
    names: Sequence[str] = compiled.positiontup or ()
    return str(compiled), [compiled.params[name] for name in names]


class Reader:
    """Run the statements of one read, all on the same state of the database."""

    def __init__(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        self._connection = connection

    async def rows(self, statement: sa.Executable) -> list[asyncpg.Record]:
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


class Database:
    """Read the published layers, as a role that can do nothing else."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, size: int, statement_timeout_ms: int) -> Database:
        """Prepare the pool; connections are made when they are first needed."""
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            timeout=_CONNECT_TIMEOUT_S,
            server_settings={
                "application_name": "conflict-atlas",
                "role": READER,
                "search_path": SEARCH_PATH,
                "default_transaction_read_only": "on",
                "statement_timeout": str(statement_timeout_ms),
                "timezone": "UTC",
                "jit": "off",
                # A generic plan, which PostgreSQL turns to after five runs, does not know the
                # box it is asked for: tiles a second fell from 27 to 13 with it.
                "plan_cache_mode": "force_custom_plan",
            },
        )
        return cls(pool)

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        """Open one read: every statement in it sees the same revision of the data."""
        try:
            async with (
                self._pool.acquire(timeout=_CONNECT_TIMEOUT_S) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield Reader(connection)
        except asyncpg.QueryCanceledError as error:
            raise DatabaseAway(
                "the database did not answer in time; ask for less: a smaller bbox, a shorter "
                "datetime or a narrower filter"
            ) from error
        except _AWAY as error:
            raise DatabaseAway("the database is away; try again shortly") from error


_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)


@contextmanager
def connect(url: str) -> Iterator[psycopg.Connection]:
    """Open a connection for changes; what is not committed when it ends is undone."""
    try:
        connection = psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT_S, options=_OPTIONS)
    except psycopg.OperationalError as error:
        raise DatabaseAway(
            "the database cannot be reached; see that the server runs and that ATLAS_DATABASE_URL "
            "names it rightly (./atlas doctor shows what is used)"
        ) from error
    with connection:
        yield connection


@contextmanager
def engine(url: str) -> Iterator[sa.Engine]:
    """Make a SQLAlchemy engine for migrations, and let go of its connections at the end."""
    made = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, options=_OPTIONS),
        poolclass=sa.NullPool,
    )
    try:
        yield made
    finally:
        made.dispose()
