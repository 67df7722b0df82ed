from __future__ import annotations

from fractions import Fraction

import morecantile
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.tiles.grid import MATRICES, Matrix, Tile, Window, bounds, degree_grid, window

WHOLE = 1 << 32


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize(("z", "x", "y"), [(0, 0, 0), (1, 1, 0), (5, 15, 14), (22, 2_000_000, 9)])
def test_tiles_lie_where_the_ogc_says(matrix: Matrix, z: int, x: int, y: int) -> None:
    expected = morecantile.tms.get(matrix).bounds(morecantile.Tile(x, y, z))
    found = bounds(Tile(matrix=matrix, z=z, x=x, y=y))
    assert found == pytest.approx(tuple(expected), abs=1e-9)


@pytest.mark.parametrize("side", [1, 64, 256, 4096])
@pytest.mark.parametrize("z", [0, 7, 20, 22])
def test_neighbouring_tiles_share_an_edge_and_nothing_else(z: int, side: int) -> None:
    here, east, south = (
        window(Tile(matrix="WebMercatorQuad", z=z, x=x, y=y), side)
        for x, y in ((0, 0), (1, 0), (0, 1))
    )
    assert (here.east, here.south) == (east.west, south.north)
    assert here.east - here.west == WHOLE >> z


@given(
    z=st.integers(0, 22),
    side=st.sampled_from([64, 256, 4096]),
    margin=st.integers(0, 64),
    place=st.integers(0, WHOLE - 1),
)
def test_a_margin_holds_just_the_steps_that_it_counts(
    z: int, side: int, margin: int, place: int
) -> None:
    tile = Tile(matrix="WebMercatorQuad", z=z, x=(1 << z) // 3, y=0)
    found = window(tile, side, margin)
    origin = tile.x << (32 - z)
    step = Fraction((place - origin) * side, 1 << (32 - z)).__floor__()
    assert (found.west <= place < found.east) == (-margin <= step < side + margin)


def test_a_tile_is_as_many_steps_of_the_grid_as_its_zoom_leaves() -> None:
    tile = Tile(matrix="WorldCRS84Quad", z=30 - 8, x=3, y=5)
    assert window(tile, 64) == Window(west=3 << 10, north=5 << 10, east=4 << 10, south=6 << 10)


@given(
    longitude=st.floats(-180, 180, width=64),
    latitude=st.floats(-90, 90, width=64),
)
def test_places_in_degrees_follow_from_what_is_stored(longitude: float, latitude: float) -> None:
    x, y = degree_grid(np.array([longitude]), np.array([latitude]))
    across = min(int((longitude + 180.0) / 180.0 * WHOLE), 2 * WHOLE - 1)
    down = min(int((90.0 - latitude) / 180.0 * WHOLE), WHOLE - 1)
    assert (x.tolist(), y.tolist()) == ([across], [down])


def test_the_corners_of_tiles_in_degrees_are_exact() -> None:
    edges = np.array([-180.0, -90.0, -45.0, 0.0, 0.703125, 45.0, 90.0, 180.0])
    x, _ = degree_grid(edges, np.zeros(8))
    expected = [(Fraction(edge) + 180) / 180 * WHOLE for edge in edges.tolist()]
    assert x.tolist() == [int(place) for place in expected[:-1]] + [2 * WHOLE - 1]
