"""Draw the page of charts: events and deaths by year, and both by kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.figures._flow import Flow
from app.figures._look import Colours, colours_of
from app.figures._numbers import Numbers, Toll
from app.figures._page import Page
from app.figures._question import Question
from app.figures._symbols import draw_circle
from app.figures._words import words_of
from app.figures.draw import NOTE_SHARE, Drawing
from app.report._paper import (
    BOTTOM_PT,
    CONTENT_PT,
    HEIGHT_PT,
    MARGIN_PT,
    WIDTH_PT,
)
from app.report._question import PAPER, ReportQuestion
from app.report._read import EVENTS, LOOKS_OF_KINDS, Contents, Kind
from app.report._words import ReportWording
from geo.spec import Layer
from geo.styles.labels import Font
from geo.styles.look import ClassLook, Look, look
from geo.styles.themes import PRINT

_GAP_PT = 12.0
_LOWEST_CHART_PT, _HIGHEST_CHART_PT = 70.0, 165.0
# Where the columns of the kinds end; the bars stand after the number of events.
_COUNT_PT, _BAR_PT, _KILLED_PT, _UNKNOWN_PT = 205.0, 100.0, 425.0, CONTENT_PT


class Panel(Drawing):
    """One chart of several on a page, drawn as a figure is drawn, without its foot."""

    def __init__(
        self,
        question: Question,
        numbers: Numbers,
        colours: Colours,
        fonts: Path,
    ) -> None:
        words = words_of(question, numbers, "pdf", {}, [])
        super().__init__(question, numbers, words, colours, None, fonts)
        self.inner = CONTENT_PT
        self.head = self._head()
        self.notes = self._flow()
        self._notes(self.notes, self.size.small_pt * NOTE_SHARE)

    @property
    def fixed(self) -> float:
        """Give the height of all that is not chart."""
        return self.head.height + self.notes.height + 2 * self.size.text_pt

    def place(self, page: Page, top: float, chart_height: float) -> float:
        """Draw it from a height of the page down, and give where it ends."""
        page.lay(self.head, MARGIN_PT, top)
        top += self.head.height + self.size.text_pt
        self._chart(page, (MARGIN_PT, top, CONTENT_PT, chart_height))
        top += chart_height + self.size.text_pt
        page.lay(self.notes, MARGIN_PT, top)
        return top + self.notes.height


class ChartPage:
    """Lay out and draw the page of charts of one report."""

    def __init__(
        self,
        question: ReportQuestion,
        contents: Contents,
        layers: Mapping[str, Layer],
        fonts: Path,
    ) -> None:
        self.contents, self.fonts = contents, fonts
        self.write = ReportWording(question, contents)
        self.seen: Look = look(layers[LOOKS_OF_KINDS], PRINT)
        self.colours = colours_of(contents.specs[0], layers[EVENTS], PRINT)
        asked = [question.of_figure(spec, source=contents.dataset) for spec in contents.specs]
        drawn = zip(asked, (contents.events, contents.deaths), strict=True)
        self.panels = [Panel(one, numbers, self.colours, fonts) for one, numbers in drawn]

    def draw(self) -> Page:
        page = Page(WIDTH_PT, HEIGHT_PT, self.colours.paper, self.fonts)
        kinds_height = self._kinds_height()
        fixed = sum(panel.fixed for panel in self.panels) + kinds_height + 2 * _GAP_PT
        room = (BOTTOM_PT - MARGIN_PT - fixed) / len(self.panels)
        height = max(_LOWEST_CHART_PT, min(_HIGHEST_CHART_PT, room))
        top = MARGIN_PT
        for panel in self.panels:
            top = panel.place(page, top, height) + _GAP_PT
        if self.contents.kinds:
            self._kinds(page, top)
        return page

    def _kinds_head(self) -> Flow:
        flow = Flow(width=CONTENT_PT, fonts=self.fonts)
        flow.text(self.write.text("kinds"), PAPER.title_pt, self.colours.ink, font="semibold")
        events = self.write.events(self.contents.events.total.events)
        flow.text(self.write.text("kinds_note", events=events), PAPER.text_pt, self.colours.note)
        flow.space(6)
        return flow

    @property
    def _row_pt(self) -> float:
        return PAPER.text_pt * 1.6

    def _kinds_height(self) -> float:
        if not self.contents.kinds:
            return 0.0
        return self._kinds_head().height + (len(self.contents.kinds) + 2.5) * self._row_pt

    def _kinds(self, page: Page, top: float) -> None:
        head = self._kinds_head()
        page.lay(head, MARGIN_PT, top)
        y = top + head.height + self._row_pt * 0.7
        titles = ("kind", "count", "killed_column", "unknown_column")
        self._cells(page, y, [self.write.text(key) for key in titles], semibold=True)
        ink = self.colours.rule
        page.line([MARGIN_PT, MARGIN_PT + CONTENT_PT], [y + 4, y + 4], ink, 0.6)
        most = max(kind.toll.events for kind in self.contents.kinds)
        for kind in self.contents.kinds:
            y += self._row_pt
            self._kind(page, y, kind, most)
        page.line([MARGIN_PT, MARGIN_PT + CONTENT_PT], [y + 4, y + 4], ink, 0.6)
        words = [self.write.text("all_kinds"), *self._sums(self.contents.deaths.total)]
        self._cells(page, y + self._row_pt * 1.1, words, semibold=True)

    def _kind(self, page: Page, y: float, kind: Kind, most: int) -> None:
        one: ClassLook = self.seen.of_class(kind.value)
        middle = y - PAPER.text_pt * 0.35
        edge = PRINT.symbol_outline
        draw_circle(page, MARGIN_PT + 5, middle, 3.8, one, edge)
        name = one.title.in_language(self.write.language)
        self._cells(page, y, [name, *self._sums(kind.toll)], indent=14)
        long = _BAR_PT * kind.toll.events / most
        left = MARGIN_PT + _COUNT_PT + 6
        page.box(left, middle - 2.6, long, 5.2, facecolor=one.colour, edgecolor="none")

    def _sums(self, toll: Toll) -> list[str]:
        unknown = self.write.number(toll.unknown) if toll.unknown else ""
        return [self.write.number(toll.events), self.write.killed_short(toll), unknown]

    def _cells(
        self,
        page: Page,
        y: float,
        texts: list[str],
        *,
        indent: float = 0.0,
        semibold: bool = False,
    ) -> None:
        ends, size = (0.0, _COUNT_PT, _KILLED_PT, _UNKNOWN_PT), PAPER.text_pt
        for text, end in zip(texts, ends, strict=True):
            left = MARGIN_PT + (end or indent)
            align = "right" if end else "left"
            font: Font = "semibold" if semibold else "regular"
            if text:
                page.write(left, y, text, size, self.colours.ink, font=font, align=align)
