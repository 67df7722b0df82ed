"""What a tile holds of a layer of points: cells of many, or every one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
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
class Coded:
    """What is known of one property of points: few values, and for each point which one.

    `values` are plain, of one type, all different and in order, and some point has each of them.
    `codes` are places in them, or -1 where nothing is known.
    """

    codes: Whole
    values: Sequence[Any]

    @classmethod
    def of(cls, plain: Sequence[Any]) -> Coded:
        """Code the values of points as they come, None for unknown."""
        values = sorted({value for value in plain if value is not None})
        places = {value: place for place, value in enumerate(values)}
        codes = np.fromiter(map(places.get, plain, repeat(-1)), np.int64, count=len(plain))
        return cls(codes=codes, values=values)

    def plain(self) -> list[Any]:
        """Give the value of each point, None for unknown."""
        values = [*self.values, None]
        return [values[code] for code in self.codes.tolist()]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Points:
    """Every point of a tile, in order of place and then of id.

    `x` and `y` are steps of the tile's own coordinates, `ids` the bytes of the ids, of which no two
    are alike; `properties` are the others, in the order in which they are written.
    """

    x: Whole
    y: Whole
    ids: NDArray[np.bytes_]
    properties: Mapping[str, Coded]

    def plain(self, name: str) -> list[Any]:
        """Give the id or a property of each point, None for unknown."""
        if name == "id":
            return [each.decode() for each in self.ids.tolist()]
        return self.properties[name].plain()
