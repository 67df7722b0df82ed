"""Fetch from the made-up services without waiting, and note what was said and waited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.fetch.acled import AcledAccount, acled_deleted, acled_records
from app.fetch.hapi import HapiAccount, hapi_records
from app.fetch.hosts import Hosts
from app.fetch.pace import Pace
from app.fetch.question import Question
from app.fetch.spool import Fetched
from app.fetch.ucdp import UcdpAccount, ucdp_records
from app.settings import Settings
from tests.integration.fetch_server import FakeServices

MALI = Question(first=date(2021, 1, 1), last=date(2021, 12, 31), countries=("Mali",))


@dataclass(kw_only=True)
class Caller:
    """Somebody who fetches, with an account at each service."""

    services: FakeServices
    said: list[str] = field(default_factory=list)
    waited_s: list[float] = field(default_factory=list)
    silence_s: float = 5.0
    page_s: float = 20.0
    environment: dict[str, str] = field(default_factory=dict)

    def acled(self, question: Question = MALI) -> list[dict[str, str]]:
        return self._records(
            lambda settings, **how: acled_records(
                AcledAccount.of(settings), Hosts.of(settings), question, **how
            )
        )

    def deleted(self, since: date) -> list[dict[str, str]]:
        return self._records(
            lambda settings, **how: acled_deleted(
                AcledAccount.of(settings), Hosts.of(settings), since, **how
            )
        )

    def ucdp(self, question: Question = MALI, version: str = "25.1") -> list[dict[str, str]]:
        return self._records(
            lambda settings, **how: ucdp_records(
                UcdpAccount.of(settings), Hosts.of(settings), question, version=version, **how
            )
        )

    def hapi(self, question: Question = MALI) -> list[dict[str, str]]:
        return self._records(
            lambda settings, **how: hapi_records(
                HapiAccount.of(settings), Hosts.of(settings), question, **how
            )
        )

    def _records(self, fetch: Callable[..., Fetched]) -> list[dict[str, str]]:
        environment = {**self.services.environment(), **self.environment}
        settings = Settings.from_environment(environment)
        how: dict[str, Any] = {
            "say": self.said.append,
            "pace": Pace(sleep=self.waited_s.append, silence_s=self.silence_s, page_s=self.page_s),
        }
        with fetch(settings, **how) as fetched:
            return list(fetched)
