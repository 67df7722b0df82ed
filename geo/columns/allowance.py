"""Bound the work that one question is: columns answer in the event loop, and all others wait.

What a step costs is counted before it is done, in nanoseconds on one core of 2.5 GHz: numpy and
GEOS were timed on a million rows, and what they took is rounded up. A count, unlike a clock, comes
out the same for the same question.
"""

from __future__ import annotations

from geo.columns.refusal import NotInColumns

MOST_NS = 50_000_000


class TooMuchWork(NotInColumns):
    """More than others should wait for; SQL has processes of its own and a time limit."""


class Allowance:
    """The work that is left to a question."""

    def __init__(self, nanoseconds: float = MOST_NS) -> None:
        self._left = nanoseconds

    def take(self, nanoseconds: float) -> None:
        """Take from what is left, or raise TooMuchWork."""
        self._left -= nanoseconds
        if self._left < 0:
            raise TooMuchWork("so much work")
