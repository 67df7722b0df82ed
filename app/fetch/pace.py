"""How often and how long a service is asked that does not answer at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Bounds of patience; a page that fails for good has been asked for `tries` times."""

    tries: int = 6
    first_wait_s: float = 2.0
    most_wait_s: float = 900.0
    # Without a byte for this long a connection counts as lost; a page must be there after page_s,
    # or a service that drips a byte now and then would hold an import for ever.
    silence_s: float = 60.0
    page_s: float = 600.0
    sleep: Callable[[float], None] = time.sleep

    def wait_s(self, attempt: int) -> float:
        """Give the wait after an attempt that failed, twice as long each time."""
        return min(self.first_wait_s * 2.0 ** (attempt - 1), self.most_wait_s)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or a date (RFC 9110, 10.2.3); None if it says nothing."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000" in the date: UTC, without saying where it was written
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)
