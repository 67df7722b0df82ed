"""What is worked through in lots is what is worked through at once."""

from __future__ import annotations

import numpy as np
import pytest

from geo.columns.lots import ROWS_AT_ONCE, count_by, count_pairs, look_up, lots
from geo.columns.measures import Keyed

RANDOM = np.random.default_rng(7)
SIZES = [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 3 * ROWS_AT_ONCE + 5]


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("counters", [0, 5, 10_000])
def test_every_row_is_in_one_lot(rows: int, counters: int) -> None:
    parts = [np.arange(rows)[lot] for lot in lots(rows, counters)]
    assert np.array_equal(np.concatenate([np.arange(0), *parts]), np.arange(rows))


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("groups", [1, 7, 6_000])
def test_counts_are_those_of_all_rows_at_once(rows: int, groups: int) -> None:
    keys = RANDOM.integers(0, groups, rows).astype(np.uint16)
    codes = RANDOM.integers(0, 9, rows).astype(np.uint8)
    size = np.bincount(keys, minlength=groups)
    assert np.array_equal(count_by(keys, groups), size)
    pairs = np.bincount(keys * 9 + codes.astype(np.intp), minlength=9 * groups)
    assert np.array_equal(count_pairs(keys, groups, codes, 9), pairs.reshape(groups, 9))


@pytest.mark.parametrize("rows", SIZES)
def test_sums_are_those_of_all_rows_at_once(rows: int) -> None:
    keys = RANDOM.integers(0, 3, rows).astype(np.uint8)
    numbers = RANDOM.integers(0, 1 << 32, rows).astype(np.uint32)
    sums = [int(numbers[keys == group].sum(dtype=np.uint64)) for group in range(3)]
    assert Keyed(keys=keys, count=3).add(numbers).tolist() == sums


@pytest.mark.parametrize("rows", SIZES)
def test_looking_up_gives_what_stands_in_the_table(rows: int) -> None:
    table = RANDOM.integers(0, 255, 400).astype(np.uint8)
    codes = RANDOM.integers(0, 400, rows).astype(np.uint16)
    assert np.array_equal(look_up(table, codes), table[codes])
