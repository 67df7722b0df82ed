"""Draw the icons of a theme on one sheet, as MapLibre loads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from geo.drawing.canvas import Canvas, without_ground
from geo.drawing.png import write_picture
from geo.drawing.symbols import draw_symbol
from geo.styles.scale import ICON_RADIUS_PX
from geo.styles.sprite import Icon

# The corners of a triangle reach farther than the circle of its area.
_SIDE_PX = 32
_ACROSS = 12


def sprite_index(icons: Sequence[Icon], scale: int) -> dict[str, Any]:
    """Say where on the sheet each icon is."""
    side = _SIDE_PX * scale
    return {
        icon.name: {
            "x": number % _ACROSS * side,
            "y": number // _ACROSS * side,
            "width": side,
            "height": side,
            "pixelRatio": scale,
        }
        for number, icon in enumerate(icons)
    }


def sprite_sheet(icons: Sequence[Icon], scale: int) -> bytes:
    """Draw the sheet as PNG."""
    rows = max(1, -(-len(icons) // _ACROSS))

    def drawn(ground: str) -> Image.Image:
        canvas = Canvas(_ACROSS * _SIDE_PX, rows * _SIDE_PX, scale, ground)
        for number, icon in enumerate(icons):
            x, y = ((place + 0.5) * _SIDE_PX for place in (number % _ACROSS, number // _ACROSS))
            draw_symbol(
                canvas,
                icon.shape,
                x,
                y,
                ICON_RADIUS_PX,
                fill=icon.fill,
                edge=icon.edge or icon.mark_colour,
                mark=icon.mark,
                mark_colour=icon.mark_colour,
            )
        return canvas.finish()

    return write_picture(without_ground(drawn))
