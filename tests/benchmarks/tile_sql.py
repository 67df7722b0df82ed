"""Write the SQL of what tiles of events hold, as fast as PostgreSQL can be had to answer it.

Twice: from the tables as they are, and from tables made for nothing else (a narrow copy in Morton
order; cells of every zoom counted beforehand). All give finished MVT, and only its length back.

tipg gets a copy too: it knows nothing of current rows, so that the index of those, which is all
that our own table has, would not serve it, and it would read the whole table for each tile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import psycopg

from app import start
from geo.database import compile_statement
from geo.query import FeatureQuery
from geo.tiles.grid import Tile, bounds
from geo.tiles.morton import interleave, interleaved
from geo.tiles.properties import tile_properties
from geo.tiles.shapes import select_shapes
from tests.benchmarks.tile_places import ZOOMS

SCRATCH = "tile_benchmark"
SIDE_BITS = 6
# Of the 64 bits of a place in Morton order, so that it is a bigint without a sign.
_BITS = 31
_TOLL = "killed_low killed_best killed_high"
_SUMS = """
    sum(coalesce({p}killed_low, {p}killed_best)) AS {p}killed_low,
    sum({p}killed_best) AS {p}killed_best,
    sum(coalesce({p}killed_high, {p}killed_best)) AS {p}killed_high,
    count(*) FILTER (WHERE {p}killed_best IS NULL) AS {p}killed_unknown"""
SUMS = ",".join(_SUMS.format(p=prefix) for prefix in ("", "civilians_"))
SUMMED = [
    f"{prefix}killed_{end}"
    for prefix in ("", "civilians_")
    for end in ("low", "best", "high", "unknown")
]
_X = "floor((ST_X(geom) + 180) / 360 * 4294967296)::bigint"
_Y = "floor((0.5 - ln(tan((ST_Y(geom) + 90) * (pi() / 360))) / (2 * pi())) * 4294967296)::bigint"
_POINT = (
    "id, target_class, killed_low, killed_best, killed_high, civilians_killed_low,"
    " civilians_killed_best, civilians_killed_high, place_precision"
)
# The same for all, so that the conditions below choose as many rows as the requests over HTTP.
_DRAWN_NUMBERS = (
    "\\set least random(1, 3)\n\\set first random(0, 2000)\n\\set more random(700, 2300)\n"
)
FILTER = (
    " AND killed_best >= :least AND date >= date '2012-01-01' + :first::int"
    " AND date <= date '2012-01-01' + :first::int + :more::int"
)


def classes() -> list[str]:
    field = start.declared_layers()["events"].field("target_class")
    return [choice.value for choice in field.choices] if field else []


def cells_of_table(tile: Tile, *, is_filtered: bool) -> str:
    """Group the rows of the table as it is, found by their place."""
    shift = 32 - tile.z - SIDE_BITS
    west, south, east, north = bounds(tile)
    x0, y0 = tile.x << SIDE_BITS, tile.y << SIDE_BITS
    rows = f"""
        SELECT ({_X} >> {shift}) - {x0} AS col, ({_Y} >> {shift}) - {y0} AS line, target_class,
            count(*) AS count, {SUMS}
        FROM published.events
        WHERE upper_inf(recorded)
            AND geom && ST_MakeEnvelope({west!r}, {south!r}, {east!r}, {north!r}, 4326)
            {FILTER if is_filtered else ""}
        GROUP BY 1, 2, 3"""
    return _script(_cells(rows), is_filtered=is_filtered)


def cells_of_narrow(tile: Tile, *, is_filtered: bool) -> str:
    """Group the rows of the narrow copy, which lie one behind the other."""
    low, high, bits = _stretch(tile)
    grid = 32 - tile.z - SIDE_BITS
    rows = f"""
        SELECT (min(x) >> {grid}) - {tile.x << SIDE_BITS} AS col,
            (min(y) >> {grid}) - {tile.y << SIDE_BITS} AS line, target_class,
            count(*) AS count, {SUMS}
        FROM {SCRATCH}.points
        WHERE morton >= {low} AND morton < {high} {FILTER if is_filtered else ""}
        GROUP BY morton >> {bits - 2 * SIDE_BITS}, target_class"""
    return _script(_cells(rows), is_filtered=is_filtered)


def cells_counted_before(tile: Tile) -> str:
    """Read the cells that were counted beforehand; no filter can be asked of them."""
    low = interleaved(tile.x, tile.y)
    named = ", ".join(["count", *SUMMED, *(f'"target_class_{name}"' for name in classes())])
    return _script(
        f"SELECT geom, {named} FROM {SCRATCH}.cells WHERE z = {tile.z} AND tile = {low}",
        is_filtered=False,
    )


def points_of_table(tile: Tile, *, is_filtered: bool) -> str:
    """Write every row of the table as it is."""
    shift = 32 - tile.z - 12
    west, south, east, north = bounds(tile)
    return _script(
        f"""SELECT ST_MakePoint(({_X} >> {shift}) - {tile.x << 12},
            ({_Y} >> {shift}) - {tile.y << 12}) AS geom, {_POINT}
        FROM published.events
        WHERE upper_inf(recorded)
            AND geom && ST_MakeEnvelope({west!r}, {south!r}, {east!r}, {north!r}, 4326)
            {FILTER if is_filtered else ""}""",
        is_filtered=is_filtered,
    )


def points_of_narrow(tile: Tile, *, is_filtered: bool) -> str:
    """Write every row of the narrow copy."""
    low, high, _ = _stretch(tile)
    shift = 32 - tile.z - 12
    return _script(
        f"""SELECT ST_MakePoint((x >> {shift}) - {tile.x << 12},
            (y >> {shift}) - {tile.y << 12}) AS geom, {_POINT}
        FROM {SCRATCH}.points
        WHERE morton >= {low} AND morton < {high} {FILTER if is_filtered else ""}""",
        is_filtered=is_filtered,
    )


def shapes(layer_id: str, tile: Tile) -> str:
    """Take the very statement that the service runs, its numbers bound as there."""
    layer = start.declared_layers()[layer_id]
    query = FeatureQuery()
    text, values = compile_statement(
        select_shapes(layer, query, tile, tile_properties(layer, query))
    )
    numbers = []
    for place in range(len(values), 0, -1):
        value = values[place - 1]
        if isinstance(value, str | bool):
            text = text.replace(f"${place}", "'" + str(value).replace("'", "''") + "'")
        else:
            text = text.replace(f"${place}", f":v{place}")
            numbers.append(f"\\set v{place} {value!r}\n")
    text = " ".join(text.split())
    return "".join(numbers) + f"SELECT length(tile) FROM ({text}) AS made;\n"


def _cells(rows: str) -> str:
    """Put the classes of a cell together; beside the tile there is none."""
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in ("count", *SUMMED))
    each = ", ".join(
        f"sum(count) FILTER (WHERE target_class = '{name}')::bigint AS \"target_class_{name}\""
        for name in classes()
    )
    return f"""SELECT ST_MakePoint(col * 64 + 32, line * 64 + 32) AS geom, {sums}, {each}
        FROM ({rows}) AS grouped WHERE col BETWEEN 0 AND 63 AND line BETWEEN 0 AND 63
        GROUP BY col, line"""


def _script(features: str, *, is_filtered: bool) -> str:
    numbers = _DRAWN_NUMBERS if is_filtered else ""
    features = " ".join(features.split())
    made = f"SELECT length(ST_AsMVT(t, 'events', 4096, 'geom')) FROM ({features}) AS t;\n"
    return numbers + made


def _stretch(tile: Tile) -> tuple[int, int, int]:
    """Give the first and the last place of a tile in Morton order, and how many bits they span."""
    bits = 2 * (_BITS - tile.z)
    first = interleaved(tile.x, tile.y) << bits
    return first, first + (1 << bits), bits


@contextmanager
def prepared_tables(url: str) -> Iterator[None]:
    """Make the narrow copy, the counted cells and tipg's copy, until the block ends."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCRATCH} CASCADE")
        connection.execute(f"CREATE SCHEMA {SCRATCH}")
        try:
            _fill_points(connection)
            _fill_cells(connection, ZOOMS)
            connection.execute(
                f"CREATE UNLOGGED TABLE {SCRATCH}.events AS"
                " SELECT * FROM published.events WHERE upper_inf(recorded)"
            )
            connection.execute(f"CREATE INDEX ON {SCRATCH}.events USING gist (geom)")
            connection.execute(f"ALTER TABLE {SCRATCH}.events ADD PRIMARY KEY (row)")
            for table in ("points", "cells", "events"):
                connection.execute(f"VACUUM (ANALYZE) {SCRATCH}.{table}")
            yield
        finally:
            connection.execute(f"DROP SCHEMA IF EXISTS {SCRATCH} CASCADE")


