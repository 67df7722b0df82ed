"""Fetch what an import asks of an API instead of reading files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

import typer

from app.fetch.acled import AcledAccount, acled_deleted, acled_records, deleted_ids
from app.fetch.hapi import HapiAccount, hapi_records
from app.fetch.hosts import Hosts
from app.fetch.question import Question
from app.fetch.spool import Fetched
from app.fetch.ucdp import UcdpAccount, ucdp_records
from app.settings import Settings
from geo.errors import ImportRefused


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What is asked of an API: days, countries, for UCDP which release, for ACLED what went."""

    first: date
    last: date
    countries: tuple[str, ...] = ()
    release: str | None = None
    deleted_since: date | None = None


_say = partial(typer.echo, err=True)


def fetch(source: str, asked: Asked, settings: Settings) -> Fetched:
    """Fetch all that is asked for before anything is imported."""
    if source not in _FETCHERS:
        raise ImportRefused(
            f"{source} has no API that is known here; give its files, or ask one of "
            f"{', '.join(_FETCHERS)}"
        )
    question = Question(first=asked.first, last=asked.last, countries=asked.countries)
    return _FETCHERS[source](settings, question, asked)


def fetch_removed(source: str, asked: Asked, settings: Settings) -> frozenset[str]:
    """Fetch the ids, as they are stored, of what the source says it deleted."""
    if asked.deleted_since is None:
        return frozenset()
    if source != "acled":
        raise ImportRefused(
            f"only acled says what it deleted; leave --deleted-since out of {source}"
        )
    account, hosts = AcledAccount.of(settings), Hosts.of(settings)
    with acled_deleted(account, hosts, asked.deleted_since, say=_say) as fetched:
        return frozenset(f"acled-{name}" for name in deleted_ids(fetched))


def _acled(settings: Settings, question: Question, _: Asked) -> Fetched:
    return acled_records(AcledAccount.of(settings), Hosts.of(settings), question, say=_say)


def _hapi(settings: Settings, question: Question, _: Asked) -> Fetched:
    return hapi_records(HapiAccount.of(settings), Hosts.of(settings), question, say=_say)


def _ucdp(settings: Settings, question: Question, asked: Asked) -> Fetched:
    if asked.release is None:
        raise ImportRefused("say which release of UCDP: --release 25.1, or 26.0.7 of candidates")
    account, hosts = UcdpAccount.of(settings), Hosts.of(settings)
    return ucdp_records(account, hosts, question, version=asked.release, say=_say)


_FETCHERS: dict[str, Callable[[Settings, Question, Asked], Fetched]] = {
    "acled": _acled,
    "hapi": _hapi,
    "ucdp": _ucdp,
    "ucdp_candidate": _ucdp,
}
