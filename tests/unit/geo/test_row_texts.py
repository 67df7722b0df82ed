"""Texts out of COPY's binary form, however the bytes happen to be cut."""

from __future__ import annotations

import itertools
from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from geo.row_texts import RowTexts

_HEAD = b"PGCOPY\n\xff\r\n\0" + pack(">ii", 0, 0)
_END = pack(">h", -1)


def _copied(texts: list[str]) -> bytes:
    rows = (text.encode() for text in texts)
    return _HEAD + b"".join(pack(">hi", 1, len(row)) + row for row in rows) + _END


@given(st.lists(st.text(max_size=30)), st.lists(st.integers(0, 200), max_size=8))
def test_texts_come_as_lines_wherever_the_bytes_are_cut(texts: list[str], cuts: list[int]) -> None:
    copied, taken = _copied(texts), RowTexts()
    at = [0, *sorted(min(cut, len(copied)) for cut in cuts), len(copied)]
    lines = b"".join(taken.lines(copied[start:end]) for start, end in itertools.pairwise(at))
    assert lines == "".join(f"{text}\n" for text in texts).encode()


def test_a_row_goes_out_as_soon_as_it_is_whole() -> None:
    copied, taken = _copied(["first", "second"]), RowTexts()
    whole = len(_HEAD) + 6 + len("first")
    assert taken.lines(copied[: whole - 1]) == b""
    assert taken.lines(copied[whole - 1 : whole + 3]) == b"first\n"
    assert taken.lines(copied[whole + 3 :]) == b"second\n"
