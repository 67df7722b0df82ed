"""Draw a figure: numbers and words in, a page of matplotlib out. Nothing here reads data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from app.figures._bars import HATCH, Bars
from app.figures._circles import Scale, legend_values, scale_of
from app.figures._flow import LINE, Flow, Painter
from app.figures._ground import PLANE, Ground
from app.figures._look import Colours
from app.figures._map import MapDrawing, circle_looks, largest_of, tolled_areas, unknown_looks
from app.figures._numbers import DRAWN_AS_CIRCLES, Numbers
from app.figures._page import PT_PER_MM, Page
from app.figures._question import Question
from app.figures._texts import TEXTS
from app.figures._words import Note, Words
from app.wording import number_words

Box = tuple[float, float, float, float]
# A map is a little higher than wide, as Mali is.
MAP_SHAPE = 1.02
# Notes are a little larger than the foot, unless a map on a sheet of fixed height has many.
NOTE_SHARE = 1.08
LEAST_CHART = 0.35
ASIDE_SHARES = (NOTE_SHARE, 1.0, 0.92, 0.85, 0.78, 0.7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Circles:
    """The circles of a map: what they stand for, and how they look."""

    numbers: Numbers
    colours: Colours
    scale: Scale

    def signs(self) -> list[str]:
        """Name the signs that are drawn, beside the sizes of circles."""
        drawn = self.numbers.of_kind(DRAWN_AS_CIRCLES)
        valued = [spot for spot in drawn if spot.toll.value]
        known = {
            "circle_point": any(spot.kind != "road" for spot in valued),
            "circle_road": any(spot.kind == "road" for spot in valued),
            "circle_area": bool(tolled_areas(self.numbers)),
            "unknown_sign": any(spot.toll.value is None for spot in drawn),
        }
        return [name for name, is_there in known.items() if is_there]


def draw(
    question: Question,
    numbers: Numbers,
    words: Words,
    colours: Colours,
    ground: Ground | None,
    fonts: Path,
) -> Figure:
    """Draw the whole figure."""
    return Drawing(question, numbers, words, colours, ground, fonts).draw()


class Drawing:
    """Lay out and draw one figure."""

    def __init__(
        self,
        question: Question,
        numbers: Numbers,
        words: Words,
        colours: Colours,
        ground: Ground | None,
        fonts: Path,
    ) -> None:
        self.question, self.numbers, self.words = question, numbers, words
        self.colours, self.ground, self.fonts = colours, ground, fonts
        self.size = question.size
        self.width = self.size.width_mm * PT_PER_MM
        self.margin = self.size.text_pt * 1.5
        self.inner = self.width - 2 * self.margin
        self.scale = Scale(unit_pt=0)

    def draw(self) -> Figure:
        head, foot = self._head(), self._foot()
        is_map, gap = self.ground is not None, self.size.text_pt * 0.9
        beside = self.inner * self.size.aside if is_map else 0.0
        chart_width = self.inner - (beside + self.margin if beside else 0)
        used = 2 * self.margin + head.height + foot.height + 2 * gap
        chart = self._chart_height(chart_width, used)
        fixed = self.size.height_mm is not None
        aside = self._flow(beside or self.inner)
        if is_map:
            self._size_circles(min(chart_width, chart))
            aside = self._fitting(aside.width, chart if fixed else inf)
        if beside:
            chart = max(chart, aside.height)
        below = aside.height + gap if is_map and not beside else 0.0
        height = used + chart + below
        page = Page(self.width, height, self.colours.paper, self.fonts)
        page.lay(head, self.margin, self.margin)
        top = self.margin + head.height + gap
        self._chart(page, (self.margin, top, chart_width, chart))
        if beside:
            page.lay(aside, self.margin * 2 + chart_width, top)
        else:
            page.lay(aside, self.margin, top + chart + gap)
        page.lay(foot, self.margin, height - self.margin - foot.height)
        return page.figure

    def _size_circles(self, side: float) -> None:
        """Choose how large circles are on a map of a size."""
        self.scale = scale_of(largest_of(self.numbers), side)

    def _chart_height(self, width: float, used: float) -> float:
        """Give what a sheet of fixed height leaves, else what suits the width.

        A very long query, which the foot repeats, leaves too little: then the sheet gets higher.
        """
        if self.size.height_mm is not None:
            sheet = self.size.height_mm * PT_PER_MM
            return max(sheet - used, sheet * LEAST_CHART)
        return width * MAP_SHAPE if self.ground is not None else self.size.chart_mm * PT_PER_MM

    def _chart(self, page: Page, box: Box) -> None:
        if self.ground is not None:
            self._map(page, self.ground, box)
        elif self.numbers.years and not self.words.nothing:
            Bars(page, self.question, self.numbers, self.colours).draw(box)
        if self.words.nothing:
            left, top, width, height = box
            page.write(
                left + width / 2,
                top + height / 2,
                self.words.nothing,
                self.size.text_pt * 1.1,
                self.colours.ink,
                font="semibold",
                align="center",
                halo=self.colours.paper,
            )

    def _map(self, page: Page, ground: Ground, box: Box) -> None:
        looks = (self.colours, self.scale)
        MapDrawing(page, self.question, self.numbers, ground, *looks, box).draw()

    def _flow(self, width: float | None = None) -> Flow:
        return Flow(width=self.inner if width is None else width, fonts=self.fonts)

    def _head(self) -> Flow:
        flow = self._flow()
        flow.text(
            self.words.title,
            self.size.title_pt,
            self.colours.ink,
            font="semibold",
            is_balanced=True,
        )
        flow.space(self.size.text_pt * 0.35)
        flow.text(self.words.subtitle, self.size.text_pt, self.colours.note)
        return flow

    def _foot(self) -> Flow:
        flow, size = self._flow(), self.size.small_pt
        if self.ground is None:
            self._notes(flow, size * NOTE_SHARE)
        flow.block(size * 0.5, self._rule)
        for text in self.words.foot:
            flow.text(text, size, self.colours.note)
        if self.ground is not None:
            text = TEXTS["projection"].in_language(self.question.language)
            middle = {"north": f"{PLANE.lat:g}", "west": f"{-PLANE.lon:g}"}
            flow.text(text.format(**middle), size, self.colours.note)
        flow.text(self.words.again, size, self.colours.muted)
        return flow

    def _rule(self, page: Page, left: float, top: float) -> None:
        page.line([left, left + self.inner], [top, top], self.colours.rule, 0.6)

    def _notes(self, flow: Flow, size: float) -> None:
        indent = size * 2.2 if any(note.sign for note in self.words.notes) else 0.0
        for note in self.words.notes:
            sign = partial(self._sign, note, size) if note.sign else None
            own = indent if note.sign else 0.0
            flow.text(note.text, size, self.colours.ink, indent=own, sign=sign)
            flow.space(size * 0.2)
        flow.space(size * 0.4)

    def _sign(self, note: Note, size: float, page: Page, left: float, middle: float) -> None:
        """Draw what a note is about in front of it."""
        if note.sign == "hatched":
            page.box(
                left,
                middle - size * 0.4,
                size * 1.5,
                size * 0.8,
                facecolor=self.colours.paper,
                edgecolor=self.colours.mark,
                hatch=HATCH,
                linewidth=0.8,
                hatch_linewidth=0.7,
            )
        elif note.sign == "range":
            x, ink = left + size * 0.75, self.colours.ink
            page.line([x, x], [middle - size * 0.5, middle + size * 0.5], ink, 0.9)
            for y in (middle - size * 0.5, middle + size * 0.5):
                page.line([x - size * 0.25, x + size * 0.25], [y, y], ink, 0.9)
        else:
            self._diamond(page, left + size * 0.75, middle, size * 0.42, self.colours.compared)

    def _diamond(self, page: Page, x: float, y: float, reach: float, edge: str) -> None:
        corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
        looks: dict[str, Any] = {"facecolor": self.colours.paper, "edgecolor": edge}
        page.axes.add_artist(Polygon(corners, closed=True, linewidth=1.1, **looks))

    def _fitting(self, width: float, height: float) -> Flow:
        """Lay out what stands beside a map in letters as small as its height asks for."""
        for share in ASIDE_SHARES:
            flow = self._flow(width)
            self._aside(flow, self.size.small_pt * share)
            if flow.height <= height:
                break
        return flow

    def _aside(self, flow: Flow, size: float) -> None:
        """Lay out what a map needs beside it: the legend, what has no circle, and notes."""
        self._legend(flow, size)
        if self.words.aside:
            heading, share, *lines = self.words.aside
            flow.space(size * 0.7)
            flow.text(heading, size, self.colours.ink, font="semibold")
            flow.text(share, size, self.colours.ink)
            if self.size.aside:
                for line in lines:
                    flow.text(line, size, self.colours.note, indent=size * 0.8)
            else:
                flow.text(" · ".join(lines), size, self.colours.note)
        flow.space(size * 0.7)
        self._notes(flow, size)

    def _legend(self, flow: Flow, size: float) -> None:
        """Lay out what explains the circles of a map."""
        circles = Circles(numbers=self.numbers, colours=self.colours, scale=self.scale)
        self._circle_legend(flow, size, self.words.legend, circles)

    def _circle_legend(self, flow: Flow, size: float, heading: str, circles: Circles) -> None:
        """Lay out nested circles of three sizes, and the signs of what is less well known."""
        self._heading(flow, size, heading)
        values = legend_values(largest_of(circles.numbers))
        if values:
            height = max(2 * circles.scale.radius_pt(values[0]) + size, size * LINE * len(values))
            flow.block(height, partial(self._nested, values, size, circles.scale))
        for name in circles.signs():
            text = TEXTS[name].in_language(self.question.language)
            self._entry(flow, size, text, partial(self._place_sign, name, size, circles.colours))

    def _heading(self, flow: Flow, size: float, words: str) -> None:
        flow.text(words, size, self.colours.ink, font="semibold")
        flow.space(size * 0.3)

    def _entry(self, flow: Flow, size: float, text: str, sign: Painter) -> None:
        """Set what a sign means beside it."""
        flow.text(text, size, self.colours.ink, indent=size * 2.2, sign=sign)
        flow.space(size * 0.15)

    def _nested(
        self,
        values: tuple[int, ...],
        size: float,
        scale: Scale,
        page: Page,
        left: float,
        top: float,
    ) -> None:
        """Draw circles that stand on one point, each with a line to its value."""
        largest = scale.radius_pt(values[0])
        foot, x = top + 2 * largest + size * 0.4, left + largest + 1
        room = size * 1.1
        previous = top - room
        for value in values:
            radius = scale.radius_pt(value)
            page.circle(
                x,
                foot - radius,
                radius,
                facecolor="none",
                edgecolor=self.colours.ink,
                linewidth=0.7,
            )
            crown = foot - 2 * radius
            at = max(crown, previous + room)
            end = left + 2 * largest + size * 1.2
            page.line([x, end - size * 0.4, end], [crown, crown, at], self.colours.note, 0.5)
            said = number_words(value, self.question.language)
            page.write(end + size * 0.3, at + size * 0.35, said, size, self.colours.ink)
            previous = at

    def _place_sign(
        self, name: str, size: float, colours: Colours, page: Page, left: float, middle: float
    ) -> None:
        x, rule = left + size * 0.8, self.size.text_pt / 13
        if name == "circle_area":
            page.box(
                left,
                middle - size * 0.45,
                size * 1.6,
                size * 0.9,
                facecolor=(colours.mark, 0.1),
                edgecolor=colours.mark,
                linewidth=rule,
                linestyle=(0, (4, 3)),
            )
        elif name == "unknown_sign":
            looks = unknown_looks(colours, rule)
            reach = size * 0.4
            corners = [
                (x, middle - reach),
                (x + reach, middle),
                (x, middle + reach),
                (x - reach, middle),
            ]
            page.axes.add_artist(Polygon(corners, closed=True, **looks))
        else:
            looks = circle_looks(colours, rule, is_road=name == "circle_road")
            page.circle(x, middle, size * 0.5, **looks)
