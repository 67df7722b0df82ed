"""Lay texts and tables out over as many pages as they need, before anything is drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.figures._flow import LINE
from app.figures._type import width_of, wrapped
from app.report._paper import (
    BOTTOM_PT,
    CONTENT_PT,
    HEADING_PT,
    MARGIN_PT,
    SMALL_PT,
    TEXT_PT,
)
from geo.styles.labels import Font

_PADDING_PT, _BETWEEN_PT = 2.4, 6.0
_SECTION_PT = 20.0
# A heading and a few lines below it stay on one page.
_KEPT_PT = 90.0
_ABOVE_HEADING_PT, _BELOW_HEADING_PT = 8.0, 36.0
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A paragraph in a cell or on the page; `link` is where a click on it leads.

    One that is a heading has room above it, and is not the last on its page.
    """

    text: str
    font: Font = "regular"
    size_pt: float = TEXT_PT
    ink: str = "ink"
    link: str | None = None
    is_heading: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of a table: its heading and its share of the width."""

    heading: str
    share: float
    is_number: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows of cells, each cell one paragraph below the other."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[tuple[Piece, ...], ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of the report: what its bookmark says, what precedes its table, and the table."""

    title: str
    before: tuple[Piece, ...]
    table: Table | None = None
    continued: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """One line of text on a sheet, from its left end and its baseline."""

    text: str
    x: float
    y: float
    piece: Piece
    width: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A line across the page; a strong one closes a heading."""

    y: float
    is_strong: bool = False


@dataclass(kw_only=True, slots=True)
class Sheet:
    """One page of text."""

    lines: list[Placed] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bookmark:
    """Where a section begins: the sheet, and the height on it."""

    title: str
    sheet: int
    y: float


class Layout:
    """Fill one sheet after the other."""

    def __init__(self, fonts: Path) -> None:
        self.fonts = fonts
        self.sheets: list[Sheet] = []
        self.bookmarks: list[Bookmark] = []
        self.y = BOTTOM_PT

    def add(self, section: Section) -> None:
        """Add a section below what is there, on a new sheet if little room is left."""
        if not self.sheets or BOTTOM_PT - self.y < _KEPT_PT + _SECTION_PT:
            self._turn()
        else:
            self.y += _SECTION_PT
        title = Piece(text=section.title, font="semibold", size_pt=HEADING_PT)
        self.bookmarks.append(Bookmark(title=section.title, sheet=len(self.sheets) - 1, y=self.y))
        self._paragraph(title)
        for piece in section.before:
            self.y += _ABOVE_HEADING_PT if piece.is_heading else 2
            if piece.is_heading and BOTTOM_PT - self.y < _BELOW_HEADING_PT:
                self._turn()
            self._paragraph(piece)
        if section.table is not None:
            self.y += 5
            self._table(section.table, section.continued)

    def _turn(self) -> None:
        self.sheets.append(Sheet())
        self.y = MARGIN_PT

    def _paragraph(self, piece: Piece) -> None:
        for text in self._broken(piece, CONTENT_PT):
            step = piece.size_pt * LINE
            if self.y + step > BOTTOM_PT:
                self._turn()
            self._put(text, MARGIN_PT, self.y + step * 0.76, piece)
            self.y += step

    def _table(self, table: Table, continued: str) -> None:
        widths = [CONTENT_PT * column.share for column in table.columns]
        self._heading(table, widths)
        for row in table.rows:
            cells = [
                [(text, piece) for piece in cell for text in self._broken(piece, width)]
                for cell, width in zip(row, [w - _BETWEEN_PT for w in widths], strict=True)
            ]
            if self.y + _height(cells) > BOTTOM_PT and _height(cells) < _KEPT_PT * 4:
                self._continue(table, widths, continued)
            # A row that is longer than a sheet goes on over the next one.
            while any(cells):
                cells = self._part_of_row(table, widths, cells)
                if any(cells):
                    self._continue(table, widths, continued)
            self.sheets[-1].rules.append(Rule(y=self.y))

    def _continue(self, table: Table, widths: Sequence[float], continued: str) -> None:
        self._turn()
        self._paragraph(Piece(text=continued, size_pt=SMALL_PT, ink="note"))
        self.y += 3
        self._heading(table, widths)

    def _heading(self, table: Table, widths: Sequence[float]) -> None:
        cells = [
            [
                (text, Piece(text=text, font="semibold", size_pt=SMALL_PT))
                for text in self._broken(
                    Piece(text=column.heading, font="semibold", size_pt=SMALL_PT),
                    width - _BETWEEN_PT,
                )
            ]
            for column, width in zip(table.columns, widths, strict=True)
        ]
        self._part_of_row(table, widths, cells)
        self.sheets[-1].rules.append(Rule(y=self.y, is_strong=True))

    def _part_of_row(
        self,
        table: Table,
        widths: Sequence[float],
        cells: Sequence[list[tuple[str, Piece]]],
    ) -> list[list[tuple[str, Piece]]]:
        """Put as many lines of a row as there is room for, and give back the rest."""
        rest: list[list[tuple[str, Piece]]] = []
        top, bottom, left = self.y + _PADDING_PT, self.y, MARGIN_PT
        for column, width, lines in zip(table.columns, widths, cells, strict=True):
            y, done = top, 0
            for text, piece in lines:
                step = piece.size_pt * LINE
                if y + step > BOTTOM_PT:
                    break
                x = left
                if column.is_number:
                    x += width - _BETWEEN_PT - self._width(text, piece)
                self._put(text, x, y + step * 0.76, piece)
                y += step
                done += 1
            rest.append(lines[done:])
            bottom, left = max(bottom, y), left + width
        self.y = bottom + _PADDING_PT
        return rest

    def _put(self, text: str, x: float, y: float, piece: Piece) -> None:
        width = self._width(text, piece)
        self.sheets[-1].lines.append(Placed(text=text, x=x, y=y, piece=piece, width=width))

    def _width(self, text: str, piece: Piece) -> float:
        return width_of(text, piece.size_pt, piece.font, self.fonts)

    def _broken(self, piece: Piece, width: float) -> list[str]:
        text = _UNSEEN.sub(" ", piece.text)
        return wrapped(text, width, piece.size_pt, piece.font, self.fonts)


def _height(cells: Sequence[list[tuple[str, Piece]]]) -> float:
    heights = [sum(piece.size_pt * LINE for _, piece in cell) for cell in cells]
    return max(heights, default=0.0) + 2 * _PADDING_PT
