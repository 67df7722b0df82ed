from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app import start
from app.settings import Settings
from geo import database, migrations
from geo.errors import BadDeclaration
from geo.schema import build_metadata
from geo.spec import Field, FieldType, Layer, Text


def ours(_: Any, name: str | None, kind: str, reflected: bool, __: Any) -> bool:
    """Leave out what PostGIS and Alembic keep for themselves."""
    return not (kind == "table" and reflected and name in ("alembic_version", "spatial_ref_sys"))


def schemas(name: str | None, kind: str, _: Any) -> bool:
    return kind != "schema" or name == "atlas"


def test_a_prepared_database_differs_in_nothing_from_the_declarations(
    database_url: str, layers: dict[str, Layer]
) -> None:
    with database.engine(database_url) as engine, engine.connect() as connection:
        options = {"include_schemas": True, "include_object": ours, "include_name": schemas}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, build_metadata(layers.values())) == []


def test_the_comparison_would_see_a_column_that_is_missing(
    database_url: str, layers: dict[str, Layer]
) -> None:
    metadata = build_metadata(layers.values())
    metadata.tables["atlas.camps"].append_column(sa.Column("beds", sa.Integer))
    with database.engine(database_url) as engine, engine.connect() as connection:
        options = {"include_schemas": True, "include_object": ours, "include_name": schemas}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, metadata)
    assert [(kind, column.name) for kind, _, _, column in differences] == [("add_column", "beds")]


def test_preparing_twice_loads_nothing_twice(empty_database_url: str) -> None:
    first = start.prepare(empty_database_url, Settings())
    assert {report.layer: report.added for report in first}["camps"] == 22
    assert start.prepare(empty_database_url, Settings()) == []


def test_every_current_row_can_be_found_through_an_index(
    database_url: str, layers: dict[str, Layer]
) -> None:
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'atlas'"
        ).fetchall()
    indexes = {(table, text.split(" USING ")[1]) for table, text in found}
    for layer in layers.values():
        if layer.parent is None and layer.geometry != "None":
            assert (layer.id, "gist (geom) WHERE upper_inf(recorded)") in indexes
        if layer.parent is None and layer.time is not None:
            assert (layer.id, "spgist (valid) WHERE upper_inf(recorded)") in indexes
        if layer.parent is None:
            assert (layer.id, "btree (id) WHERE upper_inf(recorded)") in indexes


async def run_as_reader(url: str, statement: str) -> Any:
    opened = await database.Database.open(url, size=1, statement_timeout_ms=200)
    try:
        async with opened.reading() as reader:
            return await reader.value(sa.text(statement))
    finally:
        await opened.close()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM atlas.events",
        "DELETE FROM published.events",
        "CREATE TABLE published.x (a int)",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY published.events TO PROGRAM 'true'",
    ],
)
def test_the_reading_role_can_do_nothing_but_read_what_is_published(
    database_url: str, statement: str
) -> None:
    import asyncpg

    refused = (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)
    with pytest.raises(refused):
        asyncio.run(run_as_reader(database_url, statement))


def test_the_reading_role_is_no_superuser(database_url: str) -> None:
    assert asyncio.run(run_as_reader(database_url, "SELECT current_user::text")) == "atlas_reader"
    flag = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    assert asyncio.run(run_as_reader(database_url, flag)) is False


def test_a_statement_that_takes_too_long_is_ended_and_said_so(database_url: str) -> None:
    from geo.errors import DatabaseAway

    with pytest.raises(DatabaseAway, match="did not answer in time"):
        asyncio.run(run_as_reader(database_url, "SELECT pg_sleep(5)"))


def test_a_database_that_is_not_there_is_said_to_be_away() -> None:
    from geo.errors import DatabaseAway

    with pytest.raises(DatabaseAway, match="is away"):
        asyncio.run(run_as_reader("postgresql://nobody@127.0.0.1:1/none", "SELECT 1"))
    with (
        pytest.raises(DatabaseAway, match="cannot be reached"),
        database.connect("postgresql://nobody@127.0.0.1:1/none"),
    ):
        pass


def test_a_view_is_made_anew_only_when_its_definition_differs(
    database_url: str, layers: dict[str, Layer]
) -> None:
    from geo.schema import publish

    with database.engine(database_url) as engine, engine.begin() as connection:
        assert not any(publish(connection, layer) for layer in layers.values())
        connection.exec_driver_sql("COMMENT ON VIEW published.camps IS 'older'")
        done = [layer.id for layer in layers.values() if publish(connection, layer)]
        assert done == ["camps"]
        assert not publish(connection, layers["camps"])


