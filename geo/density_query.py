"""What is asked of a density surface, and how its parts are read from text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from geo.aggregate import measures
from geo.density import MOST_CELLS, Grid, WeightedPoints, cover
from geo.errors import BadParameter, TooLarge
from geo.query import parse_numbers
from geo.spec import GeometryType, Layer, Text

COUNT = "count"
BANDWIDTH_KM = 25.0
LEAST_BANDWIDTH_KM, MOST_BANDWIDTH_KM = 0.5, 500.0
# A cell of a tenth of the bandwidth shows the surface as smooth as it is.
CELLS_IN_BANDWIDTH = 10
# With larger cells binning would be off by more than half a per cent of the maximum.
FEWEST_CELLS_IN_BANDWIDTH = 2
# What a surface has at most unless its cells are asked for.
USUAL_CELLS = 1_048_576


class Precision(StrEnum):
    """Which rows are drawn, by how well their places are known."""

    FITTING = "fitting"
    POINTS = "points"
    SPREAD = "spread"


PRECISIONS: Mapping[Precision, Text] = {
    Precision.FITTING: Text(
        en="rows whose place is known to within the bandwidth",
        fr="lignes dont le lieu est connu à la largeur de bande près",
    ),
    Precision.POINTS: Text(
        en="rows known to the named place or near it (place_precision 1 and 2)",
        fr="lignes connues au lieu nommé ou près de lui (place_precision 1 et 2)",
    ),
    Precision.SPREAD: Text(
        en="all rows with a radius of uncertainty, each spread out as wide as it",
        fr="toutes les lignes avec un rayon d’incertitude, chacune étalée d’autant",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DensityQuery:
    """Ask for a surface; `weight` is `count` or a number of the layer, cell_km None: as suits."""

    bandwidth_km: float = BANDWIDTH_KM
    weight: str = COUNT
    cell_km: float | None = None
    precision: Precision = Precision.FITTING

    @property
    def bandwidth_m(self) -> float:
        return self.bandwidth_km * 1_000


def weights(layer: Layer) -> list[str]:
    """List what rows can be weighed by."""
    return [COUNT, *measures(layer)]


def weight_field(layer: Layer, weight: str) -> str | None:
    """Name the field that holds a weight: of a toll with a range, the best figure."""
    if weight == COUNT:
        return None
    return weight if layer.field(weight) is not None else f"{weight}_best"


def parse_density(
    layer: Layer,
    *,
    bandwidth_km: str | None = None,
    weight: str | None = None,
    cell_km: str | None = None,
    precision: str | None = None,
) -> DensityQuery:
    """Read which surface of a layer is asked for."""
    if layer.geometry is not GeometryType.POINT:
        problem = "has no points, so nothing whose density could be estimated"
        raise BadParameter("layer", layer.id, problem, allowed="a layer of points", where="path")
    known = weights(layer)
    if weight is not None and weight not in known:
        raise BadParameter("weight", weight, f"weighs no row of {layer.id}", allowed=known)
    names = [one.value for one in Precision]
    if precision is not None and precision not in names:
        raise BadParameter("precision", precision, "is not a choice here", allowed=names)
    width = BANDWIDTH_KM
    if bandwidth_km is not None:
        width = _kilometres("bandwidth_km", bandwidth_km, LEAST_BANDWIDTH_KM, MOST_BANDWIDTH_KM)
    cell = None
    if cell_km is not None:
        least = LEAST_BANDWIDTH_KM / CELLS_IN_BANDWIDTH
        cell = _kilometres("cell_km", cell_km, least, width / FEWEST_CELLS_IN_BANDWIDTH)
    return DensityQuery(
        bandwidth_km=width,
        weight=weight or COUNT,
        cell_km=cell,
        precision=Precision(precision or Precision.FITTING),
    )


def _kilometres(name: str, text: str, least: float, most: float) -> float:
    allowed = f"kilometres from {least:g} to {most:g}"
    numbers = parse_numbers(text, name, allowed)
    if len(numbers) != 1:
        raise BadParameter(name, text, "is not one number", allowed=allowed)
    if not least <= numbers[0] <= most:
        raise BadParameter(name, text, "is out of range", allowed=allowed)
    return numbers[0]


def grid_of(query: DensityQuery, points: WeightedPoints) -> Grid:
    """Lay the grid that was asked for, or one as fine as suits the bandwidth and the extent."""
    if query.cell_km is not None:
        grid = cover(points, query.cell_km * 1_000)
    else:
        cell_m = query.bandwidth_m / CELLS_IN_BANDWIDTH
        grid = cover(points, cell_m)
        coarsest = query.bandwidth_m / FEWEST_CELLS_IN_BANDWIDTH
        while grid.cells > USUAL_CELLS and grid.cell_m < coarsest:
            grid = cover(points, min(2 * grid.cell_m, coarsest))
    if grid.cells > MOST_CELLS:
        factor = math.sqrt(grid.cells / MOST_CELLS)
        raise TooLarge(
            f"{grid.columns} × {grid.rows} cells of {grid.cell_m / 1_000:g} km are more than the "
            f"{MOST_CELLS} that are drawn at once; ask for cells of "
            f"{math.ceil(factor * grid.cell_m / 100) / 10:g} km or more (cell_km, at most half of "
            "bandwidth_km), or for a smaller bbox"
        )
    return grid
