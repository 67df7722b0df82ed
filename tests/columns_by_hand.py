"""Make tables of columns from rows one by one: slow and plain, for tests to compare with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from geo.aggregate import Grouping
from geo.columns import condensed, condensing
from geo.columns.condensing import IN_BACKGROUND, StandIns, stand_ins
from geo.columns.table import Column, Numbers, Snapshot, Table, Words
from geo.query import FeatureQuery
from geo.spec import FEATURE_FIELDS, FieldType, Layer
from geo.tiles.morton import interleaved

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2020, 1, 1, tzinfo=UTC)
_PLAIN: dict[str, Any] = {
    "lon": None,
    "lat": None,
    "x": 0,
    "y": 0,
    "row": 0,
    "first": None,
    "last": None,
    "recorded_from": START,
    "recorded_to": None,
}


def numbers(values: Iterable[int | None]) -> Numbers:
    """Pack whole numbers."""
    given = list(values)
    offset = min((value for value in given if value is not None), default=0)
    codes = [0 if value is None else value - offset + 1 for value in given]
    sizes = (np.uint8, np.uint16, np.uint32)
    size = next(size for size in sizes if max(codes, default=0) <= np.iinfo(size).max)
    return Numbers(codes=np.array(codes, dtype=size), offset=offset)


def words(values: Iterable[str | None]) -> Words:
    """Pack texts."""
    given = list(values)
    known = sorted({value for value in given if value is not None})
    codes = [0 if value is None else known.index(value) + 1 for value in given]
    return Words(codes=np.array(codes, dtype=np.uint16), words=tuple(known))


def day_number(day: date | None) -> int | None:
    return None if day is None else day.toordinal() - EPOCH.toordinal()


def make_table(layer: Layer, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Make a table of rows; what a row does not say is plain.

    `first` and `last` are days, "open" where a span has no end there, and both None without a span.
    """
    given = [_PLAIN | {"id": f"r{i}", **row} for i, row in enumerate(rows)]
    given.sort(key=_order)
    ends = [row[end] for row in given for end in ("first", "last")]
    days = [end.toordinal() - EPOCH.toordinal() for end in ends if isinstance(end, date)]
    beginless, endless = min(days, default=0) - 1, max(days, default=0) + 1
    first = [beginless if row["first"] == "open" else day_number(row["first"]) for row in given]
    last = [endless if row["last"] == "open" else day_number(row["last"]) for row in given]
    moments = sorted(
        {row[name] for row in given for name in ("recorded_from", "recorded_to")} - {None}
    )
    places = {moment: i for i, moment in enumerate(moments)}
    return Table(
        layer=layer.id,
        revision=1,
        longitude=np.array([_float(row["lon"]) for row in given]),
        latitude=np.array([_float(row["lat"]) for row in given]),
        x=np.array([row["x"] for row in given], dtype=np.uint32),
        y=np.array([row["y"] for row in given], dtype=np.uint32),
        placed=sum(row["lon"] is not None for row in given),
        row=np.array([row["row"] for row in given], dtype=np.uint32),
        id=np.array([row["id"].encode() for row in given] or [b""])[: len(given)],
        columns=_columns(layer, given),
        first_day=numbers(first),
        last_day=numbers(last),
        beginless=beginless,
        endless=endless,
        moments=np.array([(m - EPOCH) // timedelta(microseconds=1) for m in moments], dtype="i8"),
        recorded_from=np.array([places[row["recorded_from"]] for row in given], dtype=np.uint8),
        recorded_to=np.array(
            [places.get(row["recorded_to"], len(moments)) for row in given], dtype=np.uint8
        ),
    )


def _order(row: Mapping[str, Any]) -> tuple[bool, int, bytes]:
    return row["lon"] is None, interleaved(row["x"], row["y"]), row["id"].encode()


def make_snapshot(layer: Layer, *parts: Sequence[Mapping[str, Any]]) -> Snapshot:
    """Make a snapshot of parts."""
    tables = tuple(make_table(layer, part) for part in parts)
    return Snapshot(layer=layer.id, revision=1, parts=tables)


def _float(value: float | None) -> float:
    return float("nan") if value is None else value


def _columns(layer: Layer, rows: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for field in (*layer.fields, *FEATURE_FIELDS):
        values = [row.get(field.name) for row in rows]
        if field.type is FieldType.DATE:
            columns[field.name] = numbers(day_number(value) for value in values)
        elif field.type in (FieldType.INTEGER, FieldType.BOOLEAN):
            columns[field.name] = numbers(None if v is None else int(v) for v in values)
        elif field.is_text:
            columns[field.name] = words(values)
    return columns


@contextmanager
def condensing_few() -> Iterator[None]:
    """Have rows condensed however few they are and however much they differ."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(condensing, "LEAST_ROWS", 0)
        patched.setattr(condensed, "MOST_SHARE", 1)
        yield


def make_stand_ins(
    snapshot: Snapshot, layer: Layer, query: FeatureQuery, grouping: Grouping
) -> StandIns:
    """Have the rows of all parts condensed, of which one is done at a time."""
    for _ in snapshot.parts:
        stand_ins(snapshot, layer, query, grouping).make_missing()
        IN_BACKGROUND.wait()
    return stand_ins(snapshot, layer, query, grouping)
