from __future__ import annotations

import pytest

from geo.matching.words import once_words, overlapping_words, reason_line, reason_words
from geo.spec import Language


@pytest.mark.parametrize(
    ("rule", "facts", "english", "french"),
    [
        ("day", {"apart": 0, "longest": 1}, "the days meet", "les jours se recoupent"),
        ("day", {"apart": 1, "longest": 1}, "one day apart", "un jour d’écart"),
        (
            "day",
            {"apart": 2, "longest": 31},
            "2 days apart, one spread over 31 days",
            "2 jours d’écart, l’un s’étendant sur 31 jours",
        ),
        (
            "place",
            {"apart_m": 6_400, "radii_m": 30_000},
            "6.4 km apart; together the places are uncertain by 30 km",
            "6,4 km d’écart ; l’incertitude cumulée des lieux est de 30 km",
        ),
        ("actors", {"fit": 0.9}, "those named are the same", "les acteurs nommés sont les mêmes"),
        ("actors", {"fit": 0.1}, "those named differ", "les acteurs nommés diffèrent"),
        (
            "deaths",
            {"fewer_low": 3, "fewer_high": 3, "more_low": 4, "more_high": 7},
            "3 and 4–7 killed",
            "3 et 4–7 tués",
        ),
        ("deaths", {}, "not stated by both", "non précisé par les deux"),
    ],
)
def test_a_reason_reads_as_words_in_both_languages(
    rule: str, facts: dict[str, float], english: str, french: str
) -> None:
    assert [reason_words(rule, facts, language) for language in ("en", "fr")] == [english, french]


def test_a_line_of_reasons_says_what_each_rule_gave() -> None:
    reasons = [
        {"rule": "day", "points": 0.3, "facts": {"apart": 0, "longest": 1}},
        {"rule": "deaths", "points": 0.15, "facts": {}},
    ]
    assert reason_line(reasons, "fr") == (
        "Jours +0.30 (les jours se recoupent); Morts +0.15 (non précisé par les deux)"
    )


@pytest.mark.parametrize(("language", "word"), [("en", "overlapping"), ("fr", "recoupent")])
def test_a_note_on_sums_names_the_collections(language: Language, word: str) -> None:
    note = overlapping_words(["documented", "ucdp"], language)
    assert word in note
    assert "(documented, ucdp)" in note
    assert once_words(language) != note
