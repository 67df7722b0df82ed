"""Columns whose values are listed once: rows come out as they went in, whatever is done to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.importing import coded as room
from geo.importing.coded import Coded, Faults, behind, coded, each, same, together

TEXTS = st.lists(st.sampled_from(["", "a", "b", "c", None]), min_size=1, max_size=30)
CELLS = st.lists(st.sampled_from(["1", 1, True, 1.0, None, "", 0, False]), max_size=30)


def typed(rows: list[Any]) -> list[tuple[type, Any]]:
    return [(type(row), row) for row in rows]


def is_listed_for_a_row(column: Coded) -> bool:
    return set(column.codes.tolist()) == set(range(len(column.values)))


@given(CELLS)
def test_cells_come_out_as_they_went_in(cells: list[Any]) -> None:
    column = coded(cells)
    assert typed(column.rows()) == typed(cells)
    assert len(set(typed(list(column.values)))) == len(column.values)


def test_lists_are_cells_too() -> None:
    cells = ["a", ["b"], {"c": 1}, "a"]
    assert coded(cells).rows() == cells


@given(TEXTS, st.data())
def test_some_of_the_rows_list_only_what_they_say(cells: list[Any], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.sampled_from(range(len(cells))), unique=True).map(sorted))
    taken = coded(cells).take(np.array(numbers, dtype=np.int64))
    assert taken.rows() == [cells[n] for n in numbers]
    assert is_listed_for_a_row(taken)


@given(TEXTS, st.data())
def test_rows_that_are_made_to_say_something_else_say_that(
    cells: list[Any], data: st.DataObject
) -> None:
    numbers = data.draw(st.lists(st.sampled_from(range(len(cells))), min_size=1, unique=True))
    column = coded(cells)
    put = column.put(np.array(numbers), "new")
    assert put.rows() == ["new" if n in numbers else cell for n, cell in enumerate(cells)]
    assert is_listed_for_a_row(put)
    assert column.rows() == cells


@given(
    st.lists(st.tuples(*[st.sampled_from("abcdefgh")] * 3), min_size=1, max_size=40), st.booleans()
)
def test_columns_that_are_put_together_say_what_each_said(
    rows: list[tuple[str, str, str]], is_tight: bool
) -> None:
    columns = [coded(column) for column in zip(*rows, strict=True)]
    with pytest.MonkeyPatch.context() as patched:
        if is_tight:
            # As if numbers had no room for more than two columns.
            patched.setattr(room, "_MOST", 10)
            patched.setattr(room, "_SPREAD", 0)
        found = together(columns)
    assert found.rows() == rows
    assert len(set(found.values)) == len(found.values)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_columns_that_are_put_behind_each_other_keep_their_order(parts: list[list[Any]]) -> None:
    assert behind([coded(part) for part in parts]).rows() == [cell for p in parts for cell in p]


@given(TEXTS)
def test_equal_values_become_one(cells: list[Any]) -> None:
    merged = coded(cells).map(bool).merged()
    assert merged.rows() == [bool(cell) for cell in cells]
    assert len(merged.values) == len(set(map(bool, cells)))


def test_a_refused_value_is_the_fault_of_each_row_that_has_none_yet() -> None:
    faults: Faults = {1: "was wrong before"}
    found = coded(["1", "x", "2", "x", "y", "1"]).read(int, ValueError, faults)
    assert found.rows() == [1, None, 2, None, None, 1]
    assert {n: reason.split(": ")[-1] for n, reason in faults.items()} == {
        1: "was wrong before",
        3: "'x'",
        4: "'y'",
    }


def test_rows_are_found_by_what_they_say() -> None:
    column = coded(["a", "b", None, "a"])
    assert column.where(lambda value: value == "a").tolist() == [0, 3]
    assert column.where(lambda value: value == "z").tolist() == []


@pytest.mark.parametrize("empty", [same("a", 0), each([]), coded([])])
def test_no_rows_are_a_column_too(empty: Coded) -> None:
    assert len(empty) == 0
    assert empty.rows() == empty.map(str).merged().rows() == together([empty, empty]).rows() == []
