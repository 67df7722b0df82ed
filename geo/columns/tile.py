"""Answer from columns what is in a tile, as geo.tiles.sql reads it from PostGIS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.columns.masks import chosen
from geo.columns.measures import Added, Chosen, Runs, Whole, add_measure
from geo.columns.refusal import NotInColumns
from geo.columns.sets import Codes, length
from geo.columns.stretches import rows_in
from geo.columns.table import Rows, Snapshot, Table
from geo.columns.values import coded, nulls_last, reading
from geo.query import FeatureQuery
from geo.spec import Layer
from geo.tiles.content import Cells, Points, Sums
from geo.tiles.grid import EXTENT, GRID_BITS, Tile, degree_grid, window
from geo.tiles.morton import in_order
from geo.tiles.properties import class_field
from geo.tiles.sql import check_points, others

_MOST_CLASSES = 256
# More than the columns of any tile and its margins.
_WIDEST = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counted:
    """The cells of one part: where each lies, and what is added up in it."""

    column: Whole
    row: Whole
    count: Whole
    sums: dict[str, Added]
    classes: dict[Any, Whole]


def cells(
    snapshot: Snapshot, layer: Layer, query: FeatureQuery, tile: Tile, side: int, margin: int = 0
) -> Cells | None:
    """Count the cells of a tile, `side` along each side of it; None if only SQL can."""
    try:
        parts = [
            _count(layer, table, rows, tile, side)
            for table, rows in chosen(
                snapshot, layer, query, lambda table: rows_in(table, tile, side, margin)
            )
        ]
    except NotInColumns:
        return None
    return _together(parts, side)


def points(
    snapshot: Snapshot,
    layer: Layer,
    query: FeatureQuery,
    tile: Tile,
    names: Sequence[str],
    margin: int = 0,
) -> Points | None:
    """Give every point of a tile with the properties named; None if only SQL can."""
    try:
        parts = chosen(snapshot, layer, query, lambda table: rows_in(table, tile, EXTENT, margin))
        check_points(sum(length(rows) for _, rows in parts))
        properties = {name: coded(layer, parts, name) for name in others(names)}
    except NotInColumns:
        return None
    steps = zip(*(_steps(table, rows, tile, EXTENT) for table, rows in parts), strict=True)
    column, row = map(np.concatenate, steps)
    ids = np.concatenate([table.id[rows] for table, rows in parts])
    found = Points(x=column, y=row, ids=ids, properties=properties)
    # Rows of one part lie in order already.
    return found if len(parts) == 1 else _ordered(found, parts)


def _ordered(points: Points, parts: Sequence[tuple[Table, Rows]]) -> Points:
    x, y = (np.concatenate([getattr(table, n)[rows] for table, rows in parts]) for n in ("x", "y"))
    order = in_order(x, y, points.ids)
    return Points(
        x=points.x[order],
        y=points.y[order],
        ids=points.ids[order],
        properties={
            name: replace(each, codes=each.codes[order]) for name, each in points.properties.items()
        },
    )


def _steps(table: Table, rows: Rows, tile: Tile, side: int) -> tuple[Whole, Whole]:
    """Give the steps of rows from a tile's corner, `side` of them along each side of it."""
    if tile.matrix == "WebMercatorQuad":
        x, y = table.x[rows].astype(np.int64), table.y[rows].astype(np.int64)
    else:
        x, y = degree_grid(table.longitude[rows], table.latitude[rows])
    corner, bits = window(tile, side), GRID_BITS - tile.z
    return ((x - corner.west) * side) >> bits, ((y - corner.north) * side) >> bits


def _count(layer: Layer, table: Table, rows: Rows, tile: Tile, side: int) -> _Counted:
    rows, runs, column, row = _runs(table, rows, tile, side)

    def read(codes: Codes) -> Codes:
        return codes[rows]

    sums: dict[str, Added] = {}
    for measure in layer.style.adds:
        sums.update(add_measure(layer, table.columns, measure, runs, read))
    by = class_field(layer)
    classes = {} if by is None else _classes(layer, table, by, runs, read)
    return _Counted(column=column, row=row, count=runs.size(), sums=sums, classes=classes)


