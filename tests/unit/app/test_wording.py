from __future__ import annotations

from datetime import date

import pytest

from app.wording import (
    bind_signs,
    bound_words,
    counted,
    event_date_words,
    heading_words,
    number_words,
    offset_words,
    place_words,
    precision_words,
    value_words,
)
from geo.spec import Language, Layer

MAY_1 = date(2017, 5, 1)


@pytest.mark.parametrize(
    ("start", "end", "precision", "en", "fr"),
    [
        (MAY_1, None, "day", "1 May 2017", "1er mai 2017"),
        (date(2013, 8, 23), None, "day", "23 August 2013", "23 août 2013"),
        (MAY_1, date(2017, 5, 31), "month", "May 2017", "mai 2017"),
        (date(2017, 1, 1), date(2017, 12, 31), "year", "2017", "2017"),
        (
            date(2014, 12, 22),
            date(2014, 12, 28),
            "range",
            "between 22 and 28 December 2014",
            "entre le 22 et le 28 décembre 2014",
        ),
        (
            date(2018, 9, 19),
            date(2018, 10, 10),
            "range",
            "between 19 September and 10 October 2018",
            "entre le 19 septembre et le 10 octobre 2018",
        ),
        (
            date(2018, 12, 30),
            date(2019, 1, 2),
            "range",
            "between 30 December 2018 and 2 January 2019",
            "entre le 30 décembre 2018 et le 2 janvier 2019",
        ),
        (None, None, "", "not stated", "non précisé"),
    ],
)
def test_a_date_is_written_no_more_precisely_than_it_is_known(
    start: date | None, end: date | None, precision: str, en: str, fr: str
) -> None:
    assert event_date_words(start, end, precision, "en") == en
    assert event_date_words(start, end, precision, "fr") == fr


def test_an_end_of_a_span_is_the_date_or_what_bounds_it() -> None:
    closed = date(2016, 12, 31)
    assert bound_words(closed, "year", None, None, "en") == "2016"
    assert bound_words(closed, "month", None, None, "fr") == "décembre 2016"
    assert bound_words(None, "", closed, None, "en") == "not before 31 December 2016"
    assert bound_words(None, "", None, closed, "fr") == "au plus tard : 31 décembre 2016"
    assert bound_words(None, "", None, None, "en") == "not stated"


def test_an_empty_toll_is_not_stated_and_never_zero(layers: dict[str, Layer]) -> None:
    killed = layers["attacks"].field("peacekeepers_killed")
    assert killed is not None
    assert [value_words(killed, value, "en") for value in (None, 0, 2)] == ["not stated", "0", "2"]
    assert value_words(killed, None, "fr") == "non précisé"


@pytest.mark.parametrize(
    ("count", "language", "words"),
    [
        (0, "en", "0 attacks"),
        (1, "en", "1 attack"),
        (2, "en", "2 attacks"),
        (0, "fr", "0 attaque"),
        (1, "fr", "1 attaque"),
        (1234, "fr", "1\u202f234 attaques"),
        (1234, "en", "1,234 attacks"),
    ],
)
def test_a_count_takes_the_number_of_its_language(
    count: int, language: Language, words: str
) -> None:
    en, fr = {"one": "attack", "other": "attacks"}, {"one": "attaque", "other": "attaques"}
    assert counted(count, fr if language == "fr" else en, language) == words


def test_decimals_are_written_as_the_language_does() -> None:
    assert (number_words(1.5, "en"), number_words(1.5, "fr")) == ("1.5", "1,5")


def test_place_precision_is_said_in_words_with_its_radius() -> None:
    assert precision_words(4, 220_000, "en") == "region only; radius of uncertainty 220 km"
    assert precision_words(1, 1_500, "fr") == "le lieu nommé ; rayon d’incertitude de 1,5 km"
    assert precision_words(None, None, "en") == "not stated"


def test_a_radius_takes_the_place_of_the_general_distance() -> None:
    assert precision_words(2, None, "en") == "within about 25 km of it"
    near = "near the named place, not in it; radius of uncertainty 15 km"
    assert precision_words(2, 15_000, "en") == near


def test_a_place_off_another_is_told_by_distance_and_direction() -> None:
    assert offset_words({"distance_km": 12.5, "direction": "SW"}, "fr") == "12,5 km SO"
    assert offset_words({"distance_km": None, "direction": "N"}, "en") == "N"
    assert offset_words({}, "en") == ""


def test_a_place_is_named_in_the_language_or_else_in_the_other() -> None:
    assert place_words({"place": "Timbuktu", "place_fr": "Tombouctou"}, "fr") == "Tombouctou"
    assert place_words({"place": "Timbuktu", "place_fr": "Tombouctou"}, "en") == "Timbuktu"
    assert place_words({"place": "Ber", "place_fr": None}, "fr") == "Ber"


def test_a_heading_joins_the_titles_of_its_values(layers: dict[str, Layer]) -> None:
    properties = {"event_class": "ied_mine", "target": "convoy", "place": "Ber"}
    heading = heading_words(layers["attacks"], ("event_class", "target"), properties, "fr")
    assert heading == "Mine ou engin explosif improvisé · convoi"
    assert heading_words(layers["tobs"], ("place",), {"place": None}, "en") == "Not stated"


def test_a_french_sign_stays_with_its_word() -> None:
    assert bind_signs("Lieu : 3 (12 %) ; rien") == "Lieu\u00a0: 3 (12\u00a0%)\u00a0; rien"
