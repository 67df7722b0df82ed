"""Say which rows of a layer a load is about, and which of those it may close.

Several data sets share a layer. A file of one of them is a part of it: some days, some countries.
So what it lacks is gone only if the file could have had it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from geo.audience import DATASET, has_datasets
from geo.errors import ImportRefused
from geo.spec import Layer

# The field that tells countries apart, in layers that have it.
COUNTRY = "country"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """A data set within a layer; `removed_ids` are rows that its source says it deleted."""

    dataset: str | None = None
    removed_ids: Collection[str] = ()

    def check(self, layer: Layer) -> None:
        """Refuse a layer that cannot tell data sets apart."""
        if self.dataset is not None and not has_datasets(layer):
            raise ImportRefused(f"{layer.id} has no field {DATASET}, so it holds one data set only")


def closes(layer: Layer, scope: Scope | None, *, replace: bool) -> str:
    """Write which current rows `t` a load closes, of those that were not given to it.

    {stage} stands for the rows that were given.
    """
    limits = ["t.id <> ALL(%(kept)s)" if replace else "false"]
    if scope is None:
        return limits[0]
    if layer.time is not None:
        limits.append(f"t.valid <@ ({_GIVEN})")
    if layer.field(COUNTRY) is not None:
        # Of a row without a country, only a file that has such rows itself can be said to lack it.
        limits.append(_COUNTRY)
    within = " AND ".join(limits)
    return f"{ours(scope)} AND ({within} OR t.id = ANY(%(removed_ids)s))"


def outside(layer: Layer, scope: Scope | None) -> str | None:
    """Write which current rows `t` of the data set a file cannot speak of, by its days alone.

    None: no row is out of its reach, as it has no days or is about the whole layer.
    """
    if scope is None or layer.time is None:
        return None
    limits = [ours(scope), f"(t.valid <@ ({_GIVEN})) IS NOT TRUE"]
    if layer.field(COUNTRY) is not None:
        limits.append(_COUNTRY)
    return " AND ".join([*limits, "t.id <> ALL(%(kept)s)", "t.id <> ALL(%(removed_ids)s)"])


# The days of the rows whose day is known: one that may have been on any day of a month does not
# say that the file has all of that month.
_DAYS = """daterange(
    coalesce(min(lower(valid)) FILTER (WHERE date_precision = 'day'), min(lower(valid))),
    coalesce(max(upper(valid)) FILTER (WHERE date_precision = 'day'), max(upper(valid))))"""
_GIVEN = "SELECT CASE count(valid) WHEN 0 THEN 'empty' ELSE DAYS END FROM {stage}".replace(
    "DAYS", _DAYS
)
_COUNTRY = "coalesce(t.country, '') IN (SELECT coalesce(country, '') FROM {stage})"


def ours(scope: Scope | None) -> str:
    """Write that a row `t` belongs to the data set of a load."""
    if scope is None or scope.dataset is None:
        return "true"
    return f't."{DATASET}" = %(dataset)s'


def values_of(scope: Scope | None, kept: Collection[str]) -> Mapping[str, Any]:
    """Give the values of the conditions above."""
    return {
        "kept": list(kept),
        "removed_ids": [] if scope is None else list(scope.removed_ids),
        "dataset": None if scope is None else scope.dataset,
    }
