"""Pictures of the default data: read as the service reads it, and joined without a seam."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.main import STATIC
from geo.database import Database
from geo.drawing.contents import Contents, read_contents
from geo.drawing.draw import draw
from geo.drawing.names import Frame, names_with_room
from geo.query import FeatureQuery
from geo.spec import LANGUAGES, Language, Layer
from geo.styles.document import default_layers
from geo.styles.look import look
from geo.styles.themes import DARK, LIGHT
from geo.tiles.grid import Matrix, Tile

FONTS = STATIC / "fonts"
pytestmark = pytest.mark.skipif(
    not FONTS.is_dir(), reason="the web assets are not built; ./atlas builds them"
)
# Round Mopti: regions, rivers, camps, events of all kinds of precision.
PARENT = Tile(matrix="WebMercatorQuad", z=6, x=31, y=29)


def children(tile: Tile) -> list[Tile]:
    return [
        Tile(matrix=tile.matrix, z=tile.z + 1, x=2 * tile.x + across, y=2 * tile.y + down)
        for down in (0, 1)
        for across in (0, 1)
    ]


def read(
    url: str, layers: Sequence[Layer], tiles: Sequence[Tile], size_px: int, side: int | None = None
) -> list[list[Contents]]:
    async def reading() -> list[list[Contents]]:
        database = await Database.open(url, size=1, statement_timeout_ms=30_000)
        try:
            async with database.reading() as reader:
                return [
                    [
                        await read_contents(
                            reader, layer, FeatureQuery(), tile, side=side, size_px=size_px
                        )
                        for layer in layers
                    ]
                    for tile in tiles
                ]
        finally:
            await database.close()

    return asyncio.run(reading())


def picture(contents: Sequence[Contents], tile: Tile, size_px: int) -> NDArray[np.uint8]:
    made = draw(contents, LIGHT, "fr", tile, fonts=FONTS, size_px=size_px)
    return np.asarray(Image.open(io.BytesIO(made)).convert("RGB"))


@pytest.mark.parametrize("matrix", ["WebMercatorQuad", "WorldCRS84Quad"])
def test_four_tiles_of_the_default_data_are_one_picture(
    database_url: str, layers: dict[str, Layer], matrix: Matrix
) -> None:
    chosen = [layers[name] for name in default_layers(layers)]
    parent = PARENT if matrix == PARENT.matrix else Tile(matrix=matrix, z=5, x=31, y=13)
    (whole,) = read(database_url, chosen, [parent], 512)
    cut = read(database_url, chosen, children(parent), 256)
    tiles = [picture(each, tile, 256) for each, tile in zip(cut, children(parent), strict=True)]
    rows = [np.hstack(tiles[start : start + 2]) for start in (0, 2)]
    expected = picture(whole, parent, 512).astype(int)
    apart = np.abs(np.vstack(rows) - expected).max(axis=2)
    assert len(np.unique(expected.reshape(-1, 3), axis=0)) > 500
    # Steps of points are a sixteenth of a pixel in one and an eighth in the other, and a line that
    # is cut off outside is moved there by a quarter: softer or harder edges, and nothing else.
    assert apart.max() < 48
    assert (apart > 24).mean() < 0.001


def test_neighbours_keep_the_edge_that_they_share(
    database_url: str, layers: dict[str, Layer]
) -> None:
    ((contents,),) = read(database_url, [layers["regions"]], [PARENT], 256)
    corners = [
        {tuple(corner) for corner in np.asarray(part.exterior.coords).tolist()}
        for shape in contents.shapes
        for part in getattr(shape.geometry, "geoms", [shape.geometry])
    ]
    shared = [len(one & other) for one in corners for other in corners if one is not other]
    assert max(shared) > 10
    for corner in set.union(*corners):
        assert all(float(number * 2).is_integer() for number in corner)


def test_cells_are_read_with_what_reaches_in_from_the_neighbours(
    database_url: str, layers: dict[str, Layer]
) -> None:
    ((contents,),) = read(database_url, [layers["events"]], [PARENT], 256, side=64)
    assert contents.cells is not None
    assert contents.points is None
    assert contents.cells.column.min() < 0 or contents.cells.column.max() >= 64


def test_names_are_read_once_for_all_tiles_and_stand_where_they_belong(
    database_url: str, layers: dict[str, Layer]
) -> None:
    ((contents,),) = read(database_url, [layers["regions"]], [PARENT], 256)
    names = {name.texts["name"]: name for name in contents.names}
    assert len(names) > 8
    kidal = names["Kidal"]
    assert 0.5 < kidal.x < 0.5 + 3 / 360
    assert 0.43 < kidal.y < 0.45


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_region_of_the_mission_is_named_where_mali_fills_a_map(
    database_url: str, layers: dict[str, Layer], language: Language
) -> None:
    # Of 256 pixels each, so that Mali is 750 wide.
    tiles = [
        Tile(matrix="WebMercatorQuad", z=6, x=x, y=y) for x in range(29, 33) for y in range(27, 31)
    ]
    chosen = [layers["basemap"], layers["regions"]]
    looks, written = [look(layer, LIGHT) for layer in chosen], set()
    for tile, contents in zip(tiles, read(database_url, chosen, tiles, 256), strict=True):
        frame = Frame(tile=tile, size_px=256, scale=1)
        drawn = list(zip(looks, contents, strict=True))
        written |= {one.key[3] for one in names_with_room(drawn, language, frame, FONTS)}
    assert {
        *("Kidal", "Gao", "Ménaka", "Mopti", "Ségou", "Bandiagara", "Douentza", "San")
    } <= written


def test_dark_and_light_show_the_same_things(database_url: str, layers: dict[str, Layer]) -> None:
    chosen = [layers["regions"], layers["camps"]]
    (contents,) = read(database_url, chosen, [PARENT], 256)
    made = [draw(contents, theme, "en", PARENT, fonts=FONTS) for theme in (LIGHT, DARK)]
    light, dark = (np.asarray(Image.open(io.BytesIO(one)).convert("L"), float) for one in made)
    assert light.mean() > 180
    assert dark.mean() < 60
