"""The estimate is scipy's, and what lies on the grid adds up to what was given."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.stats import gaussian_kde  # type: ignore[import-untyped]

from geo.density import (
    MOST_OPERATIONS,
    Grid,
    Method,
    WeightedPoints,
    choose_method,
    cover,
    difference,
    estimate,
)
from geo.equal_area import EqualArea
from geo.errors import TooLarge
from geo.raster import write_cog

BANDWIDTH_M = 25_000.0


def points(count: int, seed: int = 1, bandwidth_m: float = BANDWIDTH_M) -> WeightedPoints:
    random = np.random.default_rng(seed)
    x, y = random.normal(0, 120_000, (2, count))
    weight = random.integers(1, 9, count).astype(float)
    return WeightedPoints(x_m=x, y_m=y, weight=weight, bandwidth_m=np.full(count, bandwidth_m))


def with_even_spread(given: WeightedPoints, spread_m: float) -> WeightedPoints:
    """Move points so that their covariance is that of a circle, as scipy's kernel then is too."""
    cloud = np.vstack([given.x_m, given.y_m])
    root = np.linalg.cholesky(np.cov(cloud, aweights=given.weight))
    x, y = spread_m * np.linalg.solve(root, cloud)
    return WeightedPoints(x_m=x, y_m=y, weight=given.weight, bandwidth_m=given.bandwidth_m)


def area_km2(grid: Grid) -> float:
    return (grid.cell_m / 1_000) ** 2


def test_the_estimate_is_that_of_scipy_in_the_file_too() -> None:
    spread_m = 150_000.0
    given = with_even_spread(points(200), spread_m)
    grid = cover(given, 12_500)
    kernel = gaussian_kde(
        np.vstack([given.x_m, given.y_m]),
        bw_method=BANDWIDTH_M / spread_m,
        weights=given.weight,
    )
    x, y = np.meshgrid(grid.x_m, grid.y_m)
    density = kernel(np.vstack([x.ravel(), y.ravel()])).reshape(grid.rows, grid.columns)
    expected = density * given.weight.sum() * 1e6
    made = estimate(given, grid, "exact")
    np.testing.assert_allclose(made, expected, rtol=1e-6, atol=expected.max() * 1e-15)
    cog = write_cog(made, grid, EqualArea(lon=0, lat=0).wkt, title="", unit="", tags={})
    from rasterio.io import MemoryFile

    with MemoryFile(cog) as file, file.open() as dataset:
        np.testing.assert_allclose(
            dataset.read(1), expected, rtol=1e-6, atol=expected.max() * 1e-15
        )


@pytest.mark.parametrize("method", ["exact", "binned"])
@pytest.mark.parametrize("cell_m", [2_500.0, 12_500.0])
def test_the_cells_add_up_to_the_weight_of_the_points(method: str, cell_m: float) -> None:
    given = points(300)
    grid = cover(given, cell_m)
    made = estimate(given, grid, method)  # type: ignore[arg-type]
    assert made.sum() * area_km2(grid) == pytest.approx(given.weight.sum(), rel=2e-4)


def test_one_point_is_as_dense_as_the_formula_says() -> None:
    one = WeightedPoints(
        x_m=np.array([1_250.0]),
        y_m=np.array([-1_250.0]),
        weight=np.array([3.0]),
        bandwidth_m=np.array([BANDWIDTH_M]),
    )
    grid = cover(one, 2_500)
    made = estimate(one, grid, "exact")
    assert made.max() == pytest.approx(3 / (2 * np.pi * 25**2), rel=1e-12)
    row, column = np.unravel_index(np.argmax(made), made.shape)
    assert (grid.x_m[column], grid.y_m[row]) == (1_250.0, -1_250.0)


def test_each_point_has_the_width_of_its_own_kernel() -> None:
    narrow, wide = points(20, seed=2), points(20, seed=3, bandwidth_m=60_000)
    both = WeightedPoints(
        **{
            name: np.concatenate([getattr(narrow, name), getattr(wide, name)])
            for name in ("x_m", "y_m", "weight", "bandwidth_m")
        }
    )
    grid = cover(both, 6_250)
    together = estimate(both, grid, "exact")
    apart = estimate(narrow, grid, "exact") + estimate(wide, grid, "exact")
    np.testing.assert_allclose(together, apart, rtol=1e-12)
    binned = estimate(both, grid, "binned")
    assert np.abs(binned - together).max() < 0.02 * together.max()


