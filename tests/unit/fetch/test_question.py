"""What is asked of a service."""

from __future__ import annotations

from datetime import date

import pytest

from app.fetch.failure import FetchFailed
from app.fetch.question import COUNTRIES, Question, hapi_code, ucdp_number
from geo.errors import UnknownThing

FIRST, LAST = date(2021, 1, 1), date(2021, 12, 31)


def test_a_question_says_what_is_asked() -> None:
    asked = Question(first=FIRST, last=LAST, countries=("Mali", "Burkina Faso"))
    assert asked.words == "Mali and Burkina Faso, 2021-01-01 to 2021-12-31"
    everywhere = Question(first=FIRST, last=LAST)
    assert everywhere.words == "all countries, 2021-01-01 to 2021-12-31"


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(FetchFailed, match="2021-12-31 to 2021-01-01 ends before it begins"):
        Question(first=LAST, last=FIRST)


@pytest.mark.parametrize("name", ["", " ", "Mali|Niger", "Mali:OR:country=Niger", "Ma\nli"])
def test_a_country_cannot_smuggle_a_filter_in(name: str) -> None:
    with pytest.raises(FetchFailed, match="is not the name of a country"):
        Question(first=FIRST, last=LAST, countries=(name,))


def test_a_country_is_said_in_the_words_of_each_service() -> None:
    assert (ucdp_number("Mali"), hapi_code("mali")) == ("432", "MLI")
    assert (ucdp_number("432"), hapi_code("MLI")) == ("432", "MLI")


def test_no_two_countries_share_a_code() -> None:
    for codes in (
        [country.ucdp for country in COUNTRIES.values()],
        [country.hapi for country in COUNTRIES.values()],
    ):
        assert len(set(codes)) == len(COUNTRIES)


def test_a_country_that_is_not_known_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownThing, match="did you mean Mali"):
        ucdp_number("Malli")
    with pytest.raises(UnknownThing, match="code like MLI"):
        hapi_code("Atlantis")
