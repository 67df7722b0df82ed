"""Rows as data sets have them, made up."""

from __future__ import annotations

from geo.importing.sources._ged import COLUMNS

# One-sided violence in a region, known to three days.
UCDP = {
    **dict.fromkeys(COLUMNS, ""),
    "id": "900001",
    "type_of_violence": "3",
    "conflict_name": "IS - Civilians",
    "dyad_name": "IS - Civilians",
    "side_a": "IS",
    "side_b": "Civilians",
    "number_of_sources": "1",
    "where_prec": "4",
    "where_coordinates": "Gao region",
    "adm_1": "Gao region",
    "latitude": "16.27",
    "longitude": "-0.04",
    "country": "Mali",
    "event_clarity": "1",
    "date_prec": "2",
    "date_start": "2021-03-17",
    "date_end": "2021-03-19",
    "deaths_a": "0",
    "deaths_b": "0",
    "deaths_civilians": "5",
    "deaths_unknown": "0",
    "best": "5",
    "high": "9",
    "low": "4",
}
