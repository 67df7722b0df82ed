"""A picture to draw on, in pixels of a map, whatever the density of the screen.

Anti-Grain Geometry draws (aggdraw): in a comparison it was the fastest of those that draw cleanly,
and its wheels need nothing else installed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import hypot
from typing import Any

import aggdraw
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from geo.drawing import stamps

Points = Sequence[tuple[float, float]]
Reals = NDArray[np.floating[Any]]


class Canvas:
    """Draw shapes over a ground of one colour."""

    def __init__(self, width_px: int, height_px: int, scale: int, ground: str) -> None:
        self.scale = scale
        self.image = Image.new("RGB", (width_px * scale, height_px * scale), ground)
        self._begin()
        self._pens: dict[tuple[str, float], aggdraw.Pen] = {}
        self._brushes: dict[tuple[str, float], aggdraw.Brush] = {}

    def _begin(self) -> None:
        """Take up the image as it is; the tool has a copy of its own until it is flushed."""
        self._tool = aggdraw.Draw(self.image)
        self._tool.setantialias(True)

    def finish(self) -> Image.Image:
        """Bring what was drawn into the image, on which names can then be written."""
        self._tool.flush()
        return self.image

    def circles(
        self,
        x: Reals,
        y: Reals,
        radius: Reals,
        colours: Sequence[str],
        opacity: Reals,
        edge_px: float,
    ) -> None:
        """Draw circles in their order, each with a colour and the opacity of what it encloses."""
        if not len(x):
            return
        kinds, left, top = stamps.kinds(
            x * self.scale, y * self.scale, radius * self.scale, opacity
        )
        different, which = np.unique(kinds, return_inverse=True)
        made = [stamps.stamp(kind, edge_px * self.scale) for kind in different.tolist()]
        reach = np.array([one.reach for one in made])[which]
        west, north, width = left - reach, top - reach, 2 * reach + 1
        corners = (west, north, west + width, north + width)
        boxes = zip(*(each.tolist() for each in corners), strict=True)
        masks = [one.mask.im for one in made]
        inks = {colour: ImageColor.getrgb(colour) for colour in set(colours)}
        self._tool.flush()
        # Image.paste first asks what it was given, which takes twice as long as to do it.
        paste = self.image.im.paste
        for box, kind, colour in zip(boxes, which.tolist(), colours, strict=True):
            paste(inks[colour], box, masks[kind])
        self._begin()

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        """Fill a circle."""
        self._tool.ellipse(self._box(x, y, radius), self._brush(colour, 1.0))

    def ring(self, x: float, y: float, radius: float, colour: str, width_px: float) -> None:
        """Draw the edge of a circle."""
        self._tool.ellipse(self._box(x, y, radius), self._pen(colour, width_px))

    def area(self, rings: Sequence[NDArray[np.float64]], colour: str) -> None:
        """Fill an area; rings inside others, which run the other way, are holes."""
        self._tool.path(self._path(rings, closed=True), self._brush(colour, 1.0))

    def lines(
        self,
        lines: Sequence[NDArray[np.float64]],
        colour: str,
        width_px: float,
        *,
        closed: bool,
    ) -> None:
        """Draw lines, or the edges of areas."""
        self._tool.path(self._path(lines, closed=closed), self._pen(colour, width_px))

    def _box(self, x: float, y: float, radius: float) -> tuple[float, float, float, float]:
        x, y, radius = x * self.scale, y * self.scale, radius * self.scale
        return (x - radius, y - radius, x + radius, y + radius)

    def _path(self, lines: Sequence[NDArray[np.float64]], *, closed: bool) -> aggdraw.Path:
        path = aggdraw.Path()
        for line in lines:
            (first, *others) = (line * self.scale).tolist()
            path.moveto(*first)
            for point in others:
                path.lineto(*point)
            if closed:
                path.close()
        return path

    def _pen(self, colour: str, width_px: float) -> aggdraw.Pen:
        key = (colour, width_px)
        if key not in self._pens:
            self._pens[key] = aggdraw.Pen(colour, width_px * self.scale)
        return self._pens[key]

    def _brush(self, colour: str, opacity: float) -> aggdraw.Brush:
        key = (colour, opacity)
        if key not in self._brushes:
            self._brushes[key] = aggdraw.Brush(colour, round(255 * opacity))
        return self._brushes[key]


def without_ground(draw: Callable[[str], Image.Image]) -> Image.Image:
    """Draw with nothing behind: what black and white show through is what is not covered."""
    on_black, on_white = (
        np.asarray(draw(ground), dtype=np.int32) for ground in ("#000000", "#FFFFFF")
    )
    alpha = 255 - (on_white - on_black).max(axis=2)
    colours = on_black * 255 // np.maximum(alpha, 1)[:, :, None]
    made = np.dstack([np.clip(colours, 0, 255), alpha]).astype(np.uint8)
    return Image.fromarray(made, "RGBA")


def dashes(points: Points, on_px: float, off_px: float) -> list[list[tuple[float, float]]]:
    """Cut a line into dashes, shortened a little so that a whole number of them fits."""
    steps = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)]
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(1, round(along[-1] / (on_px + off_px)))
    period, share = along[-1] / count, on_px / (on_px + off_px)
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    made = []
    for number in range(count):
        start, end = number * period, (number + share) * period
        between = [at for at in along.tolist() if start < at < end]
        places = [start, *between, end]
        x, y = np.interp(places, along, xs).tolist(), np.interp(places, along, ys).tolist()
        made.append(list(zip(x, y, strict=True)))
    return made
