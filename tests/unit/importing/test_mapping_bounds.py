"""Tables whose best figures pass their bounds, and tables with a title above their header."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from geo.errors import ImportRefused
from geo.importing.bounds import bounded, passes
from geo.importing.template import template
from tests.rows_of_blocks import raw_rows_of
from tests.unit.importing.test_mapping import EVENTS, MAPPING, ROW, source, table

BOUNDS = MAPPING.replace(
    'killed_best = "Deaths"', 'killed_low = "Low"\nkilled_best = "Deaths"\nkilled_high = "High"'
)
WIDENING = BOUNDS.replace("missing =", "widen_bounds = true\nmissing =")


def tolls(tmp_path: Path, text: str, **cells: str) -> object:
    (row,) = raw_rows_of(source(tmp_path, text).read(table(tmp_path / "a.csv", {**ROW, **cells})))
    return row.problem or tuple(row.values.get(f"killed_{end}") for end in ("low", "best", "high"))


@pytest.mark.parametrize(
    ("cells", "become"),
    [
        (("1", "2", "3"), ("1", "2", "3")),
        (("5", "2", "9"), ("2", "2", "9")),
        (("0", "7", "3"), ("0", "7", "7")),
        (("5", "", "3"), ("5", None, "3")),
        (("", "2", ""), (None, "2", None)),
        (("many", "2", "3"), ("many", "2", "3")),
    ],
)
def test_a_bound_that_the_best_figure_passes_moves_to_it_where_the_mapping_says_so(
    tmp_path: Path, cells: tuple[str, str, str], become: tuple[str | None, ...]
) -> None:
    low, best, high = cells
    assert tolls(tmp_path, WIDENING, Low=low, Deaths=best, High=high) == become


def test_without_such_a_word_the_row_is_rejected_and_told_of_it(tmp_path: Path) -> None:
    assert tolls(tmp_path, BOUNDS, Low="0", Deaths="7", High="3") == (
        "killed_best 7 passes killed_high 3; widen_bounds = true in map.toml takes such rows and "
        "moves the bound"
    )
    assert tolls(tmp_path, BOUNDS, Low="1", Deaths="2", High="2") == ("1", "2", "2")


def test_widening_is_a_yes_or_a_no(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused) as refused:
        source(tmp_path, MAPPING.replace("missing =", 'widen_bounds = "yes"\nmissing ='))
    assert refused.value.problems == ("widen_bounds is neither true nor false",)


def test_every_bound_of_a_best_figure_is_found() -> None:
    assert bounded(["a_best", "a_high", "b_low", "c_best", "d_best", "d_low", "d_high"]) == [
        ("a_best", "a_high"),
        ("d_best", "d_low"),
        ("d_best", "d_high"),
    ]
    assert not passes("2", "a_low", "2")


def test_a_template_says_how_bounds_are_widened(tmp_path: Path) -> None:
    text = template(table(tmp_path / "a.csv", ROW), EVENTS)
    assert "\n# widen_bounds = true  # move a low or high figure that the best one passes\n" in text


def test_a_title_above_the_header_is_told_from_a_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((["Incidents of 2021"], list(ROW), list(ROW.values())))
    told = (
        r"a\.csv: the first row has to be the header, with the names of the columns, and no row "
        r"fits it: line 2 has 9 cells where the header has 1; take out titles"
    )
    with pytest.raises(ImportRefused, match=told):
        raw_rows_of(source(tmp_path).read(path))
    with pytest.raises(ImportRefused, match=told):
        template(path, EVENTS)
