"""UCDP GED, the yearly release; `_ged.py` says what is made of it."""

from __future__ import annotations

from geo.importing.sources._base import DataSource
from geo.importing.sources._ged import reading
from geo.spec import Source, Text

_SOURCE = Source(
    title="UCDP Georeferenced Event Dataset",
    licence="CC BY 4.0 (UCDP)",
    url="https://ucdp.uu.se/",
    attribution="Uppsala Conflict Data Program",
)
_READ, _ROWS_OF = reading("ucdp", _SOURCE)

SOURCE = DataSource(
    id="ucdp",
    title=Text(en="UCDP GED", fr="UCDP GED"),
    layer="events",
    dataset="ucdp",
    source=_SOURCE,
    sensitivity="public",
    read=_READ,
    rows_of=_ROWS_OF,
)
