"""A raster that other programs read, and tiles of it that join without a seam."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from morecantile import Tile
from pyproj import Transformer
from rasterio.io import MemoryFile
from rio_cogeo.cogeo import cog_validate
from rio_tiler.colormap import cmap
from rio_tiler.constants import WEB_MERCATOR_TMS

from geo.crs import Bounds
from geo.density import Grid, Numbers, WeightedPoints, cover, estimate
from geo.equal_area import EqualArea, plane_of
from geo.png import write_png
from geo.ramps import RAMPS, STEPS, parse_ramp, position_of, ramp, stops
from geo.raster import NODATA, write_cog
from geo.raster_tiles import draw_empty, draw_picture, draw_tile, read_part

PLANE = EqualArea(lon=-1, lat=16)
TILE_PX = 256


def surface() -> tuple[Grid, Numbers, bytes]:
    random = np.random.default_rng(1)
    x, y = random.uniform(-600_000, 600_000, (2, 200))
    points = WeightedPoints(x_m=x, y_m=y, weight=np.ones(200), bandwidth_m=np.full(200, 25_000.0))
    grid = cover(points, 2_500)
    values = estimate(points, grid, "exact")
    tags = {"ATLAS_QUERY": '{"region":"ménaka"}', "ATLAS_REVISION": "7"}
    return (
        grid,
        values,
        write_cog(values, grid, PLANE.wkt, title="Events", unit="1/km2", tags=tags),
    )


GRID, VALUES, COG = surface()
MAXIMUM = float(VALUES.max())
BOX = PLANE.to_degrees(GRID.bounds_m)


def test_the_raster_is_a_cog_and_gdal_reads_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "density.tif"
    path.write_bytes(COG)
    valid, errors, warnings = cog_validate(str(path), strict=True)
    assert (valid, errors, warnings) == (True, [], [])
    told = json.loads(subprocess.check_output(["gdalinfo", "-json", str(path)]))
    assert told["size"] == [GRID.columns, GRID.rows]
    assert told["geoTransform"] == [GRID.west_m, 2_500, 0, GRID.north_m, 0, -2_500]
    assert "Lambert azimuthal equal-area round 16 N, 1 W" in told["coordinateSystem"]["wkt"]
    assert told["metadata"][""]["ATLAS_QUERY"] == '{"region":"ménaka"}'
    assert told["metadata"][""]["ATLAS_REVISION"] == "7"
    (band,) = told["bands"]
    assert (band["noDataValue"], band["unit"], band["type"]) == (NODATA, "1/km2", "Float32")
    with MemoryFile(COG) as file, file.open() as dataset:
        np.testing.assert_array_equal(dataset.read(1), VALUES.astype(np.float32))


def test_the_same_values_give_the_same_bytes() -> None:
    assert surface()[2] == COG


def bounds_of(x: int, y: int, zoom: int) -> Bounds:
    west, south, east, north = WEB_MERCATOR_TMS.xy_bounds(Tile(x=x, y=y, z=zoom))
    return (west, south, east, north)


def lines_of(left: int, zoom: int, y: int, tiles: int) -> Numbers:
    """Compute what tiles beside each other ought to show, from the grid itself."""
    west, _, _, north = bounds_of(left, y, zoom)
    _, south, east, _ = bounds_of(left + tiles - 1, y, zoom)
    pixel = (north - south) / TILE_PX
    x = west + (np.arange(TILE_PX * tiles) + 0.5) * pixel
    y_down = north - (np.arange(TILE_PX) + 0.5) * pixel
    assert x[-1] < east
    transformer = Transformer.from_crs(3857, PLANE.proj, always_xy=True)
    plane_x, plane_y = transformer.transform(*np.meshgrid(x, y_down))
    across = (plane_x - GRID.west_m) / GRID.cell_m - 0.5
    down = (GRID.north_m - plane_y) / GRID.cell_m - 0.5
    column, row = np.floor(across).astype(int), np.floor(down).astype(int)
    inside = (column >= 0) & (column < GRID.columns - 1) & (row >= 0) & (row < GRID.rows - 1)
    column, row = np.where(inside, column, 0), np.where(inside, row, 0)
    right, below = across - column, down - row
    upper = VALUES[row, column] * (1 - right) + VALUES[row, column + 1] * right
    lower = VALUES[row + 1, column] * (1 - right) + VALUES[row + 1, column + 1] * right
    return np.where(inside, upper * (1 - below) + lower * below, 0.0)


@pytest.mark.parametrize(
    ("zoom", "x", "y"), [(3, 3, 3), (5, 15, 14), (7, 63, 58), (9, 254, 232), (14, 8146, 7440)]
)
def test_neighbouring_tiles_join_as_the_raster_that_they_are_cut_from(
    zoom: int, x: int, y: int
) -> None:
    def values(column: int) -> Numbers:
        part = read_part(COG, bounds_of(column, y, zoom), TILE_PX, TILE_PX)
        return np.asarray(part.array[0].filled(0), dtype=float)

    joined = np.concatenate([values(x), values(x + 1)], axis=1)
    expected = lines_of(x, zoom, y, 2)
    assert expected.max() > 0
    # A colour is a 255th; at the seam itself nothing is approximated.
    assert np.abs(joined - expected).max() < MAXIMUM / 1_000
    seam = slice(TILE_PX - 1, TILE_PX + 1)
    assert np.abs(joined[:, seam] - expected[:, seam]).max() < MAXIMUM / 10_000


def pixels(png: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with MemoryFile(png) as file, file.open() as dataset:
        steps = dataset.read(1)
        table = np.array([dataset.colormap(1)[i] for i in range(256)], dtype=np.uint8)
    return np.asarray(table[steps])


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_tile_has_the_colours_of_its_values() -> None:
    drawn = pixels(draw_tile(COG, BOX, MAXIMUM, "matter", zoom=5, x=15, y=14, size=TILE_PX))
    expected = lines_of(15, 5, 14, 1)
    steps = np.rint(STEPS * np.sqrt(np.clip(expected / MAXIMUM, 0, 1))).astype(int)
    table = np.array(ramp("matter"))
    assert np.abs(drawn.astype(int) - table[steps]).max() <= 12
    assert drawn[..., 3].min() == 0
    assert drawn[..., 3].max() > 200


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_tile_beside_the_surface_can_be_seen_through() -> None:
    beside = draw_tile(COG, BOX, MAXIMUM, "matter", zoom=5, x=2, y=3, size=512)
    assert beside == draw_empty(512)
    shown = pixels(beside)
    assert shown.shape == (512, 512, 4)
    assert shown[..., 3].max() == 0


@pytest.mark.parametrize("zoom", [0, 1, 2])
def test_tiles_of_the_whole_world_are_drawn_too(zoom: int) -> None:
    for x in range(2**zoom):
        for y in range(2**zoom):
            assert draw_tile(COG, BOX, MAXIMUM, "tempo", zoom=zoom, x=x, y=y, size=256)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_over_the_antimeridian_is_seen_on_both_sides_of_it() -> None:
    plane = EqualArea(lon=180, lat=0)
    grid = Grid(west_m=-400_000, north_m=400_000, cell_m=50_000, columns=16, rows=16)
    cog = write_cog(np.ones((16, 16)), grid, plane.wkt, title="", unit="", tags={})
    box = plane.to_degrees(grid.bounds_m)
    assert (box[0], box[2]) == (-180, 180)
    assert -box[1] == box[3] == pytest.approx(3.6, abs=0.1)
    for x, column in ((0, 0), (63, -1)):
        shown = pixels(draw_tile(cog, box, 1, "tempo", zoom=6, x=x, y=31, size=256))
        # Whole at the antimeridian, and nothing where the raster ends, 3.6 degrees from it.
        assert np.all(shown[128:, column, 3] == ramp("tempo")[STEPS][3])
        assert not np.any(shown[:, -1 - column, 3])
    assert not np.any(pixels(draw_tile(cog, box, 1, "tempo", zoom=6, x=32, y=31, size=256))[..., 3])


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_the_whole_picture_lies_where_its_box_says() -> None:
    picture = draw_picture(COG, MAXIMUM, "matter", longest_px=600)
    shown = pixels(picture.png)
    assert max(shown.shape[:2]) == 600
    row, column = np.unravel_index(np.argmax(VALUES), VALUES.shape)
    to_degrees = Transformer.from_crs(PLANE.proj, 3857, always_xy=True)
    x, y = to_degrees.transform(GRID.x_m[column], GRID.y_m[row])
    to_mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    (west, east), (south, north) = to_mercator.transform(picture.box[::2], picture.box[1::2])
    across = int((x - west) / (east - west) * shown.shape[1])
    down = int((north - y) / (north - south) * shown.shape[0])
    # The densest spot is the darkest one.
    assert tuple(shown[down, across]) == pytest.approx(ramp("matter")[STEPS], abs=12)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_png_holds_the_steps_and_colours_it_was_given() -> None:
    steps = np.random.default_rng(1).integers(0, 256, (7, 5), dtype=np.uint8)
    png = write_png(steps, ramp("tempo"))
    np.testing.assert_array_equal(pixels(png), np.array(ramp("tempo"), np.uint8)[steps])


def test_a_layer_with_a_window_has_one_plane_whatever_is_selected() -> None:
    some, other = np.array([1.0, 2.0]), np.array([15.0, 16.0])
    window = (-20.0, 3.0, 18.0, 29.0)
    assert plane_of(window, some, other) == plane_of(window, other, some) == PLANE
    # Without one the middle is found across the antimeridian too.
    assert plane_of(None, np.array([179.0, -177.0]), np.zeros(2)) == EqualArea(lon=-179, lat=0)


def test_areas_are_true_on_the_plane() -> None:
    from pyproj import Geod

    lon, lat = np.array([3.0, 4.0, 4.0, 3.0]), np.array([23.0, 23.0, 24.0, 24.0])
    # Along a parallel an edge is no geodesic: both are measured along many short ones.
    steps = np.linspace(0, 1, 400)[:-1, None]
    corners = np.column_stack([lon, lat])
    ring = np.concatenate(
        [a + (b - a) * steps for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)]
    )
    x, y = PLANE.to_metres(ring[:, 0], ring[:, 1])
    flat = abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
    true, _ = Geod(ellps="WGS84").polygon_area_perimeter(ring[:, 0], ring[:, 1])
    assert flat == pytest.approx(abs(true), rel=1e-6)


# --- colours ------------------------------------------------------------------------------------


def lab(colours: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Numbers:
    """Bring sRGB colours, 0 to 1, to CIE Lab."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175],
         [0.0193339, 0.119192, 0.9503041]]
    )  # fmt: skip
    white = linear @ to_xyz.T / np.array([0.95047, 1.0, 1.08883])
    x, y, z = np.where(white > 0.008856, np.cbrt(white), 7.787 * white + 16 / 116).T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# Viénot, Brettel and Mollon 1999, on linear values: without long and without middle cones.
