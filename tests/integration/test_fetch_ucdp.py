"""Fetching from a service that behaves as UCDP describes its own."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from app.fetch.failure import FetchFailed
from tests.integration.fetch_server import (
    UCDP_TOKEN,
    FakeServices,
    Fault,
    document,
    fake_services,
    status,
    ucdp_events,
)
from tests.integration.fetching import Caller

GED = "/api/gedevents/25.1"


@pytest.fixture
def services() -> Iterator[FakeServices]:
    with fake_services() as services:
        services.most = 2
        yield services


@pytest.fixture
def caller(services: FakeServices) -> Caller:
    return Caller(services=services)


def ids(records: list[dict[str, str]]) -> list[str]:
    return [record["id"] for record in records]


def test_pages_are_followed_by_their_links(caller: Caller) -> None:
    caller.services.ucdp = ucdp_events(5)
    assert ids(caller.ucdp()) == ["1", "2", "3", "4", "5"]
    question = {
        "pagesize": "1000",
        "StartDate": "2021-01-01",
        "EndDate": "2021-12-31",
        "Country": "432",
    }
    assert [asked.query for asked in caller.services.asked] == [
        question,
        question | {"page": "1"},
        question | {"page": "2"},
    ]
    assert {asked.headers["x-ucdp-access-token"] for asked in caller.services.asked} == {UCDP_TOKEN}
    assert caller.said[-1] == "UCDP: 5 of 5 records"


def test_numbers_stay_as_they_were_written(caller: Caller) -> None:
    caller.services.ucdp = ucdp_events(1)
    assert caller.ucdp() == [
        {
            "id": "1",
            "country_id": "432",
            "date_end": "2021-05-01",
            "latitude": "16.27",
            "best": "3",
        }
    ]


def test_a_candidate_release_is_asked_for_by_its_number(caller: Caller) -> None:
    caller.services.ucdp = ucdp_events(1)
    caller.ucdp(version="26.0.7")
    assert caller.services.paths() == ["/api/gedevents/26.0.7"]


@pytest.mark.parametrize("version", ["", "25", "25.1/../secret", "25.1?x=1", "latest", "２５.1"])
def test_what_is_no_release_is_not_asked_for(caller: Caller, version: str) -> None:
    with pytest.raises(FetchFailed, match="is no release of UCDP"):
        caller.ucdp(version=version)
    assert caller.services.asked == []


def test_a_service_behind_a_proxy_may_name_itself_with_http(caller: Caller) -> None:
    """TLS ends at the proxy, and the service does not know: its links count by their path."""
    caller.services.ucdp = ucdp_events(3)
    caller.services.link_base = "http://127.0.0.1"
    assert len(caller.ucdp()) == 3


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/api/gedevents/25.1?page=1",
        "http://127.0.0.1.elsewhere.example/",
        "http://127.0.0.1@elsewhere.example/",
        "//elsewhere.example/api/gedevents/25.1",
        "file:///etc/passwd",
        "http://[",
    ],
)
def test_a_link_that_leads_to_another_host_is_not_followed(caller: Caller, link: str) -> None:
    caller.services.ucdp = ucdp_events(3)
    caller.services.meet(GED, document(NextPageUrl=link))
    with pytest.raises(FetchFailed, match=r"next page (leads to|is no address)"):
        caller.ucdp()
    assert len(caller.services.asked) == 1


@pytest.mark.parametrize(
    "fault", [document(NextPageUrl=""), document(NextPageUrl=None), document(Result=[])]
)
def test_fewer_records_than_the_total_are_an_error(caller: Caller, fault: Fault) -> None:
    caller.services.ucdp = ucdp_events(5)
    caller.services.meet(GED, None, fault)
    with pytest.raises(FetchFailed, match=r"said 5 records and sent \d; nothing was imported"):
        caller.ucdp()


def test_a_total_that_changes_meanwhile_is_an_error(caller: Caller) -> None:
    caller.services.ucdp = ucdp_events(5)
    caller.services.meet(GED, None, document(TotalCount=6))
    with pytest.raises(FetchFailed, match="said 5 records, then 6: it was changed meanwhile"):
        caller.ucdp()


def test_pages_that_lead_round_are_an_error(caller: Caller) -> None:
    caller.services.ucdp = ucdp_events(6)
    first = urlsplit(caller.services.address)._replace(
        path=GED, query="pagesize=1000&StartDate=2021-01-01&EndDate=2021-12-31&Country=432&page=1"
    )
    caller.services.meet(GED, None, document(NextPageUrl=first.geturl()))
    with pytest.raises(FetchFailed, match="lead round in a circle"):
        caller.ucdp()


@pytest.mark.parametrize(
    "fault",
    [
        document(TotalCount=None),
        document(TotalCount="many"),
        document(NextPageUrl=["x"]),
        document(Result=None),
        document(Result=["x"]),
    ],
)
def test_a_page_without_its_parts_is_asked_for_again(caller: Caller, fault: Fault) -> None:
    caller.services.ucdp = ucdp_events(3)
    caller.services.meet(GED, fault)
    assert len(caller.ucdp()) == 3
    assert caller.waited_s == [2.0]


def test_nothing_found_is_an_error_and_no_empty_import(caller: Caller) -> None:
    with pytest.raises(FetchFailed, match="has no events of these days and countries"):
        caller.ucdp()


@pytest.mark.parametrize("code", [401, 403])
def test_a_token_that_is_not_accepted_is_said_with_its_setting(caller: Caller, code: int) -> None:
    caller.services.meet(GED, status(code, "API token required"))
    with pytest.raises(FetchFailed, match=rf"\({code}\): API token required\nCheck ATLAS_UCDP_TOK"):
        caller.ucdp()
    assert len(caller.services.asked) == 1
