"""Estimate a density from points: a Gaussian kernel on a grid in metres. Nothing here does I/O.

A Gaussian is the product of one along x and one along y. So the estimate on a whole grid is a
product of two matrices, and exact. Where there are many more points than rows and columns, the
points are first shared out to the cells round them, which is a little less than exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from geo.errors import TooLarge

Numbers = npt.NDArray[np.float64]
Method = Literal["exact", "binned"]
SQUARE_METRES_PER_KM2 = 1e6
# Of a Gaussian's weight 0.013 % lies further out than this many bandwidths on both axes.
REACH = 4.0
MOST_CELLS = 4_194_304
# Of one of the few matrices that are multiplied at once, so that memory grows neither with the
# number of points nor with the length of a strip.
BLOCK_BYTES = 16 * 1024 * 1024
# Binning is chosen when it saves at least this much of the work.
WORTH_BINNING = 4.0
# A few seconds of two cores.
MOST_OPERATIONS = 2e11
# Where binning is measured against the exact estimate.
SAMPLED_CELLS = 9
# exp(-87) is the last power that a number of 32 bits holds; smaller ones only slow the product.
_SMALLEST_POWER = -87.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Square cells on a plane in metres; the first row is the northernmost."""

    west_m: float
    north_m: float
    cell_m: float
    columns: int
    rows: int

    @property
    def cells(self) -> int:
        return self.columns * self.rows

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        east, south = self.columns * self.cell_m, self.rows * self.cell_m
        return (self.west_m, self.north_m - south, self.west_m + east, self.north_m)

    @property
    def x_m(self) -> Numbers:
        """Give the middle of every column."""
        return np.asarray(self.west_m + (np.arange(self.columns) + 0.5) * self.cell_m, float)

    @property
    def y_m(self) -> Numbers:
        """Give the middle of every row."""
        return np.asarray(self.north_m - (np.arange(self.rows) + 0.5) * self.cell_m, float)


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightedPoints:
    """Places on a plane, what each weighs, and how wide its kernel is, all in metres."""

    x_m: Numbers
    y_m: Numbers
    weight: Numbers
    bandwidth_m: Numbers

    def __len__(self) -> int:
        return len(self.x_m)

    def merged(self) -> WeightedPoints:
        """Add up points that are the same and put them in order; the estimate stays as it is."""
        keys = np.column_stack([self.y_m, self.x_m, self.bandwidth_m])
        order = np.lexsort(keys.T[::-1])
        ordered = keys[order]
        firsts = np.flatnonzero(np.r_[True, np.any(ordered[1:] != ordered[:-1], axis=1)])
        if not len(self):
            return self
        y, x, bandwidth = ordered[firsts].T
        weight = np.add.reduceat(self.weight[order], firsts)
        return WeightedPoints(x_m=x, y_m=y, weight=weight, bandwidth_m=bandwidth)


def cover(points: WeightedPoints, cell_m: float) -> Grid:
    """Lay a grid over points as far as their kernels reach.

    Cells begin at whole multiples of their size, so that grids of one size fall on one another.
    """
    reach = REACH * points.bandwidth_m
    west, south = np.min(points.x_m - reach), np.min(points.y_m - reach)
    east, north = np.max(points.x_m + reach), np.max(points.y_m + reach)
    first, last = np.floor(west / cell_m), np.ceil(east / cell_m)
    bottom, top = np.floor(south / cell_m), np.ceil(north / cell_m)
    return Grid(
        west_m=float(first * cell_m),
        north_m=float(top * cell_m),
        cell_m=cell_m,
        columns=int(last - first),
        rows=int(top - bottom),
    )


def choose_method(points: WeightedPoints, grid: Grid) -> Method:
    """Compute exactly unless that is too much, or sharing the points out to cells saves a lot."""
    widths = len(np.unique(points.bandwidth_m))
    exact = 2.0 * len(points) * grid.cells
    binned = 2.0 * widths * (grid.columns + grid.rows) * grid.cells
    shared = exact > min(WORTH_BINNING * binned, MOST_OPERATIONS)
    if (binned if shared else exact) > MOST_OPERATIONS:
        raise TooLarge(
            f"{len(points)} places on {grid.columns} × {grid.rows} cells are too much to compute "
            "at once; ask for larger cells (cell_km) or for less (bbox, datetime, filter)"
        )
    return "binned" if shared else "exact"


