"""Count rows of a layer that may be of several collections, and say over which it was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.aggregate import BY_DATASET, Grouping, select_aggregate
from geo.audience import DATASET, for_sums, has_datasets
from geo.columns.keeper import Keeper
from geo.columns.sums import aggregate as sums_of
from geo.database import Reader
from geo.errors import BadParameter
from geo.features import Revision, at_revision
from geo.matching.overlap import (
    Overlap,
    count_left_out,
    datasets_in,
    narrowed,
    select_known,
    select_left_out,
)
from geo.matching.words import once_words, overlapping_words
from geo.query import FeatureQuery
from geo.quickly import quickly
from geo.spec import Language, Layer

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """Rows of an aggregate, the collections they are of, and what was left out of them."""

    rows: Rows
    overlap: Overlap
    # The one that is preferred first; none for a layer that has one collection.
    datasets: tuple[str, ...] = ()
    left_out: int = 0

    def told(self, language: Language) -> dict[str, Any]:
        """Say which collections were used; nothing where a layer has but one."""
        names = list(self.datasets)
        if self.overlap.once:
            once = {"left_out": self.left_out, "prefers": names, "note": once_words(language)}
            return {"datasets": names, "deduplicated": once}
        if len(names) > 1:
            return {"datasets": names, "note": overlapping_words(names, language)}
        return {"datasets": names} if names or self.overlap.sources else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Counter:
    """Count the rows of a layer in one state of it."""

    reader: Reader
    keeper: Keeper
    layer: Layer
    revision: Revision

    async def count(self, query: FeatureQuery, grouping: Grouping, overlap: Overlap) -> Counted:
        """Group and add up the rows of a query, each event once if that is asked for."""
        wanted = narrowed(query, overlap)
        asked = at_revision(wanted, self.revision)
        if not has_datasets(self.layer):
            return Counted(rows=await self._rows(asked, grouping), overlap=overlap)
        order = datasets_in(self.layer, await self._rows(asked, BY_DATASET), overlap)
        await self._check_known(set(overlap.sources) - set(order))
        if not overlap.once or len(order) < 2:
            rows = await self._rows(asked, grouping)
            return Counted(rows=rows, overlap=overlap, datasets=tuple(order))
        # Links have moments of their own: what is asked of them is not what the rows are asked.
        left_out = select_left_out(self.layer, wanted, order)
        rows = await self.reader.rows(select_aggregate(self.layer, wanted, grouping, left_out))
        count = await self.reader.value(count_left_out(self.layer, wanted, order))
        return Counted(rows=rows, overlap=overlap, datasets=tuple(order), left_out=count)

    async def _rows(self, query: FeatureQuery, grouping: Grouping) -> Rows:
        """Ask the columns, and the database what they cannot say."""
        snapshot, layer = self.keeper.snapshot(self.layer), self.layer
        found: Rows | None = None
        if snapshot is not None and snapshot.revision == self.revision.number:
            found = quickly(
                f"an aggregate of {layer.id}", lambda: sums_of(snapshot, layer, query, grouping)
            )
        if found is None:
            found = await self.reader.rows(select_aggregate(layer, query, grouping))
        return found

    async def _check_known(self, names: set[str]) -> None:
        """Refuse a collection that never had rows; one without rows here is no error."""
        if not names:
            return
        rows = await self.reader.rows(select_known(self.layer, sorted(names)))
        unknown = names - {row[DATASET] for row in rows}
        if unknown:
            countable = for_sums(self.layer, self.revision.withheld)
            known = await self.reader.rows(select_known(countable))
            raise BadParameter(
                "source",
                ",".join(sorted(unknown)),
                f"is no data set with rows that may be counted in {self.layer.stored_in}",
                allowed=sorted(row[DATASET] for row in known),
            )
