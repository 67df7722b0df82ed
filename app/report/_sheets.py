"""Write laid-out sheets as pages of PDF, with text that can be selected and links to click."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.figures._type import font_file
from app.report._layout import Placed, Sheet
from app.report._paper import CONTENT_PT, FOOTER_PT, HEIGHT_PT, MARGIN_PT, SMALL_PT, WIDTH_PT
from geo.drawing.text import FONT_FILES
from geo.styles.labels import Font


def write_sheets(
    sheets: Sequence[Sheet],
    fonts: Path,
    inks: Mapping[str, str],
    footer: str,
    numbers: Sequence[str],
) -> bytes:
    """Write one page for each sheet; the same sheets give the same bytes."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(WIDTH_PT, HEIGHT_PT), invariant=1, pageCompression=1)
    names = _registered(fonts)
    for sheet, number in zip(sheets, numbers, strict=True):
        for rule in sheet.rules:
            canvas.setStrokeColor(HexColor(inks["ink" if rule.is_strong else "rule"]))
            canvas.setLineWidth(0.8 if rule.is_strong else 0.35)
            y = HEIGHT_PT - rule.y
            canvas.line(MARGIN_PT, y, MARGIN_PT + CONTENT_PT, y)
        for line in sheet.lines:
            _write(canvas, line, names, inks)
        canvas.setFont(names["regular"], SMALL_PT)
        canvas.setFillColor(HexColor(inks["note"]))
        canvas.drawString(MARGIN_PT, HEIGHT_PT - FOOTER_PT, footer)
        canvas.drawRightString(MARGIN_PT + CONTENT_PT, HEIGHT_PT - FOOTER_PT, number)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def _write(canvas: Any, line: Placed, names: Mapping[Font, str], inks: Mapping[str, str]) -> None:
    piece, y = line.piece, HEIGHT_PT - line.y
    canvas.setFont(names[piece.font], piece.size_pt)
    canvas.setFillColor(HexColor(inks[piece.ink]))
    canvas.drawString(line.x, y, line.text)
    if piece.link is not None:
        # A link is told by its line, too, and not by its colour alone.
        canvas.setStrokeColor(HexColor(inks[piece.ink]))
        canvas.setLineWidth(0.3)
        canvas.line(line.x, y - 1.2, line.x + line.width, y - 1.2)
        box = (line.x, y - 2, line.x + line.width, y + piece.size_pt * 0.9)
        canvas.linkURL(piece.link, box, relative=0, thickness=0)


def _registered(fonts: Path) -> dict[Font, str]:
    """Make the fonts known by the folder that they are in, which a test may change."""
    names: dict[Font, str] = {}
    known = pdfmetrics.getRegisteredFontNames()
    for font in FONT_FILES:
        names[font] = f"{font}-{fonts}"
        if names[font] not in known:
            pdfmetrics.registerFont(TTFont(names[font], font_file(fonts, font)))
    return names
