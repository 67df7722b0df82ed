"""Read a page of features: the right statement for how much matches, and an exact count."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from geo.database import Reader
from geo.query import Cursor, FeatureQuery
from geo.spec import Layer
from geo.statements import (
    GeometryForm,
    count_features,
    cursor_values,
    has_document,
    select_features,
    select_page,
    select_revision,
    select_revisions,
)

# Up to here finding everything that matches costs less than reading 1,000 rows in index order.
PROBE = 20_000
# The state of a layer that nothing was ever loaded into.
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """Which state of a layer's data is current, and since when."""

    number: int
    changed_at: datetime
    formula_fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FeaturePage:
    """Rows of one page, how many match in all (None: more than are counted), what comes next."""

    rows: list[Any]
    as_document: bool
    matched: int | None
    cursor: str | None


T = TypeVar("T")
Key = tuple[str, int, bytes]


class Remembered(Generic[T]):
    """Remember what was found of a revision of a layer; it never changes, so neither does that."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._known: OrderedDict[Key, T] = OrderedDict()

    def get(self, key: Key) -> T | None:
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def put(self, key: Key, found: T) -> None:
        self._known[key] = found
        if len(self._known) > self._most:
            self._known.popitem(last=False)


Counts = Remembered[int]
Extents = Remembered[Any]


async def revision_of(reader: Reader, layer: Layer) -> Revision:
    """Give the revision of a layer's data."""
    row = await reader.row(select_revision(layer))
    return Revision(number=0, changed_at=NEVER) if row is None else _revision(row)


async def revisions(reader: Reader) -> dict[str, Revision]:
    """Give the revision of every stored layer that was ever loaded."""
    return {row["layer"]: _revision(row) for row in await reader.rows(select_revisions())}


def _revision(row: Any) -> Revision:
    return Revision(
        number=row["revision"],
        changed_at=row["changed_at"],
        formula_fields=tuple(row["formula_fields"]),
    )


def at_revision(query: FeatureQuery, revision: Revision) -> FeatureQuery:
    """Ask for the current rows where the moment asked for has seen the last change."""
    if query.moment is not None and query.moment >= revision.changed_at:
        return replace(query, as_of=None, pinned=None)
    return query


async def read_page(
    reader: Reader,
    layer: Layer,
    query: FeatureQuery,
    revision: Revision,
    counts: Counts,
    *,
    form: GeometryForm,
    documents: bool,
    limit: int,
    count_bound: int,
    count_quickly: Callable[[FeatureQuery], int | None] = lambda _: None,
) -> FeaturePage:
    """Read one page of a query; `documents` if stored JSON will do for the properties.

    `count_quickly` may know how much matches in this revision without looking at the rows.
    """
    as_document = documents and has_document(layer, query)
    effective = at_revision(query, revision)
    # One row more than asked for tells whether there is a next page.
    wider = replace(effective, limit=limit + 1)
    same = replace(effective, limit=None, after=None, sort=(), properties=None)
    key = (layer.id, revision.number, same.canonical())
    matched = counts.get(key)
    if matched is None:
        matched = count_quickly(same)
    rows: list[Any] = []
    if matched is None or matched <= PROBE:
        unknown = matched is None
        page = select_page(layer, wider, form, as_document=as_document, bound=PROBE, count=unknown)
        rows = await reader.rows(page)
        # A page behind the last row says nothing of how many there are before it.
        if unknown and rows and rows[0]["matched"] <= PROBE:
            matched = rows[0]["matched"]
    if matched is None:
        matched = await reader.value(count_features(layer, effective, count_bound))
    counts.put(key, matched)
    if matched > PROBE:
        statement = select_features(layer, wider, form, as_document=as_document)
        rows = await reader.rows(statement)
    shown = rows[:limit]
    cursor = None
    if len(rows) > limit:
        cursor = Cursor(
            of=query.question(layer.id),
            after=cursor_values(query, shown[-1]),
            as_of=query.moment or revision.changed_at,
        ).encode()
    return FeaturePage(
        rows=shown,
        as_document=as_document,
        matched=matched if matched <= count_bound else None,
        cursor=cursor,
    )
