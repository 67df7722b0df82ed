"""Draw bars by year: from zero, each with its value, partial years hatched."""

from __future__ import annotations

from typing import Any

from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from app.figures._look import Colours
from app.figures._numbers import Numbers, Year
from app.figures._page import Page, Rectangle4, touch
from app.figures._question import Question
from app.figures._texts import TEXTS
from app.figures._type import width_of
from app.figures._words import CROWDED
from app.wording import number_words

BAR_SHARE = 0.7
HATCH = "/////"
# Room above the highest mark for its value.
HEADROOM = 1.14
# Values get this much smaller where there are many bars, and stand upright where they still touch.
CROWDED_SHARE = 0.72
LIFT = 0.3
# How large a mark beside a bar is, in letters, unless that is more than its share of the room.
MARK_SIZE, MARK_SHARE = 0.62, 0.4


class Bars:
    """Draw one chart of bars on a page."""

    def __init__(self, page: Page, question: Question, numbers: Numbers, colours: Colours) -> None:
        self.page, self.question, self.colours = page, question, colours
        self.language, self.size = question.language, question.size
        self.years = numbers.years
        # Beside a bar there is room for a mark of its own.
        beside = numbers.compared is not None
        self.bar_share = 0.5 if beside else BAR_SHARE
        self.bar_shift, self.mark_shift = (0.16, -0.27) if beside else (0.0, 0.0)
        self.value_share, self.slot_pt, self.pt_per_value = 0.0, 0.0, 0.0
        self.is_upright = False
        # What numbers that stand upright must not touch, in points from the chart's lower left.
        self.taken: list[Rectangle4] = []

    def draw(self, box: tuple[float, float, float, float]) -> None:
        """Draw the chart in a box of the page, its scale to the left."""
        left, top, width, height = box
        highest = max((_top_of(year) for year in self.years), default=0) or 1
        locator = MaxNLocator(5, steps=[1, 2, 5, 10], integer=True)
        ticks = [tick for tick in locator.tick_values(0, highest) if tick >= 0]
        text_pt = self.size.text_pt
        labels = [number_words(tick, self.language) for tick in ticks]
        gutter = max(self._width(label) for label in labels) + 0.6 * text_pt
        foot = 1.7 * text_pt
        self.slot_pt = (width - gutter) / max(len(self.years), 1)
        widest = max((self._value_width(year) for year in self.years), default=0.0)
        self.is_upright = widest > self.slot_pt
        axes: Any = self.page.chart((left + gutter, top, width - gutter, height - foot))
        axes.set_xlim(-0.6, max(len(self.years), 1) - 0.4)
        highest_shown = highest * self._headroom(widest, height - foot)
        axes.set_ylim(0, highest_shown)
        # What the height of a value comes to on the scale.
        self.value_share = 1.5 * self._value_pt / (height - foot) * highest_shown
        self.pt_per_value = (height - foot) / highest_shown
        axes.set_facecolor(self.colours.paper)
        axes.set_xticks([])
        axes.set_yticks([])
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(self.colours.ink)
        axes.spines["bottom"].set_linewidth(self.rule_pt)
        axes.set_axisbelow(True)
        self._scale(axes, ticks, labels)
        self._years(axes)
        for x, year in enumerate(self.years):
            self._bar(axes, x, year)
            self._value(axes, x, year)
        beside = [(x, year) for x, year in enumerate(self.years) if year.compared is not None]
        # Where there is no room for all, the largest are written.
        for x, year in sorted(beside, key=lambda one: -(one[1].compared or 0)):
            self._value_beside(axes, x, year)

    @property
    def rule_pt(self) -> float:
        return self.size.text_pt / 11

    def _width(self, text: str) -> float:
        return width_of(text, self.size.text_pt, "regular", self.page.fonts)

    def _value_width(self, year: Year) -> float:
        text = self._value_text(year)
        return width_of(text, self._value_pt, "semibold", self.page.fonts) + 0.15 * self._value_pt

    def _headroom(self, widest: float, height: float) -> float:
        """Leave room above the highest bar for a value that stands upright."""
        if not self.is_upright:
            return HEADROOM
        needed = (widest + 2 * LIFT * self.size.text_pt) / height
        return max(HEADROOM, 1 / max(1 - needed, 0.5))

    def _scale(self, axes: Any, ticks: list[float], labels: list[str]) -> None:
        top = axes.get_ylim()[1]
        for tick, label in zip(ticks, labels, strict=True):
            if tick > top:
                continue
            if tick:
                axes.axhline(
                    tick,
                    color=self.colours.rule,
                    linewidth=self.rule_pt * 0.7,
                    alpha=0.55,
                    zorder=0.5,
                )
            axes.annotate(
                label,
                (0, tick),
                xycoords=("axes fraction", "data"),
                xytext=(-0.5 * self.size.text_pt, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                color=self.colours.note,
                fontproperties=self.page.font("regular", self.size.text_pt),
                parse_math=False,
            )

    def _years(self, axes: Any) -> None:
        """Name the years, each or as many as there is room for; the first is always named."""
        step = max(1, -(-(self._width("2020") + 0.5 * self.size.text_pt) // self.slot_pt))
        for x, year in enumerate(self.years):
            if x % step:
                continue
            axes.annotate(
                str(year.year),
                (x, 0),
                xytext=(0, -0.45 * self.size.text_pt),
                textcoords="offset points",
                ha="center",
                va="top",
                color=self.colours.ink,
                fontproperties=self.page.font("regular", self.size.text_pt),
                parse_math=False,
            )

    def _bar(self, axes: Any, x: int, year: Year) -> None:
        toll, mark = year.toll, self.colours.mark
        if toll.value:
            looks: dict[str, Any] = {"facecolor": mark}
            if year.is_partial:
                looks = {"facecolor": self.colours.paper, "hatch": HATCH, "hatch_linewidth": 0.7}
            axes.bar(
                x + self.bar_shift,
                toll.value,
                width=self.bar_share,
                edgecolor=mark,
                linewidth=self.rule_pt * 1.2,
                zorder=3,
                **looks,
            )
        if toll.has_range:
            self._range(axes, x + self.bar_shift, toll.low or 0, toll.high or 0)
        if year.compared is not None:
            axes.plot(
                [x + self.mark_shift],
                [year.compared],
                marker="D",
                markersize=min(MARK_SIZE * self.size.text_pt, MARK_SHARE * self.slot_pt),
                markerfacecolor=self.colours.paper,
                markeredgecolor=self.colours.compared,
                markeredgewidth=self.rule_pt * 1.8,
                linestyle="none",
                clip_on=False,
                zorder=6,
            )

    def _range(self, axes: Any, x: float, low: float, high: float) -> None:
        """Draw a line between two ends, edged so that it shows on a bar of any colour."""
        line = self.rule_pt * 1.3
        cap = min(self.size.text_pt * 0.22, 0.3 * self.bar_share * self.slot_pt)
        for ink, edge, zorder in ((self.colours.paper, 0.6 * line, 4.5), (self.colours.ink, 0, 5)):
            width = line + 2 * edge
            axes.errorbar(
                x,
                low,
                yerr=[[0], [high - low]],
                ecolor=ink,
                elinewidth=width,
                capsize=cap + edge,
                capthick=width,
                fmt="none",
                zorder=zorder,
            )

    def _value(self, axes: Any, x: int, year: Year) -> None:
        size, top = self.size.text_pt, _bar_top(year)
        text, lift = self._value_text(year), LIFT * size
        self._label(axes, x + self.bar_shift, top, text, self.colours.ink, "semibold", lift)
        self.taken.append(self._upright_box(x + self.bar_shift, top, text, "semibold", lift))
        if year.toll.has_range:
            middle = (x + self.bar_shift) * self.slot_pt
            low, high = ((end or 0) * self.pt_per_value for end in (year.toll.low, year.toll.high))
            self.taken.append((middle - self.rule_pt, low, middle + self.rule_pt, high))

    def _value_beside(self, axes: Any, x: int, year: Year) -> None:
        """Write the value of a mark; of many years, only if it touches no other number."""
        size, top = self.size.text_pt, _bar_top(year)
        if year.compared is None:
            return
        said = number_words(year.compared, self.language)
        if year.compared_bound:
            said = TEXTS[year.compared_bound].in_language(self.language).format(value=said)
        at, ink, lift = year.compared, self.colours.compared, 0.55 * size
        if self.is_upright:
            box = self._upright_box(x + self.mark_shift, at, said, "regular", lift)
            if any(touch(box, other) for other in self.taken):
                return
            self.taken.append(box)
        text = self._value_text(year)
        room = (self.bar_shift - self.mark_shift) * self.slot_pt
        needed = (self._width(text) + self._width(said)) / 2 + 0.2 * size
        # Where both would stand on one line, the mark's value goes above the bar's.
        if not self.is_upright and needed > room and abs(top - at) < 1.2 * self.value_share:
            at = max(top + 0.8 * self.value_share, at)
        self._label(axes, x + self.mark_shift, at, said, ink, "regular", lift)

    def _upright_box(self, x: float, y: float, text: str, font: Any, lift: float) -> Rectangle4:
        """Say which room a number takes that stands upright."""
        size, foot = self._value_pt, y * self.pt_per_value + lift
        long = width_of(text, size, font, self.page.fonts)
        middle = x * self.slot_pt
        return (middle - size * 0.45, foot, middle + size * 0.45, foot + long)

    def _value_text(self, year: Year) -> str:
        if year.toll.value is not None:
            return number_words(year.toll.value, self.language)
        return "?" if year.toll.events else "–"

    def _label(
        self, axes: Any, x: float, y: float, text: str, ink: str, font: Any, lift: float
    ) -> None:
        made = axes.annotate(
            text,
            (x, y),
            xytext=(0, lift),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=ink,
            fontproperties=self.page.font(font, self._value_pt),
            parse_math=False,
            rotation=90 if self.is_upright and text[0].isdigit() else 0,
            zorder=7,
        )
        # No line of the scale runs through a number.
        made.set_path_effects(
            [withStroke(linewidth=self._value_pt * 0.28, foreground=self.colours.paper)]
        )

    @property
    def _value_pt(self) -> float:
        """Write values smaller where there are many bars."""
        crowded = len(self.years) > CROWDED
        return self.size.text_pt * (CROWDED_SHARE if crowded else 1.0)


def _bar_top(year: Year) -> float:
    high = year.toll.high if year.toll.has_range else None
    return max(year.toll.value or 0, high or 0)


def _top_of(year: Year) -> float:
    return max(_bar_top(year), year.compared or 0)
