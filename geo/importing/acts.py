"""Say what a load is to do and what it did, and when it is better not done.

Pure: no database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from geo.errors import ImportRefused
from geo.importing.scope import Scope
from geo.spec import Layer

# Closing more of a layer than this is more often a wrong file than a real change.
REMOVALS_WITHOUT_ASKING = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReport:
    """What a load did, or in a dry run would have done."""

    layer: str
    added: int
    changed: int
    unchanged: int
    removed: int
    rejected: int = 0
    dataset: str | None = None
    # Rows whose stated region is not the one that they lie in; None where nobody looked.
    disagreeing: int | None = None
    # Of the changed rows, those that changed at their source later than what was given of them.
    older: int = 0
    # Rows of the data set that were not given and lie outside the days that were; None where days
    # limit nothing.
    outside: int | None = None
    # The first and the last day of the rows that were given, if they are of a data set.
    days: tuple[date, date] | None = None
    # The number of the import; None where nothing was written.
    number: int | None = field(default=None, compare=False)

    @property
    def anything_changed(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def __str__(self) -> str:
        names = ("added", "changed", "unchanged", "removed", "rejected")
        return f"{self.layer}: {', '.join(f'{getattr(self, name)} {name}' for name in names)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """What is loaded and how: where from, as what, and which rows it may close.

    With `replace`, current rows that are not among those given are closed; with `guarded`, not many
    of them and only if they cannot be among the rejected ones. `sha256` is asked when all rows
    have been read. `waits` is told if another load of the layer has to end first.
    """

    origin: str
    sha256: Callable[[], str] | None = None
    kind: str = "load"
    scope: Scope | None = None
    replace: bool = True
    guarded: bool = False
    undoes: int | None = None
    waits: Callable[[], None] = lambda: None


def guard_removals(layer: Layer, act: Act, found: int, missing: int, without_id: int) -> None:
    """Refuse to close rows where that is more often a fault of the file than a real change."""
    current = found + missing
    what, whole = layer.id, "all files of the layer"
    if act.scope is not None:
        what = f"{act.scope.dataset or layer.id} in the days and countries of the file"
        whole = "all that the source has of them"
    told = f"{missing} of the {current} rows of {what} are not in what was given"
    choice = "pass --keep-missing to leave them or --allow-removals to close them"
    if missing and without_id:
        raise ImportRefused(
            f"{told}, but may be among the {without_id} rejected rows whose id cannot be read; "
            f"mend those rows, or {choice}"
        )
    if missing > max(1, REMOVALS_WITHOUT_ASKING * current):
        raise ImportRefused(f"{told}, and would be closed; give {whole} together, or {choice}")


def overtaken(undone: int, later: Sequence[tuple[Any, ...]]) -> ImportRefused:
    """Say which imports stand on one that is to be undone."""
    undoing = [number for number, _, _, undoes, _ in later if undoes == undone]
    if undoing:
        return ImportRefused(f"import {undone} is undone already, by import {undoing[-1]}")
    return ImportRefused(
        f"import {undone} cannot be undone: others changed the same rows since; undo those first, "
        "the last one before the others; nothing was changed",
        [
            f"import {number} ({origin}, {at:%Y-%m-%d %H:%M} UTC) changed {count} of them"
            for number, origin, at, _, count in later
        ],
    )
