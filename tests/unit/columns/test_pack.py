from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns import pack
from geo.columns.pack import (
    join_numbers,
    join_words,
    once,
    ordered,
    pack_ids,
    pack_numbers,
    pack_words,
    width_of,
)
from geo.columns.table import Numbers, Words

EVERY = slice(None)
WHOLE = st.integers(-(1 << 40), 1 << 40)
MAYBE = st.lists(st.none() | WHOLE, max_size=20)


def packed(values: Sequence[int | None]) -> Numbers:
    known = np.array([value is not None for value in values], np.bool_)
    return pack_numbers(np.array([value or 0 for value in values], np.int64), known)


def unpacked(numbers: Numbers) -> list[int | None]:
    both = zip(numbers.known(EVERY), numbers.values(EVERY).tolist(), strict=True)
    return [value if known else None for known, value in both]


@pytest.mark.parametrize(
    ("values", "width", "offset"),
    [
        ([], np.uint8, 0),
        ([None, None], np.uint8, 0),
        ([0], np.uint8, 0),
        ([-3, 251], np.uint8, -3),
        ([-3, 252], np.uint16, -3),
        ([70_000, None, 70_001], np.uint8, 70_000),
        ([0, 1 << 31], np.uint32, 0),
        ([-(1 << 31), (1 << 31) - 1], np.uint64, -(1 << 31)),
    ],
)
def test_numbers_take_as_few_bytes_as_they_need(
    values: list[int | None], width: type[Any], offset: int
) -> None:
    numbers = packed(values)
    assert (numbers.codes.dtype, numbers.offset) == (np.dtype(width), offset)
    assert unpacked(numbers) == values


def test_what_stands_where_nothing_is_known_does_not_widen_a_column() -> None:
    numbers = pack_numbers(np.array([5, 1 << 40]), np.array([True, False]))
    assert (str(numbers.codes.dtype), numbers.codes.tolist(), numbers.offset) == (
        "uint8",
        [1, 0],
        5,
    )


@given(st.lists(MAYBE, min_size=1, max_size=5))
def test_joined_numbers_are_those_of_the_parts(parts: list[list[int | None]]) -> None:
    joined = join_numbers([packed(part) for part in parts])
    assert unpacked(joined) == [value for part in parts for value in part]
    assert joined.codes.dtype == np.dtype(width_of(int(joined.codes.max(initial=0))))


@given(st.lists(st.lists(st.none() | st.text(max_size=3), max_size=8), min_size=1, max_size=5))
def test_joined_words_are_those_of_the_parts(parts: list[list[str | None]]) -> None:
    packed_parts = []
    for part in parts:
        words = [*{word: None for word in part if word is not None}]
        codes = np.array([0 if word is None else words.index(word) + 1 for word in part], np.uint32)
        packed_parts.append(pack_words(codes, words))
    joined = join_words(packed_parts)
    assert joined is not None
    said = [None if code == 0 else joined.words[code - 1] for code in joined.codes]
    assert said == [word for part in parts for word in part]
    assert list(joined.words) == sorted(
        {word for part in parts for word in part if word is not None}
    )


def test_a_text_column_with_too_many_words_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "MOST_WORDS", 2)
    one, other = (Words(codes=np.array([1], np.uint8), words=(word,)) for word in "ab")
    third = Words(codes=np.array([2], np.uint8), words=("a", "c"))
    assert join_words([one, other]) is not None
    assert join_words([one, other, third]) is None


def test_ids_of_different_lengths_and_alphabets_are_padded() -> None:
    ids = ["X1", "ɛ", "", "ménaka-2"]
    encoded = [each.encode() for each in ids]
    lengths = np.array([len(each) for each in encoded])
    found = pack_ids(lengths, np.frombuffer(b"".join(encoded), np.uint8))
    assert str(found.dtype) == "|S9"
    assert [each.decode() for each in found.tolist()] == ids
    assert len(pack_ids(np.zeros(0, np.int64), np.zeros(0, np.uint8))) == 0


def test_one_value_throughout_is_kept_once() -> None:
    same = once(np.full(1_000, 7, np.uint16))
    assert (same.strides, same.shape, set(same.tolist())) == ((0,), (1_000,), {7})
    differing = np.array([7, 7, 8], np.uint16)
    assert once(differing) is differing


def test_some_rows_of_a_column_take_only_the_bytes_that_they_need() -> None:
    codes = np.array([300, 4, 2], np.uint16)
    some = ordered(codes, np.array([2, 1]))
    assert (str(some.dtype), some.tolist()) == ("uint8", [2, 4])
    every = ordered(codes, np.array([1, 0, 2]))
    assert (str(every.dtype), every.tolist()) == ("uint16", [4, 300, 2])
