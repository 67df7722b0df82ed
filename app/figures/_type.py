"""Set text: the fonts, how wide a text is, and where it breaks."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from app.assets import AssetsMissing
from geo.drawing.text import FONT_FILES
from geo.styles.labels import Font

# Widths are measured at one size and scaled, so that they do not depend on hinting.
_MEASURED_PX = 200
_KEPT = 8_000
# Before these an address goes on in the next line.
_JOINTS = "/?&"


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


def balanced(text: str, width_pt: float, size_pt: float, font: Font, fonts: Path) -> list[str]:
    """Break a text into as few lines as it needs, of about the same length."""
    lines = wrapped(text, width_pt, size_pt, font, fonts)
    least, most = width_pt / 2, width_pt
    while len(lines) > 1 and most - least > size_pt / 2:
        middle = (least + most) / 2
        tried = wrapped(text, middle, size_pt, font, fonts)
        if len(tried) == len(lines):
            lines, most = tried, middle
        else:
            least = middle
    return lines


def _broken(text: str, width_pt: float, size_pt: float, font: Font, fonts: Path) -> list[str]:
    lines, rest = [], text
    while (room := _room(rest, width_pt, size_pt, font, fonts)) < len(rest):
        cut = _cut(rest[:room])
        lines.append(rest[:cut])
        rest = rest[cut:]
    return [*lines, rest]


def _room(text: str, width_pt: float, size_pt: float, font: Font, fonts: Path) -> int:
    """Say how many letters of a text find room in a line; one always does."""

    def fits(letters: int) -> bool:
        return width_of(text[:letters], size_pt, font, fonts) <= width_pt

    # An address may have thousands of letters: to measure it letter by letter takes seconds.
    most = 64
    while fits(most):
        if most >= len(text):
            return len(text)
        most *= 2
    tried = range(2, min(most, len(text)) + 1)
    return 1 + bisect_left(tried, True, key=lambda letters: not fits(letters))


def _cut(line: str) -> int:
    """Find where an address breaks best: before what joins its parts, if that is far enough on."""
    found = max(line.rfind(sign) for sign in _JOINTS)
    return found if found > len(line) / 2 else len(line)


@lru_cache(maxsize=8)
def _measured(path: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, _MEASURED_PX, layout_engine=ImageFont.Layout.BASIC)
