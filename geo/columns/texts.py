"""What a filter asks of texts, answered from their list of words as PostgreSQL answers it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from geo.columns.refusal import NotInColumns

_CAPITALS = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
_MARKS = re.compile("[\u0300-\u036f]")
_LETTER = re.compile(r"\\(.)|(_)|(.)", re.DOTALL)


def folded(folds: Sequence[str], text: str) -> str:
    """Fold a text by functions of CQL2, the outermost first, where that is sure to be the same."""
    for name in reversed(folds):
        text = FOLDS[name](text)
    return text


def _lowered(text: str) -> str:
    """Turn A to Z small; of other capitals it is the database's locale that decides."""
    if not text.isascii() and any(not c.isascii() and c.lower() != c for c in text):
        raise NotInColumns("lower() of letters beyond A to Z")
    return text.translate(_CAPITALS)


def _without_accents(text: str) -> str:
    """Take marks off Latin letters, on which all versions of Unicode agree."""
    if not all(c < "\u0370" or "\u1e00" <= c < "\u1f00" or "\u2010" <= c < "\u2028" for c in text):
        raise NotInColumns("the marks of letters that are not Latin")
    return _MARKS.sub("", unicodedata.normalize("NFD", text))


FOLDS: dict[str, Callable[[str], str]] = {"casei": _lowered, "accenti": _without_accents}


def like(pattern: str) -> Callable[[str], bool]:
    r"""Match a whole text: % is any text, _ any character, \ takes the next one as it is.

    The parts between the % are looked for from left to right, so no pattern takes long.
    """
    if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
        raise NotInColumns("a pattern that ends in its escape sign, which is an error in SQL")
    first, *rest = _parts(pattern)
    if not rest:
        return lambda text: first.fullmatch(text) is not None
    *middle, last = rest

    def matches(text: str) -> bool:
        found = first.match(text)
        for part in middle:
            if found is None:
                return False
            found = part.search(text, found.end())
        if found is None:
            return False
        start = len(text) - last.groups
        return start >= found.end() and last.fullmatch(text, start) is not None

    return matches


def _parts(pattern: str) -> list[re.Pattern[str]]:
    """Cut a pattern at each %; characters are groups, so that they can be counted."""
    parts: list[str] = [""]
    for escaped, anything, plain in _LETTER.findall(pattern):
        if plain == "%":
            parts.append("")
        elif anything:
            parts[-1] += "(.)"
        else:
            parts[-1] += f"({re.escape(escaped or plain)})"
    return [re.compile(part, re.DOTALL) for part in parts]
