"""A service that refuses, breaks off, is slow or leads astray."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx2
import pytest

from app.fetch import service
from app.fetch.failure import FetchFailed
from app.fetch.hosts import CheckedTransport, Hosts
from tests.integration.fetch_server import (
    FakeServices,
    Fault,
    cut_off,
    document,
    dropped,
    fake_services,
    half_json,
    says,
    status,
    ucdp_events,
)
from tests.integration.fetching import Caller

GED = "/api/gedevents/25.1"


@pytest.fixture
def services() -> Iterator[FakeServices]:
    with fake_services() as services:
        services.most, services.ucdp = 2, ucdp_events(5)
        yield services


@pytest.fixture
def caller(services: FakeServices) -> Caller:
    return Caller(services=services)


# --- waiting -------------------------------------------------------------------------------------


def test_a_service_that_is_asked_too_often_is_left_for_as_long_as_it_says(caller: Caller) -> None:
    caller.services.meet(GED, None, status(429, Retry_After="30"))
    assert len(caller.ucdp()) == 5
    assert caller.waited_s == [30.0]
    assert "UCDP answers 429, has been asked too often; asking again in 30 s" in caller.said


def test_it_may_say_until_when(caller: Caller) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    caller.services.meet(GED, status(429, Retry_After=until))
    assert len(caller.ucdp()) == 5
    (waited_s,) = caller.waited_s
    assert 50 < waited_s <= 60


def test_nobody_waits_longer_than_the_bound(caller: Caller) -> None:
    caller.services.meet(GED, status(429, Retry_After="86400"))
    with pytest.raises(FetchFailed, match="wants to be left for 1440 min; nothing was imported"):
        caller.ucdp()
    assert caller.waited_s == []


@pytest.mark.parametrize("code", [500, 502, 503, 504, 429])
def test_a_fault_of_the_service_is_waited_for_longer_each_time(caller: Caller, code: int) -> None:
    caller.services.meet(GED, *[status(code)] * 3)
    assert len(caller.ucdp()) == 5
    assert caller.waited_s == [2.0, 4.0, 8.0]


def test_a_fault_that_stays_is_an_error(caller: Caller) -> None:
    caller.services.meet(GED, None, *[status(503)] * 6)
    with pytest.raises(FetchFailed, match=r"answers 503, .* asked 6 times, nothing was imported"):
        caller.ucdp()
    assert caller.waited_s == [2.0, 4.0, 8.0, 16.0, 32.0]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 418, 204, 304])
def test_a_refusal_is_not_asked_again(caller: Caller, code: int) -> None:
    caller.services.meet(GED, status(code))
    with pytest.raises(FetchFailed, match=rf"^UCDP .*\({code}\)"):
        caller.ucdp()
    assert (len(caller.services.asked), caller.waited_s) == (1, [])


# --- breaking off --------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [dropped, cut_off, half_json, says(b""), says(b"[]")])
def test_a_page_that_breaks_off_is_asked_for_again_and_no_other(
    caller: Caller, fault: Fault
) -> None:
    caller.services.meet(GED, None, None, fault)
    assert [record["id"] for record in caller.ucdp()] == ["1", "2", "3", "4", "5"]
    pages = [asked.query.get("page", "0") for asked in caller.services.asked]
    assert pages == ["0", "1", "2", "2"]


@pytest.mark.parametrize("fault", [dropped, cut_off, half_json])
def test_a_page_that_always_breaks_off_is_an_error(caller: Caller, fault: Fault) -> None:
    caller.services.meet(GED, None, *[fault] * 6)
    with pytest.raises(FetchFailed, match="asked 6 times, nothing was imported"):
        caller.ucdp()


def test_a_service_that_cannot_be_reached_is_an_error(caller: Caller) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        caller.environment = {
            "ATLAS_UCDP_URL": f"http://{host}",
            "ATLAS_FETCH_HOSTS": host,
            "ATLAS_FETCH_PRIVATE_HOSTS": host,
        }
        with pytest.raises(FetchFailed, match=r"UCDP broke off \(.*refused.*\); asked 6 times"):
            caller.ucdp()


def test_a_service_that_falls_silent_is_given_up(caller: Caller) -> None:
    over = threading.Event()

    def silent(_: object) -> None:
        over.wait(10)

    caller.silence_s = 0.2
    caller.services.meet(GED, *[silent] * 6)
    with pytest.raises(FetchFailed, match="has sent nothing for 0 s; asked 6 times"):
        caller.ucdp()
    over.set()


def test_a_service_that_drips_is_given_up(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte ends a silence, so that only the time of the whole page bounds it."""
    clock = iter(range(0, 1_000_000, 30))
    monkeypatch.setattr(service, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(httpx2.Response, "iter_bytes", lambda _: iter([b" "] * 5))
    with pytest.raises(FetchFailed, match="has not sent a page within 20 s; asked 6 times"):
        caller.ucdp()


# --- answers that are too much, or lead astray ---------------------------------------------------


def test_an_answer_that_is_too_large_is_refused(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_BYTES", 10_000)
    caller.services.meet(GED, says(b" " * 10_001))
    with pytest.raises(FetchFailed, match="answers with more than 10,000 bytes at once"):
        caller.ucdp()


def test_an_answer_that_is_packed_counts_as_what_it_unpacks_to(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_BYTES", 100_000)
    packed = gzip.compress(b" " * 10_000_000)
    assert len(packed) < 100_000
    caller.services.meet(GED, says(packed, Content_Encoding="gzip"))
    with pytest.raises(FetchFailed, match="more than 100,000 bytes"):
        caller.ucdp()


def test_a_packed_answer_is_read(caller: Caller) -> None:
    page = {"TotalCount": 1, "NextPageUrl": None, "Result": [{"id": 1}]}
    packed = gzip.compress(json.dumps(page).encode())
    caller.services.meet(GED, says(packed, Content_Encoding="gzip"))
    assert caller.ucdp() == [{"id": "1"}]


def test_json_that_is_nested_without_end_is_no_json(caller: Caller) -> None:
    caller.services.meet(GED, *[says(b'{"a":' * 100_000)] * 6)
    with pytest.raises(FetchFailed, match="no JSON"):
        caller.ucdp()


def test_a_redirect_within_the_service_is_followed(caller: Caller) -> None:
    moved = f"{GED}?pagesize=1000&StartDate=2021-01-01&EndDate=2021-12-31&Country=432"
    caller.services.meet(GED, status(302, Location=moved))
    assert len(caller.ucdp()) == 5


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "https://elsewhere.example/x", "http://localhost/"]
)
def test_a_redirect_to_another_host_is_not_followed(caller: Caller, location: str) -> None:
    caller.services.meet(GED, status(302, Location=location))
    with pytest.raises(FetchFailed, match=r"its redirect leads to .* and not to '127\.0\.0\.1'"):
        caller.ucdp()
    assert len(caller.services.asked) == 1


def test_redirects_without_end_are_an_error(caller: Caller) -> None:
    again = f"{GED}?pagesize=1000&StartDate=2021-01-01&EndDate=2021-12-31"
    caller.services.meet(GED, *[status(301, Location=again)] * 10)
    with pytest.raises(FetchFailed, match="redirects more than 3 times"):
        caller.ucdp()
    assert len(caller.services.asked) == 4


def test_a_service_on_a_host_that_is_not_listed_is_never_asked(caller: Caller) -> None:
    caller.environment = {"ATLAS_FETCH_HOSTS": "ucdpapi.pcr.uu.se"}
    with pytest.raises(FetchFailed, match="is not among the hosts that may be asked"):
        caller.ucdp()
    assert caller.services.asked == []


def test_a_host_of_this_machine_is_refused_unless_it_may_be_private(caller: Caller) -> None:
    host = caller.services.host
    caller.environment = {"ATLAS_UCDP_URL": f"https://{host}", "ATLAS_FETCH_PRIVATE_HOSTS": ""}
    with pytest.raises(FetchFailed, match="which is not on the internet"):
        caller.ucdp()
    assert caller.services.asked == []


def test_a_setting_that_is_missing_is_named(caller: Caller) -> None:
    for name, fetch in (
        ("ATLAS_ACLED_EMAIL", caller.acled),
        ("ATLAS_ACLED_PASSWORD", caller.acled),
        ("ATLAS_UCDP_TOKEN", caller.ucdp),
        ("ATLAS_HAPI_IDENTIFIER", caller.hapi),
    ):
        caller.environment = {name: ""}
        with pytest.raises(FetchFailed, match=f"^{name} is not set; "):
            fetch()
    assert caller.services.asked == []


# --- the connection ------------------------------------------------------------------------------


def test_the_service_is_asked_by_its_name_at_the_address_that_was_checked(
    caller: Caller,
) -> None:
    port = caller.services.host.partition(":")[2]
    named = f"ucdp.example.org:{port}"
    hosts = Hosts(listed=frozenset({named}), private=frozenset({named}))
    asked: list[str] = []

    def look_up(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["::1", "127.0.0.1"]  # nobody listens at the first

    transport = CheckedTransport(hosts, look_up=look_up)
    with httpx2.Client(transport=transport, trust_env=False) as client:
        assert client.get(f"http://{named}/nothing").status_code == 404
    assert asked == ["ucdp.example.org"]
    assert caller.services.asked[0].headers["host"] == named


@contextmanager
def secured(folder: Path, name: str) -> Iterator[tuple[int, Path, list[bytes]]]:
    """Listen with a certificate for a name; give the port, the certificate and what is received."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=a service", "-addext", f"subjectAltName={name}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    received: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, suppress(OSError), context.wrap_socket(connection, True) as line:
                received.append(line.recv(10_000))
                line.sendall(b"HTTP/1.1 204 Nothing\r\nConnection: close\r\n\r\n")

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1], certificate, received
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl makes the certificate"
)


@needs_openssl
def test_a_certificate_that_nobody_vouches_for_gets_no_request(
    caller: Caller, tmp_path: Path
) -> None:
    with secured(tmp_path, "IP:127.0.0.1") as (port, _, received):
        host = f"127.0.0.1:{port}"
        caller.environment = {
            "ATLAS_UCDP_URL": f"https://{host}",
            "ATLAS_FETCH_HOSTS": host,
            "ATLAS_FETCH_PRIVATE_HOSTS": host,
        }
        with pytest.raises(FetchFailed, match=r"(?i)certificate"):
            caller.ucdp()
    assert received == []


@needs_openssl
@pytest.mark.parametrize(("host", "proved"), [("ucdp.example.org", True), ("127.0.0.1", False)])
def test_a_certificate_must_be_for_the_name_and_not_for_the_number(
    tmp_path: Path, host: str, proved: bool
) -> None:
    with secured(tmp_path, "DNS:ucdp.example.org") as (port, certificate, received):
        named = frozenset({f"{host}:{port}"})
        transport = CheckedTransport(
            Hosts(listed=named, private=named), look_up=lambda *_: ["127.0.0.1"]
        )
        trusting = ssl.create_default_context(cafile=certificate)
        transport._inner = httpx2.HTTPTransport(verify=trusting, trust_env=False)
        with httpx2.Client(transport=transport, trust_env=False) as client:
            if proved:
                assert client.get(f"https://{host}:{port}/").status_code == 204
            else:
                with pytest.raises(httpx2.ConnectError, match=r"(?i)certificate"):
                    client.get(f"https://{host}:{port}/")
    assert len(received) == proved


def test_pages_before_the_fault_are_not_handed_on(caller: Caller) -> None:
    caller.services.meet(GED, None, None, document(TotalCount=7))
    handed_on: list[dict[str, str]] = []
    with pytest.raises(FetchFailed):
        handed_on.extend(caller.ucdp())
    assert (handed_on, len(caller.services.asked)) == ([], 3)
