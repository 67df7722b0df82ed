"""Turn a layer's declaration into its table, its indexes and the view that reads see."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE

from geo.audience import counted, has_datasets, licensed
from geo.errors import BadDeclaration
from geo.matching.tables import matches_table, matches_view
from geo.spec import FEATURE_FIELDS, Audience, Field, FieldType, GeometryType, Layer

STORED = "atlas"
PUBLISHED = "published"
READER = "atlas_reader"
LICENSEE = "atlas_licensed"
# Where each audience reads, which rows it sees there, and who reads as it.
_SCHEMAS: dict[Audience, str] = {
    "public": PUBLISHED,
    "counted": "counted",
    "licensed": "licensed",
}
_SHOWN: dict[Audience, tuple[str, ...]] = {
    "public": ("public",),
    "counted": ("public", "counts_only"),
    "licensed": ("public", "counts_only"),
}
_READERS: dict[Audience, tuple[str, ...]] = {
    "public": (READER, LICENSEE),
    "counted": (READER, LICENSEE),
    "licensed": (LICENSEE,),
}
SRID = 4326
# H3 cells of about 174 m a side; a coarser one is a matter of bits (geo/aggregate.py).
FINEST_CELL = 9

_TYPES: dict[FieldType, type[sa.types.TypeEngine[Any]]] = {
    FieldType.TEXT: sa.Text,
    FieldType.URL: sa.Text,
    FieldType.INTEGER: sa.Integer,
    FieldType.NUMBER: sa.Double,
    FieldType.DATE: sa.Date,
    FieldType.BOOLEAN: sa.Boolean,
}


def book_keeping(metadata: sa.MetaData) -> None:
    """Declare the tables that every store has, whatever its layers."""
    sa.Table(
        "imports",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("added", "changed", "unchanged", "removed", "rejected")
        ),
        # Past versions that this load showed or withdrew.
        sa.Column("reclassified", sa.Integer, nullable=False, server_default="0"),
        # load, import (of a data set) or undo.
        sa.Column("kind", sa.Text, nullable=False, server_default="load"),
        sa.Column("dataset", sa.Text),
        sa.Column("undoes", sa.BigInteger),
        # Rows whose stated region is not the one that they lie in, and the days of the rows.
        sa.Column("disagreeing", sa.Integer),
        sa.Column("first_day", sa.Date),
        sa.Column("last_day", sa.Date),
        sa.Index("imports_layer", "layer", "id"),
        schema=STORED,
    )
    # Imports that changed nothing, and so made no version.
    sa.Table(
        "repeats",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("disagreeing", sa.Integer),
        sa.Column("first_day", sa.Date),
        sa.Column("last_day", sa.Date),
        schema=STORED,
    )
    # Who could see a past version before an import decided otherwise.
    sa.Table(
        "reclassified",
        metadata,
        sa.Column("import_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("was", sa.Text, nullable=False),
        sa.Column("became", sa.Text, nullable=False),
        schema=STORED,
    )
    sa.Table(
        "revisions",
        metadata,
        sa.Column("layer", sa.Text, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        # Text fields with a value that a spreadsheet would run as a formula.
        sa.Column("formula_fields", postgresql.ARRAY(sa.Text), nullable=False),
        # Data sets with rows that may be counted and not passed on.
        sa.Column("withheld", postgresql.ARRAY(sa.Text), nullable=False, server_default="{}"),
        schema=STORED,
    )


def build_metadata(layers: Iterable[Layer]) -> sa.MetaData:
    """Declare every table of the store: the book-keeping and one table per stored layer."""
    metadata = sa.MetaData()
    book_keeping(metadata)
    matches_table(metadata, STORED)
    for layer in layers:
        if layer.parent is None:
            stored_table(layer, metadata)
    return metadata


def stored_table(layer: Layer, metadata: sa.MetaData) -> sa.Table:
    """Declare the table of a layer: its fields and the system columns of every layer."""
    now = sa.text("upper_inf(recorded)")
    indexes = [
        sa.Index(f"{layer.id}_id", "id"),
        sa.Index(f"{layer.id}_now_id", "id", unique=True, postgresql_where=now),
        # For downloads, which come as the rows were stored. PostgreSQL takes a third of all rows
        # to be current, and would rather sort those than walk through the key of all.
        sa.Index(f"{layer.id}_now_row", "row", postgresql_where=now),
        # What came and what went since a moment.
        sa.Index(f"{layer.id}_recorded_from", sa.text("lower(recorded)")),
        sa.Index(
            f"{layer.id}_recorded_to",
            sa.text("upper(recorded)"),
            "row",
            postgresql_where=sa.text("NOT upper_inf(recorded)"),
        ),
    ]
    if layer.geometry is not GeometryType.NONE:
        indexes.append(
            sa.Index(f"{layer.id}_now_geom", "geom", postgresql_using="gist", postgresql_where=now)
        )
    if layer.geometry is GeometryType.POINT:
        # Distances are in metres on the ellipsoid, which an index in degrees cannot order by.
        on_ellipsoid = sa.text("(geom::geography)")
        name = f"{layer.id}_now_ellipsoid"
        indexes.append(sa.Index(name, on_ellipsoid, postgresql_using="gist", postgresql_where=now))
    if layer.time is not None:
        # GiST answers the same, but takes eight times as long to fill with 200,000 rows.
        indexes.append(
            sa.Index(
                f"{layer.id}_now_valid", "valid", postgresql_using="spgist", postgresql_where=now
            )
        )
    for field in layer.fields:
        if field.indexed:
            name = f"{layer.id}_now_{field.name}"
            indexes.append(sa.Index(name, field.name, postgresql_where=now))
    return sa.Table(
        layer.id,
        metadata,
        sa.Column("row", sa.BigInteger, sa.Identity(), primary_key=True),
        *_feature_columns(layer),
        sa.Column("valid", DATERANGE),
        sa.Column("recorded", TSTZRANGE, nullable=False),
        # The properties as JSON, written once: reading 46 columns to write them as JSON again
        # took 55 ms for 1,000 rows, this one 5.
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("cell", sa.BigInteger),
        sa.Column("import_id", sa.BigInteger, nullable=False),
        sa.Column("sensitivity", sa.Text, nullable=False, server_default="public"),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("not isempty(recorded)", name=f"{layer.id}_recorded_not_empty"),
        sa.CheckConstraint(
            "sensitivity IN ('public', 'counts_only', 'restricted')",
            name=f"{layer.id}_sensitivity_known",
        ),
        *indexes,
        schema=STORED,
    )


def _feature_columns(layer: Layer) -> list[sa.Column[Any]]:
    shape = "Geometry" if layer.geometry is GeometryType.NONE else layer.geometry.value
    return [
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("geom", Geometry(shape.upper(), srid=SRID, spatial_index=False)),
        *(_column(field) for field in layer.fields),
        *(_column(field) for field in FEATURE_FIELDS),
    ]


def _column(field: Field) -> sa.Column[Any]:
    return sa.Column(field.name, _TYPES[field.type], nullable=not field.required)


@lru_cache(maxsize=256)
def published(layer: Layer) -> sa.Table:
    """Give the relation that reads of a layer, by its audience, select from."""
    columns = [
        sa.Column("row", sa.BigInteger),
        *_feature_columns(layer),
        sa.Column("valid", DATERANGE),
        sa.Column("recorded", TSTZRANGE),
        sa.Column("document", sa.Text),
        sa.Column("cell", sa.BigInteger),
    ]
    if layer.audience == "counted":
        columns = [column for column in columns if column.name != "document"]
    return sa.Table(layer.id, sa.MetaData(), *columns, schema=schema_of(layer))


def schema_of(layer: Layer) -> str:
    """Name where the audience of a layer reads."""
    return _SCHEMAS[layer.audience]


def view_definition(layer: Layer) -> str:
    """Write the SELECT that publishes a layer: what its audience may see, never book-keeping."""
    stored = sa.table(layer.stored_in, schema=STORED)
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(column.name) for column in published(layer).columns
    ]
    shown = _SHOWN[layer.audience]
    condition: sa.ColumnElement[bool] = sa.column("sensitivity").in_(shown)
    if len(shown) == 1:
        condition = sa.column("sensitivity") == shown[0]
    statement = sa.select(*columns).select_from(stored).where(condition)
    for name, value in layer.where.items():
        statement = statement.where(sa.column(name) == value)
    return _written(statement)


def _written(statement: sa.SelectBase) -> str:
    rows = statement.compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    return str(rows)


def publish(connection: sa.Connection, layer: Layer) -> bool:
    """Publish a layer unless that is how it is published; say whether anything was done."""
    readers = _READERS[layer.audience]
    return _publish(connection, schema_of(layer), layer.id, view_definition(layer), readers)


def publish_matches(connection: sa.Connection, layers: Iterable[Layer]) -> None:
    """Publish the links between rows of the layers that hold several collections."""
    joined = [layer.id for layer in layers if layer.parent is None and has_datasets(layer)]
    for audience, schema in _SCHEMAS.items():
        definition = _written(matches_view(joined, STORED, _SHOWN[audience]))
        _publish(connection, schema, "matches", definition, _READERS[audience])


def _publish(
    connection: sa.Connection, schema: str, name: str, definition: str, readers: Sequence[str]
) -> bool:
    """Make a view unless it is there already.

    A view is made anew under a lock that waits for every reader, so not at every start.
    """
    view = f'{schema}."{name}"'
    digest = hashlib.blake2b(definition.encode(), digest_size=16).hexdigest()
    known = sa.select(sa.func.obj_description(sa.func.to_regclass(view), "pg_class"))
    if connection.execute(known).scalar() == digest:
        return False
    for statement in (
        f"DROP VIEW IF EXISTS {view}",
        f"CREATE VIEW {view} AS {definition}",
        f"COMMENT ON VIEW {view} IS '{digest}'",
        f"GRANT SELECT ON {view} TO {', '.join(readers)}",
    ):
        connection.exec_driver_sql(statement)
    return True


def create_missing(connection: sa.Connection, layers: Iterable[Layer]) -> list[str]:
    """Create the tables of newly declared layers and publish every layer; name the new ones."""
    layers = list(layers)
    metadata = build_metadata(layers)
    present = set(sa.inspect(connection).get_table_names(schema=STORED))
    missing = [layer for layer in layers if layer.parent is None and layer.id not in present]
    metadata.create_all(
        connection, tables=[metadata.tables[f"{STORED}.{layer.id}"] for layer in missing]
    )
    for layer in layers:
        if layer.parent is None and layer.id in present:
            _add_fields(connection, layer, metadata.tables[f"{STORED}.{layer.id}"])
    for layer in layers:
        # One layer has the same view for all if none of its rows may be withheld.
        for seen in dict.fromkeys((layer, counted(layer), licensed(layer))):
            publish(connection, seen)
    publish_matches(connection, layers)
    return [layer.id for layer in missing]


def _add_fields(connection: sa.Connection, layer: Layer, table: sa.Table) -> None:
    """Give a table the fields that were declared since it was made; its rows get the defaults."""
    inspected = sa.inspect(connection)
    present = {column["name"] for column in inspected.get_columns(layer.id, schema=STORED)}
    added = [field for field in layer.fields if field.name not in present]
    if not added:
        return
    for field in added:
        if field.required and field.default is None:
            problem = f"field {field.name!r} is required, and rows of {layer.id} are there already"
            raise BadDeclaration(f"{problem}; give it a default, or write a migration")
        kind = _TYPES[field.type]().compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
        # What the rows there get at once is no default of the column: the loader writes it.
        filled = "" if field.default is None else f" DEFAULT {_quoted(field.default)}"
        kind += " NOT NULL" if field.required else ""
        alter = f'ALTER TABLE {STORED}."{layer.id}"'
        connection.exec_driver_sql(f'{alter} ADD COLUMN "{field.name}" {kind}{filled}')
        connection.exec_driver_sql(f'{alter} ALTER COLUMN "{field.name}" DROP DEFAULT')
    said = orjson.dumps({field.name: field.default for field in added}).decode()
    longer = sa.func.left(table.c.document, -1) + sa.literal("," + said[1:])
    connection.execute(sa.update(table).values(document=longer))
    for index in table.indexes:
        index.create(connection, checkfirst=True)
    # Every row was written anew: the planner would go by where they lay before.
    connection.exec_driver_sql(f'ANALYZE {STORED}."{layer.id}"')


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