def estimate(points: WeightedPoints, grid: Grid, method: Method) -> Numbers:
    """Estimate what lies on a square kilometre at the middle of each cell."""
    made = _exact(points, grid) if method == "exact" else _binned(points, grid)
    return made * SQUARE_METRES_PER_KM2


def difference(points: WeightedPoints, grid: Grid, made: Numbers) -> float:
    """Measure what binning changed: the most, at a few cells from low to high, of the maximum."""
    ranked = np.argsort(made, axis=None)
    chosen = ranked[np.linspace(0, len(ranked) - 1, SAMPLED_CELLS).astype(np.int64)]
    farthest = 0.0
    for row, column in zip(*np.unravel_index(chosen, made.shape), strict=True):
        along_x = _gaussian(points.x_m - grid.x_m[column], points.bandwidth_m)
        along_y = _gaussian(points.y_m - grid.y_m[row], points.bandwidth_m)
        exact = float(np.sum(points.weight * along_x * along_y)) * SQUARE_METRES_PER_KM2
        farthest = max(farthest, abs(exact - float(made[row, column])))
    return farthest / float(np.max(np.abs(made)))


def _exact(points: WeightedPoints, grid: Grid) -> Numbers:
    made = np.zeros((grid.rows, grid.columns))
    x, y = grid.x_m, grid.y_m
    for some in _blocks(len(points), grid.columns + grid.rows):
        width = points.bandwidth_m[some, None]
        along_x = points.weight[some, None] * _gaussian(points.x_m[some, None] - x, width)
        along_y = _gaussian(points.y_m[some, None] - y, width)
        made += along_y.T @ along_x
    return made


def _binned(points: WeightedPoints, grid: Grid) -> Numbers:
    made = np.zeros((grid.rows, grid.columns))
    for bandwidth in np.unique(points.bandwidth_m):
        shared = _share(points, points.bandwidth_m == bandwidth, grid)
        # Sharing a point out to its neighbours widens it, by a sixth of a cell squared on average.
        width = np.sqrt(bandwidth**2 - grid.cell_m**2 / 6)
        across = _smoothed(shared, width / grid.cell_m)
        made += _smoothed(across.T, width / grid.cell_m).T / grid.cell_m**2
    return made


def _smoothed(values: Numbers, width: np.float64) -> Numbers:
    """Spread each value along its row by a Gaussian so many cells wide."""
    cells = values.shape[1]
    made = np.empty_like(values)
    # A row of the matrix is the one above it moved by a cell: it is cut from one long row.
    long = _gaussian(np.arange(1.0 - cells, cells), width)
    moved = sliding_window_view(long, cells)[::-1]
    reach = math.ceil(math.sqrt(-2 * _SMALLEST_POWER) * width)
    for some in _blocks(cells, cells):
        near = slice(max(0, some.start - reach), some.stop + reach)
        made[:, some] = values[:, near] @ moved[some, near].T.copy()
    return made


def _blocks(count: int, numbers: int) -> Iterator[slice]:
    """Divide what has so many numbers each into blocks that take no more than their bytes."""
    step = max(1, BLOCK_BYTES // (8 * numbers))
    return (slice(start, start + step) for start in range(0, count, step))


def _share(points: WeightedPoints, chosen: npt.NDArray[np.bool_], grid: Grid) -> Numbers:
    """Share each point out to the four cells round it, by how near their middles are."""
    across = (points.x_m[chosen] - grid.west_m) / grid.cell_m - 0.5
    down = (grid.north_m - points.y_m[chosen]) / grid.cell_m - 0.5
    column, row = np.floor(across).astype(np.int64), np.floor(down).astype(np.int64)
    right, below = across - column, down - row
    weight = points.weight[chosen]
    made = np.zeros(grid.cells)
    for dx, dy, part in (
        (0, 0, (1 - right) * (1 - below)),
        (1, 0, right * (1 - below)),
        (0, 1, (1 - right) * below),
        (1, 1, right * below),
    ):
        cell = (row + dy) * grid.columns + column + dx
        made += np.bincount(cell, weight * part, minlength=grid.cells)
    return made.reshape(grid.rows, grid.columns)


def _gaussian(distance: Numbers, width: Numbers | np.float64) -> Numbers:
    power = distance / width
    power *= power
    power *= -0.5
    made: Numbers = np.exp(power, where=power > _SMALLEST_POWER, out=np.zeros_like(power))
    made /= np.sqrt(2 * np.pi) * width
    return made