BLIND = {
    "protan": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deutan": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}


@pytest.mark.parametrize("name", RAMPS)
def test_a_ramp_goes_in_even_steps_of_lightness_also_for_the_colour_blind(name: str) -> None:
    colours = np.array([cmap.get(name)[i][:3] for i in range(256)]) / 255
    steps = lab(colours)[::15]
    lightness = np.diff(steps[:, 0])
    assert np.all(lightness < -2) or np.all(lightness > 2)
    apart = np.linalg.norm(np.diff(steps, axis=0), axis=1)
    assert apart.max() < 1.7 * apart.min()
    for seen in BLIND.values():
        linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
        shown = np.clip(linear @ np.array(seen).T, 0, 1)
        back = np.where(shown <= 0.0031308, shown * 12.92, 1.055 * shown ** (1 / 2.4) - 0.055)
        far = np.linalg.norm(np.diff(lab(back)[::15], axis=0), axis=1)
        assert far.min() > 3


def test_nothing_is_seen_through_wholly_and_more_is_never_fainter() -> None:
    alphas = [colour[3] for colour in ramp("matter")]
    assert alphas == sorted(alphas)
    assert alphas[0] == 0
    assert 200 < alphas[-1] < 255


@pytest.mark.parametrize("maximum", [1e-7, 0.0153, 0.77, 1.0, 5.0, 9.99, 1_234.0])
def test_a_legend_has_round_values_that_stand_apart_and_the_maximum(maximum: float) -> None:
    made = stops(maximum, "matter")
    assert made[-1].value == maximum
    assert made[-1].position == 1
    assert 3 <= len(made) <= 6
    for stop in made[:-1]:
        assert f"{stop.value:.0e}"[0] in "125"
        assert stop.position == position_of(stop.value, maximum)
    positions = [0, *(stop.position for stop in made)]
    assert min(np.diff(positions)) > 0.1


def test_of_nothing_there_is_no_legend() -> None:
    assert stops(0, "matter") == []


def test_an_unknown_ramp_is_refused() -> None:
    from geo.errors import BadParameter

    with pytest.raises(BadParameter) as refused:
        parse_ramp("jet")
    assert refused.value.allowed == list(RAMPS)
