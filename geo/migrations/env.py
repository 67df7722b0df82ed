"""Run the revisions on the connection that `migrate` holds; there is no offline mode."""

from alembic import context

from geo.schema import STORED

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema=STORED,
    transaction_per_migration=False,
)
context.run_migrations()
