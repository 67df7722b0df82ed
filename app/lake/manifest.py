"""What a lake says of itself: which state, which files, what their columns mean, on what terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from app import VERSION
from geo.features import Revision
from geo.spec import FEATURE_FIELDS, Layer

MANIFEST = "manifest.json"
PROGRAM = "Conflict Atlas"


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """One file of a lake; `year` None holds what has no year."""

    path: str
    year: int | None
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """One layer of a lake."""

    layer: Layer
    revision: Revision
    files: Sequence[File]


def manifest(written: Sequence[Written], as_of: str, question: dict[str, str]) -> bytes:
    """Write the manifest: the same for the same question about the same state."""
    said = {
        "generator": f"{PROGRAM} {VERSION}",
        "as_of": as_of,
        "question": question,
        "layers": {one.layer.id: _layer(one) for one in written},
    }
    return orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _layer(written: Written) -> dict[str, Any]:
    layer = written.layer
    return {
        "title": asdict(layer.title),
        "description": asdict(layer.description),
        "revision": written.revision.number,
        "source": asdict(layer.source),
        "partitioned_by": "year of the first day of each row" if layer.time else None,
        "rows": sum(file.rows for file in written.files),
        "fields": [
            {
                "name": field.name,
                "type": field.type.value,
                "title": asdict(field.title),
                "unit": field.unit,
            }
            for field in (*layer.fields, *FEATURE_FIELDS)
        ],
        "files": [asdict(file) for file in written.files],
    }
