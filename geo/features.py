"""Read a page of features: the right statement for how much matches, and an exact count."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from geo.columns.page import choose_page
from geo.columns.table import Snapshot
from geo.database import Database, Reader, Written, write_out
from geo.query import Cursor, FeatureQuery
from geo.quickly import quickly
from geo.spec import Layer
from geo.statements import (
    CHOSEN,
    GeometryForm,
    count_features,
    cursor_values,
    has_document,
    select_chosen,
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
    # Data sets with rows that may be counted and not passed on.
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FeaturePage:
    """Rows of one page, how many match in all (None: more than are counted), what comes next."""

    revision: Revision
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
        withheld=tuple(row["withheld"]),
    )


def at_revision(query: FeatureQuery, revision: Revision) -> FeatureQuery:
    """Ask for the current rows where the moment asked for has seen the last change."""
    if query.moment is not None and query.moment >= revision.changed_at:
        return replace(query, as_of=None, pinned=None)
    return query


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """In what form a page is wanted, how long it is, and up to where matches are counted.

    With `documents` stored JSON will do for the properties.
    """

    form: GeometryForm
    documents: bool
    limit: int
    count_bound: int


async def read_chosen_page(
    database: Database, layer: Layer, query: FeatureQuery, snapshot: Snapshot | None, wanted: Wanted
) -> FeaturePage | None:
    """Read a page whose rows columns choose; None if they cannot, or are of another revision."""
    if snapshot is None or snapshot.changed_at is None:
        return None
    revision = Revision(number=snapshot.revision, changed_at=snapshot.changed_at)
    # One row more than asked for tells whether there is a next page.
    wider = replace(at_revision(query, revision), limit=wanted.limit + 1)
    chosen = quickly(f"a page of {layer.id}", lambda: choose_page(snapshot, layer, wider))
    if chosen is None:
        return None
    as_document = wanted.documents and has_document(layer, query)
    asked = FeatureQuery(properties=query.properties, sort=query.sort, crs=query.crs)
    statement = _written(layer, asked, wanted.form, as_document=as_document).of(
        chosen=",".join(map(str, chosen.keys)), revision=revision.number
    )
    found = {row[CHOSEN]: row for row in await database.rows(statement)}
    # At another revision there are none; and where there is none anyway, it is not known.
    if len(found) < len(chosen.keys) or not found:
        return None
    rows = [found[key] for key in chosen.keys]
    return _page(layer, query, revision, wanted, rows, chosen.matched, as_document=as_document)


@lru_cache(maxsize=256)
def _written(
    layer: Layer, query: FeatureQuery, form: GeometryForm, *, as_document: bool
) -> Written:
    return write_out(select_chosen(layer, query, form, as_document=as_document))


async def read_page(
    reader: Reader,
    layer: Layer,
    query: FeatureQuery,
    revision: Revision,
    counts: Counts,
    wanted: Wanted,
    count_quickly: Callable[[FeatureQuery], int | None] = lambda _: None,
) -> FeaturePage:
    """Read one page of a query.

    `count_quickly` may know how much matches in this revision without looking at the rows.
    """
    as_document = wanted.documents and has_document(layer, query)
    effective = at_revision(query, revision)
    wider = replace(effective, limit=wanted.limit + 1)
    same = replace(effective, limit=None, after=None, sort=(), properties=None)
    key = (layer.id, revision.number, same.canonical())
    matched = counts.get(key)
    if matched is None:
        matched = count_quickly(same)
    rows: list[Any] = []
    if matched is None or matched <= PROBE:
        unknown = matched is None
        page = select_page(
            layer, wider, wanted.form, as_document=as_document, bound=PROBE, count=unknown
        )
        rows = await reader.rows(page)
        # A page behind the last row says nothing of how many there are before it.
        if unknown and rows and rows[0]["matched"] <= PROBE:
            matched = rows[0]["matched"]
    if matched is None:
        matched = await reader.value(count_features(layer, effective, wanted.count_bound))
    counts.put(key, matched)
    if matched > PROBE:
        statement = select_features(layer, wider, wanted.form, as_document=as_document)
        rows = await reader.rows(statement)
    return _page(layer, query, revision, wanted, rows, matched, as_document=as_document)


def _page(
    layer: Layer,
    query: FeatureQuery,
    revision: Revision,
    wanted: Wanted,
    rows: list[Any],
    matched: int,
    *,
    as_document: bool,
) -> FeaturePage:
    """Make a page of its rows and the one behind them, if there is one."""
    shown = rows[: wanted.limit]
    cursor = None
    if len(rows) > wanted.limit:
        cursor = Cursor(
            of=query.question(layer.id),
            after=cursor_values(query, shown[-1]),
            as_of=query.moment or revision.changed_at,
        ).encode()
    return FeaturePage(
        revision=revision,
        rows=shown,
        as_document=as_document,
        matched=matched if matched <= wanted.count_bound else None,
        cursor=cursor,
    )
