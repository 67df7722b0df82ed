"""Read CSV with a header row, in UTF-8."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from geo.errors import ImportRefused
from geo.importing.readers._base import RawRow, Reader


def _read(path: Path) -> list[RawRow]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _rows(path, file)
    except UnicodeDecodeError as error:
        raise ImportRefused(
            f"{path.name} is not UTF-8 (byte {error.start}); save it as CSV UTF-8"
        ) from None
    except csv.Error as error:
        raise ImportRefused(f"{path.name} is not readable as CSV: {error}") from None


def _rows(path: Path, file: Iterable[str]) -> list[RawRow]:
    lines = csv.reader(file, strict=True)
    header = [name.strip() for name in next(lines, [])]
    if len(set(header)) != len(header):
        twice = sorted({name for name in header if header.count(name) > 1})
        raise ImportRefused(f"{path.name} has a column twice: {', '.join(twice)}")
    rows = []
    start = lines.line_num + 1
    for cells in lines:
        # Blank lines at the end of a hand-kept file are no rows.
        if any(cell.strip() for cell in cells):
            if len(cells) != len(header):
                values: dict[str, str] = {
                    "": f"{len(cells)} cells where the header has {len(header)}"
                }
            else:
                values = dict(zip(header, cells, strict=True))
            rows.append(RawRow(file=path.name, line=start, values=values))
        start = lines.line_num + 1
    return rows


READER = Reader(id="table", suffixes=(".csv",), read=_read)
