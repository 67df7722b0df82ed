"""UCDP Candidate, the monthly release, not yet checked as the yearly one is."""

from __future__ import annotations

from geo.importing.sources._base import DataSource
from geo.importing.sources._ged import reading
from geo.spec import Source, Text

_SOURCE = Source(
    title="UCDP Candidate Events Dataset",
    licence="CC BY 4.0 (UCDP)",
    url="https://ucdp.uu.se/",
    attribution="Uppsala Conflict Data Program",
)
_READ, _ROWS_OF = reading("ucdp_candidate", _SOURCE)

SOURCE = DataSource(
    id="ucdp_candidate",
    title=Text(en="UCDP Candidate", fr="UCDP Candidate"),
    layer="events",
    dataset="ucdp_candidate",
    source=_SOURCE,
    sensitivity="public",
    read=_READ,
    rows_of=_ROWS_OF,
)
