"""Fetching from a service that behaves as HDX HAPI describes its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from app.fetch import hapi
from app.fetch.failure import FetchFailed
from app.fetch.question import Question
from tests.integration.fetch_server import HAPI_IDENTIFIER, FakeServices, fake_services, hapi_counts
from tests.integration.fetching import Caller

SAHEL = Question(first=date(2021, 1, 1), last=date(2021, 12, 31), countries=("Mali", "Niger"))


@pytest.fixture
def services() -> Iterator[FakeServices]:
    with fake_services() as services:
        yield services


@pytest.fixture
def caller(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setattr(hapi, "PAGE", 3)
    return Caller(services=services)


def test_counts_are_asked_for_by_cercle_and_the_identifier_is_not_in_the_address(
    caller: Caller,
) -> None:
    caller.services.hapi = hapi_counts(4)
    assert [record["admin2_code"] for record in caller.hapi()] == [
        "MLI0001",
        "MLI0002",
        "MLI0003",
        "MLI0004",
    ]
    assert [asked.query for asked in caller.services.asked] == [
        {
            "admin_level": "2",
            "start_date": "2021-01-01",
            "end_date": "2021-12-31",
            "output_format": "json",
            "location_code": "MLI",
            "limit": "3",
            "offset": offset,
        }
        for offset in ("0", "3")
    ]
    assert {asked.headers["x-hdx-hapi-app-identifier"] for asked in caller.services.asked} == {
        HAPI_IDENTIFIER
    }


def test_smaller_pages_than_asked_skip_nothing(caller: Caller) -> None:
    caller.services.hapi, caller.services.most = hapi_counts(5), 2
    assert len(caller.hapi()) == 5
    assert [asked.query["offset"] for asked in caller.services.asked] == ["0", "2", "4"]


def test_countries_are_asked_for_one_after_the_other_a_second_apart(caller: Caller) -> None:
    caller.services.hapi = hapi_counts(4) + hapi_counts(1, "NER")
    assert len(caller.hapi(SAHEL)) == 5
    codes = [asked.query["location_code"] for asked in caller.services.asked]
    assert codes == ["MLI", "MLI", "NER", "NER"]
    assert caller.waited_s == [1.0, 1.0, 1.0]


def test_without_a_country_all_are_asked_for(caller: Caller) -> None:
    caller.services.hapi = hapi_counts(1) + hapi_counts(1, "NER")
    assert len(caller.hapi(Question(first=date(2021, 1, 1), last=date(2021, 12, 31)))) == 2
    assert "location_code" not in caller.services.asked[0].query


def test_a_country_may_have_none_but_not_all_of_them(caller: Caller) -> None:
    caller.services.hapi = hapi_counts(1, "NER")
    assert len(caller.hapi(SAHEL)) == 1
    caller.services.hapi = []
    with pytest.raises(FetchFailed, match="has no counts of these days and countries"):
        caller.hapi(SAHEL)


def test_an_identifier_that_is_not_accepted_is_said_with_its_setting(caller: Caller) -> None:
    caller.environment["ATLAS_HAPI_IDENTIFIER"] = "mistyped"
    with pytest.raises(FetchFailed, match=r"\(403\).*\nCheck ATLAS_HAPI_IDENTIFIER"):
        caller.hapi()
