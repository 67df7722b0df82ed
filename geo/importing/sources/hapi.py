"""HDX HAPI conflict events: how many there were by month, area and kind. Aggregates, no events.

HDX counts the events of ACLED. Kinds overlap: what targets civilians is political violence too.
A file carries one row of HXL tags under its header, which is no row. Rows of which HDX says that
they are faulty are rejected with its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from geo.importing.blocks import RawBlock, side_by_side
from geo.importing.crosswalk import Rules
from geo.importing.readers import RawRow, read_file, some
from geo.importing.sources._base import (
    Columns,
    DataSource,
    Problem,
    as_day,
    code,
    numbered,
    placed,
    recognise,
    rejected,
    text_of,
)
from geo.spec import Source, Text

_COLUMNS = Columns(
    title="HDX HAPI conflict events",
    needed=frozenset(
        (
            *("location_code", "admin1_code", "admin1_name", "admin2_code", "admin2_name"),
            *("event_type", "events", "fatalities"),
            *("reference_period_start", "reference_period_end"),
        )
    ),
    optional=frozenset(
        (
            *("location_ref", "location_name", "has_hrp", "in_gho", "admin1_ref", "admin2_ref"),
            *("provider_admin1_name", "provider_admin2_name", "admin_level"),
            *("resource_hdx_id", "dataset_hdx_id", "warning", "error"),
        )
    ),
)
_SOURCE = Source(
    title="HDX HAPI conflict events, from ACLED",
    licence=Text(
        en="as HDX states for the file; attribute ACLED and HDX",
        fr="selon ce qu’indique HDX pour le fichier ; citer ACLED et HDX",
    ),
    url="https://data.humdata.org/",
    attribution="ACLED, HDX",
)


def read(path: Path, rules: Rules | None = None) -> Iterator[RawBlock]:
    """Read a file of counts; rules of classes have no part in it."""
    return side_by_side(some(path.name, _rows(read_file(path))))


def rows_of(
    records: Iterable[Mapping[str, Any]], where: str, rules: Rules | None = None
) -> Iterator[RawBlock]:
    """Make rows of records as the API gives them; rules of classes have no part in it."""
    return side_by_side(_rows(numbered(records, where)))


def _rows(raws: Iterable[RawRow]) -> Iterator[RawRow]:
    looked = False
    for raw in raws:
        if raw.problem is not None:
            yield rejected(raw, None, raw.problem)
            continue
        if not looked:
            recognise(raw.file, raw.values, (_COLUMNS,))
            looked = True
            # The row of HXL tags.
            if text_of(raw.values["location_code"]).startswith("#"):
                continue
        yield _row(raw)


def _row(raw: RawRow) -> RawRow:
    given = {name: text_of(value) for name, value in raw.values.items()}
    region = given["admin1_name"] or given.get("provider_admin1_name", "")
    cercle = given["admin2_name"] or given.get("provider_admin2_name", "")
    row_id = None
    try:
        if given.get("error"):
            raise Problem(f"is faulty, as HDX says: {given['error']}")
        start, end = (as_day(given[f"reference_period_{which}"]) for which in ("start", "end"))
        if start is None or end is None:
            raise Problem("has a reference period that is not like 2021-03-01")
        area = [given["location_code"], given["admin1_code"] or region]
        area += [given["admin2_code"] or cercle, f"{start:%Y-%m}", given["event_type"]]
        row_id = "hapi-" + "-".join(filter(None, area)).replace("/", " ")
        if (start.year, start.month) != (end.year, end.month):
            raise Problem(f"counts from {start} to {end}, which is no month")
        values = {
            "id": row_id,
            "sensitivity": SOURCE.sensitivity,
            "source_title": _SOURCE.title_in("en"),
            "source_url": _SOURCE.url,
            "source_licence": _SOURCE.licence_in("en"),
            "date_precision": "month",
            "period_start": start,
            "period_end": end,
            "kind": given["event_type"],
            "events": given["events"],
            "fatalities": given["fatalities"],
            "country": given["location_code"],
            "admin_level": _level(given, region, cercle),
            "region_stated": region,
            "cercle_stated": cercle,
            "pcode": given["admin2_code"] or given["admin1_code"],
            "warning": given.get("warning"),
        }
    except Problem as problem:
        return rejected(raw, row_id, str(problem))
    return placed(raw, values)


def _level(given: Mapping[str, str], region: str, cercle: str) -> int:
    """Say of what the count is: what the file says, else how far the names go down."""
    stated = given.get("admin_level", "")
    if stated == "0":
        return 0
    return code("admin_level", stated, 2) if stated else bool(region) + bool(cercle)


SOURCE = DataSource(
    id="hapi",
    title=Text(en="HDX HAPI monthly counts", fr="Décomptes mensuels de HDX HAPI"),
    layer="monthly_counts",
    dataset=None,
    source=_SOURCE,
    sensitivity="public",
    read=read,
    rows_of=rows_of,
)
