"""Ask one address of a service until it answers, and give the document of the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, TypeVar

import httpx2

from app.fetch.failure import FetchFailed, Passing, Refused
from app.fetch.hosts import CheckedTransport, Hosts
from app.fetch.pace import Pace, retry_after_s
from app.settings import Secret
from geo.errors import shorten

Page = TypeVar("Page")
Document = dict[str, Any]
Say = Callable[[str], None]

MOST_BYTES = 32 * 1024 * 1024
MOST_BYTES_OF_AN_ERROR = 64 * 1024
MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
# Where services put what they have to say about an error.
_SAID_IN = ("error_description", "message", "messages", "detail", "error")
_PROBLEMS = {
    400: "does not understand the question, or does not know the account",
    401: "does not accept the credentials",
    403: "does not let this account read this",
    404: "has nothing at this address",
    429: "has been asked too often",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """One request: a form makes it a POST."""

    url: httpx2.URL
    headers: Mapping[str, str]
    form: Mapping[str, str] | None = None


class Service:
    """A service of data at one address; nothing it says or is told can show a secret."""

    def __init__(
        self, *, name: str, url: str, hint: str, hosts: Hosts, say: Say, pace: Pace
    ) -> None:
        self.name, self.say, self.pace = name, say, pace
        self._base, self._hint = _address(url), hint
        hosts.check(self._base)
        self._secrets: list[Secret] = []
        self._client = httpx2.Client(
            transport=CheckedTransport(hosts),
            trust_env=False,
            follow_redirects=False,
            timeout=pace.silence_s,
            headers={"User-Agent": "conflict-atlas", "Accept": "application/json"},
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def keep(self, secret: Secret) -> Secret:
        """Have a secret struck out of everything that is said from now on."""
        self._secrets.append(secret)
        return secret

    def address(self, path: str, parameters: Mapping[str, str]) -> httpx2.URL:
        """Give the address of a path of this service."""
        whole = self._base.path.rstrip("/") + path
        return self._base.copy_with(path=whole, params=dict(parameters))

    def led_to(self, link: str, *, what: str) -> httpx2.URL:
        """Follow a link to this same service and nowhere else: credentials go with the request.

        Only its path counts. Behind a proxy services name themselves with http.
        """
        try:
            url = self._base.join(link)
        except (httpx2.InvalidURL, ValueError):
            raise FetchFailed(f"{self.name}: its {what} is no address") from None
        same = url.host == self._base.host and url.port in (None, self._base.port)
        if url.scheme not in ("http", "https") or not same:
            raise FetchFailed(
                f"{self.name}: its {what} leads to {self._struck(url.host)!r} and not to "
                f"{self._base.host!r}; it was not followed, nothing was imported"
            )
        return self._base.copy_with(raw_path=url.raw_path)

    def ask(self, ask: Ask, read: Callable[[Document], Page]) -> Page:
        """Ask until the answer can be read; a fault that may pass is waited for, within bounds."""
        for attempt in range(1, self.pace.tries + 1):
            try:
                return read(self._document(ask))
            except Passing as passing:
                problem, asked_s = self._struck(str(passing)), passing.wait_s
            if attempt < self.pace.tries:
                self._wait(problem, self.pace.wait_s(attempt) if asked_s is None else asked_s)
        raise FetchFailed(
            f"{self.name} {problem}; asked {self.pace.tries} times, nothing was imported.\n"
            "Try again later."
        )

    def _wait(self, problem: str, wait_s: float) -> None:
        if wait_s > self.pace.most_wait_s:
            raise FetchFailed(
                f"{self.name} {problem} and wants to be left for {_span(wait_s)}; "
                f"nothing was imported.\nTry again after that: more than "
                f"{_span(self.pace.most_wait_s)} is not waited for."
            )
        self.say(f"{self.name} {problem}; asking again in {_span(wait_s)}")
        self.pace.sleep(wait_s)

    def _document(self, ask: Ask) -> Document:
        try:
            return _document(self._body(ask))
        except httpx2.LocalProtocolError:
            # Its own message would show the header that it does not like.
            raise FetchFailed(
                f"{self.name} cannot be asked: a credential has characters that HTTP does not "
                f"carry.\n{self._hint}"
            ) from None
        except httpx2.TimeoutException:
            raise Passing(f"has sent nothing for {_span(self.pace.silence_s)}") from None
        except httpx2.RequestError as error:
            raise Passing(f"broke off ({error})") from None

    def _body(self, ask: Ask) -> bytes:
        """Send a request, follow where it leads within the service, and give the bytes."""
        url = ask.url
        for _ in range(MOST_REDIRECTS + 1):
            method = "GET" if ask.form is None else "POST"
            with self._client.stream(method, url, headers=ask.headers, data=ask.form) as answer:
                if answer.status_code not in _REDIRECTS:
                    return self._taken(answer)
                link = answer.headers.get("location", "")
            if ask.form is not None:
                raise FetchFailed(
                    f"{self.name} sends the login elsewhere; it was not followed, as the password "
                    "would go with it"
                )
            url = self.led_to(link, what="redirect")
        raise FetchFailed(f"{self.name} redirects more than {MOST_REDIRECTS} times")

    def _taken(self, answer: httpx2.Response) -> bytes:
        status = answer.status_code
        if status == 200:
            return self._read(answer, MOST_BYTES)
        if status == 429 or status >= 500:
            problem = f"answers {status}, {_PROBLEMS.get(status, 'a fault of its own')}"
            wait_s = retry_after_s(answer.headers.get("retry-after"), datetime.now(UTC))
            raise Passing(problem, wait_s=wait_s)
        said = self.said(self._read(answer, MOST_BYTES_OF_AN_ERROR))
        problem = _PROBLEMS.get(status, "does not answer this")
        raise Refused(f"{self.name} {problem} ({status}){said}\n{self._hint}", status=status)

    def _read(self, answer: httpx2.Response, most: int) -> bytes:
        until = monotonic() + self.pace.page_s
        body = bytearray()
        for part in answer.iter_bytes():
            body += part
            if len(body) > most:
                raise FetchFailed(f"{self.name} answers with more than {most:,} bytes at once")
            if monotonic() > until:
                raise Passing(f"has not sent a page within {_span(self.pace.page_s)}")
        return bytes(body)

    def said(self, body: bytes | Document) -> str:
        """Quote the service, shortened and without secrets; empty if it has nothing to say."""
        try:
            document = body if isinstance(body, dict) else _document(body)
        except Passing:
            return ""
        for name in _SAID_IN:
            words = document.get(name)
            words = words[0] if isinstance(words, list) and words else words
            if isinstance(words, str) and words.strip():
                return f": {shorten(self._struck(words.strip()))}"
        return ""

    def _struck(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret.reveal(), "•••")
        return text


def _address(url: str) -> httpx2.URL:
    try:
        return httpx2.URL(url)
    except httpx2.InvalidURL:
        raise FetchFailed(f"{url!r} is no address; needs one like https://example.org") from None


def _document(body: bytes) -> Document:
    """Read JSON, numbers as the text that they are; what is cut off is no JSON."""
    try:
        document = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise Passing("sent what is no JSON, as if cut off") from None
    if not isinstance(document, dict):
        raise Passing("sent no JSON object")
    return document


def records_in(document: Document, name: str) -> Sequence[Mapping[str, Any]]:
    """Give the records of a page, which must be a list of objects."""
    records = document.get(name)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Passing(f"sent a page without its {name!r}")
    return records


def number_in(document: Document, name: str) -> int | None:
    """Give a whole number that a page states; None if it states none."""
    text = str(document.get(name))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
