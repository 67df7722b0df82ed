"""What a source of data is: a data set whose files, and records, become rows of a layer.

Pure but for reading the file that is named: no database, and nothing is guessed. A file that is
not what its source publishes is refused as a whole; a row that cannot be placed carries its
problem to where rows are rejected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from geo.errors import ImportRefused, shorten
from geo.importing.blocks import RawBlock
from geo.importing.crosswalk import Rules
from geo.importing.readers import RawRow
from geo.importing.remembered import Remembered as Remembered
from geo.spec import Source, Text


class Problem(Exception):
    """The reason why a row cannot be placed."""


class Read(Protocol):
    """Read a file of the data set."""

    def __call__(self, path: Path, rules: Rules | None = None) -> Iterator[RawBlock]: ...


class RowsOf(Protocol):
    """Make rows of records that came another way; `where` names them in reasons."""

    def __call__(
        self, records: Iterable[Mapping[str, Any]], where: str, rules: Rules | None = None
    ) -> Iterator[RawBlock]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSource:
    """Declare a data set; `dataset` None means that a mapping names it."""

    id: str
    title: Text
    layer: str
    dataset: str | None
    source: Source
    sensitivity: str
    read: Read
    rows_of: RowsOf


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Name the columns of one form of a file: those that it has, and those it may have."""

    title: str
    needed: frozenset[str]
    optional: frozenset[str] = frozenset()

    def faults(self, found: Iterable[str]) -> tuple[list[str], list[str]]:
        """List what is missing and what is not known."""
        given = set(found)
        return sorted(self.needed - given), sorted(given - self.needed - self.optional)


def recognise(file: str, found: Iterable[str], forms: Sequence[Columns]) -> Columns:
    """Tell by its header which form a file has; refuse what is none of them."""
    given = list(found)
    faults = {form.title: form.faults(given) for form in forms}
    for form in forms:
        if faults[form.title] == ([], []):
            return form
    if not any(form.needed.intersection(given) for form in forms):
        begins = shorten(given[0] if given else "", 50)
        raise ImportRefused(
            f"{file} has none of the columns of {forms[0].title}; its first line begins "
            f"{begins!r}; give the file as its source publishes it, with commas between cells; "
            "nothing was changed"
        )
    nearest = min(forms, key=lambda form: sum(map(len, faults[form.title])))
    missing, unknown = faults[nearest.title]
    problems = []
    if missing:
        problems.append(f"missing: {', '.join(missing)}")
    if unknown:
        problems.append(f"not known: {', '.join(shorten(name, 50) for name in unknown)}")
    remedy = "export it again with all columns" if missing else "take out what is not known"
    raise ImportRefused(
        f"{file} has not the columns of {nearest.title}; {remedy}, or bring it in as a file with a "
        "mapping; nothing was changed",
        problems,
    )


def numbered(records: Iterable[Mapping[str, Any]], where: str) -> Iterator[RawRow]:
    """Number records that stand in no file."""
    for number, record in enumerate(records, start=1):
        yield RawRow(file=where, line=number, values=record, unit="record")


def text_of(given: Any) -> str:
    """Write a cell as text; a whole number has no point, as in a table that had gaps."""
    if given is None:
        return ""
    if isinstance(given, float) and given.is_integer():
        return str(int(given))
    return str(given).strip()


def whole(name: str, given: Any) -> int:
    """Read a whole number from 0 up."""
    text = text_of(given)
    if not (text.isascii() and text.isdecimal()):
        raise Problem(f"{name} {shorten(text)!r} is no whole number from 0 up")
    return int(text)


def code(name: str, given: Any, most: int) -> int:
    """Read a code of a scale that begins at 1."""
    text = text_of(given)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
        raise Problem(f"{name} {shorten(text)!r} is none of 1 to {most}")
    return int(text)


def as_day(given: Any) -> date | None:
    """Read a day as 2021-03-05, with midnight after it or not; None: it is no such thing."""
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    text = str(given).strip()
    # Midnight is written 00:00:00, 00:00:00.000, T00:00:00 or T00:00:00Z.
    if len(text) < 10 or text[10:].strip(" T0:.Z"):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


# Stands where a record lacks what others have.
ABSENT = object()
NOT_PLAIN = "has a list or an object where a plain value belongs"


def plain(name: str, given: Any) -> Any:
    """Give a cell as it is, unless it is none or no plain value."""
    if given is ABSENT:
        raise Problem(f"lacks {name!r}")
    if isinstance(given, list | dict):
        raise Problem(NOT_PLAIN)
    return given


def rejected(raw: RawRow, row_id: str | None, problem: str) -> RawRow:
    """Carry the reason why a row cannot be placed, with its id where that is sure."""
    return RawRow(
        file=raw.file, line=raw.line, unit=raw.unit, values={"id": row_id}, problem=problem
    )


def placed(raw: RawRow, values: Mapping[str, Any]) -> RawRow:
    """Give the row that a raw one has become."""
    return RawRow(file=raw.file, line=raw.line, unit=raw.unit, values=values, geometry=raw.geometry)
