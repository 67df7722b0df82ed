"""No credential reaches a log, an error, a traceback or the doctor."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator

import pytest

from app.fetch.acled import AcledAccount
from app.fetch.failure import FetchFailed
from app.fetch.hapi import HapiAccount
from app.fetch.ucdp import UcdpAccount
from app.settings import ROOT, Settings
from tests.integration.fetch_server import (
    EMAIL,
    HAPI_IDENTIFIER,
    PASSWORD,
    UCDP_TOKEN,
    FakeServices,
    Fault,
    acled_events,
    cut_off,
    dropped,
    fake_services,
    hapi_counts,
    status,
    ucdp_events,
)
from tests.integration.fetching import Caller

READ = "/api/acled/read"
SECRETS = (EMAIL, PASSWORD, UCDP_TOKEN, HAPI_IDENTIFIER, "access-1", "refresh-1")


@pytest.fixture
def services() -> Iterator[FakeServices]:
    with fake_services() as services:
        services.acled, services.ucdp, services.hapi = (
            acled_events(3),
            ucdp_events(3),
            hapi_counts(3),
        )
        yield services


@pytest.fixture
def caller(services: FakeServices) -> Caller:
    return Caller(services=services)


def shown(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def told(fetch: Callable[[], object]) -> str:
    """Give everything that is told of a fetch that fails: error, causes, values of the frames."""
    with pytest.raises(FetchFailed) as failed:
        fetch()
    return "".join(traceback.format_exception(failed.value)) + repr(failed.value)


def repeats(*credentials: str) -> Fault:
    """Repeat credentials, as some services do in their errors."""
    return status(403, f"no: {' '.join(credentials)}")


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
def test_logs_hold_no_credential(
    caller: Caller, caplog: pytest.LogCaptureFixture, level: int
) -> None:
    with caplog.at_level(level):
        caller.services.meet(READ, caller.services.runs_out)
        caller.acled()
        caller.ucdp()
        caller.hapi()
    text = caplog.text + "".join(repr(record.__dict__) for record in caplog.records)
    assert "/api/acled/read" in text
    assert shown(text) == []
    assert shown("\n".join(caller.said)) == []


@pytest.mark.parametrize(
    "fault",
    [
        repeats(EMAIL, PASSWORD),
        status(401, PASSWORD),
        status(500, PASSWORD),
        status(429),
        dropped,
        cut_off,
    ],
)
@pytest.mark.parametrize("path", ["/oauth/token", READ])
def test_errors_hold_no_credential(caller: Caller, path: str, fault: Fault) -> None:
    caller.services.meet(path, *[fault] * 12)
    assert shown(told(caller.acled)) == []
    assert shown("\n".join(caller.said)) == []


def test_what_a_service_repeats_of_the_credentials_is_struck_out(caller: Caller) -> None:
    caller.services.meet(READ, repeats(EMAIL, PASSWORD, "access-1", "refresh-1"))
    with pytest.raises(FetchFailed, match=r"\(403\): no: ••• ••• ••• •••\n"):
        caller.acled()
    caller.services.meet("/api/gedevents/25.1", repeats(UCDP_TOKEN))
    with pytest.raises(FetchFailed, match=r"\(403\): no: •••\n"):
        caller.ucdp()


@pytest.mark.parametrize("broken", ["token\nX-Other: 1", "tökén-4711", "token\x00"])
def test_a_credential_that_http_cannot_carry_is_refused_without_showing_it(
    caller: Caller, broken: str
) -> None:
    caller.environment = {"ATLAS_UCDP_TOKEN": broken, "ATLAS_HAPI_IDENTIFIER": broken}
    for fetch in (caller.ucdp, caller.hapi):
        text = told(fetch)
        assert "has characters that HTTP does not carry" in text
        assert broken not in text
        assert repr(broken)[1:-1] not in text
    assert caller.services.asked == []


def test_accounts_hide_what_they_hold(services: FakeServices) -> None:
    settings = Settings.from_environment(services.environment())
    accounts = (AcledAccount.of(settings), UcdpAccount.of(settings), HapiAccount.of(settings))
    assert shown(repr(accounts) + str(accounts)) == []


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_the_doctor_says_that_credentials_are_set_and_not_which(
    services: FakeServices, arguments: list[str]
) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ATLAS_")},
        **services.environment(),
        "ATLAS_DATABASE_URL": "postgresql://atlas:swordfish@127.0.0.1:1/atlas",
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", "doctor", *arguments],
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "ATLAS_ACLED_PASSWORD" in said
    assert shown(said) == []
    assert "swordfish" not in said
