"""The store's own history: Alembic revisions, and the one call that applies them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from geo import schema
from geo.spec import Layer

# One number for "somebody is changing the schema", so that two hosts never migrate at once.
MIGRATION_LOCK = 0x41544C53


def migrate(engine: sa.Engine, layers: Iterable[Layer]) -> list[str]:
    """Bring the database to the newest schema and give new layers their tables; name them."""
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        # Readers queue behind a lock that waits; better to give up and be started again.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        # Alembic keeps its own table there, before the first revision can make the schema.
        connection.execute(sa.schema.CreateSchema(schema.STORED, if_not_exists=True))
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return schema.create_missing(connection, layers)
