"""LIKE and the folds over words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns.refusal import NotInColumns
from geo.columns.texts import folded, like


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("gao", "gao", True),
        ("gao", "gao ", False),
        ("g_o", "gao", True),
        ("g_o", "go", False),
        ("%", "", True),
        ("", "", True),
        ("", "a", False),
        ("%a%", "kidal", True),
        ("a%a", "a", False),
        ("%ab%ab", "abab", True),
        ("%ab%ab", "ab", False),
        ("50\\%", "50%", True),
        ("50\\%", "500", False),
        ("a\\_c", "abc", False),
        ("a\\\\%", "a\\b", True),
        ("_", "\n", True),
        ("%.%", "a", False),
        ("é_", "éa", True),
    ],
)
def test_like_is_sqls(pattern: str, text: str, *, matches: bool) -> None:
    assert like(pattern)(text) is matches


@given(pattern=st.text("ab%_", max_size=8), text=st.text("ab", max_size=8))
def test_like_is_a_regular_expression(pattern: str, text: str) -> None:
    expression = pattern.replace("%", ".*").replace("_", ".")
    assert like(pattern)(text) is (re.fullmatch(expression, text) is not None)


def test_a_pattern_of_many_parts_takes_no_time() -> None:
    assert not like("%a" * 200 + "%b")("a" * 300)


def test_a_pattern_that_ends_in_its_escape_is_left_to_sql() -> None:
    with pytest.raises(NotInColumns):
        like("a\\")


@pytest.mark.parametrize(
    ("folds", "text", "expected"),
    [
        (["casei"], "KIDAL", "kidal"),
        (["casei"], "ménaka", "ménaka"),
        (["accenti"], "Ségou", "Segou"),
        (["accenti"], "Se\u0301gou", "Segou"),
        (["casei", "accenti"], "ÉTÉ", "ete"),
    ],
)
def test_folds_are_applied_from_the_inside(folds: list[str], text: str, expected: str) -> None:
    assert folded(folds, text) == expected


@pytest.mark.parametrize(("fold", "text"), [("casei", "ÉTÉ"), ("casei", "İ"), ("accenti", "Ж")])
def test_what_databases_may_fold_otherwise_is_left_to_sql(fold: str, text: str) -> None:
    with pytest.raises(NotInColumns):
        folded([fold], text)
