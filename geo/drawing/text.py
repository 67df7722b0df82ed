"""Write names: fonts from files, each text once, with the halo that parts it from the ground."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from geo.styles.labels import HALO_PX, LINE_EM, WRAPPED_EM, Font, LabelKind

# The texts of a country's regions and towns in two languages, at two densities.
_KEPT = 4_000
FONT_FILES: dict[Font, str] = {
    "regular": "NotoSans-Regular.ttf",
    "semibold": "NotoSans-SemiBold.ttf",
    "italic": "NotoSans-Italic.ttf",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Patch:
    """A text as two masks, and where its north-west corner lies from the anchor, in dots.

    `room` is what its lines take, from the anchor, as MapLibre reckons it: without the halo.
    """

    text: Image.Image
    halo: Image.Image
    left: int
    top: int
    room: tuple[int, int, int, int]


@lru_cache(maxsize=_KEPT)
def patch(text: str, kind: LabelKind, scale: int, fonts: Path) -> Patch:
    """Draw a text, in as many lines as it needs, round its anchor."""
    font = _font(fonts / FONT_FILES[kind.font], kind.size_px * scale)
    em, halo = kind.size_px * scale, HALO_PX * scale
    lines = _lines(text.upper() if kind.is_upper else text, kind, font, em)
    spacing = kind.spacing_em * em
    widths = [_width(line, font, spacing) for line in lines]
    ascent, descent = font.getmetrics()
    step, edge = LINE_EM * em, ceil(halo) + 1
    width = ceil(max(widths)) + 2 * edge
    height = ceil(step * (len(lines) - 1)) + ascent + descent + 2 * edge
    masks = [Image.new("L", (width, height)) for _ in range(2)]
    for mask, stroke in zip(masks, (0.0, halo), strict=True):
        pen = ImageDraw.Draw(mask)
        for number, (line, wide) in enumerate(zip(lines, widths, strict=True)):
            x = edge if kind.anchor == "left" else (width - wide) / 2
            y = edge + ascent + number * step
            _write(pen, line, x, y, font, spacing, stroke)
    left, top = _corner(kind, width, height, edge, em)
    room = _room(kind, max(widths), step * len(lines), em)
    return Patch(text=masks[0], halo=masks[1], left=left, top=top, room=room)


def _room(kind: LabelKind, width: float, height: float, em: float) -> tuple[int, int, int, int]:
    right, down = (part * em for part in kind.offset_em)
    left = right if kind.anchor == "left" else right - width / 2
    top = down - (height if kind.anchor == "bottom" else height / 2)
    return (floor(left), floor(top), ceil(left + width), ceil(top + height))


def _corner(kind: LabelKind, width: int, height: int, edge: int, em: float) -> tuple[int, int]:
    right, down = (round(part * em) for part in kind.offset_em)
    if kind.anchor == "left":
        return right - edge, down - height // 2
    if kind.anchor == "bottom":
        return right - width // 2, down - height + edge
    return right - width // 2, down - height // 2


def _write(
    pen: ImageDraw.ImageDraw,
    line: str,
    x: float,
    y: float,
    font: ImageFont.FreeTypeFont,
    spacing: float,
    stroke: float,
) -> None:
    if not spacing:
        pen.text((x, y), line, 255, font, anchor="ls", stroke_width=stroke)
        return
    for letter in line:
        pen.text((x, y), letter, 255, font, anchor="ls", stroke_width=stroke)
        x += font.getlength(letter) + spacing


def _lines(text: str, kind: LabelKind, font: ImageFont.FreeTypeFont, em: float) -> list[str]:
    """Break a long text at blanks into lines of about the same length."""
    spacing = kind.spacing_em * em
    whole = _width(text, font, spacing)
    wanted = whole / max(1, ceil(whole / (WRAPPED_EM * em)))
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, font, spacing) <= max(wanted * 1.2, WRAPPED_EM * em / 2):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [text]


def _width(line: str, font: ImageFont.FreeTypeFont, spacing: float) -> float:
    return font.getlength(line) + spacing * max(0, len(line) - 1)


@lru_cache(maxsize=32)
def _font(path: Path, size: float) -> ImageFont.FreeTypeFont:
    # The plain layout: it is the same on every machine, and no script here needs another.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
