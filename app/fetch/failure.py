"""What can go wrong while records are fetched."""

from __future__ import annotations

from geo.errors import AtlasError


class FetchFailed(AtlasError):
    """Records could not be fetched whole; none was handed on."""


class Refused(FetchFailed):
    """The service does not answer this question to this account."""

    def __init__(self, message: str, *, status: int) -> None:
        self.status = status
        super().__init__(message)


class Passing(Exception):
    """An answer that another try may mend; `wait_s` is how long the service wants to be left."""

    def __init__(self, problem: str, *, wait_s: float | None = None) -> None:
        self.wait_s = wait_s
        super().__init__(problem)
