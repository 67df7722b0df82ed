"""Read the one sheet of an XLSX workbook, with a header row; cells come as they were typed."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from geo.errors import ImportRefused, shorten
from geo.importing.cells import is_empty
from geo.importing.readers._base import RawRow, Reader

# A workbook is an archive, and a small one can be made to unpack without end.
MOST_UNPACKED = 2_000_000_000


def _read(path: Path) -> Iterator[RawRow]:
    _check_size(path)
    # It takes a fifth of a second to import, which only this reader should pay.
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    line = 0
    book = None
    try:
        with warnings.catch_warnings():
            # What it says of styles and the like does not touch the cells.
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        for row in _rows(path.name, _sheet(path.name, book)):
            line = row.line
            yield row
    # openpyxl lets the faults of broken files out as they come; what defusedxml forbids is a
    # ValueError.
    except (
        *(InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError),
        *(KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError),
    ):
        raise ImportRefused(
            f"{path.name} cannot be read after row {line}; is it a whole .xlsx file?"
        ) from None
    finally:
        if book is not None:
            book.close()


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        raise ImportRefused(f"{path.name} cannot be read; is it a whole .xlsx file?") from None
    if unpacked > MOST_UNPACKED:
        raise ImportRefused(
            f"{path.name} unpacks to {unpacked:,} bytes, and {MOST_UNPACKED:,} are read; save it "
            "as CSV"
        )


def _sheet(name: str, book: Any) -> Any:
    """Give the only sheet that is shown."""
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if len(shown) != 1:
        titles = ", ".join(sheet.title for sheet in shown)
        raise ImportRefused(f"{name} has several sheets ({titles}); give a file with one")
    # What programs write as the size of a sheet is often wrong, and would cut it off.
    shown[0].reset_dimensions()
    return shown[0]


def _rows(name: str, sheet: Any) -> Iterator[RawRow]:
    lines = sheet.iter_rows(values_only=True)
    header: Sequence[str] = ()
    is_first = True
    for number, cells in enumerate(lines, start=1):
        filled = [place for place, cell in enumerate(cells) if not is_empty(cell)]
        if not filled:
            continue
        if not header:
            header = _header(name, cells)
            continue
        if is_first and len(header) == 1 and filled[-1] > 0:
            raise ImportRefused(
                f"{name}: the first row has to be the header; it is {shorten(header[0])!r}, and "
                f"row {number} has {filled[-1] + 1} cells; take out what stands above the header; "
                "nothing was changed"
            )
        is_first = False
        if filled[-1] >= len(header) or any(not header[place] for place in filled):
            told = f"has {filled[-1] + 1} cells where the header has {len(header)}"
            yield RawRow(file=name, line=number, unit="row", values={}, problem=told)
            continue
        row = (*cells, *[None] * (len(header) - len(cells)))
        values = {column: cell for column, cell in zip(header, row, strict=False) if column}
        yield RawRow(file=name, line=number, unit="row", values=values)


def _header(name: str, cells: Sequence[Any]) -> list[str]:
    """Read the names of the columns, without the empty ones at the end."""
    header = ["" if is_empty(cell) else str(cell).strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise ImportRefused(f"{name} has a column twice: {', '.join(twice)}")
    return header


READER = Reader(id="xlsx", suffixes=(".xlsx",), read=_read)
