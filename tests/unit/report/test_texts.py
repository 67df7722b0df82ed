"""The words of a report are there in both languages, and take the same values."""

from __future__ import annotations

from string import Formatter

import pytest

from app.report._figures import charts_of
from app.report._texts import TEXTS
from app.report._words import killed_words
from geo.spec import LANGUAGES, Language, Text


def values_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_say_it_with_the_same_values(name: str) -> None:
    text = TEXTS[name]
    assert text.en
    assert text.fr
    assert values_in(text.en) == values_in(text.fr)


def test_a_name_with_braces_is_a_name_and_no_value() -> None:
    charts = charts_of(Text(en="{0} {period}", fr="{0} {period}"))
    for spec in charts:
        for language in LANGUAGES:
            said = spec.title.in_language(language).format(period="2012–2023")
            assert "{0} {period}" in said
            assert said.endswith("2012–2023")


@pytest.mark.parametrize(
    ("low", "best", "high", "language", "said"),
    [
        (None, None, None, "en", "not stated"),
        (None, None, None, "fr", "non précisé"),
        (None, 0, None, "en", "0"),
        (None, 3, None, "en", "3"),
        (2, 3, 5, "en", "3 (2–5)"),
        (3, 3, 3, "en", "3"),
        (2, None, 5, "fr", "2–5"),
        (4, None, 4, "en", "4"),
        (None, None, 53, "en", "up to 53"),
        (None, None, 53, "fr", "jusqu’à 53"),
        (12, None, None, "fr", "au moins 12"),
        (1000, 1200, 1500, "en", "1,200 (1,000–1,500)"),
    ],
)
def test_a_toll_that_nobody_states_is_not_written_as_a_number(
    low: int | None, best: int | None, high: int | None, language: Language, said: str
) -> None:
    row = {"killed_low": low, "killed_best": best, "killed_high": high}
    assert killed_words(row, language) == said
