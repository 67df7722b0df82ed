from __future__ import annotations

import numpy as np

from geo.columns.lines import read_lines
from geo.spec import Field
from tests.unit.columns.wells import TITLE, layer

WELLS = layer(Field(name="owner", title=TITLE, indexed=True))


def line(row: int, place: str, owner: str, source: str) -> str:
    """Write a row as COPY does: what is not quoted and empty is unknown."""
    return f"{row},w{row},{place},16114,16115,1,,{owner},day,1,,{source}\n"


def test_texts_come_as_they_are_and_unknown_is_not_empty() -> None:
    lines = [
        line(1, "1.5,2.5,7,8", "", '"a, ""b"""'),
        line(2, "1.5,2.5,7,8", '""', '"two\nlines"'),
        line(3, "1.5,2.5,7,8", r"\N", "NULL"),
    ]
    block = read_lines(WELLS, "".join(lines).encode())
    said = {
        name: [None if code == 0 else words.words[code - 1] for code in words.codes]
        for name, words in block.words.items()
    }
    assert said == {
        "owner": [None, "", r"\N"],
        "date_precision": ["day", "day", "day"],
        "source_title": ['a, "b"', "two\nlines", "NULL"],
    }


def test_a_row_without_a_place_has_none_on_the_grid() -> None:
    place = ",,0,2147483648"
    lines = line(1, "-4.1234567890123,16.5,7,4294967295", "", "") + line(2, place, "", "")
    block = read_lines(WELLS, lines.encode())
    assert block.placed.tolist() == [True, False]
    assert {name: column.tolist() for name, column in block.grid.items()} == {
        "x": [7, 0],
        "y": [4294967295, 0],
    }
    longitude, nowhere = block.degrees["lon"].tolist()
    assert longitude == -4.1234567890123
    assert np.isnan(nowhere)


def test_no_lines_are_no_rows() -> None:
    block = read_lines(WELLS, b"")
    assert (len(block.row), len(block.ids), block.placed.tolist()) == (0, 0, [])
    assert block.words["owner"].words == ()


def test_words_stay_the_same_over_many_pieces_of_one_block() -> None:
    owners = [f"owner {number % 90}" for number in range(40_000)]
    lines = "".join(line(n, "1.5,2.5,7,8", owner, "") for n, owner in enumerate(owners))
    words = read_lines(WELLS, lines.encode()).words["owner"]
    assert [words.words[code - 1] for code in words.codes] == owners
