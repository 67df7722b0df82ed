"""Which addresses may be asked."""

from __future__ import annotations

import httpx2
import pytest

from app.fetch.failure import FetchFailed
from app.fetch.hosts import CheckedTransport, Hosts, is_public
from app.settings import Settings

HOSTS = Hosts(listed=frozenset({"api.example.org", "intranet.example.org:8080"}))
PRIVATE = Hosts(listed=HOSTS.listed, private=frozenset({"intranet.example.org:8080"}))


def test_the_services_are_the_hosts_that_may_be_asked_unless_something_else_is_set() -> None:
    settings = Settings()
    hosts = Hosts.of(settings)
    for url in (settings.acled_url, settings.ucdp_url, settings.hapi_url):
        hosts.check(httpx2.URL(url))
    assert len(hosts.listed) == 3
    assert hosts.private == frozenset()


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.org/",
        "https://api.example.org.elsewhere.example/",
        "https://api.example.org:8443/",
        "https://api.example.org@elsewhere.example/",
        "https://intranet.example.org/",
        "file:///etc/passwd",
    ],
)
def test_a_host_that_is_not_listed_is_refused(url: str) -> None:
    with pytest.raises(FetchFailed, match=r"ATLAS_FETCH_HOSTS lists api\.example\.org"):
        HOSTS.check(httpx2.URL(url))


def test_names_are_compared_without_case() -> None:
    settings = Settings(fetch_hosts=" API.example.org , other.example.org")
    Hosts.of(settings).check(httpx2.URL("https://Api.Example.Org/api"))


def test_only_a_private_host_is_asked_in_clear() -> None:
    in_clear = httpx2.URL("http://intranet.example.org:8080/")
    PRIVATE.check(in_clear)
    with pytest.raises(FetchFailed, match="over 'http'; needs https"):
        HOSTS.check(in_clear)
    with pytest.raises(FetchFailed, match="over 'ftp'"):
        PRIVATE.check(httpx2.URL("ftp://intranet.example.org:8080/"))


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:53aa:64c:0:fbff:80ff:fffe",
    ],
)
def test_what_is_not_on_the_internet_is_not_public(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize("number", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909"])
def test_what_is_on_the_internet_is_public(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize("numbers", [["127.0.0.1"], ["9.9.9.9", "192.168.0.1"], ["::ffff:7f00:1"]])
def test_a_listed_name_that_leads_into_a_private_network_is_refused(numbers: list[str]) -> None:
    transport = CheckedTransport(HOSTS, look_up=lambda *_: numbers)
    with (
        httpx2.Client(transport=transport, trust_env=False) as client,
        pytest.raises(FetchFailed, match="is not on the internet"),
    ):
        client.get("https://api.example.org/")


def test_a_name_without_an_address_is_a_fault_that_may_pass() -> None:
    def nothing(*_: object) -> list[str]:
        raise OSError

    transport = CheckedTransport(HOSTS, look_up=nothing)
    with (
        httpx2.Client(transport=transport, trust_env=False) as client,
        pytest.raises(httpx2.ConnectError, match=r"no address of api\.example\.org"),
    ):
        client.get("https://api.example.org/")
