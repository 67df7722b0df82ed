"""Read a page of features: the right statement for how much matches, and an exact count."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np

from geo.columns.page import ChosenPage, choose_page
from geo.columns.table import Snapshot
from geo.database import Database, Reader, Written, write_out
from geo.documents import Documents
from geo.query import Cursor, FeatureQuery
from geo.quickly import quickly
from geo.schema import SRID
from geo.spec import GeometryType, Layer
from geo.statements import (
    CHOSEN,
    GeometryForm,
    count_features,
    cursor_values,
    has_document,
    select_chosen,
    select_documents,
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
    """Rows of one page, how many match in all (None: more than are counted), what comes next.

    In place of rows it may have `documents`.
    """

    revision: Revision
    rows: list[Any]
    as_document: bool
    matched: int | None
    cursor: str | None
    documents: Documents | None = None


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


def revision_held(snapshot: Snapshot | None) -> Revision | None:
    """Give the revision that columns are of: the current one, as far as is known here."""
    if snapshot is None or snapshot.changed_at is None:
        return None
    return Revision(number=snapshot.revision, changed_at=snapshot.changed_at)


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
    revision = revision_held(snapshot)
    if snapshot is None or revision is None:
        return None
    # One row more than asked for tells whether there is a next page.
    wider = replace(at_revision(query, revision), limit=wanted.limit + 1)
    chosen = quickly(f"a page of {layer.id}", lambda: choose_page(snapshot, layer, wider))
    # That there is nothing, only SQL says, which knows at what revision.
    if chosen is None or not chosen.keys:
        return None
    keys = chosen.keys[: wanted.limit]
    asked = {"chosen": ",".join(map(str, keys)), "revision": revision.number}
    rows: list[Any] = []
    documents = None
    as_document = wanted.documents and has_document(layer, query)
    if as_document and _is_plain(layer, query):
        statement = _documents_written(layer).of(**asked)
        documents = _documents(query, chosen, keys, await database.rows(statement))
    else:
        shape = FeatureQuery(properties=query.properties, sort=query.sort, crs=query.crs)
        statement = _chosen_written(layer, shape, wanted.form, as_document=as_document).of(**asked)
        found = {row[CHOSEN]: row for row in await database.rows(statement)}
        rows = [found[key] for key in keys if key in found]
    # At another revision there are none.
    if len(documents.properties if documents else rows) < len(keys):
        return None
    last = (chosen.ids[len(keys) - 1],) if documents else cursor_values(query, rows[-1])
    return FeaturePage(
        revision=revision,
        rows=rows,
        documents=documents,
        as_document=as_document,
        matched=chosen.matched if chosen.matched <= wanted.count_bound else None,
        cursor=_cursor(layer, query, revision, last) if len(chosen.keys) > len(keys) else None,
    )


def _documents(
    query: FeatureQuery, chosen: ChosenPage, keys: Sequence[int], rows: Sequence[Any]
) -> Documents:
    """Put what was read of chosen rows into their order, as far as it was found."""
    (read,) = rows
    found = dict(zip(read["keys"] or (), read["documents"] or (), strict=True))
    axes = (chosen.longitude[: len(keys)], chosen.latitude[: len(keys)])
    return Documents(
        ids=chosen.ids[: len(keys)],
        places=np.column_stack(axes[::-1] if query.crs.north_first else axes),
        properties=[found[key] for key in keys if key in found],
    )


def _is_plain(layer: Layer, query: FeatureQuery) -> bool:
    """Say whether points are asked for where they are stored, and go on by their ids alone."""
    return layer.geometry is GeometryType.POINT and query.crs.srid == SRID and not query.sort


@lru_cache(maxsize=256)
def _documents_written(layer: Layer) -> Written:
    return write_out(select_documents(layer))


@lru_cache(maxsize=256)
def _chosen_written(
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
    shown = rows[: wanted.limit]
    cursor = None
    if len(rows) > wanted.limit:
        cursor = _cursor(layer, query, revision, cursor_values(query, shown[-1]))
    return FeaturePage(
        revision=revision,
        rows=shown,
        as_document=as_document,
        matched=matched if matched <= wanted.count_bound else None,
        cursor=cursor,
    )


def _cursor(layer: Layer, query: FeatureQuery, revision: Revision, last: tuple[Any, ...]) -> str:
    """Say where the next page begins, by the last row of this one."""
    moment = query.moment or revision.changed_at
    return Cursor(of=query.question(layer.id), after=last, as_of=moment).encode()
