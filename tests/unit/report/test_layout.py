"""Texts and tables over pages: nothing runs out of a sheet, and nothing is lost."""

from __future__ import annotations

import io
from itertools import chain
from typing import Any

import pytest
from pypdf import PdfReader

from app.main import STATIC
from app.report._layout import Column, Layout, Piece, Section, Table
from app.report._paper import BOTTOM_PT, CONTENT_PT, MARGIN_PT
from app.report._sheets import write_sheets

FONTS = STATIC / "fonts"
pytestmark = pytest.mark.skipif(
    not FONTS.is_dir(), reason="the web assets are not built; ./atlas builds them"
)
INKS = {"ink": "#1A1A1A", "note": "#3A362B", "link": "#1F5C84", "rule": "#A5A296"}
COLUMNS = (Column(heading="Place", share=0.6), Column(heading="Killed", share=0.4))


def laid_out(*sections: Section) -> Layout:
    layout = Layout(FONTS)
    for section in sections:
        layout.add(section)
    return layout


def table_of(*rows: tuple[str, str]) -> Section:
    cells = tuple(tuple((Piece(text=text),) for text in row) for row in rows)
    table = Table(columns=COLUMNS, rows=cells)
    return Section(title="Rows", before=(), table=table, continued="Rows (continued)")


def written(layout: Layout) -> bytes:
    numbers = [str(number) for number in range(len(layout.sheets))]
    return write_sheets(layout.sheets, FONTS, INKS, "footer", numbers)


def text_of(body: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)


def test_every_page_of_a_long_table_begins_with_its_headings() -> None:
    layout = laid_out(table_of(*((f"place {number}", "0") for number in range(200))))
    assert len(layout.sheets) > 3
    for number, sheet in enumerate(layout.sheets):
        opening = ["Rows (continued)"] if number else ["Rows"]
        assert [line.text for line in sheet.lines[:3]] == [*opening, "Place", "Killed"]
    lines = [line.text for sheet in layout.sheets for line in sheet.lines]
    assert [text for text in lines if text.startswith("place ")] == [
        f"place {number}" for number in range(200)
    ]


def test_nothing_stands_outside_of_the_margins() -> None:
    long = "https://example.org/" + "a" * 400
    layout = laid_out(table_of((long, long), ("word " * 200, "0")))
    for line in chain.from_iterable(sheet.lines for sheet in layout.sheets):
        assert line.x >= MARGIN_PT
        assert line.x + line.width <= MARGIN_PT + CONTENT_PT + 0.01
        assert MARGIN_PT < line.y <= BOTTOM_PT


def test_a_row_longer_than_a_page_goes_on_over_the_next_ones() -> None:
    words = [f"w{number}" for number in range(3_000)]
    layout = laid_out(table_of((" ".join(words), "1")))
    assert len(layout.sheets) > 2
    said = " ".join(line.text for sheet in layout.sheets for line in sheet.lines)
    assert [word for word in said.split() if word[0] == "w"] == words


def test_a_heading_is_not_the_last_line_of_a_page() -> None:
    before = tuple(Piece(text="line") for _ in range(200))
    heading = Piece(text="heading", is_heading=True)
    for extra in range(60):
        section = Section(title="Text", before=(*before[:extra], heading, *before[:5]))
        for sheet in laid_out(section).sheets:
            assert sheet.lines[-1].text != "heading"


def test_a_section_begins_where_its_bookmark_leads() -> None:
    layout = laid_out(table_of(*(("x", "0") for _ in range(60))), Section(title="End", before=()))
    for mark in layout.bookmarks:
        below = [line for line in layout.sheets[mark.sheet].lines if line.y > mark.y]
        assert below[0].text == mark.title


def test_letters_of_the_languages_of_mali_can_be_found_in_the_file() -> None:
    name = "Gɔɔ, Ɲafunke, Bɛlɛdugu, Kɔŋɔdugu, Ségou, œuvre, “ ” ’ – …"
    assert name in text_of(written(laid_out(Section(title=name, before=()))))


def test_control_characters_of_data_become_blanks() -> None:
    layout = laid_out(Section(title="T", before=(Piece(text="one\ntwo\x00three\tfour"),)))
    assert layout.sheets[0].lines[-1].text == "one two three four"


def test_a_link_covers_each_of_its_lines() -> None:
    piece = Piece(text="source " * 40, link="https://example.org/a?b=1&c=(2)")
    layout = laid_out(Section(title="T", before=(piece,)))
    page: Any = PdfReader(io.BytesIO(written(layout))).pages[0]
    found = [note.get_object()["/A"]["/URI"] for note in page["/Annots"]]
    assert found == [piece.link] * (len(layout.sheets[0].lines) - 1)


def test_the_same_sheets_give_the_same_bytes() -> None:
    section = table_of(("Gao", "1"), ("Ménaka", "2"))
    assert written(laid_out(section)) == written(laid_out(section))
