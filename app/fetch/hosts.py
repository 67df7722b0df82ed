"""Which addresses may be asked: those that the operator lists, and none in a private network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from app.fetch.failure import FetchFailed
from app.settings import Settings

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosts:
    """The hosts that may be asked, and those of them that may be private; `name` or `name:port`."""

    listed: frozenset[str]
    private: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> Hosts:
        """Read the operator's lists."""
        return cls(
            listed=_names(settings.fetch_hosts), private=_names(settings.fetch_private_hosts or "")
        )

    def check(self, url: httpx2.URL) -> None:
        """Refuse an address on a host that is not listed, or one that would be asked in clear."""
        host = _name(url)
        if host not in self.listed:
            raise FetchFailed(
                f"{host!r} is not among the hosts that may be asked; "
                f"ATLAS_FETCH_HOSTS lists {', '.join(sorted(self.listed)) or 'none'}"
            )
        if url.scheme != "https" and not (url.scheme == "http" and host in self.private):
            raise FetchFailed(
                f"{host} would be asked over {url.scheme!r}; needs https, or http if "
                "ATLAS_FETCH_PRIVATE_HOSTS lists it"
            )

    def check_number(self, url: httpx2.URL, number: str) -> None:
        """Refuse an IP address that is not on the internet, unless its host may be private."""
        if _name(url) not in self.private and not is_public(number):
            raise FetchFailed(
                f"{url.host} lies at {number}, which is not on the internet; if it is meant, "
                "list it in ATLAS_FETCH_PRIVATE_HOSTS"
            )


def is_public(number: str) -> bool:
    """Say whether an IP address is on the internet, also one that is wrapped in another."""
    address = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def numbers_of(host: str, port: int) -> list[str]:
    """Look up the IP addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


class CheckedTransport(httpx2.BaseTransport):
    """Connect to the very IP address that was checked.

    Were the name looked up once to check it and once more to connect, it could answer differently
    the second time. TLS still proves the name.
    """

    def __init__(self, hosts: Hosts, look_up: Callable[[str, int], list[str]] = numbers_of) -> None:
        self._hosts, self._look_up = hosts, look_up
        self._inner = httpx2.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        self._hosts.check(url)
        try:
            numbers = self._look_up(url.host, url.port or (443 if url.scheme == "https" else 80))
        except OSError:
            raise httpx2.ConnectError(f"no address of {url.host} can be found") from None
        for number in numbers:
            self._hosts.check_number(url, number)
        problem = httpx2.ConnectError(f"{url.host} has no address")
        for number in numbers:
            pinned = httpx2.Request(
                request.method,
                url.copy_with(host=number),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": url.host},
            )
            try:
                return self._inner.handle_request(pinned)
            except httpx2.ConnectError as error:
                problem = error
        raise problem

    def close(self) -> None:
        self._inner.close()


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in text.split(",") if name.strip())


def _name(url: httpx2.URL) -> str:
    """Write the host as the lists do: with its port, if that is not the scheme's own."""
    return url.netloc.decode("ascii")
