"""Make the atlas of a region from what was read: the same contents give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import orjson

from app import VERSION
from app.figures._ground import ground_of
from app.figures._look import Colours, colours_of
from app.figures._press import Press
from app.report._paper import CONTENT_PT, FOOTER_PT, MARGIN_PT, SMALL_PT
from app.report._question import ReportQuestion
from app.report._read import EVENTS, Contents
from app.report._words import ReportWording
from geo.spec import Layer
from geo.styles.themes import PRINT

MEDIA_TYPE = "application/pdf"


def make_report(
    press: Press, question: ReportQuestion, contents: Contents, layers: Mapping[str, Layer]
) -> bytes:
    """Make the whole file; for the thread of the press alone."""
    with press.settings() as fonts:
        return _made(question, contents, layers, fonts)


def _made(
    question: ReportQuestion, contents: Contents, layers: Mapping[str, Layer], fonts: Path
) -> bytes:
    # A second to import all that draws, and only who asks for a report waits for it.
    from matplotlib.backends.backend_pdf import PdfPages

    from app.figures._page import Page
    from app.figures._pdf import Description
    from app.report._bind import Mark, bind
    from app.report._charts import ChartPage
    from app.report._layout import Layout
    from app.report._plate import PlateDrawing
    from app.report._sections import Sections
    from app.report._sheets import write_sheets

    write = ReportWording(question, contents)
    layout = Layout(fonts)
    for section in Sections(question, contents, layers).all():
        layout.add(section)
    ground = ground_of(contents.ground, layers, question.language)
    plate = PlateDrawing(question, contents, layers, ground, fonts).draw()
    drawn = [plate.page, ChartPage(question, contents, layers, fonts).draw()]
    pages = len(drawn) + len(layout.sheets)
    numbers = [write.text("page", page=n + 1, pages=pages) for n in range(pages)]
    colours = colours_of(contents.specs[0], layers[EVENTS], PRINT)

    def number(page: Page, said: str) -> None:
        page.write(MARGIN_PT, FOOTER_PT, write.footer(), SMALL_PT, colours.note)
        right = MARGIN_PT + CONTENT_PT
        page.write(right, FOOTER_PT, said, SMALL_PT, colours.note, align="right")

    pictures = io.BytesIO()
    nothing = dict.fromkeys(("Creator", "Producer", "CreationDate"))
    with PdfPages(pictures, metadata=nothing) as file:
        for page, said in zip(drawn, numbers, strict=False):
            number(page, said)
            file.savefig(page.figure)
            page.figure.clear()
    texts = write_sheets(
        layout.sheets, fonts, inks_of(colours), write.footer(), numbers[len(drawn) :]
    )
    marks = [Mark(title=write.text("map"), page=0), Mark(title=write.text("charts"), page=1)]
    marks += [
        Mark(title=mark.title, page=len(drawn) + mark.sheet, y=mark.y) for mark in layout.bookmarks
    ]
    description = Description(
        title=write.title,
        subject=write.text("subject", region=write.region),
        language=question.language,
        record=record_of(question, contents, write),
        query=write.permalink,
        revisions=dict(contents.state.revisions),
        moment=contents.state.changed_at,
    )
    return bind([pictures.getvalue(), texts], description, marks, plate.box, plate.view)


def inks_of(colours: Colours) -> dict[str, str]:
    """Name the colours that texts and lines are written in."""
    return {
        "ink": colours.ink,
        "note": colours.note,
        "link": colours.theme.inks["water"],
        "rule": colours.rule,
    }


def record_of(question: ReportQuestion, contents: Contents, write: ReportWording) -> str:
    """Write what the file was made from as one line, as figures do."""
    return orjson.dumps(
        {
            "report": question.region,
            "query": write.permalink,
            "as_of": write.as_of,
            "revision": dict(contents.state.revisions),
            "dataset": contents.dataset,
            "version": VERSION,
        },
        option=orjson.OPT_SORT_KEYS,
    ).decode()
