"""What a PDF says of itself: the same in its document information and in XMP."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pypdf import PdfReader, PdfWriter

from app.figures._pdf import Description, described
from app.figures._seal import UNSEALED, is_intact, sealed

SAID = Description(
    title="Civils tués à Ménaka & Gao, 2013",
    subject="Diagramme à barres.",
    language="fr",
    record='{"query":"http://localhost/figures/1.pdf?lang=fr"}',
    query="http://localhost/figures/1.pdf?lang=fr",
    revisions={"events": 7, "basemap": 1},
    moment=datetime(2026, 11, 20, 10, 0, 5, 123456, tzinfo=UTC),
    licence="CC BY 4.0",
    digest="0f" * 16,
)


def blank() -> bytes:
    writer, written = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(written)
    return written.getvalue()


def test_a_pdf_names_its_query_its_revisions_and_its_digest_in_xmp() -> None:
    reader = PdfReader(io.BytesIO(described(blank(), SAID)))
    stream: Any = reader.root_object["/Metadata"]
    assert (stream["/Type"], stream["/Subtype"]) == ("/Metadata", "/XML")
    xmp = reader.xmp_metadata
    assert xmp is not None
    assert xmp.dc_title == {"x-default": SAID.title}
    assert xmp.dc_source == SAID.query
    assert xmp.dc_relation == ["events revision 7", "basemap revision 1"]
    assert xmp.dc_identifier == SAID.digest
    assert xmp.dc_rights == {"x-default": "CC BY 4.0"}
    assert xmp.dc_language == ["fr"]


def test_the_document_information_says_the_same_and_names_no_program() -> None:
    reader = PdfReader(io.BytesIO(described(blank(), SAID)))
    assert reader.metadata == {
        "/Title": SAID.title,
        "/Subject": SAID.subject,
        "/Author": "Conflict Atlas",
        "/Creator": "Conflict Atlas",
        "/Producer": "Conflict Atlas",
        "/Keywords": f"conflict-atlas {SAID.record}",
        "/CreationDate": "D:20261120100005Z",
        "/ModDate": "D:20261120100005Z",
    }
    assert str(reader.root_object["/Lang"]) == "fr"


def test_the_seal_in_a_pdf_is_found_and_holds() -> None:
    record = f'{{"query":"http://localhost/figures/1.pdf","seal":"{UNSEALED}"}}'
    made = sealed(described(blank(), replace(SAID, record=record)))
    assert is_intact(made) is True
    assert is_intact(made.replace(b"%PDF-1.7", b"%PDF-1.6")) is False
    metadata: Any = PdfReader(io.BytesIO(made)).metadata
    assert UNSEALED not in metadata["/Keywords"]


def test_the_same_description_gives_the_same_bytes() -> None:
    body = blank()
    assert described(body, SAID) == described(body, SAID)
