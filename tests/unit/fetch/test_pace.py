"""How long a service is waited for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.fetch.pace import Pace, retry_after_s

NOW = datetime(2024, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Fri, 01 Mar 2024 12:01:30 GMT", 90.0),
        ("Friday, 01-Mar-24 12:01:30 GMT", 90.0),
        ("Fri, 01 Mar 2024 12:01:30 -0000", 90.0),
        ("Fri, 01 Mar 2024 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, wait_s: float | None) -> None:
    assert retry_after_s(header, NOW) == wait_s


def test_waits_double_up_to_the_longest() -> None:
    pace = Pace(first_wait_s=2, most_wait_s=10)
    assert [pace.wait_s(attempt) for attempt in (1, 2, 3, 4)] == [2, 4, 8, 10]
