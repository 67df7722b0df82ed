"""Read one cell of a file as a value of its field's type; nothing is guessed.

Blanks round a cell do not count. A number is written in the digits 0-9 with a point, and may have
a sign and an exponent, as 1e+05 from R; a whole number is one without a fraction, so 5.0 from a
table with gaps is 5. Grouped digits (1_000, 1,000) and other digits (٣, 0x10) are no numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from geo.errors import shorten
from geo.spec import Field, FieldType

Converter = Callable[[Any], Any]

MOST_ID_CHARACTERS = 200
NOT_IN_IDS = frozenset("/\\?#%")
# Who sees a row: everyone, nobody but as part of counts, or nobody.
SENSITIVITIES = ("public", "counts_only", "restricted")
LATEST = date.max - timedelta(days=1)
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
# Most ids are of these signs, of which none is out of place.
_PLAIN_ID = re.compile(r"[\w.:-]{1,200}\Z", re.ASCII)
_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Unfit(Exception):
    """The reason why a row cannot be stored."""


def is_empty(given: Any) -> bool:
    """Tell whether a cell says nothing: no text, or what tables with gaps have for a number."""
    if isinstance(given, str):
        return not given or given.isspace()
    return given is None or (isinstance(given, float) and given != given)


def converter(field: Field) -> Converter:
    """Make what reads the cells of a field: a value, None for an empty cell, or Unfit."""
    read, named = _READ[field.type], _NAMED[field.type]
    allowed = frozenset(choice.value for choice in field.choices)

    def convert(given: Any) -> Any:
        if is_empty(given):
            return None
        if isinstance(given, list | dict | tuple):
            raise Unfit(f"{field.name} is a list or an object; a field has one plain value")
        try:
            value = read(given)
        except Unfit as reason:
            raise Unfit(f"{field.name} {reason}") from None
        except (ValueError, TypeError, OverflowError):
            raise Unfit(f"{field.name} {shorten(str(given))!r} is not {named}") from None
        if field.minimum is not None and value < field.minimum:
            raise Unfit(f"{field.name} {value} is below {field.minimum}")
        if allowed and str(value) not in allowed:
            values = ", ".join(choice.value for choice in field.choices)
            raise Unfit(f"{field.name} {value!r} is none of {values}")
        return value

    return convert


def read_id(given: Any) -> str:
    """Read an id, which has to be fit to be a part of an address; whole numbers are ids too."""
    if isinstance(given, str) and _PLAIN_ID.match(given):
        return given
    if is_empty(given):
        raise Unfit("has no id")
    if isinstance(given, bool | list | dict | tuple):
        raise Unfit("has an id that is neither a text nor a number")
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    text = str(given).strip()
    if len(text) > MOST_ID_CHARACTERS:
        raise Unfit(f"the id {text[:20]!r}… is longer than {MOST_ID_CHARACTERS} characters")
    if not text.isprintable():
        raise Unfit(f"the id {shorten(text)!r} has a control character")
    if not NOT_IN_IDS.isdisjoint(text):
        raise Unfit(f"the id {text!r} cannot be part of an address: it has one of / \\ ? # %")
    return text


def read_sensitivity(given: Any) -> str:
    """Read who may see a row; a word that is not known must not decide it."""
    if is_empty(given):
        return SENSITIVITIES[0]
    if given not in SENSITIVITIES:
        raise Unfit(f"sensitivity {shorten(str(given))!r} is none of {', '.join(SENSITIVITIES)}")
    return str(given)


def read_number(given: Any) -> float:
    """Read a finite number."""
    if isinstance(given, str):
        given = given.strip()
        if not _NUMBER.match(given):
            raise ValueError(given)
    elif isinstance(given, bool):
        raise ValueError(given)
    number = float(given)
    if number - number != 0:
        raise ValueError(given)
    return number


def _integer(given: Any) -> int:
    number = read_number(given)
    if not number.is_integer() or abs(number) > 2**31 - 1:
        raise ValueError(given)
    return int(number)


def _text(given: Any) -> str:
    text = str(given).strip()
    if "\x00" in text:
        raise Unfit("has a NUL character")
    return text


def _date(given: Any) -> date:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    # GDAL writes 2016/05/29 where it took the dates of a column for texts.
    text = str(given).strip().replace("/", "-")
    day = date.fromisoformat(text[:10])
    if len(text) > 10:
        datetime.fromisoformat(text)
    if day > LATEST:
        raise ValueError(given)
    return day


def _boolean(given: Any) -> bool:
    if isinstance(given, bool):
        return given
    # Tables with gaps come back from other tools with 1.0 for true.
    if isinstance(given, int | float) and given in (0, 1):
        return bool(given)
    word = str(given).strip().lower()
    if word not in _WORDS:
        raise ValueError(given)
    return _WORDS[word]


def _url(given: Any) -> str:
    text = _text(given)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(given)
    return text


_READ: dict[FieldType, Converter] = {
    FieldType.TEXT: _text,
    FieldType.URL: _url,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: read_number,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
}
_NAMED = {
    FieldType.TEXT: "a text",
    FieldType.URL: "an http or https address",
    FieldType.INTEGER: "a whole number",
    FieldType.NUMBER: "a number",
    FieldType.DATE: "a date (2016-05-29)",
    FieldType.BOOLEAN: "true or false",
}
