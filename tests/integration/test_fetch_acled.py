"""Fetching from a service that behaves as ACLED describes its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from app.fetch import acled
from app.fetch.acled import deleted_ids
from app.fetch.failure import FetchFailed
from app.fetch.question import Question
from tests.integration.fetch_server import (
    EMAIL,
    PASSWORD,
    FakeServices,
    acled_events,
    document,
    fake_services,
    status,
)
from tests.integration.fetching import Caller

READ = "/api/acled/read"


@pytest.fixture
def services() -> Iterator[FakeServices]:
    with fake_services() as services:
        yield services


@pytest.fixture
def caller(services: FakeServices) -> Caller:
    return Caller(services=services)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acled, "PAGE", 3)


def ids(records: list[dict[str, str]]) -> list[str]:
    return [record["event_id_cnty"] for record in records]


def test_events_come_as_rows_of_a_csv_export(caller: Caller) -> None:
    caller.services.acled = acled_events(1)
    assert caller.acled() == [
        {
            "event_id_cnty": "MLI1",
            "event_date": "2021-03-02",
            "country": "Mali",
            "iso": "466",
            "latitude": "16.2700",
            "longitude": "-0.0400",
            "fatalities": "1",
            "notes": "« 1 »",
            "assoc_actor_1": "",
        }
    ]


def test_a_login_goes_before_and_its_token_with_each_question(caller: Caller) -> None:
    caller.services.acled = acled_events(4)
    caller.acled()
    login, *questions = caller.services.asked
    assert (login.method, login.path, login.query) == ("POST", "/oauth/token", {})
    assert login.form == {
        "grant_type": "password",
        "client_id": "acled",
        "username": EMAIL,
        "password": PASSWORD,
    }
    assert [(asked.method, asked.path, asked.query) for asked in questions] == [
        (
            "GET",
            READ,
            {
                "_format": "json",
                "event_date": "2021-01-01|2021-12-31",
                "event_date_where": "BETWEEN",
                "country": "Mali",
                "limit": "3",
                "page": page,
            },
        )
        for page in ("1", "2")
    ]
    assert {asked.headers["authorization"] for asked in questions} == {"Bearer access-1"}


@pytest.mark.parametrize(("number", "pages"), [(1, 2), (3, 2), (4, 2), (6, 3), (7, 3)])
def test_pages_are_turned_until_one_is_short(caller: Caller, number: int, pages: int) -> None:
    caller.services.acled = acled_events(number)
    assert ids(caller.acled()) == [f"MLI{serial}" for serial in range(1, number + 1)]
    assert caller.services.paths().count(READ) == pages


def test_an_account_that_is_granted_smaller_pages_than_asked_still_gets_all(
    caller: Caller,
) -> None:
    caller.services.acled, caller.services.most = acled_events(7), 2
    assert len(caller.acled()) == 7


def test_several_countries_are_one_question(caller: Caller) -> None:
    caller.services.acled = acled_events(2) + acled_events(1, "Niger") + acled_events(1, "Chad")
    both = Question(first=date(2021, 1, 1), last=date(2021, 12, 31), countries=("Mali", "Niger"))
    assert {record["country"] for record in caller.acled(both)} == {"Mali", "Niger"}
    assert caller.services.asked[-1].query["country"] == "Mali|Niger"


def test_without_a_country_all_are_asked_for(caller: Caller) -> None:
    caller.services.acled = acled_events(1) + acled_events(1, "Niger")
    assert len(caller.acled(Question(first=date(2021, 1, 1), last=date(2021, 12, 31)))) == 2
    assert "country" not in caller.services.asked[-1].query


def test_progress_is_said_a_page_a_line(caller: Caller) -> None:
    caller.services.acled = acled_events(4)
    caller.acled()
    assert caller.said == ["ACLED: 3 records", "ACLED: 4 records"]


# --- what looks like an answer and is none -------------------------------------------------------


def test_a_yes_without_events_is_an_error_and_no_empty_import(caller: Caller) -> None:
    with pytest.raises(FetchFailed, match="says yes and sends no events; nothing was imported"):
        caller.acled()


def test_what_the_service_says_of_an_empty_answer_is_passed_on(caller: Caller) -> None:
    caller.services.meet(READ, document(messages=["access is limited to the last 12 months"]))
    with pytest.raises(FetchFailed, match="no events: access is limited to the last 12 months;"):
        caller.acled()


@pytest.mark.parametrize(
    "change",
    [
        {"success": False},
        {"success": None},
        {"success": "false"},
        {"status": 403},
    ],
)
def test_a_no_that_comes_with_status_200_is_an_error(
    caller: Caller, change: dict[str, object]
) -> None:
    caller.services.acled = acled_events(2)
    caller.services.meet(READ, document(message="Access denied", **change))
    with pytest.raises(FetchFailed, match="ACLED does not give these events: Access denied\n"):
        caller.acled()


def test_a_page_with_fewer_records_than_it_says_is_asked_for_again(caller: Caller) -> None:
    caller.services.acled = acled_events(4)
    caller.services.meet(READ, document(data=acled_events(1)))
    assert ids(caller.acled()) == ["MLI1", "MLI2", "MLI3", "MLI4"]
    assert caller.said[0] == "ACLED said 3 records and sent 1; asking again in 2 s"


def test_a_page_that_stays_truncated_is_an_error(caller: Caller) -> None:
    caller.services.acled = acled_events(4)
    caller.services.meet(READ, None, *[document(data=[], count=3)] * 6)
    with pytest.raises(FetchFailed, match="said 3 records and sent 0; asked 6 times"):
        caller.acled()


def test_a_service_that_does_not_turn_pages_is_found_out(caller: Caller) -> None:
    caller.services.acled = acled_events(3)
    caller.services.meet(READ, None, document(data=acled_events(3), count=3))
    with pytest.raises(FetchFailed, match="the same page came twice"):
        caller.acled()


# --- the login -----------------------------------------------------------------------------------


def test_a_token_that_runs_out_is_renewed_without_the_password(caller: Caller) -> None:
    caller.services.acled = acled_events(4)
    caller.services.meet(READ, caller.services.runs_out)
    assert len(caller.acled()) == 4
    assert caller.services.paths() == ["/oauth/token", READ, READ, "/oauth/token", READ]
    assert caller.services.asked[3].form == {
        "grant_type": "refresh_token",
        "client_id": "acled",
        "refresh_token": "refresh-1",
    }
    assert caller.services.asked[4].query["page"] == "2"
    assert "ACLED: the login has run out; logging in again" in caller.said


def test_a_token_that_cannot_be_renewed_is_got_anew(caller: Caller) -> None:
    caller.services.acled, caller.services.refresh_works = acled_events(4), False
    caller.services.meet(READ, caller.services.runs_out)
    assert len(caller.acled()) == 4
    logins = [asked for asked in caller.services.asked if asked.path == "/oauth/token"]
    kinds = [login.form["grant_type"] for login in logins]
    assert kinds == ["password", "refresh_token", "password"]


def test_a_login_is_tried_anew_once_a_question_and_no_more(caller: Caller) -> None:
    caller.services.acled = acled_events(4)
    caller.services.meet(READ, None, status(401), status(401))
    with pytest.raises(FetchFailed, match=r"does not accept the credentials \(401\)"):
        caller.acled()
    assert caller.services.paths().count(READ) == 3


def test_a_fresh_token_that_is_not_accepted_is_an_error_at_once(caller: Caller) -> None:
    caller.services.meet(READ, status(401))
    with pytest.raises(FetchFailed, match=r"does not accept the credentials \(401\)"):
        caller.acled()
    assert caller.services.paths() == ["/oauth/token", READ]


def test_a_wrong_password_is_said_with_the_settings_to_check(caller: Caller) -> None:
    caller.environment["ATLAS_ACLED_PASSWORD"] = "mistyped"
    with pytest.raises(FetchFailed, match=r"\(400\).*\nCheck ATLAS_ACLED_EMAIL and ATLAS_ACLED_P"):
        caller.acled()
    assert caller.services.paths() == ["/oauth/token"]


def test_a_login_without_a_token_is_an_error(caller: Caller) -> None:
    caller.services.meet("/oauth/token", document(access_token=""))
    with pytest.raises(FetchFailed, match="the login gave no token"):
        caller.acled()


def test_a_login_that_is_led_elsewhere_does_not_take_the_password_there(caller: Caller) -> None:
    elsewhere = f"{caller.services.address}/elsewhere"
    caller.services.meet("/oauth/token", status(307, Location=elsewhere))
    with pytest.raises(FetchFailed, match="sends the login elsewhere"):
        caller.acled()
    assert caller.services.paths() == ["/oauth/token"]


# --- what was deleted ----------------------------------------------------------------------------


def test_deleted_events_are_asked_for_since_a_day(caller: Caller) -> None:
    caller.services.deleted = [
        {"event_id_cnty": f"MLI{serial}", "deleted_timestamp": 1_640_000_000 + serial}
        for serial in range(5)
    ]
    records = caller.deleted(date(2021, 12, 1))
    assert list(deleted_ids(records)) == ["MLI0", "MLI1", "MLI2", "MLI3", "MLI4"]
    assert caller.services.asked[1].query == {
        "_format": "json",
        "deleted_timestamp": "1638316800",
        "deleted_timestamp_where": ">=",
        "limit": "3",
        "page": "1",
    }


def test_it_may_be_that_nothing_was_deleted(caller: Caller) -> None:
    assert caller.deleted(date(2021, 12, 1)) == []


def test_a_deleted_event_without_its_id_is_an_error(caller: Caller) -> None:
    caller.services.deleted = [{"event_id_cnty": "", "deleted_timestamp": 1_640_000_000}]
    with pytest.raises(FetchFailed, match="deleted event 1 has no event_id_cnty"):
        list(deleted_ids(caller.deleted(date(2021, 12, 1))))
