"""A density surface: from the rows that were read to a raster that says what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import orjson

from geo.credits import credit
from geo.crs import Bounds
from geo.density import Grid, Method, choose_method, difference, estimate
from geo.density_query import COUNT, DensityQuery, grid_of, weight_field
from geo.density_rows import Reason, Rows, place
from geo.equal_area import EqualArea
from geo.features import NEVER, Revision
from geo.query import FeatureQuery
from geo.raster import write_cog
from geo.spec import Layer

UNIT = "1/km2"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Raster:
    """The estimate on its grid, as a file; `error` is what binning changed, of the maximum."""

    cog: bytes
    grid: Grid
    minimum: float
    maximum: float
    method: Method
    error: float | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Surface:
    """What a selection's density is, of which state of the data, and what it leaves out.

    `raster` is None where no row can be drawn, or all weigh nothing.
    """

    revision: Revision
    # The data sets that the rows are of, where a layer holds several.
    datasets: tuple[str, ...]
    matched: int
    used: int
    places: int
    weight: float
    left_out: Mapping[Reason, int]
    plane: EqualArea
    raster: Raster | None

    @property
    def box(self) -> Bounds | None:
        """Give the box in degrees that holds the raster."""
        return None if self.raster is None else self.plane.to_degrees(self.raster.grid.bounds_m)

    @property
    def size(self) -> int:
        """Give how much memory the surface takes, roughly."""
        return 1_000 + (0 if self.raster is None else len(self.raster.cog))


def surface_of(
    layer: Layer,
    query: FeatureQuery,
    density: DensityQuery,
    rows: Rows,
    revision: Revision,
    datasets: tuple[str, ...] = (),
) -> Surface:
    """Compute the surface of the rows of a query."""
    placed = place(rows, density, layer.window)
    points = placed.points.merged()
    surface = Surface(
        revision=revision,
        datasets=datasets,
        matched=placed.matched,
        used=len(placed.points),
        places=len(points),
        weight=float(np.sum(points.weight)),
        left_out=placed.left_out,
        plane=placed.plane,
        raster=None,
    )
    if not np.any(points.weight):
        return surface
    grid = grid_of(density, points)
    method = choose_method(points, grid)
    values = estimate(points, grid, method)
    error = difference(points, grid, values) if method == "binned" else None
    tags = {**_tags(layer, query, density, surface), **_method_tags(method, error)}
    raster = Raster(
        cog=write_cog(
            values,
            grid,
            surface.plane.wkt,
            title=f"{layer.title.en}: {density.weight} per square kilometre",
            unit=UNIT,
            tags=tags,
        ),
        grid=grid,
        minimum=float(values.min()),
        maximum=float(values.max()),
        method=method,
        error=error,
    )
    return replace(surface, raster=raster)


def _tags(
    layer: Layer, query: FeatureQuery, density: DensityQuery, surface: Surface
) -> dict[str, str]:
    """Say in the file what it is, from which rows and of which state of the data."""
    field = weight_field(layer, density.weight)
    left_out = {reason.value: count for reason, count in surface.left_out.items()}
    changed = surface.revision.changed_at
    return {
        "TIFFTAG_SOFTWARE": "Conflict Atlas",
        "TIFFTAG_IMAGEDESCRIPTION": f"Density of {layer.title.en}, per square kilometre",
        "TIFFTAG_COPYRIGHT": layer.source.licence_in("en"),
        "TIFFTAG_DATETIME": "" if changed == NEVER else f"{changed:%Y:%m:%d %H:%M:%S}",
        "ATLAS_COLLECTION": layer.id,
        "ATLAS_SOURCE": credit(layer, surface.datasets, "en"),
        "ATLAS_LICENCE": layer.source.licence_in("en"),
        "ATLAS_REVISION": str(surface.revision.number),
        "ATLAS_QUERY": _asked(query),
        "ATLAS_KERNEL": "gaussian",
        "ATLAS_BANDWIDTH_KM": f"{density.bandwidth_km:g}",
        "ATLAS_WEIGHT": field or COUNT,
        "ATLAS_UNIT": f"{field or COUNT} per square kilometre",
        "ATLAS_PRECISION": density.precision.value,
        "ATLAS_ROWS_MATCHED": str(surface.matched),
        "ATLAS_ROWS_USED": str(surface.used),
        "ATLAS_WEIGHT_TOTAL": f"{surface.weight:.10g}",
        "ATLAS_ROWS_LEFT_OUT": orjson.dumps(left_out).decode(),
    }


def _asked(query: FeatureQuery) -> str:
    """Write what narrows the selection, and nothing of what does not."""
    asked = {name: getattr(query, name) for name in ("bbox", "interval", "as_of", "filter")}
    return orjson.dumps({name: value for name, value in asked.items() if value}).decode()


def _method_tags(method: Method, error: float | None) -> dict[str, str]:
    if error is None:
        return {"ATLAS_METHOD": method}
    return {"ATLAS_METHOD": method, "ATLAS_METHOD_ERROR": f"{error:.1e} of the maximum"}