def _runs(table: Table, rows: Rows, tile: Tile, side: int) -> tuple[Rows, Runs, Whole, Whole]:
    """Bring rows into an order in which those of a cell follow each other; say where cells lie."""
    if tile.matrix == "WebMercatorQuad":
        # A cell is a square of the grid's quadtree, so in Morton order its rows do so already.
        x, y = table.x[rows], table.y[rows]
        shift = GRID_BITS - tile.z - side.bit_length() + 1
        parted = ((x[1:] ^ x[:-1]) | (y[1:] ^ y[:-1])) >> np.uint32(shift)
        starts = _starts(parted != 0, len(x))
        firsts = starts + rows.start if isinstance(rows, slice) else rows.take(starts)
        column, row = _steps(table, firsts, tile, side)
    else:
        column, row = _steps(table, rows, tile, side)
        order = np.lexsort((_narrow(column), _narrow(row)))
        column, row = column[order], row[order]
        starts = _starts((np.diff(column) != 0) | (np.diff(row) != 0), len(column))
        rows = order + rows.start if isinstance(rows, slice) else rows[order]
        column, row = column[starts], row[starts]
    return rows, Runs(bounds=np.append(starts, length(rows))), column, row


def _narrow(steps: Whole) -> NDArray[np.uint16]:
    # Numbers of 16 bits are sorted in a time that only grows as they do. Margins are negative.
    return (steps + (1 << 15)).astype(np.uint16)


def _starts(parted: NDArray[np.bool_], count: int) -> Chosen:
    starts = np.flatnonzero(parted) + 1
    return np.insert(starts, 0, 0) if count else starts


def _classes(
    layer: Layer, table: Table, by: str, runs: Runs, read: Callable[[Codes], Codes]
) -> dict[Any, Whole]:
    """Count the rows of each value of a class in every run."""
    values, codes = _values(layer, table, by)
    wide = len(values)
    keys = np.repeat(np.arange(runs.count) * wide, runs.size())
    keys += read(codes)
    counts = np.bincount(keys, minlength=runs.count * wide).reshape(runs.count, wide)
    occurring = np.flatnonzero(counts.any(axis=0))
    return {values[i]: np.ascontiguousarray(counts[:, i]) for i in occurring}


def _values(layer: Layer, table: Table, name: str) -> tuple[list[Any], Codes]:
    """Give the value that each code of a class stands for, and the codes."""
    plain, codes = reading(layer, table, name)
    most = int(codes.max(initial=0))
    if most > _MOST_CLASSES:
        raise NotInColumns(f"classes of {name}")
    return [plain(code) for code in range(most + 1)], codes


def _together(parts: list[_Counted], side: int) -> Cells:
    """Add up the cells of several parts, by row and then by column."""
    keys = [part.row * _WIDEST + part.column for part in parts]
    if len(parts) == 1:
        return _sorted(parts[0], np.argsort(keys[0]), side)
    # A cell is once in each part, so its numbers are put in place without adding among them.
    cells_of_all, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    places = np.split(inverse, np.cumsum([len(key) for key in keys])[:-1])

    def add(numbers: list[Whole | None]) -> Whole:
        total = np.zeros(len(cells_of_all), dtype=np.int64)
        for place, mine in zip(places, numbers, strict=True):
            if mine is not None:
                total[place] += mine
        return total

    # Columns of a margin in the west are below zero.
    row = (cells_of_all + _WIDEST // 2) // _WIDEST
    sums = {
        name: Sums(
            total=add([part.sums[name].total for part in parts]),
            known=add([part.sums[name].known for part in parts]) > 0,
        )
        for name in parts[0].sums
    }
    values = {value for part in parts for value in part.classes}
    return Cells(
        side=side,
        column=cells_of_all - row * _WIDEST,
        row=row,
        count=add([part.count for part in parts]),
        sums=sums,
        classes={
            value: add([part.classes.get(value) for part in parts])
            for value in sorted(values, key=nulls_last)
        },
    )


def _sorted(part: _Counted, order: Chosen, side: int) -> Cells:
    """Give the cells of one part in an order."""
    sums = {
        name: Sums(total=added.total.take(order), known=added.known.take(order) > 0)
        for name, added in part.sums.items()
    }
    return Cells(
        side=side,
        column=part.column.take(order),
        row=part.row.take(order),
        count=part.count.take(order),
        sums=sums,
        classes={
            value: part.classes[value].take(order) for value in sorted(part.classes, key=nulls_last)
        },
    )
