"""Pictures of tiles: what is where, in what colour, and the same from one tile to the next."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from shapely import box

from app.main import STATIC
from app.start import declared_layers
from geo.drawing.contents import Contents, Name, Shape, drawn_properties, map_zoom
from geo.drawing.draw import draw
from geo.spec import Layer
from geo.styles import scale
from geo.styles.look import look
from geo.styles.themes import DARK, LIGHT, THEMES, Theme
from geo.tiles.content import Cells, Coded, Points, Sums
from geo.tiles.grid import EXTENT, Tile
from geo.tiles.sql import others

FONTS = STATIC / "fonts"
pytestmark = pytest.mark.skipif(
    not FONTS.is_dir(), reason="the web assets are not built; ./atlas builds them"
)
LAYERS = declared_layers()
TILE = Tile(matrix="WebMercatorQuad", z=8, x=127, y=116)
Pixels = NDArray[np.uint8]


def drawn(
    contents: Sequence[Contents], theme: Theme = LIGHT, tile: Tile = TILE, **options: Any
) -> Pixels:
    made = draw(contents, theme, "en", tile, fonts=FONTS, **options)
    return np.asarray(Image.open(io.BytesIO(made)).convert("RGBA"))


def points(layer: Layer, rows: Sequence[dict[str, Any]], size_px: int = 256) -> Contents:
    """Place rows at pixels x and y of a tile."""
    names = others(drawn_properties(layer))
    steps = np.array([[row["x"], row["y"]] for row in rows], dtype=float).reshape(-1, 2)
    x, y = np.floor(steps * EXTENT / size_px).astype(np.int64).T
    ids = np.array([str(row["id"]).encode() for row in rows], dtype=np.bytes_)
    properties = {name: Coded.of([row.get(name) for row in rows]) for name in names}
    return Contents(layer=layer, points=Points(x=x, y=y, ids=ids, properties=properties))


def event(x: float, y: float, killed: int | None, **others: Any) -> dict[str, Any]:
    known = {"place_precision": 1, "target_class": "mission", "id": f"{x},{y}"}
    return {"x": x, "y": y, "killed_best": killed, **known, **others}


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def covered(pixels: Pixels, ground: str) -> int:
    return int((pixels[:, :, :3] != rgb(ground)).any(axis=2).sum())


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize(("size_px", "density"), [(256, 1), (256, 2), (512, 1), (512, 2)])
def test_an_empty_tile_is_water_of_the_size_that_was_asked_for(
    theme: Theme, size_px: int, density: int
) -> None:
    pixels = drawn([], theme, size_px=size_px, scale=density)
    assert pixels.shape == (size_px * density, size_px * density, 4)
    assert (pixels == [*rgb(theme.water), 255]).all()


def test_the_same_contents_give_the_same_bytes() -> None:
    contents = [points(LAYERS["events"], [event(50, 60, 12), event(80, 90, None)])]
    made = [draw(contents, DARK, "fr", TILE, fonts=FONTS) for _ in range(2)]
    assert made[0] == made[1]


def test_a_circle_covers_the_area_that_its_value_stands_for() -> None:
    areas = [
        covered(drawn([points(LAYERS["events"], [event(128, 128, killed)])], scale=2), LIGHT.water)
        for killed in (100, 400)
    ]
    assert 3.8 < areas[1] / areas[0] < 4
    radius = 2 * scale.radius_px(400, LAYERS["events"].style.value_px, map_zoom(TILE, 256))
    # Pixels that are covered in part count whole.
    assert 0 < areas[1] - np.pi * radius**2 < 2 * np.pi * radius


def test_the_middle_of_a_circle_has_its_class_colour_over_the_ground() -> None:
    shape = Shape(geometry=box(-9, -9, 265, 265), value=None)
    contents = [
        Contents(layer=LAYERS["regions"], shapes=[shape]),
        points(LAYERS["events"], [event(128, 128, 200)]),
    ]
    radius = scale.radius_px(200, LAYERS["events"].style.value_px, map_zoom(TILE, 256))
    for theme in (LIGHT, DARK):
        colour = look(LAYERS["events"], theme).of_class("mission").colour
        pixels = drawn(contents, theme)
        wanted = [
            scale.OPACITY * above + (1 - scale.OPACITY) * below
            for above, below in zip(rgb(colour), rgb(theme.area), strict=True)
        ]
        beside = round(128 + 0.75 * radius)
        assert np.abs(pixels[128, beside, :3] - np.array(wanted)).max() <= 2


def test_a_smaller_circle_is_drawn_on_a_larger_one_however_they_come() -> None:
    rows = [event(128, 140, 4, target_class="civilians"), event(128, 128, 400)]
    first, second = (drawn([points(LAYERS["events"], each)]) for each in (rows, rows[::-1]))
    assert np.array_equal(first, second)
    assert first[140, 128, 0] > 150


def test_an_imprecise_place_is_a_ring_and_never_filled() -> None:
    filled, ring, unsure = (
        drawn([points(LAYERS["events"], [event(128, 128, 100, place_precision=precision)])])
        for precision in (2, 3, None)
    )
    x = 128 + 6
    blue = rgb(look(LAYERS["events"], LIGHT).of_class("mission").colour)
    assert np.abs(filled[128, x, :3] - np.array(blue)).max() < 90
    assert np.abs(ring[135, 128, :3] - np.array(rgb(LIGHT.water))).max() < 40
    assert np.array_equal(ring, unsure)


def test_a_number_that_nobody_states_is_an_empty_sign_and_no_circle_of_zero() -> None:
    unknown, zero = (
        drawn([points(LAYERS["events"], [event(128, 128, n)])], scale=2) for n in (None, 0)
    )
    assert unknown[252, 256].tolist() == [*rgb(LIGHT.area), 255]
    assert covered(unknown, LIGHT.water) > 2 * covered(zero, LIGHT.water)


def cells(side: int = 64) -> Cells:
    number = np.arange(40, dtype=np.int64)
    count = 1 + number % 9
    known = number % 5 != 0
    return Cells(
        side=side,
        column=(number * 13) % (side + 8) - 4,
        row=(number * 29) % (side + 8) - 4,
        count=count,
        sums={"killed_best": Sums(total=count * 40 * known, known=known)},
        classes={"mission": count - count // 3, "civilians": count // 3, None: 0 * count},
    )


def drawn_cells(layer: Layer, *classes: dict[str | None, int]) -> Pixels:
    """Draw cells of rows of these classes."""
    number = len(classes)
    values = {value for each in classes for value in each}
    made = Cells(
        side=64,
        column=16 * np.arange(1, number + 1),
        row=np.full(number, 32),
        count=np.array([sum(each.values()) for each in classes]),
        sums={"killed_best": Sums(total=np.full(number, 900), known=np.full(number, True))},
        classes={value: np.array([each.get(value, 0) for each in classes]) for value in values},
    )
    return drawn([Contents(layer=layer, cells=made)], scale=2)


def colours_of(pixels: Pixels) -> set[tuple[int, ...]]:
    return {tuple(pixel) for pixel in pixels[:, :, :3].reshape(-1, 3).tolist()}


def test_cells_have_the_colour_of_more_than_half_of_their_rows() -> None:
    layer = LAYERS["events"]
    seen = look(layer, LIGHT)
    half: dict[str | None, int] = {"mission": 1, "civilians": 1}
    edges = colours_of(drawn_cells(layer, {"mission": 2, "civilians": 1}, half))
    assert {rgb(seen.of_class("mission").colour), rgb(seen.other.colour)} <= edges
    assert rgb(seen.of_class("civilians").colour) not in edges
    unstated = colours_of(drawn_cells(layer, {None: 9, "mission": 2}))
    assert rgb(seen.other.colour) in unstated
    assert rgb(seen.of_class("mission").colour) not in unstated


def test_classes_that_share_a_colour_are_counted_together() -> None:
    layer = LAYERS["attacks"]
    bombs = drawn_cells(layer, {"ied_mine": 7})
    both = drawn_cells(layer, {"ied_mine": 2, "svbied": 2, "ambush": 3})
    no_majority = drawn_cells(layer, {"ied_mine": 2, "svbied": 1, "ambush": 4, None: 1})
    assert np.array_equal(both, bombs)
    assert not np.array_equal(no_majority, bombs)


def test_nothing_behind_shows_the_same_symbols_on_any_ground() -> None:
    contents = [
        Contents(layer=LAYERS["events"], cells=cells()),
        points(LAYERS["camps"], [{"x": 90, "y": 90, "kind": "base", "name": "Ber", "id": "1"}]),
    ]
    alone = drawn(contents, is_transparent=True).astype(float)
    alpha = alone[:, :, 3:] / 255
    over = alone[:, :, :3] * alpha + np.array(rgb(LIGHT.water)) * (1 - alpha)
    assert np.abs(over - drawn(contents)[:, :, :3]).max() <= 3
    assert alone[:, :, 3].min() == 0


def test_four_tiles_of_points_and_names_are_one_picture() -> None:
    """Draw a tile at 512 pixels, and its four children at 256: the same map, cut or not."""
    random = np.random.default_rng(7)
    rows = [
        event(x, y, int(killed) if killed > 1 else None, place_precision=1 + number % 5)
        for number, (x, y, killed) in enumerate(
            # On whole eighths, where the steps of both sizes of tile meet.
            np.floor(random.uniform((-40, -40, 0), (552, 552, 90), (400, 3)) * 8) / 8
        )
    ]
    camps = [
        {"x": x, "y": y, "kind": "base", "name": f"Camp of {number}", "id": str(number)}
        for number, (x, y) in enumerate(np.floor(random.uniform(-380, 892, (160, 2)) * 8) / 8)
    ]
    names = [
        Name(
            x=(TILE.x + 0.5) / 2**TILE.z,
            y=(TILE.y + 0.5) / 2**TILE.z,
            texts={"name": "Ségou ɛɔɲŋ"},
            value=None,
        )
    ]

    def contents(left: int, top: int, size_px: int) -> list[Contents]:
        shape = Shape(geometry=box(200.25 - left, 100 - top, 330 - left, 400.5 - top), value=None)
        moved = [
            points(
                LAYERS[layer],
                [{**row, "x": row["x"] - left, "y": row["y"] - top} for row in each],
                size_px,
            )
            for layer, each in (("events", rows), ("camps", camps))
        ]
        return [Contents(layer=LAYERS["regions"], shapes=[shape], names=names), *moved]

    whole = drawn(contents(0, 0, 512), DARK, size_px=512)
    parts = np.zeros_like(whole)
    for across in (0, 1):
        for down in (0, 1):
            tile = Tile(
                matrix="WebMercatorQuad",
                z=TILE.z + 1,
                x=2 * TILE.x + across,
                y=2 * TILE.y + down,
            )
            left, top = 256 * across, 256 * down
            own = drawn(contents(left, top, 256), DARK, tile)
            parts[top : top + 256, left : left + 256] = own
    apart = np.abs(parts.astype(int) - whole)
    # One step of 255, where a share of a pixel is rounded the other way.
    assert apart.max() <= 1
    assert (apart.max(axis=2) > 0).mean() < 0.001


def test_a_name_at_an_edge_is_written_in_both_tiles() -> None:
    layer = LAYERS["regions"]
    name = Name(x=TILE.x / 256, y=(TILE.y + 0.5) / 256, texts={"name": "Kidal"}, value=None)
    contents = [Contents(layer=layer, names=[name])]
    left = drawn(contents, tile=Tile(matrix=TILE.matrix, z=8, x=TILE.x - 1, y=TILE.y))
    right = drawn(contents)
    assert covered(left, LIGHT.water) > 200
    assert covered(right, LIGHT.water) > 200
    assert covered(left[:, :200], LIGHT.water) == covered(right[:, 56:], LIGHT.water) == 0


def test_of_two_names_that_touch_the_one_that_goes_before_is_written() -> None:
    def written(*kinds: str) -> Pixels:
        rows = [
            {"x": 100, "y": 100 + 6 * number, "kind": kind, "name": f"The {kind}", "id": kind}
            for number, kind in enumerate(kinds)
        ]
        return drawn([points(LAYERS["camps"], rows)])[:, 112:]

    assert np.array_equal(written("hq", "base")[:104], written("hq")[:104])
    assert not np.array_equal(written("hq"), written("base"))


def test_layers_that_begin_at_a_deeper_zoom_are_left_out() -> None:
    layer = LAYERS["cercles"]
    assert layer.style.min_zoom == 5
    shape = Shape(geometry=box(50, 50, 150, 150), value=None)
    contents = [Contents(layer=layer, shapes=[shape])]
    for z, is_drawn in ((5, False), (6, True)):
        tile = Tile(matrix="WebMercatorQuad", z=z, x=0, y=0)
        assert (covered(drawn(contents, tile=tile), LIGHT.water) > 0) == is_drawn


def test_a_tile_in_degrees_belongs_to_the_zoom_at_which_its_degrees_are_as_wide() -> None:
    tile = Tile(matrix="WorldCRS84Quad", z=5, x=31, y=12)
    assert map_zoom(tile, 256) == 5
    assert map_zoom(Tile(matrix="WebMercatorQuad", z=5, x=15, y=14), 256) == 4
