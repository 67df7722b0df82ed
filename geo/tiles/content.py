"""What a tile holds of a layer of points: cells of many, or every one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sums:
    """What is known of one number in every cell: its sum, and whether there is one."""

    total: Whole
    known: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Cells:
    """The cells of a tile that hold points, in order of row and column.

    `side` cells lie along a side of the tile. `sums` has the columns of geo.aggregate.sum_columns
    for each measure that the layer's style adds up; `classes` counts the rows of each value of the
    field that the style colours by, with None for rows without one.
    """

    side: int
    column: Whole
    row: Whole
    count: Whole
    sums: Mapping[str, Sums]
    classes: Mapping[str | None, Whole]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Points:
    """Every point of a tile, in order of place and then of id.

    `x` and `y` are steps of the tile's own coordinates; `properties` holds a list of plain values,
    None for unknown, for each property in the order in which it is written.
    """

    x: Whole
    y: Whole
    properties: Mapping[str, list[Any]]
