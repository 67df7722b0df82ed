"""Ask the columns; a fault of theirs costs nobody an answer, because SQL has them all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import PurePath
from traceback import extract_tb
from typing import TypeVar

from geo.errors import AtlasError

LOG = logging.getLogger("atlas")
T = TypeVar("T")


def quickly(what: str, ask: Callable[[], T | None]) -> T | None:
    """Give what the columns answer, or None if only SQL can: also where they fail."""
    try:
        return ask()
    except AtlasError:
        # What is wrong with the question is wrong for SQL too.
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, SQL does not have it
        _say(what, fault_of(error))
        return None


def fault_of(error: Exception) -> str:
    """Say what went wrong where below the one who caught it; its own words may be of the data."""
    frames = extract_tb(error.__traceback__)[1:]
    path = " > ".join(f"{PurePath(each.filename).name}:{each.lineno}" for each in frames)
    return f"{type(error).__name__} at {path}"


@lru_cache(maxsize=1_000)
def _say(what: str, fault: str) -> None:
    """Log a fault once, as a map meets it at every tile."""
    LOG.error("%s: the columns failed, so SQL answers: %s", what, fault)
