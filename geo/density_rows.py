"""Which rows a density is estimated from, and why the others are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv

from geo.database import Reader
from geo.density import WeightedPoints
from geo.density_query import DensityQuery, Precision, weight_field
from geo.equal_area import DRAWN_WITHIN_M, EqualArea, Numbers, plane_of
from geo.errors import TooLarge
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import Layer, Text
from geo.statements import Select, conditions

MOST_ROWS = 2_000_000
Mask = npt.NDArray[np.bool_]
_COLUMNS = ("lon", "lat", "weight", "place_precision", "radius_m")
# How far a place may be off where its row gives no radius, by place_precision.
_USUAL_RADIUS_M = {1: 0.0, 2: 25_000.0}


class Reason(StrEnum):
    """Why a row is left out; the first that holds is the one that counts."""

    NO_PLACE = "no_place"
    PLACE_NOT_STATED = "place_precision_not_stated"
    PLACE_TOO_WIDE = "place_wider_than_bandwidth"
    PLACE_NOT_A_POINT = "place_not_a_point"
    TOO_FAR = "too_far"
    WEIGHT_UNKNOWN = "weight_unknown"


REASONS: Mapping[Reason, Text] = {
    Reason.NO_PLACE: Text(
        en="no place that can be mapped", fr="aucun lieu que l’on puisse cartographier"
    ),
    Reason.PLACE_NOT_STATED: Text(
        en="nobody says how well the place is known",
        fr="rien n’indique avec quelle précision le lieu est connu",
    ),
    Reason.PLACE_TOO_WIDE: Text(
        en="the place is known less well than the bandwidth",
        fr="le lieu est connu moins précisément que la largeur de bande",
    ),
    Reason.PLACE_NOT_A_POINT: Text(
        en="the place is known only by road, cercle, region or wider",
        fr="lieu connu seulement par route, cercle, région ou au-delà",
    ),
    Reason.TOO_FAR: Text(
        en="too far away for the plane that the surface lies on",
        fr="trop éloigné du plan de la surface",
    ),
    Reason.WEIGHT_UNKNOWN: Text(
        en="the weight is not stated, which is not zero",
        fr="poids non précisé, ce qui n’est pas zéro",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rows:
    """What is known of the rows of a selection; NaN is unknown."""

    lon: Numbers
    lat: Numbers
    weight: Numbers
    place_precision: Numbers
    radius_m: Numbers

    def __len__(self) -> int:
        return len(self.lon)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Placed:
    """The rows that are drawn, on their plane, and why each of the others is not.

    `fates` holds for each row a place in `reasons`; one behind the last is drawn.
    """

    plane: EqualArea
    points: WeightedPoints
    fates: npt.NDArray[np.int64]
    reasons: Sequence[Reason]

    @property
    def matched(self) -> int:
        return len(self.fates)

    @property
    def left_out(self) -> dict[Reason, int]:
        """Count the rows that are not drawn, by reason."""
        counts = np.bincount(self.fates, minlength=len(self.reasons) + 1)
        return {
            reason: int(count)
            for reason, count in zip(self.reasons, counts[:-1], strict=True)
            if count
        }

    def reason_of(self, row: int) -> Reason | None:
        """Say why a row is not drawn, if it is not."""
        fate = int(self.fates[row])
        return self.reasons[fate] if fate < len(self.reasons) else None


def select_rows(layer: Layer, query: FeatureQuery, density: DensityQuery) -> Select:
    """Select of each row what a density needs of it."""
    relation = published(layer)
    field = weight_field(layer, density.weight)
    weight = sa.literal_column("1") if field is None else relation.c[field]
    columns = (
        sa.func.ST_X(relation.c.geom),
        sa.func.ST_Y(relation.c.geom),
        weight,
        relation.c.place_precision,
        relation.c.radius_m,
    )
    # In no order: whoever reaches the limit is refused, and nobody is given a part.
    return sa.select(*columns).where(*conditions(layer, query)).limit(MOST_ROWS + 1)


async def read_lines(
    reader: Reader, layer: Layer, query: FeatureQuery, density: DensityQuery
) -> bytes:
    """Read the rows of a selection as the database writes them."""
    read = BytesIO()

    async def keep(data: bytes) -> None:
        read.write(data)

    await reader.copy(select_rows(layer, query, density), keep)
    return read.getvalue()


def rows_of(lines: bytes) -> Rows:
    """Read the numbers of the lines; an empty one is unknown."""
    if not lines:
        return Rows(**{name: np.zeros(0) for name in _COLUMNS})
    table = csv.read_csv(
        pa.BufferReader(lines),
        read_options=csv.ReadOptions(column_names=list(_COLUMNS)),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(_COLUMNS, pa.float64()), null_values=[""]
        ),
    )
    if table.num_rows > MOST_ROWS:
        raise TooLarge(
            f"the selection has more than the {MOST_ROWS} rows that are read at once; ask for "
            "less: a smaller bbox, a shorter datetime or a narrower filter"
        )
    return Rows(**{name: _numbers(table[name]) for name in _COLUMNS})


def _numbers(column: pa.ChunkedArray) -> Numbers:
    return np.asarray(column.combine_chunks().to_numpy(zero_copy_only=False), dtype=float)


def place(
    rows: Rows, density: DensityQuery, window: tuple[float, float, float, float] | None
) -> Placed:
    """Sort the rows into those that are drawn and those that are left out, and why."""
    plane = plane_of(window, *(axis[~np.isnan(rows.lon)] for axis in (rows.lon, rows.lat)))
    x, y = plane.to_metres(rows.lon, rows.lat)
    radius = radii(rows)
    faults: dict[Reason, Mask] = {Reason.NO_PLACE: np.isnan(rows.lon)}
    if density.precision is Precision.POINTS:
        faults[Reason.PLACE_NOT_STATED] = np.isnan(rows.place_precision)
        faults[Reason.PLACE_NOT_A_POINT] = ~np.isin(rows.place_precision, (1, 2))
    else:
        faults[Reason.PLACE_NOT_STATED] = np.isnan(radius)
    if density.precision is Precision.FITTING:
        faults[Reason.PLACE_TOO_WIDE] = radius > density.bandwidth_m
    faults[Reason.TOO_FAR] = ~(np.hypot(x, y) <= DRAWN_WITHIN_M)
    faults[Reason.WEIGHT_UNKNOWN] = np.isnan(rows.weight)
    # The first fault that holds, else the place behind the last of them.
    fates = np.argmax([*faults.values(), np.ones(len(rows), dtype=bool)], axis=0)
    used = fates == len(faults)
    points = WeightedPoints(
        x_m=x[used],
        y_m=y[used],
        weight=rows.weight[used],
        bandwidth_m=_bandwidths(radius[used], density),
    )
    return Placed(plane=plane, points=points, fates=fates, reasons=tuple(faults))


def radii(rows: Rows) -> Numbers:
    """Say how far each place may be off: as stated, else as its precision usually means."""
    found = rows.radius_m.copy()
    for precision, usual in _USUAL_RADIUS_M.items():
        found[np.isnan(found) & (rows.place_precision == precision)] = usual
    return found


def _bandwidths(radius_m: Numbers, density: DensityQuery) -> Numbers:
    """Widen the kernel of a row whose place is a disc: its variance is a quarter of r squared."""
    if density.precision is not Precision.SPREAD:
        return np.full(len(radius_m), density.bandwidth_m)
    return np.asarray(np.sqrt(density.bandwidth_m**2 + (radius_m / 2) ** 2))
