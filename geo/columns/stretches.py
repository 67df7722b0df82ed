"""Find the rows of a part of the grid: stretches of a table that lies in Morton order."""

from __future__ import annotations

import math
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from geo.columns.table import Rows, Table
from geo.tiles.grid import (
    GRID_BITS,
    MERCATOR_LATITUDE,
    Matrix,
    Tile,
    Window,
    degree_grid,
    degrees_of,
    mercator_share,
    window,
)
from geo.tiles.morton import Codes, interleave, interleaved

# Codes are computed for one row in so many, and for the rows between two of these when needed.
EVERY = 256
MOST_STRETCHES = 12
_LAST = (1 << GRID_BITS) - 1

_SAMPLES: WeakKeyDictionary[Table, Codes] = WeakKeyDictionary()

Span = tuple[int, int]


def rows_in(table: Table, tile: Tile, side: int, margin: int = 0) -> list[Rows]:
    """Give the rows of a tile and of a margin of so many of its `side` steps, each in order."""
    asked = window(tile, side, margin)
    if tile.matrix == "WorldCRS84Quad":
        numbers = _numbers(positions(table, cover(_over(tile.matrix, asked))))
        x, y = degree_grid(table.longitude[numbers], table.latitude[numbers])
        return [_kept(numbers, _inside(asked, x, y))]
    first, bits = interleaved(tile.x, tile.y), 2 * (GRID_BITS - tile.z)
    (within,) = positions(table, [(first << bits, (first + 1) << bits)])
    found: list[Rows] = [slice(*within)]
    if margin:
        numbers = _numbers(_without(positions(table, cover(asked)), within))
        found.append(_kept(numbers, _inside(asked, table.x[numbers], table.y[numbers])))
    if asked.north > 0 and asked.south <= _LAST:
        return found
    # What lies beyond the square has its place at the edge, and is in no tile.
    on_square = (np.abs(table.latitude[rows]) <= MERCATOR_LATITUDE for rows in found)
    return [_kept(rows, holds) for rows, holds in zip(found, on_square, strict=True)]


def _without(stretches: list[Span], taken: Span) -> list[Span]:
    """Take a stretch out of others."""
    parts = [
        part
        for start, end in stretches
        for part in ((start, min(end, taken[0])), (max(start, taken[1]), end))
    ]
    return [(start, end) for start, end in parts if start < end]


def _over(matrix: Matrix, asked: Window) -> Window:
    """Give a part of the Mercator grid that holds all of a part of another."""
    return over_degrees(*degrees_of(matrix, asked))


def over_degrees(west: float, south: float, east: float, north: float) -> Window:
    """Give a part of the grid that holds all of a box in degrees."""
    columns = (math.floor((lon + 180) / 360 * (_LAST + 1)) for lon in (west, east))
    rows = (math.floor(mercator_share(lat) * (_LAST + 1)) for lat in (north, south))
    # Two steps, 2 cm, are more than the formulas differ by.
    (left, right), (top, bottom) = columns, rows
    return Window(west=left - 2, north=top - 2, east=right + 3, south=bottom + 3)


def _inside(asked: Window, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (x >= asked.west) & (x < asked.east)
    inside &= (y >= asked.north) & (y < asked.south)
    return inside


def _kept(rows: Rows, holds: NDArray[np.bool_]) -> Rows:
    if isinstance(rows, slice):
        return rows if holds.all() else np.flatnonzero(holds) + rows.start
    return rows.take(np.flatnonzero(holds))


def _numbers(stretches: list[Span]) -> NDArray[np.intp]:
    return np.concatenate([np.arange(*stretch) for stretch in stretches] or [np.arange(0)])


def cover(asked: Window) -> list[Span]:
    """Cover a part of the grid by few stretches of Morton codes, each from its first to its end."""
    asked = Window(
        west=max(asked.west, 0),
        north=max(asked.north, 0),
        east=min(asked.east, _LAST + 1),
        south=min(asked.south, _LAST + 1),
    )
    whole: list[tuple[int, int, int]] = []
    partly = [(0, 0, GRID_BITS)]
    while partly and len(whole) + len(partly) + 3 <= MOST_STRETCHES * 2:
        # The largest of them first: those behind it are never larger.
        x, y, bits = partly.pop(0)
        for quarter in _quarters(x, y, bits):
            left, top, size = quarter[0], quarter[1], 1 << quarter[2]
            if (
                left >= asked.east
                or left + size <= asked.west
                or top >= asked.south
                or top + size <= asked.north
            ):
                continue
            inside = (
                asked.west <= left
                and left + size <= asked.east
                and asked.north <= top
                and top + size <= asked.south
            )
            (whole if inside or quarter[2] == 0 else partly).append(quarter)
    spans: list[Span] = []
    for start, bits in sorted((interleaved(x, y), bits) for x, y, bits in (*whole, *partly)):
        end = start + (1 << 2 * bits)
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _quarters(x: int, y: int, bits: int) -> list[tuple[int, int, int]]:
    half = 1 << (bits - 1)
    return [(x + dx, y + dy, bits - 1) for dy in (0, half) for dx in (0, half)]


def positions(table: Table, spans: list[Span]) -> list[Span]:
    """Find the rows whose codes lie in stretches, each from its first to its end."""
    if not spans or not table.placed:
        return [(0, 0) for _ in spans]
    starts = np.array([start for start, _ in spans], dtype=np.uint64)
    # The end of the grid itself is no number of 64 bits, the code before it is.
    lasts = np.array([end - 1 for _, end in spans], dtype=np.uint64)
    sample = _sample(table)
    after = np.searchsorted(sample, starts, "left"), np.searchsorted(sample, lasts, "right")
    begins = np.maximum(np.concatenate(after) - 1, 0) * EVERY
    rows = begins[:, np.newaxis] + np.arange(EVERY)
    there = rows < table.placed
    rows = np.minimum(rows, table.placed - 1)
    codes = interleave(table.x[rows], table.y[rows])
    before = np.concatenate(
        [codes[: len(spans)] < starts[:, np.newaxis], codes[len(spans) :] <= lasts[:, np.newaxis]]
    )
    found = begins + (before & there).sum(axis=1)
    firsts, ends = found.reshape(2, -1).tolist()
    return list(zip(firsts, ends, strict=True))


def rough_positions(table: Table, spans: list[Span]) -> list[Span]:
    """Find stretches of rows that hold all whose codes lie in others, and some before and behind.

    Where rows are looked at one by one anyway, that takes a twentieth of the time of `positions`.
    """
    sample = _sample(table)
    starts = np.array([start for start, _ in spans], dtype=np.uint64)
    lasts = np.array([end - 1 for _, end in spans], dtype=np.uint64)
    firsts = np.maximum(np.searchsorted(sample, starts) - 1, 0) * EVERY
    ends = np.minimum(np.searchsorted(sample, lasts, "right") * EVERY, table.placed)
    return list(zip(firsts.tolist(), ends.tolist(), strict=True))


def _sample(table: Table) -> Codes:
    """Give the code of one placed row in so many."""
    sample = _SAMPLES.get(table)
    if sample is None:
        sampled = slice(0, table.placed, EVERY)
        sample = _SAMPLES[table] = interleave(table.x[sampled], table.y[sampled])
    return sample
