"""Tables read side by side: the same rows and the same refusals as row by row, faster or not."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geo.errors import ImportRefused
from geo.importing import tables
from geo.importing.blocks import RawBlock
from geo.importing.readers import RawRow, read_file, table
from geo.importing.tables import read_blocks
from tests.rows_of_blocks import raw_rows_of

LINE_ENDS = ("\n", "\r\n")
SIGNS = st.text(st.sampled_from('a é;,"\n\r\t\\\ufeff\xa0'), max_size=40)
CELLS = st.text(st.sampled_from('a é,"\n\r'), max_size=6)


def outcome(rows: Iterable[RawRow]) -> list[RawRow] | str:
    """Read rows, or say why not; how far it was read till then may differ."""
    try:
        return list(rows)
    except ImportRefused as error:
        return re.sub(r"(?<=after line )\d+", "N", str(error))


def by_blocks(path: Path) -> Iterator[RawRow]:
    for block in read_blocks(path):
        yield from raw_rows_of([block])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=SIGNS, part=st.sampled_from([1, 7, 100]))
@example(body='"a\nb,c\nd,e\n', part=1)
@example(body='a,"b""c"\n,""\nd,"e,"\n', part=100)
@example(body='a,b"c\nd"e,f\n', part=100)
@example(body='a,"b" \n', part=100)
@example(body="a,b\n \nc,d\n", part=7)
@example(body="a,b\rc,d\n", part=100)
@example(body=';","\n"', part=1)
@example(body='a","\nb\n"\n', part=7)
@example(body='""a,b\n', part=100)
@example(body='""""a,b\nc,"d"\n', part=100)
@example(body='""""""a,b\n', part=100)
@example(body='"""a""",""""\n', part=100)
@example(body="a,b\n\ufeffc,d\n", part=1)
@example(body=",a\n,\n \t,\n", part=100)
@example(body="NA,NULL\n,\n", part=100)
def test_any_text_is_read_as_it_is_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, part: int
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"name,note\n{body}".encode())
    monkeypatch.setattr(tables, "PART_BYTES", part)
    assert outcome(by_blocks(path)) == outcome(read_file(path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8),
    end=st.sampled_from(LINE_ENDS),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    part=st.sampled_from([1, 20, 1_000]),
)
def test_any_table_is_read_as_it_is_row_by_row(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[tuple[str, str]],
    end: str,
    quoting: Literal[0, 1],
    part: int,
) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator=end, quoting=quoting).writerows([("name", "note"), *rows])
    monkeypatch.setattr(tables, "PART_BYTES", part)
    assert outcome(by_blocks(path)) == outcome(read_file(path))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"name\n",
        b"name,note\n\n \n",
        b"name,name\na,b\n",
        b"name;note\na;b\n",
        b",note\n1,b\n",
        b",note\nx,b\n",
        b'"na\nme",note\na,b\n',
        b"name,note\ra,b\rc,d\r",
        b"\xef\xbb\xbfname,note\na,b\n",
        b"\xff\xfen\x00",
        b"name,note\na,b\n\xe9,c\n",
        b"n\xe9me,note\na,b\n",
        b"name,note\na,b\nc\nd,e,f\n",
        b"name,note\na,\x00b\n",
        b'name,note\na,"b\n',
    ],
)
def test_what_is_odd_about_a_file_is_told_as_it_is_row_by_row(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert outcome(by_blocks(path)) == outcome(read_file(path))


def test_lines_that_are_no_records_are_read_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text('name,note\na,"b, ""c"""\nd,"e\nf"\n"g",h\n')
    monkeypatch.setattr(tables, "PART_BYTES", 1)
    by_row: list[int] = []
    real = tables._row_by_row

    def noting(path: Path, header: Any, file: BinaryIO, line: int) -> Iterator[RawBlock]:
        by_row.append(line)
        return real(path, header, file, line)

    monkeypatch.setattr(tables, "_row_by_row", noting)
    found = [(row.line, row.values["note"]) for row in raw_rows_of(read_blocks(path))]
    assert found == [(2, 'b, "c"'), (3, "e\nf"), (5, "h")]
    assert by_row == [3]


def test_rows_whose_first_cell_is_empty_are_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,note\n,a\nb,\n")
    monkeypatch.delattr(tables, "_row_by_row")
    assert [row.values["note"] for row in raw_rows_of(read_blocks(path))] == ["a", ""]


@pytest.mark.parametrize("letters", [50, 200])
def test_a_cell_that_is_too_long_is_refused_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, letters: int
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"name,note\na,b\nc,{'d' * letters}\n")
    monkeypatch.setattr(tables, "LONGEST_CELL", 100)
    monkeypatch.setattr(table, "LONGEST_CELL", 100)
    if letters > 100:
        with pytest.raises(ImportRefused, match="after line 2: a cell is longer than 100 char"):
            list(read_blocks(path))
    else:
        assert len(raw_rows_of(read_blocks(path))) == 2


def test_a_quote_that_is_never_closed_does_not_take_the_rest_of_the_file_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text('name,note\na,b\nc,"d\n' + "e,f\n" * 1_000)
    monkeypatch.setattr(tables, "PART_BYTES", 10)
    monkeypatch.setattr(tables, "LONGEST_PART", 100)
    sizes: list[int] = []
    real = tables._part

    def noting(file: BinaryIO) -> bytes:
        part = real(file)
        sizes.append(len(part))
        return part

    monkeypatch.setattr(tables, "_part", noting)
    with pytest.raises(ImportRefused, match="not readable as CSV after line 2"):
        list(read_blocks(path))
    assert max(sizes) < 200


def test_other_files_are_put_side_by_side_too(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": ['
        '{"type": "Feature", "id": "a", "properties": {"n": 1}, "geometry": null},'
        '{"type": "Feature", "id": "b", "properties": {"m": 2}, "geometry": null}]}'
    )
    (block,) = read_blocks(path, absent="-")
    assert (block.columns["n"].rows(), block.columns["m"].rows()) == ([1, "-"], ["-", 2])