@pytest.mark.parametrize(("cell_m", "most"), [(2_500.0, 2e-3), (12_500.0, 5e-2)])
def test_sharing_points_out_to_cells_changes_little_and_tells_how_much(
    cell_m: float, most: float
) -> None:
    given = points(500)
    grid = cover(given, cell_m)
    exact, binned = estimate(given, grid, "exact"), estimate(given, grid, "binned")
    changed = np.abs(binned - exact).max() / exact.max()
    assert 0 < changed < most
    assert 0 < difference(given, grid, binned) <= changed * 1.001
    assert difference(given, grid, exact) < 1e-12


def test_points_at_one_place_are_one_point_of_their_weight() -> None:
    given = points(50)
    twice = WeightedPoints(
        **{
            name: np.concatenate([getattr(given, name)] * 2)
            for name in ("x_m", "y_m", "weight", "bandwidth_m")
        }
    )
    merged = twice.merged()
    assert (len(twice), len(merged)) == (100, 50)
    grid = cover(given, 12_500)
    np.testing.assert_allclose(
        estimate(merged, grid, "exact"), 2 * estimate(given, grid, "exact"), rtol=1e-12
    )


def test_nothing_merges_to_nothing() -> None:
    nothing = np.zeros(0)
    merged = WeightedPoints(x_m=nothing, y_m=nothing, weight=nothing, bandwidth_m=nothing).merged()
    assert len(merged) == 0


def test_grids_of_one_cell_size_fall_on_one_another() -> None:
    grids = [cover(points(30, seed=seed), 2_500) for seed in (1, 2)]
    for grid in grids:
        assert grid.west_m % 2_500 == grid.north_m % 2_500 == 0
    west, _, east, _ = grids[0].bounds_m
    reach = points(30).x_m
    assert west <= reach.min() - 4 * BANDWIDTH_M < west + 2_500
    assert east - 2_500 < reach.max() + 4 * BANDWIDTH_M <= east


def test_few_points_are_computed_exactly_and_many_are_shared_out() -> None:
    grid = Grid(west_m=0, north_m=0, cell_m=1, columns=1_000, rows=1_000)
    assert choose_method(points(2_000), grid) == "exact"
    assert choose_method(points(8_000), grid) == "exact"
    assert choose_method(points(8_001), grid) == "binned"


def test_what_would_be_too_much_exactly_is_shared_out_though_that_saves_less() -> None:
    grid = Grid(west_m=0, north_m=0, cell_m=1, columns=10_400, rows=400)
    most = int(MOST_OPERATIONS / (2 * grid.cells))
    assert 10_800 < most < 4 * 10_800
    assert choose_method(points(most), grid) == "exact"
    assert choose_method(points(most + 1), grid) == "binned"


@pytest.mark.parametrize("method", ["exact", "binned"])
def test_a_long_strip_takes_no_more_memory_than_a_square(method: Method) -> None:
    along = np.linspace(10_000, 7_990_000, 1_500)
    given = WeightedPoints(
        x_m=along,
        y_m=np.full(1_500, -10_500.0),
        weight=along / 1e6,
        bandwidth_m=np.full(1_500, 500),
    )
    grid = Grid(west_m=0, north_m=0, cell_m=250, columns=32_000, rows=84)
    tracemalloc.start()
    try:
        made = estimate(given, grid, method)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 10 * made.nbytes
    assert made.sum() * area_km2(grid) == pytest.approx(given.weight.sum(), rel=2e-4)
    assert difference(given, grid, made) < 2e-2


def test_what_would_take_minutes_is_refused() -> None:
    side = 10 * round((MOST_OPERATIONS / 4) ** (1 / 3))
    grid = Grid(west_m=0, north_m=0, cell_m=1, columns=side, rows=side)
    with pytest.raises(TooLarge, match=r"50000 places .* are too much"):
        choose_method(points(50_000), grid)
