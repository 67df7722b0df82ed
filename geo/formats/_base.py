"""What an output format is: how features become bytes, in one of three ways.

A `PageWriter` writes a page of rows with links and counts around them. A `CopyWriter` has
PostgreSQL write the text itself, row by row, and streams it. The other two make a file of Arrow
batches: a `StreamWriter` one that goes out while it grows, a `FileWriter` one that is spooled to
disk, because a library or the format itself needs the whole file first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from typing import Any

from geo.crs import DEFAULT, Crs
from geo.documents import Documents
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import FEATURE_FIELDS, Field, Language, Layer, Text
from geo.statements import GeometryForm, Select, property_names, select_features

Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A link as OGC API writes it."""

    href: str
    rel: str
    type: str
    title: str | None = None
    hreflang: str | None = None

    def as_json(self) -> dict[str, str]:
        made = {"href": self.href, "rel": self.rel, "type": self.type}
        if self.title is not None:
            made["title"] = self.title
        if self.hreflang is not None:
            made["hreflang"] = self.hreflang
        return made


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page of features with what surrounds it; `matched` None means too many to count.

    Rows hold either the named properties or, if `as_document`, all of them as JSON text. A writer
    that takes `documents` may be given those in place of rows.
    """

    layer: Layer
    properties: Sequence[str]
    rows: Sequence[Record]
    links: Sequence[Link]
    matched: int | None
    as_document: bool = False
    documents: Documents | None = None
    language: Language = "en"

    @property
    def count(self) -> int:
        """Say how many features are on the page."""
        return len(self.rows if self.documents is None else self.documents.ids)


@dataclass(frozen=True, kw_only=True, slots=True)
class PageWriter:
    """Write a page of rows, or one feature, in memory."""

    geometry: GeometryForm
    page: Callable[[Page], bytes]
    feature: Callable[[Page], bytes]
    documents: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyText:
    """A statement whose rows PostgreSQL writes as lines, and what stands before and after them."""

    statement: Select
    head: bytes = b""
    tail: bytes = b""
    # COPY's own CSV; or, for a statement of one text column, that text as it is.
    as_csv: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyWriter:
    """Have PostgreSQL write the text; told which fields may hold what spreadsheets would run."""

    text: Callable[[Layer, FeatureQuery, Sequence[str]], CopyText]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Features as Arrow batches of `schema`: `id`, the properties, then where they are.

    Points are two columns `lon` and `lat`, other shapes a column `geometry` of WKB.
    """

    layer: Layer
    fields: Sequence[Field]
    crs: Crs
    schema: Any
    batches: Iterable[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamWriter:
    """Write a file that goes out while it grows."""

    write: Callable[[Table, RawIOBase], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileWriter:
    """Write a file of which no byte can go out before it is whole."""

    write: Callable[[Table, Path], None]
    most_rows: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """Name a format, and how it is written."""

    id: str
    title: Text
    media_type: str
    extension: str
    writer: PageWriter | CopyWriter | StreamWriter | FileWriter
    # The systems that the format can say its coordinates are in.
    any_crs: bool = True

    @property
    def page_writer(self) -> PageWriter:
        """Give the writer of a format that is known to write pages."""
        if not isinstance(self.writer, PageWriter):
            raise TypeError(f"{self.id} does not write pages")
        return self.writer

    @property
    def spooled(self) -> bool:
        """Say whether an answer begins only when all of it is on the server's disk."""
        return isinstance(self.writer, FileWriter)

    def speaks(self, crs: Crs) -> bool:
        return self.any_crs or crs == DEFAULT


def fields_of(layer: Layer, query: FeatureQuery) -> list[Field]:
    """List the fields that a query gives, in order."""
    names = property_names(layer, query)
    return [field for field in (*layer.fields, *FEATURE_FIELDS) if field.name in names]


def select_only(layer: Layer, query: FeatureQuery, columns: Sequence[Any]) -> Select:
    """Select just these columns of the features of a query, in its order if it has one."""
    statement = select_features(layer, query, GeometryForm.NONE).with_only_columns(*columns)
    if query.sort or query.limit is not None or query.after is not None:
        return statement
    # All of it, in no order that was asked for: as it was stored and lies on disk. By id, every
    # row is fetched from another place, which takes twice as long.
    return statement.order_by(None).order_by(published(layer).c.row)
