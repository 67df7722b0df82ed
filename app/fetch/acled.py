"""Fetch events from ACLED, and the ids of those that it deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self

from app.fetch.account import as_header, needed
from app.fetch.failure import FetchFailed, Passing, Refused
from app.fetch.hosts import Hosts
from app.fetch.pace import Pace
from app.fetch.question import Question
from app.fetch.service import Ask, Document, Say, Service, number_in, records_in
from app.fetch.spool import Fetched, spool
from app.settings import Secret, Settings

PAGE = 5_000
_CLIENT = "acled"
_WHERE = "it is that of your account at acleddata.com"
_HINT = (
    "Check ATLAS_ACLED_EMAIL and ATLAS_ACLED_PASSWORD, and at acleddata.com that the account's "
    "profile is complete, its terms are accepted and it may use the API."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AcledAccount:
    """An account at ACLED."""

    url: str
    email: Secret
    password: Secret

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the account from the settings."""
        return cls(
            url=settings.acled_url,
            email=needed(settings, "acled_email", where_from=_WHERE),
            password=needed(settings, "acled_password", where_from=_WHERE),
        )


def acled_records(
    account: AcledAccount, hosts: Hosts, question: Question, *, say: Say, pace: Pace | None = None
) -> Fetched:
    """Fetch the events of a span of days, as its CSV export has them."""
    parameters = {
        "event_date": f"{question.first}|{question.last}",
        "event_date_where": "BETWEEN",
    }
    if question.countries:
        parameters["country"] = "|".join(question.countries)
    origin = f"ACLED API, {question.words}"
    with closing(_service(account, hosts, say, pace or Pace())) as service:
        login = _Login(service, account)
        return spool(origin, _pages(login, "/api/acled/read", parameters, empty_is_wrong=True))


def acled_deleted(
    account: AcledAccount, hosts: Hosts, since: date, *, say: Say, pace: Pace | None = None
) -> Fetched:
    """Fetch what was deleted since a day: `event_id_cnty` and `deleted_timestamp`, maybe none."""
    moment = datetime(since.year, since.month, since.day, tzinfo=UTC)
    parameters = {
        "deleted_timestamp": str(int(moment.timestamp())),
        "deleted_timestamp_where": ">=",
    }
    origin = f"ACLED API, deleted since {since}"
    with closing(_service(account, hosts, say, pace or Pace())) as service:
        login = _Login(service, account)
        return spool(origin, _pages(login, "/api/deleted/read", parameters, empty_is_wrong=False))


def deleted_ids(deleted: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Give ACLED's ids of the events that it deleted."""
    for number, record in enumerate(deleted, start=1):
        if not record.get("event_id_cnty"):
            raise FetchFailed(f"ACLED: deleted event {number} has no event_id_cnty")
        yield record["event_id_cnty"]


def _service(account: AcledAccount, hosts: Hosts, say: Say, pace: Pace) -> Service:
    service = Service(name="ACLED", url=account.url, hint=_HINT, hosts=hosts, say=say, pace=pace)
    service.keep(account.email)
    service.keep(account.password)
    return service


class _Login:
    """Hold the token that questions are asked with; it lasts a day, the one to renew it two weeks.

    Neither is ever written down: every fetch begins with a login of its own.
    """

    def __init__(self, service: Service, account: AcledAccount) -> None:
        self.service, self._account = service, account
        self._access: Secret | None = None
        self._refresh: Secret | None = None

    def page(self, path: str, parameters: Mapping[str, str]) -> _Page:
        """Ask for a page; log in first, and once more if the token has run out meanwhile."""
        if self._access is None:
            self._begin()
            return self._asked(path, parameters)
        try:
            return self._asked(path, parameters)
        except Refused as refused:
            if refused.status != 401:
                raise
        self.service.say("ACLED: the login has run out; logging in again")
        self._renew()
        return self._asked(path, parameters)

    def _asked(self, path: str, parameters: Mapping[str, str]) -> _Page:
        token = as_header(self._access or Secret(""), what="ACLED: its token")
        url = self.service.address(path, {"_format": "json", **parameters})
        headers = {"Authorization": f"Bearer {token}"}
        return self.service.ask(Ask(url=url, headers=headers), self._read)

    def _read(self, document: Document) -> _Page:
        if document.get("success") is not True or document.get("status", "200") != "200":
            raise FetchFailed(
                f"ACLED does not give these events{self.service.said(document)}\n{_HINT}"
            )
        records = records_in(document, "data")
        count = number_in(document, "count")
        if count is not None and count != len(records):
            raise Passing(f"said {count:,} records and sent {len(records):,}")
        return _Page(records=records, said=self.service.said(document))

    def _begin(self) -> None:
        self._enter(
            {
                "grant_type": "password",
                "username": self._account.email.reveal(),
                "password": self._account.password.reveal(),
            }
        )

    def _renew(self) -> None:
        if self._refresh is None:
            self._begin()
            return
        try:
            self._enter({"grant_type": "refresh_token", "refresh_token": self._refresh.reveal()})
        except Refused:
            self._begin()

    def _enter(self, form: Mapping[str, str]) -> None:
        url = self.service.address("/oauth/token", {})
        ask = Ask(url=url, headers={}, form={"client_id": _CLIENT, **form})
        self._access, self._refresh = self.service.ask(ask, self._tokens)

    def _tokens(self, document: Document) -> tuple[Secret, Secret | None]:
        access, refresh = document.get("access_token"), document.get("refresh_token")
        if not isinstance(access, str) or not access:
            raise FetchFailed(f"ACLED: the login gave no token\n{_HINT}")
        self.service.keep(Secret(access))
        if not isinstance(refresh, str) or not refresh:
            return Secret(access), None
        return Secret(access), self.service.keep(Secret(refresh))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    records: Sequence[Mapping[str, Any]]
    said: str


def _pages(
    login: _Login, path: str, parameters: Mapping[str, str], *, empty_is_wrong: bool
) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Turn pages until one has fewer records than the first.

    Fewer than asked for is not enough: an account may be granted smaller pages, and the first of
    them would pass for all there is.
    """
    number = count = first = 0
    while True:
        number += 1
        page = login.page(path, {**parameters, "limit": str(PAGE), "page": str(number)})
        if not page.records and number == 1 and empty_is_wrong:
            raise FetchFailed(
                f"ACLED says yes and sends no events{page.said}; nothing was imported.\n"
                "An account without the right to them is answered so too: check the days, the "
                f"country as ACLED names it, and the account. {_HINT}"
            )
        if page.records:
            first = first or len(page.records)
            count += len(page.records)
            login.service.say(f"ACLED: {count:,} records")
            yield page.records
        if len(page.records) < first or not page.records:
            break
