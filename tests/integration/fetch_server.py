"""ACLED, UCDP and HDX HAPI as they are described, on this machine, with faults when told so."""

from __future__ import annotations

import json
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

EMAIL, PASSWORD = "analyst@example.org", "correct horse & battery=staple"
UCDP_TOKEN, HAPI_IDENTIFIER = "ucdp-token-4711", "YXRsYXM6YW5hbHlzdEBleGFtcGxlLm9yZw=="

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a service was asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass(kw_only=True)
class FakeServices:
    """The three services at one address; `faults` of a path are met by its next requests."""

    address: str = ""
    acled: list[Record] = field(default_factory=list)
    deleted: list[Record] = field(default_factory=list)
    ucdp: list[Record] = field(default_factory=list)
    hapi: list[Record] = field(default_factory=list)
    most: int | None = None  # a page is never longer, whatever is asked
    link_base: str | None = None  # how UCDP names itself in its links
    asked: list[Asked] = field(default_factory=list)
    faults: dict[str, deque[Fault | None]] = field(default_factory=lambda: defaultdict(deque))
    valid: set[str] = field(default_factory=set)
    refresh_works: bool = True
    _issued: int = 0

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    def environment(self) -> dict[str, str]:
        """Give the variables with which a program asks these services."""
        return {
            "ATLAS_ACLED_URL": self.address,
            "ATLAS_ACLED_EMAIL": EMAIL,
            "ATLAS_ACLED_PASSWORD": PASSWORD,
            "ATLAS_UCDP_URL": self.address,
            "ATLAS_UCDP_TOKEN": UCDP_TOKEN,
            "ATLAS_HAPI_URL": self.address,
            "ATLAS_HAPI_IDENTIFIER": HAPI_IDENTIFIER,
            "ATLAS_FETCH_HOSTS": self.host,
            "ATLAS_FETCH_PRIVATE_HOSTS": self.host,
        }

    def meet(self, path: str, *faults: Fault | None) -> None:
        """Have the next requests of a path meet these faults; None answers as it should."""
        self.faults[path].extend(faults)

    def runs_out(self, answer: Answer) -> Answer:
        """Answer, and accept no token any more that was given before."""
        self.valid.clear()
        return answer

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def answer(self, asked: Asked) -> Answer:
        """Answer as the service of that path does."""
        if asked.path == "/oauth/token":
            return self._login(asked.form)
        if asked.path == "/api/acled/read":
            return self._acled(asked, self._of_country(asked), "page")
        if asked.path == "/api/deleted/read":
            since = int(asked.query["deleted_timestamp"])
            found = [row for row in self.deleted if int(row["deleted_timestamp"]) >= since]
            return self._acled(asked, found, "page")
        if asked.path.startswith("/api/gedevents/"):
            return self._ucdp(asked)
        if asked.path == "/api/v2/coordination-context/conflict-events":
            return self._hapi(asked)
        return Answer(status=404, document={"message": "not found"})

    def _login(self, form: dict[str, str]) -> Answer:
        assert form.get("client_id") == "acled"
        by_password = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}
        knows = by_password.items() <= form.items() or (
            form.get("grant_type") == "refresh_token"
            and form.get("refresh_token") == f"refresh-{self._issued}"
            and self.refresh_works
        )
        if not knows:
            said = f"no user {form.get('username')} with password {form.get('password')}"
            return Answer(status=400, document={"error": "invalid_grant", "message": said})
        self._issued += 1
        self.valid = {f"Bearer access-{self._issued}"}
        return Answer(
            document={
                "token_type": "Bearer",
                "expires_in": 86_400,
                "access_token": f"access-{self._issued}",
                "refresh_token": f"refresh-{self._issued}",
            }
        )

    def _of_country(self, asked: Asked) -> list[Record]:
        assert asked.query["event_date_where"] == "BETWEEN"
        first, last = asked.query["event_date"].split("|")
        countries = asked.query.get("country", "").split("|")
        return [
            row
            for row in self.acled
            if first <= row["event_date"] <= last
            and (countries == [""] or row["country"] in countries)
        ]

    def _acled(self, asked: Asked, rows: list[Record], page: str) -> Answer:
        if asked.headers.get("authorization") not in self.valid:
            return Answer(status=401, document={"message": "The access token has expired"})
        size = self._size(asked.query["limit"])
        start = (int(asked.query[page]) - 1) * size
        data = rows[start : start + size]
        return Answer(document={"status": 200, "success": True, "count": len(data), "data": data})

    def _ucdp(self, asked: Asked) -> Answer:
        if asked.headers.get("x-ucdp-access-token") != UCDP_TOKEN:
            return Answer(status=401, document={"message": "API token required"})
        size, page = self._size(asked.query["pagesize"]), int(asked.query.get("page", "0"))
        numbers = asked.query.get("Country", "").split(",")
        rows = [
            row
            for row in self.ucdp
            if asked.query["StartDate"] <= row["date_end"] <= asked.query["EndDate"]
            and (numbers == [""] or str(row["country_id"]) in numbers)
        ]
        pages = -(-len(rows) // size)
        address = urlsplit(self.link_base or self.address)._replace(path=asked.path)
        query = "&".join(f"{name}={value}" for name, value in asked.query.items() if name != "page")
        link = address._replace(query=f"{query}&page={page + 1}").geturl()
        return Answer(
            document={
                "TotalCount": len(rows),
                "TotalPages": pages,
                "PreviousPageUrl": "",
                "NextPageUrl": link if page + 1 < pages else "",
                "Result": rows[page * size : (page + 1) * size],
            }
        )

    def _hapi(self, asked: Asked) -> Answer:
        if asked.headers.get("x-hdx-hapi-app-identifier") != HAPI_IDENTIFIER:
            return Answer(status=403, document={"error": "Invalid app identifier"})
        start, size = int(asked.query["offset"]), self._size(asked.query["limit"])
        code = asked.query.get("location_code")
        rows = [row for row in self.hapi if code in (None, row["location_code"])]
        return Answer(document={"data": rows[start : start + size]})

    def _size(self, asked: str) -> int:
        return min(int(asked), self.most or int(asked))


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is sent back: a document, or bytes of which only some may be sent."""

    status: int = 200
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    sent: int | None = None  # the connection is closed after so many bytes


# Makes of the answer that would be right the one that is sent; None closes without any.
Fault = Callable[[Answer], Answer | None]


def status(code: int, said: str = "", **headers: str) -> Fault:
    """Answer with a status, and words."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Answer(status=code, document={"message": said}, headers=named)


def dropped(_: Answer) -> None:
    """Close the connection without an answer."""


def cut_off(answer: Answer) -> Answer:
    """Close the connection in the middle of the answer."""
    body = json.dumps(answer.document).encode()
    return Answer(body=body, sent=len(body) // 2)


def half_json(answer: Answer) -> Answer:
    """Send half a document as if it were whole."""
    body = json.dumps(answer.document).encode()
    return Answer(body=body[: len(body) // 2])


def says(body: bytes, **headers: str) -> Fault:
    """Send these bytes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Answer(body=body, headers=named)


def document(**changes: Any) -> Fault:
    """Send the right document with parts of it changed."""
    return lambda answer: Answer(document={**answer.document, **changes})


class _Server(ThreadingHTTPServer):
    def handle_error(self, *where: Any) -> None:
        """Say nothing of callers who hang up, as they do in the middle of an answer too large."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*where)


@contextmanager
def fake_services() -> Iterator[FakeServices]:
    """Run the services for as long as they are used."""
    services = FakeServices()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve({})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["content-length"])).decode()
            self._serve(_flat(text))

        def _serve(self, form: dict[str, str]) -> None:
            parts = urlsplit(self.path)
            asked = Asked(
                method=self.command,
                path=parts.path,
                query=_flat(parts.query),
                headers={name.lower(): value for name, value in self.headers.items()},
                form=form,
            )
            services.asked.append(asked)
            queue = services.faults[parts.path]
            fault = queue.popleft() if queue else None
            answer: Answer | None = services.answer(asked)
            if fault is not None and answer is not None:
                answer = fault(answer)
            self._send(answer)

        def _send(self, answer: Answer | None) -> None:
            if answer is None:
                self.close_connection = True
                return
            body = json.dumps(answer.document).encode() if answer.body is None else answer.body
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: answer.sent])
            if answer.sent is not None:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        services.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield services
        finally:
            server.shutdown()
            thread.join()


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}


def acled_events(number: int, country: str = "Mali") -> list[Record]:
    """Make up events as ACLED's JSON has them."""
    return [
        {
            "event_id_cnty": f"MLI{serial}",
            "event_date": f"2021-03-{serial % 28 + 1:02}",
            "country": country,
            "iso": 466,
            "latitude": "16.2700",
            "longitude": "-0.0400",
            "fatalities": serial % 5,
            "notes": f"« {serial} »",
            "assoc_actor_1": None,
        }
        for serial in range(1, number + 1)
    ]


def ucdp_events(number: int) -> list[Record]:
    """Make up events as UCDP's JSON has them."""
    return [
        {"id": serial, "country_id": 432, "date_end": "2021-05-01", "latitude": 16.27, "best": 3}
        for serial in range(1, number + 1)
    ]


def hapi_counts(number: int, code: str = "MLI") -> list[Record]:
    """Make up counts as HDX HAPI's JSON has them."""
    return [
        {"location_code": code, "admin2_code": f"{code}{serial:04}", "events": serial}
        for serial in range(1, number + 1)
    ]