def _fill_points(connection: psycopg.Connection) -> None:
    read = f"SELECT row, {_X}, {_Y} FROM published.events WHERE upper_inf(recorded)"
    placed = np.array(connection.execute(f"{read} AND geom IS NOT NULL").fetchall(), dtype=np.int64)
    places = interleave(placed[:, 1] >> 1, placed[:, 2] >> 1).astype(np.int64)
    connection.execute(f"CREATE UNLOGGED TABLE {SCRATCH}.places (row bigint, morton bigint)")
    with connection.cursor().copy(f"COPY {SCRATCH}.places FROM STDIN") as copy:
        pairs = np.column_stack((placed[:, 0], places)).tolist()
        for begun in range(0, len(pairs), 10_000):
            copy.write("".join(f"{row}\t{place}\n" for row, place in pairs[begun : begun + 10_000]))
    connection.execute(
        f"""CREATE UNLOGGED TABLE {SCRATCH}.points AS
        SELECT morton, {_X} AS x, {_Y} AS y, date, {_POINT}
        FROM {SCRATCH}.places JOIN published.events USING (row) ORDER BY morton"""
    )
    connection.execute(f"CREATE INDEX ON {SCRATCH}.points (morton)")


def _fill_cells(connection: psycopg.Connection, zooms: Sequence[int]) -> None:
    each = ", ".join(f'"target_class_{name}" bigint' for name in classes())
    sums = ", ".join(f"{name} bigint" for name in ("count", *SUMMED))
    connection.execute(
        f"CREATE UNLOGGED TABLE {SCRATCH}.cells (z int, tile bigint, geom geometry, {sums}, {each})"
    )
    for z in zooms:
        shift, grid = 2 * (_BITS - z), 32 - z - SIDE_BITS
        counted = ", ".join(
            f"nullif(count(*) FILTER (WHERE target_class = '{name}'), 0)" for name in classes()
        )
        connection.execute(
            f"""INSERT INTO {SCRATCH}.cells
            SELECT {z}, morton >> {shift},
                ST_MakePoint(
                    ((min(x) >> {grid}) & 63) * 64 + 32, ((min(y) >> {grid}) & 63) * 64 + 32
                ),
                count(*), {SUMS}, {counted}
            FROM {SCRATCH}.points
            GROUP BY morton >> {shift}, morton >> {shift - 2 * SIDE_BITS} ORDER BY 2"""
        )
    connection.execute(f"CREATE INDEX ON {SCRATCH}.cells (z, tile)")