def test_preparing_a_database_that_is_ready_waits_for_no_reader(database_url: str) -> None:
    with psycopg.connect(database_url) as reader:
        reader.execute("SELECT count(*) FROM published.camps")
        with psycopg.connect(database_url) as watch:
            # The reader's lock is still held; a view made anew would wait for it.
            assert start.prepare(database_url, Settings()) == []
            watch.rollback()


def test_a_row_that_is_restricted_is_not_published(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE atlas.camps SET sensitivity = 'restricted' WHERE id = 'C008'")
        found = connection.execute("SELECT id FROM published.camps WHERE id = 'C008'").fetchall()
        connection.rollback()
    assert found == []


def test_a_sensitivity_that_nobody_knows_cannot_be_stored(database_url: str) -> None:
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute("UPDATE atlas.camps SET sensitivity = 'Public' WHERE id = 'C008'")


def test_a_field_that_is_declared_later_is_added_and_its_rows_get_the_default(
    own_database_url: str, layers: dict[str, Layer]
) -> None:
    camps = layers["camps"]
    later = (
        Field(name="beds", type=FieldType.INTEGER, title=Text(en="Beds", fr="Lits"), indexed=True),
        Field(name="kept_by", title=Text(en="Kept by", fr="Tenu par"), default="the mission's"),
    )
    grown = {**layers, "camps": replace(camps, fields=(*camps.fields, *later))}
    with database.engine(own_database_url) as engine:
        for _ in range(2):  # the second time there is nothing left to do
            migrations.migrate(engine, grown.values())
        with engine.connect() as connection:
            options = {"include_schemas": True, "include_object": ours, "include_name": schemas}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, build_metadata(grown.values())) == []
            found = connection.exec_driver_sql(
                "SELECT DISTINCT beds, kept_by, document::json->>'kept_by',"
                " document::jsonb ? 'beds' FROM published.camps"
            ).all()
    assert [tuple(row) for row in found] == [(None, "the mission's", "the mission's", True)]


def test_a_field_that_every_row_needs_cannot_be_added_to_rows_without_it(
    own_database_url: str, layers: dict[str, Layer]
) -> None:
    needed = Field(name="owner", title=Text(en="Owner", fr="Propriétaire"), required=True)
    camps = layers["camps"]
    grown = {**layers, "camps": replace(camps, fields=(*camps.fields, needed))}
    with (
        database.engine(own_database_url) as engine,
        pytest.raises(BadDeclaration, match="'owner' is required"),
    ):
        migrations.migrate(engine, grown.values())


def test_a_database_of_the_first_revision_is_brought_up_to_the_newest(
    empty_database_url: str, layers: dict[str, Layer]
) -> None:
    start.prepare(empty_database_url, Settings())
    with database.engine(empty_database_url) as engine, engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA counted, licensed CASCADE")
        connection.exec_driver_sql("DROP VIEW published.matches, published.revisions")
        connection.exec_driver_sql("DROP TABLE atlas.matches")
        connection.exec_driver_sql("ALTER TABLE atlas.revisions DROP COLUMN withheld")
        connection.exec_driver_sql(
            "CREATE VIEW published.revisions AS"
            " SELECT layer, revision, changed_at, formula_fields FROM atlas.revisions"
        )
        connection.exec_driver_sql("GRANT SELECT ON published.revisions TO atlas_reader")
        connection.exec_driver_sql("DROP VIEW published.imports")
        connection.exec_driver_sql("DROP VIEW published.withdrawn")
        connection.exec_driver_sql("DROP TABLE atlas.reclassified")
        connection.exec_driver_sql("DROP TABLE atlas.repeats")
        for name in ("kind", "dataset", "undoes", "disagreeing", "first_day", "last_day"):
            connection.exec_driver_sql(f"ALTER TABLE atlas.imports DROP COLUMN {name}")
        connection.exec_driver_sql("ALTER TABLE atlas.imports DROP COLUMN reclassified")
        for layer in layers.values():
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS atlas.{layer.id}_recorded_from")
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS atlas.{layer.id}_recorded_to")
            connection.exec_driver_sql(
                f"ALTER INDEX IF EXISTS atlas.{layer.id}_now_ellipsoid"
                f" RENAME TO {layer.id}_now_place"
            )
        connection.exec_driver_sql("UPDATE atlas.alembic_version SET version_num = '0001'")
    start.prepare(empty_database_url, Settings())
    with database.engine(empty_database_url) as engine, engine.connect() as connection:
        options = {"include_schemas": True, "include_object": ours, "include_name": schemas}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, build_metadata(layers.values())) == []
        assert connection.exec_driver_sql("SELECT count(*) FROM published.imports").scalar() == 8
