"""The page of a figure as matplotlib draws it: points from the top left, and our own fonts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from matplotlib.patheffects import withStroke

from app.figures._flow import Flow
from app.figures._type import font_file
from geo.styles.labels import Font

# Left, top, right, bottom; upwards or downwards alike.
Rectangle4 = tuple[float, float, float, float]
PT_PER_INCH = 72.0
PT_PER_MM = PT_PER_INCH / 25.4


class Page:
    """A sheet of paper that is drawn on in points, x from the left and y from the top."""

    def __init__(self, width: float, height: float, paper: str, fonts: Path) -> None:
        self.width, self.height, self.paper, self.fonts = width, height, paper, fonts
        # Whole hundredths of a point, so that formats agree on the size.
        size = (round(width, 2) / PT_PER_INCH, round(height, 2) / PT_PER_INCH)
        self.figure = Figure(figsize=size, facecolor=paper, edgecolor="none", linewidth=0)
        self.axes: Any = self.chart((0, 0, width, height))
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)
        self.axes.axis("off")
        # Names and legends stand above charts, which are added later.
        self.axes.set_zorder(10)
        self.axes.patch.set_alpha(0)

    def chart(self, box: tuple[float, float, float, float]) -> Axes:
        """Add a chart in a box: left, top, width, height."""
        left, top, width, height = box
        bottom = self.height - top - height
        share = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(share)

    def font(self, font: Font, size_pt: float) -> FontProperties:
        return FontProperties(fname=str(font_file(self.fonts, font)), size=size_pt)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        size_pt: float,
        ink: str,
        *,
        font: Font = "regular",
        align: str = "left",
        valign: str = "baseline",
        halo: str | None = None,
        axes: Axes | None = None,
        zorder: float = 5,
    ) -> None:
        """Write a text; `$` and backslashes are letters like others."""
        made = (axes or self.axes).text(
            x,
            y,
            text,
            fontproperties=self.font(font, size_pt),
            color=ink,
            ha=align,
            va=valign,
            parse_math=False,
            zorder=zorder,
            clip_on=False,
        )
        if halo is not None:
            made.set_path_effects([withStroke(linewidth=size_pt * 0.28, foreground=halo)])

    def lay(self, flow: Flow, left: float, top: float) -> None:
        """Put a laid-out column on the page."""
        for line in flow.lines:
            y = top + line.baseline
            self.write(left + line.left, y, line.text, line.size_pt, line.ink, font=line.font)
        for painter, offset in flow.painted:
            painter(self, left, top + offset)

    def line(self, xs: Sequence[float], ys: Sequence[float], ink: str, width: float) -> None:
        self.axes.add_artist(Line2D(xs, ys, color=ink, linewidth=width, solid_capstyle="butt"))

    def circle(self, x: float, y: float, radius: float, **looks: Any) -> None:
        self.axes.add_artist(Circle((x, y), radius, **looks))

    def box(self, x: float, y: float, width: float, height: float, **looks: Any) -> None:
        self.axes.add_artist(Rectangle((x, y), width, height, **looks))


def touch(one: Rectangle4, other: Rectangle4) -> bool:
    """Say whether two rectangles have anything in common."""
    apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    return not apart
