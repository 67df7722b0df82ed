"""Fetch georeferenced events from UCDP."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Self

import httpx2

from app.fetch.account import as_header, needed
from app.fetch.failure import FetchFailed, Passing
from app.fetch.hosts import Hosts
from app.fetch.pace import Pace
from app.fetch.question import Question, ucdp_number
from app.fetch.service import Ask, Document, Say, Service, number_in, records_in
from app.fetch.spool import Fetched, spool
from app.settings import Secret, Settings

PAGE = 1_000  # the most that it gives
_HINT = "Check ATLAS_UCDP_TOKEN; tokens are given on request, see ucdp.uu.se/apidocs."


@dataclass(frozen=True, kw_only=True, slots=True)
class UcdpAccount:
    """A token for UCDP."""

    url: str
    token: Secret

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the token from the settings."""
        where = "tokens are given on request, see ucdp.uu.se/apidocs"
        return cls(url=settings.ucdp_url, token=needed(settings, "ucdp_token", where_from=where))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    records: Sequence[Mapping[str, Any]]
    total: int
    next: str | None


def ucdp_records(
    account: UcdpAccount,
    hosts: Hosts,
    question: Question,
    *,
    version: str,
    say: Say,
    pace: Pace | None = None,
) -> Fetched:
    """Fetch the events of a release, like 25.1, or of a candidate release, like 26.0.7."""
    if not re.fullmatch(r"\d{2}(\.\d{1,2}){1,3}", version, re.ASCII):
        raise FetchFailed(f"{version!r} is no release of UCDP; needs one like 25.1 or 26.0.7")
    parameters = {
        "pagesize": str(PAGE),
        "StartDate": str(question.first),
        "EndDate": str(question.last),
    }
    if question.countries:
        parameters["Country"] = ",".join(ucdp_number(name) for name in question.countries)
    headers = {"x-ucdp-access-token": as_header(account.token, what="ATLAS_UCDP_TOKEN")}
    service = Service(
        name="UCDP", url=account.url, hint=_HINT, hosts=hosts, say=say, pace=pace or Pace()
    )
    with closing(service):
        service.keep(account.token)
        start = service.address(f"/api/gedevents/{version}", parameters)
        origin = f"UCDP API, GED {version}, {question.words}"
        return spool(origin, _pages(service, start, headers))


def _pages(
    service: Service, start: httpx2.URL, headers: Mapping[str, str]
) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Go from page to page by the links that they give, and count that nothing is missing."""
    url, seen, count, total = start, {start}, 0, 0
    while True:
        page = service.ask(Ask(url=url, headers=headers), _read)
        total = total or page.total
        if page.total != total:
            raise FetchFailed(
                f"UCDP said {total:,} records, then {page.total:,}: it was changed meanwhile; "
                "nothing was imported.\nTry again."
            )
        if total == 0:
            raise FetchFailed(
                "UCDP answers and has no events of these days and countries; nothing was imported."
                "\nCheck the days against the release, and the countries."
            )
        count += len(page.records)
        service.say(f"UCDP: {count:,} of {total:,} records")
        yield page.records
        if page.next is None:
            break
        url = service.led_to(page.next, what="next page")
        if url in seen or count > total:
            raise FetchFailed("UCDP: its pages lead round in a circle; nothing was imported")
        seen.add(url)
    if count != total:
        raise FetchFailed(
            f"UCDP said {total:,} records and sent {count:,}; nothing was imported.\nTry again."
        )


def _read(document: Document) -> _Page:
    records, total = records_in(document, "Result"), number_in(document, "TotalCount")
    following = document.get("NextPageUrl") or None
    if total is None or not isinstance(following, str | None):
        raise Passing("sent a page without its 'TotalCount' or with a strange 'NextPageUrl'")
    return _Page(records=records, total=total, next=following)
