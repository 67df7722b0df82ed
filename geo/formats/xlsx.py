"""A workbook of one sheet for spreadsheet programs: values typed, points as lon and lat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from geo.errors import TooLarge
from geo.formats._base import FileWriter, Format, Table
from geo.formulas import starts_formula
from geo.spec import FieldType, Text

# What a sheet and a cell hold (Microsoft, "Excel specifications and limits"); the first row is
# the header.
MOST_ROWS = 1_048_575
MOST_CHARACTERS = 32_767
# Spreadsheets take 1900 for a leap year and know no day before it.
FIRST_DAY = date(1900, 3, 1)

Cell = Callable[[Worksheet, int, int, Any], object]


class _Exact(float):
    """A number that is written with all its digits; XlsxWriter asks for 16, a double has 17."""

    def __format__(self, form: str) -> str:
        return repr(float(self))


def _number(sheet: Worksheet, row: int, column: int, number: float) -> None:
    sheet.write_number(row, column, _Exact(number))


def _text(quoted: Any) -> Cell:
    """Write texts as texts; one that looks like a formula as if a person had quoted it."""

    def write(sheet: Worksheet, row: int, column: int, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            raise TooLarge(
                f"a text of {len(text)} characters does not fit into a cell, which holds "
                f"{MOST_CHARACTERS}; leave its property out, or ask for another format"
            )
        sheet.write_string(row, column, text, quoted if starts_formula(text) else None)

    return write


def _day(written_as: Any) -> Cell:
    def write(sheet: Worksheet, row: int, column: int, day: date) -> None:
        if day < FIRST_DAY:
            sheet.write_string(row, column, day.isoformat())
        else:
            sheet.write_datetime(row, column, day, written_as)

    return write


def _columns(table: Table, book: Workbook) -> dict[str, Cell]:
    text = _text(book.add_format({"quote_prefix": True}))
    kinds: dict[FieldType, Cell] = {
        FieldType.DATE: _day(book.add_format({"num_format": "yyyy-mm-dd"})),
        FieldType.INTEGER: Worksheet.write_number,
        FieldType.NUMBER: _number,
        FieldType.BOOLEAN: Worksheet.write_boolean,
    }
    columns = {"id": text, **{f.name: kinds.get(f.type, text) for f in table.fields}}
    # The outline of an area does not fit into a cell.
    if "lon" in table.schema.names:
        columns |= {"lon": _number, "lat": _number}
    return columns


def _write(table: Table, path: Path) -> None:
    book = Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
    book.use_zip64()
    sheet = book.add_worksheet(table.layer.id)
    columns = _columns(table, book)
    sheet.write_row(0, 0, list(columns), book.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    try:
        _fill(sheet, columns, table)
        book.close()
    finally:
        # Closing the book would do it, after putting together what was given up.
        sheet._opt_close()


def _fill(sheet: Worksheet, columns: dict[str, Cell], table: Table) -> None:
    row = 0
    for batch in table.batches:
        for values in zip(*(batch[name].to_pylist() for name in columns), strict=True):
            row += 1
            for at, (write, value) in enumerate(zip(columns.values(), values, strict=True)):
                if value is not None:
                    write(sheet, row, at, value)


FORMAT = Format(
    id="xlsx",
    title=Text(en="Excel workbook", fr="Classeur Excel"),
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    extension="xlsx",
    writer=FileWriter(write=_write, most_rows=MOST_ROWS),
    any_crs=False,
)
