"""Write one file of a lake, from what PostgreSQL gives, in a thread."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pyarrow import parquet

from app.lake.manifest import File
from app.outlet import Worker
from geo.database import Reader
from geo.formats import geoparquet
from geo.formats._arrow import select_table, table
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import Layer

_NO_YEAR = "__HIVE_DEFAULT_PARTITION__"


class Target(FileIO):
    """A new file that a thread writes into."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "xb")
        self._digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        self._digest.update(data)
        # A library may hand over more than the system writes at once.
        rest = memoryview(data).cast("B")
        size = len(rest)
        while rest:
            rest = rest[super().write(rest) :]
        return size

    def give_up(self) -> None:
        """Let it end as it is: the folder round it is thrown away."""

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


async def years(reader: Reader, layer: Layer, query: FeatureQuery) -> list[int | None]:
    """Find the years in which rows of a query begin; None stands for those that do not say."""
    if layer.time is None:
        return [None]
    year = _year(layer).label("year")
    found = select_table(layer, query).with_only_columns(year).order_by(None).distinct()
    rows = await reader.rows(found.order_by(year.asc().nulls_last()))
    return [row["year"] for row in rows]


async def write(
    reader: Reader, layer: Layer, query: FeatureQuery, year: int | None, folder: Path
) -> File:
    """Write the rows of one year, in the order of their ids."""
    path = _path(layer, year)
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    # The order is the file's own: the same state gives the same bytes in every database.
    statement = select_table(layer, query).order_by(None).order_by(published(layer).c.id)
    if layer.time is not None:
        statement = statement.where(_year(layer).is_not_distinct_from(year))

    def make(chunks: Iterator[bytes], target: Target) -> None:
        geoparquet.write(table(layer, query, chunks), target)

    with Target(folder / path) as target:
        async with Worker(target) as worker:
            worker.start(make)
            await reader.copy(statement, worker.put)
    return File(
        path=path,
        year=year,
        rows=parquet.read_metadata(folder / path).num_rows,
        bytes=(folder / path).stat().st_size,
        sha256=target.sha256,
    )


def _path(layer: Layer, year: int | None) -> str:
    """Name a file as Hive does, which every reader of partitioned Parquet understands."""
    if layer.time is None:
        return f"{layer.id}/part-0.parquet"
    return f"{layer.id}/year={_NO_YEAR if year is None else year}/part-0.parquet"


def _year(layer: Layer) -> Any:
    return sa.cast(sa.extract("year", sa.func.lower(published(layer).c.valid)), sa.Integer)
