"""Read a table in CSV side by side: by Arrow what is plain, row by row what is not.

Arrow takes a quarter of the time of Python's reader, but neither says in which line a record begins
nor is strict about quotes. So a file is read in parts that end with a line, outside quotes. In a
plain part every quote opens or closes a cell or is doubled: of such both readers make the same.
Read row by row are parts with a line that is no record (broken off, blank, or with a break inside
quotes), all that follows a part that is not plain, and files with a column that has no name.
"""

from __future__ import annotations

import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from geo.importing.blocks import RawBlock, side_by_side
from geo.importing.coded import Coded
from geo.importing.readers import read_file, some
from geo.importing.readers.table import (
    LONGEST_CELL,
    READER,
    check_header,
    read_records,
    read_table,
    rows_of,
)

# Some thousand rows: with fewer, what is done once for a part and each column counts.
PART_BYTES = 4_000_000
_QUOTE = b'"'
# What stands between cells: commas and the ends of lines.
_ENDS = tuple(b",\r\n")
# Past so much without an end outside quotes, a quote is missing somewhere.
LONGEST_PART = PART_BYTES + LONGEST_CELL


def read_blocks(path: Path, *, absent: Any = None) -> Iterator[RawBlock]:
    """Read a file side by side, whatever its kind.

    `absent` stands for what single rows lack; rows of a CSV that do are broken, and have a problem.
    """
    if path.suffix.lower() not in READER.suffixes or not path.is_file():
        return side_by_side(read_file(path), absent=absent)
    return some(path.name, _blocks(path))


def _blocks(path: Path) -> Iterator[RawBlock]:
    with path.open("rb") as file:
        header = _plain_header(path, file.readline(LONGEST_PART))
        if header is None:
            yield from side_by_side(read_table(path))
            return
        line = 2
        while part := _part(file):
            if len(part) > LONGEST_CELL or not _is_plain(part):
                # Where a record ends is not sure: perhaps behind this part.
                file.seek(-len(part), io.SEEK_CUR)
                yield from _row_by_row(path, header, file, line)
                return
            block = _block(path.name, header, part, line)
            if block is None:
                yield from _row_by_row(path, header, io.BytesIO(part), line)
            else:
                yield block
            line += part.count(b"\n")


def _plain_header(path: Path, first: bytes) -> list[str] | None:
    """Read the names of the columns; None if some have none, or they are no line."""
    if first.count(b'"') % 2 or _has_lone_returns(first) or len(first) == LONGEST_PART:
        return None
    try:
        text = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    _, cells = next(read_records(path, io.StringIO(text, newline="")), (1, []))
    header = [cell.strip() for cell in cells]
    check_header(path.name, header)
    return header if all(header) else None


def _part(file: BinaryIO) -> bytes:
    """Take some lines more, up to one that ends outside quotes."""
    lines = [file.read(PART_BYTES), file.readline(LONGEST_PART)]
    size, quotes = sum(map(len, lines)), sum(line.count(b'"') for line in lines)
    while quotes % 2 and size < LONGEST_PART and (line := file.readline(LONGEST_PART)):
        lines.append(line)
        size, quotes = size + len(line), quotes + line.count(b'"')
    return b"".join(lines)


def _row_by_row(path: Path, header: Sequence[str], file: BinaryIO, line: int) -> Iterator[RawBlock]:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        yield from side_by_side(rows_of(path.name, header, read_records(path, text, line)))
    finally:
        # It would close what others opened.
        text.detach()


def _block(name: str, header: Sequence[str], part: bytes, line: int) -> RawBlock | None:
    """Read a plain part at once; None if not every line is a record of as many cells."""
    lines = part.count(b"\n") + (not part.endswith(b"\n"))
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(part),
            read_options=pa.csv.ReadOptions(
                use_threads=False, column_names=header, block_size=len(part) + 1
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.dictionary(pa.int32(), pa.string())),
                null_values=[],
            ),
        )
    except pa.ArrowInvalid:
        return None
    columns = {name: _coded(table.column(name)) for name in header}
    if len(table) != lines or _has_blanks(columns.values(), lines):
        return None
    return RawBlock(
        file=name,
        unit="line",
        lines=range(line, line + lines),
        columns=columns,
        shapes=None,
        problems={},
    )


def _is_plain(part: bytes) -> bool:
    """Say whether lines end as usual, and quotes open or close a cell or are doubled in one."""
    # Arrow would pass over a mark of UTF-8 wherever it begins to read.
    if _has_lone_returns(part) or part.startswith(BOM_UTF8):
        return False
    if _QUOTE not in part:
        return True
    signs = np.frombuffer(b"\n" + part + b"\n", np.uint8)
    is_quote = signs == ord(_QUOTE)
    starts = np.flatnonzero(~is_quote[:-1] & is_quote[1:]) + 1
    ends = np.flatnonzero(is_quote[:-1] & ~is_quote[1:]) + 1
    # As many as open a cell and close it: there it has to end.
    whole = np.isin(signs[starts - 1], _ENDS) & ((ends - starts) % 2 == 0)
    if not np.isin(signs[ends[whole]], _ENDS).all():
        return False
    signs = np.frombuffer(b"\n" + part.replace(2 * _QUOTE, b"") + b"\n", np.uint8)
    (quotes,) = np.nonzero(signs == ord(_QUOTE))
    opening, closing = quotes[0::2], quotes[1::2]
    return (
        len(opening) == len(closing)
        and bool(np.isin(signs[opening - 1], _ENDS).all())
        and bool(np.isin(signs[closing + 1], _ENDS).all())
    )


def _has_lone_returns(part: bytes) -> bool:
    """Say whether a line ends as programs of old wrote it."""
    return part.count(b"\r") > part.count(b"\r\n")


def _has_blanks(columns: Iterable[Coded], lines: int) -> bool:
    """Say whether there are lines of blanks, which are no rows."""
    blank = np.ones(lines, dtype=bool)
    for column in columns:
        blank[column.where(str.strip)] = False
        if not blank.any():
            return False
    return True


def _coded(column: pa.ChunkedArray) -> Coded:
    found = column.combine_chunks()
    return Coded(found.dictionary.to_pylist(), found.indices.to_numpy().astype(np.int64))
