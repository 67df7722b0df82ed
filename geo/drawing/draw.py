"""Draw one tile of some layers, as the web map shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from geo.drawing.canvas import Canvas, without_ground
from geo.drawing.contents import Contents, is_seen
from geo.drawing.ground import draw_edges, draw_fills, draw_water
from geo.drawing.names import Frame, write_names
from geo.drawing.png import write_picture
from geo.drawing.points import draw_cells, draw_points
from geo.spec import Language
from geo.styles.document import drawing_order
from geo.styles.look import Look, look
from geo.styles.themes import Theme
from geo.tiles.grid import Tile

SIZES_PX = (256, 512)


def draw(
    contents: Sequence[Contents],
    theme: Theme,
    language: Language,
    tile: Tile,
    *,
    fonts: Path,
    size_px: int = 256,
    scale: int = 1,
    is_transparent: bool = False,
) -> bytes:
    """Draw a tile as PNG: `size_px` pixels wide, each of `scale` by `scale` dots.

    `fonts` is a folder with the files that geo.drawing.text names. Equal contents give equal bytes.
    """
    frame = Frame(tile=tile, size_px=size_px, scale=scale)
    shown = [(look(one.layer, theme), one) for one in contents if is_seen(one.layer, tile, size_px)]

    def drawn(ground: str) -> Image.Image:
        return _draw_on(ground, shown, theme, language, frame, fonts)

    return write_picture(without_ground(drawn) if is_transparent else drawn(theme.water))


def _draw_on(
    ground: str,
    shown: Sequence[tuple[Look, Contents]],
    theme: Theme,
    language: Language,
    frame: Frame,
    fonts: Path,
) -> Image.Image:
    canvas = Canvas(frame.size_px, frame.size_px, frame.scale, ground)
    by_layer = {seen.layer: contents for seen, contents in shown}
    order = drawing_order([seen for seen, _ in shown])
    shapes = [seen for seen in order if seen.is_shape]
    for step in (draw_fills, draw_water, draw_edges):
        for seen in shapes:
            step(canvas, seen, by_layer[seen.layer])
    for seen in order:
        own = by_layer[seen.layer]
        if own.cells is not None:
            draw_cells(canvas, seen, own.cells, frame.size_px, frame.zoom)
        if own.points is not None:
            draw_points(canvas, seen, own.points, frame.size_px, frame.zoom)
    image = canvas.finish()
    write_names(image, shown, theme, language, frame, fonts)
    return image
