"""Set text: the fonts, how wide a text is, and where it breaks."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from app.assets import AssetsMissing
from geo.drawing.text import FONT_FILES
from geo.styles.labels import Font

# Widths are measured at one size and scaled, so that they do not depend on hinting.
_MEASURED_PX = 200
_KEPT = 8_000


def font_file(fonts: Path, font: Font) -> Path:
    """Give the file of a font, which the build of the web assets brings."""
    path = fonts / FONT_FILES[font]
    if not path.is_file():
        raise AssetsMissing("the fonts of figures are missing; ./atlas brings them")
    return path


@lru_cache(maxsize=_KEPT)
def width_of(text: str, size_pt: float, font: Font, fonts: Path) -> float:
    """Give the width of a text in points."""
    return _measured(font_file(fonts, font)).getlength(text) * size_pt / _MEASURED_PX


def wrapped(text: str, width_pt: float, size_pt: float, font: Font, fonts: Path) -> list[str]:
    """Break a text at blanks, and what has none, such as an address, where the line ends."""
    lines: list[str] = []
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(joined, size_pt, font, fonts) <= width_pt:
            lines[-1] = joined
        elif width_of(word, size_pt, font, fonts) <= width_pt:
            lines.append(word)
        else:
            begun = f"{lines.pop()} " if lines else ""
            lines += _broken(begun + word, width_pt, size_pt, font, fonts)
    return lines


def _broken(text: str, width_pt: float, size_pt: float, font: Font, fonts: Path) -> list[str]:
    lines = [""]
    for letter in text:
        if lines[-1] and width_of(lines[-1] + letter, size_pt, font, fonts) > width_pt:
            lines.append("")
        lines[-1] += letter
    return lines


@lru_cache(maxsize=8)
def _measured(path: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, _MEASURED_PX, layout_engine=ImageFont.Layout.BASIC)
