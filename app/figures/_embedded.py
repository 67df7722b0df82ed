"""Find in a file what it says of itself, if it is a figure of this service."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from app.figures._record import MARK
from app.figures._seal import is_intact
from geo.errors import BadParameter

MOST_BYTES = 64_000_000
_NEEDED: Mapping[str, type] = {"query": str, "revision": dict, "hash": str}


# Other files that bear a record, by their addresses.
_OTHERS = {
    r"/reports/[^/]+\.pdf\Z": "the atlas of a region",
    r"/maps/[^/]+\.(svg|png|pdf)\Z": "the picture of a map",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Embedded:
    """The record in a file, and whether the file is still as it was written."""

    query: str
    as_of: str | None
    revisions: Mapping[str, int]
    digest: str
    is_intact: bool | None


def read_embedded(name: str, body: bytes) -> Embedded:
    """Read the record in a file; refuse what is no figure of this service."""
    for start, read in _READERS:
        if start in body[:1024]:
            return _embedded(name, read(body), body)
    problem = "is neither an SVG, a PNG, a PDF nor the JSON of a figure"
    raise BadParameter("file", name, problem, where="file")


def _embedded(name: str, said: str | None, body: bytes) -> Embedded:
    try:
        record = orjson.loads(said or "")
    except orjson.JSONDecodeError:
        record = None
    if isinstance(record, dict) and isinstance(record.get("query"), str):
        _refuse_others(name, record["query"])
    if not isinstance(record, dict) or not all(
        isinstance(record.get(field), kind) for field, kind in _NEEDED.items()
    ):
        problem = "has no record of a figure of this service, or one that cannot be read"
        raise BadParameter("file", name, problem, where="file")
    return Embedded(
        query=record["query"],
        as_of=record.get("as_of"),
        revisions=record["revision"],
        digest=record["hash"],
        is_intact=is_intact(body),
    )


def _refuse_others(name: str, query: str) -> None:
    """Refuse what is made here and no figure, and say how else to find out what has changed."""
    path = urlsplit(query).path
    for address, what in _OTHERS.items():
        if re.search(address, path):
            allowed = (
                "the file of a figure; the address in this one gives it as it was, the same "
                "without as_of as it is now, and /collections/events/changes what changed between"
            )
            problem = f"is {what}, and only figures are checked"
            raise BadParameter("file", name, problem, allowed=allowed, where="file")


def _of_svg(body: bytes) -> str | None:
    # It ships no types.
    from defusedxml.ElementTree import ParseError, fromstring  # type: ignore[import-untyped]

    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError):
        return None
    return next((one.text for one in root.iter() if one.get("id") == MARK), None)


def _of_png(body: bytes) -> str | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(body), formats=["PNG"]) as image:
            image.load()
            said = image.info.get(MARK)
    except (OSError, ValueError, SyntaxError):
        return None
    return None if said is None else str(said)


def _of_pdf(body: bytes) -> str | None:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        information: Any = PdfReader(io.BytesIO(body)).metadata or {}
        said = str(information.get("/Keywords", ""))
    except (PyPdfError, ValueError, KeyError, TypeError):
        return None
    marked = f"{MARK} "
    return said.removeprefix(marked) if said.startswith(marked) else None


def _of_json(body: bytes) -> str | None:
    try:
        document: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    record = document.get("record") if isinstance(document, dict) else None
    return None if record is None else orjson.dumps(record).decode()


_READERS: tuple[tuple[bytes, Callable[[bytes], str | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _of_png),
    (b"%PDF-", _of_pdf),
    (b"<svg", _of_svg),
    (b"{", _of_json),
)
