"""Fetch the monthly counts of conflict events that HDX HAPI gives for each cercle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Self

from app.fetch.account import as_header, needed
from app.fetch.failure import FetchFailed
from app.fetch.hosts import Hosts
from app.fetch.pace import Pace
from app.fetch.question import Question, hapi_code
from app.fetch.service import Ask, Document, Say, Service, records_in
from app.fetch.spool import Fetched, spool
from app.settings import Secret, Settings

PAGE = 10_000  # the most that it gives
BETWEEN_PAGES_S = 1.0  # its terms ask for one request a second
_PATH = "/api/v2/coordination-context/conflict-events"
_WHERE = "HDX makes one from a name and an e-mail address, see hdx-hapi.readthedocs.io"
_HINT = f"Check ATLAS_HAPI_IDENTIFIER; {_WHERE}."


@dataclass(frozen=True, kw_only=True, slots=True)
class HapiAccount:
    """The identifier that HDX HAPI wants to know its callers by."""

    url: str
    identifier: Secret

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the identifier from the settings."""
        return cls(
            url=settings.hapi_url,
            identifier=needed(settings, "hapi_identifier", where_from=_WHERE),
        )


def hapi_records(
    account: HapiAccount, hosts: Hosts, question: Question, *, say: Say, pace: Pace | None = None
) -> Fetched:
    """Fetch counts by month, cercle and kind of event."""
    # In the query, where it may also stand, the identifier would get into logs.
    identifier = as_header(account.identifier, what="ATLAS_HAPI_IDENTIFIER")
    headers = {"X-HDX-HAPI-APP-IDENTIFIER": identifier}
    codes = [hapi_code(name) for name in question.countries]
    service = Service(
        name="HDX HAPI", url=account.url, hint=_HINT, hosts=hosts, say=say, pace=pace or Pace()
    )
    with closing(service):
        service.keep(account.identifier)
        pages = _pages(service, headers, question, codes)
        return spool(f"HDX HAPI, {question.words}", pages)


def _pages(
    service: Service, headers: Mapping[str, str], question: Question, codes: Sequence[str]
) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Take one country after the other, each until a page has fewer records than its first."""
    count = 0
    for code in codes or [""]:
        offset = first = 0
        while True:
            if count or offset:
                service.pace.sleep(BETWEEN_PAGES_S)
            parameters = {
                "admin_level": "2",
                "start_date": str(question.first),
                "end_date": str(question.last),
                "output_format": "json",
                "limit": str(PAGE),
                "offset": str(offset),
            }
            if code:
                parameters["location_code"] = code
            page = service.ask(Ask(url=service.address(_PATH, parameters), headers=headers), _read)
            first = first or len(page)
            # Not by the page: were fewer granted than asked for, the rest would be skipped.
            offset += len(page)
            count += len(page)
            if page:
                service.say(f"HDX HAPI: {count:,} records")
                yield page
            if len(page) < first or not page:
                break
    if count == 0:
        raise FetchFailed(
            "HDX HAPI answers and has no counts of these days and countries; nothing was imported."
            "\nCheck the days and the countries."
        )


def _read(document: Document) -> Sequence[Mapping[str, Any]]:
    return records_in(document, "data")
