"""Read CSV with a header row, in UTF-8."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from geo.errors import ImportRefused
from geo.importing.readers._base import RawRow, Reader

LONGEST_CELL = 10_000_000
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_BEGINNINGS = {
    b"\x1f\x8b": "is compressed; unpack it first",
    b"\xd0\xcf\x11\xe0": "is a workbook of old and no CSV; save it as .xlsx or as CSV",
    b"PK\x03\x04": "is a workbook or an archive and no CSV; give it its own ending, as .xlsx",
    b"\xff\xfe": "is UTF-16; save it as CSV UTF-8",
    b"\xfe\xff": "is UTF-16; save it as CSV UTF-8",
}


def read_table(path: Path, names: Sequence[str] = ()) -> Iterator[RawRow]:
    """Read a table; `names` are those of the columns of a file that is known to come without."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = read_records(path, file)
        start, first = next(records, (1, []))
        header = [cell.strip() for cell in first]
        if len(header) == len(names) and not set(header).intersection(names):
            header, records = list(names), chain([(start, first)], records)
        check_header(path.name, header)
        yield from rows_of(path.name, header, records)


def read_records(path: Path, text: Iterable[str], line: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Give the cells of each record, and the line in which it begins; the text begins in `line`."""
    # The library's own limit of 131,072 would refuse a file for one long note.
    csv.field_size_limit(LONGEST_CELL)
    records = csv.reader(text, strict=True)
    read, start = line - 1, line
    try:
        for cells in records:
            yield start, cells
            read, start = start, line + records.line_num
    except UnicodeDecodeError:
        raise ImportRefused(f"{path.name} {_undecoded(path, read)}; nothing was changed") from None
    except csv.Error as error:
        told = str(error)
        if "field limit" in told:
            told = f"a cell is longer than {LONGEST_CELL:,} characters"
        raise ImportRefused(
            f"{path.name} is not readable as CSV after line {read}: {told}; look there for a quote "
            "that is missing or too many; nothing was changed"
        ) from None


def check_header(name: str, header: Sequence[str]) -> None:
    """Refuse a header whose columns cannot be told apart."""
    _check_separated(name, header)
    named = [cell for cell in header if cell]
    if len(set(named)) != len(named):
        twice = sorted({cell for cell in named if header.count(cell) > 1})
        raise ImportRefused(
            f"{name} has a column twice: {', '.join(twice)}; give each a name of its own; nothing "
            "was changed"
        )


def rows_of(
    name: str, header: Sequence[str], records: Iterable[tuple[int, list[str]]]
) -> Iterator[RawRow]:
    """Make rows of records; those that do not fit the header have a problem."""
    unnamed = [number for number, cell in enumerate(header) if not cell]
    for start, cells in records:
        # Blank lines at the end of a hand-kept file are no rows.
        if any(cells) and any(cell.strip() for cell in cells):
            if len(cells) == len(header):
                if unnamed:
                    _check_unnamed(name, start, unnamed, cells)
                values = dict(zip(header, cells, strict=True))
                values.pop("", None)
                yield RawRow(file=name, line=start, values=values)
            else:
                yield _broken(name, start, header, cells)


def _undecoded(path: Path, line: int) -> str:
    """Say what a file is that is not UTF-8."""
    with path.open("rb") as file:
        begins = file.read(4)
    for beginning, told in _BEGINNINGS.items():
        if begins.startswith(beginning):
            return told
    return f"is not UTF-8, somewhere after line {line}; save it as CSV UTF-8"


def _check_separated(name: str, header: Sequence[str]) -> None:
    """Refuse a file whose cells something else than commas sets apart."""
    for sign, called in _SEPARATORS.items():
        if len(header) == 1 and sign in header[0]:
            raise ImportRefused(
                f"{name} has {called} between its cells; save it with commas; nothing was changed"
            )


def _check_unnamed(name: str, line: int, unnamed: Sequence[int], cells: Sequence[str]) -> None:
    """Pass over the row numbers that pandas and R write first, and over empty columns; no other."""
    for number in unnamed:
        cell = cells[number].strip()
        if cell and (number > 0 or not (cell.isascii() and cell.isdecimal())):
            raise ImportRefused(
                f"{name}: column {number + 1} has no name in the header, and {cell[:50]!r} in line "
                f"{line}; name it or take it out; nothing was changed"
            )


def _broken(name: str, line: int, header: Sequence[str], cells: Sequence[str]) -> RawRow:
    """Tell of a row of another length, with its id if no stray comma can have moved that."""
    return RawRow(
        file=name,
        line=line,
        values={"id": cells[0]} if header[:1] == ["id"] else {},
        problem=f"has {len(cells)} cells where the header has {len(header)}",
    )


READER = Reader(id="table", suffixes=(".csv",), read=read_table)
