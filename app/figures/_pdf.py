"""Say in a PDF what it is: its title, language and record, as document information and as XMP."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject
from pypdf.xmp import XmpInformation

from app.figures._record import MARK

NAME = "Conflict Atlas"
HEADER = "%PDF-1.7"


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """What a file says of itself.

    `record` is one line of JSON by which a check finds the state; `query` asks for the same again.
    """

    title: str
    subject: str
    language: str
    record: str
    query: str
    revisions: Mapping[str, int]
    moment: datetime | None
    licence: str | None = None
    digest: str | None = None


def describe(writer: PdfWriter, said: Description) -> None:
    """Write a description into a file, and nothing of the programs that made it."""
    writer.pdf_header = HEADER
    writer.metadata = None
    writer.add_metadata(_information(said))
    writer.xmp_metadata = _xmp(said)
    root = writer.root_object
    # What the stream is (ISO 32000-2, 14.3.2), which the library leaves to its caller.
    stream: Any = root["/Metadata"].get_object()
    stream[NameObject("/Type")] = NameObject("/Metadata")
    stream[NameObject("/Subtype")] = NameObject("/XML")
    root[NameObject("/Lang")] = TextStringObject(said.language)
    shown = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    root[NameObject("/ViewerPreferences")] = shown


def described(body: bytes, said: Description) -> bytes:
    """Give a file with its description."""
    writer = PdfWriter(clone_from=io.BytesIO(body))
    describe(writer, said)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _information(said: Description) -> dict[str, str]:
    information = {
        "/Title": said.title,
        "/Subject": said.subject,
        "/Author": NAME,
        "/Creator": NAME,
        "/Producer": NAME,
        "/Keywords": f"{MARK} {said.record}",
    }
    if said.moment is not None:
        made = said.moment.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
        information |= {"/CreationDate": made, "/ModDate": made}
    return information


def _xmp(said: Description) -> XmpInformation:
    """Say the same to programs that sort files by XMP; the record's parts are properties there."""
    xmp = XmpInformation.create()
    xmp.dc_title = {"x-default": said.title}
    xmp.dc_description = {"x-default": said.subject}
    xmp.dc_creator = [NAME]
    xmp.dc_language = [said.language]
    xmp.dc_source = said.query
    xmp.dc_relation = [f"{layer} revision {number}" for layer, number in said.revisions.items()]
    if said.licence:
        xmp.dc_rights = {"x-default": said.licence}
    if said.digest is not None:
        xmp.dc_identifier = said.digest
    if said.moment is not None:
        xmp.xmp_create_date = said.moment.replace(microsecond=0)
    return xmp
