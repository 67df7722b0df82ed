"""Counts and sums of a layer, by one or two of its groups."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.counting import Counter
from app.deps import (
    DatabaseDep,
    KeeperDep,
    LanguageDep,
    LayerDep,
    LayerQueryDep,
    known_parameters_or_properties,
)
from geo.aggregate import Grouping, cell_name, parse_grouping, sum_columns
from geo.audience import for_sums
from geo.coarse import check_cells, check_coarse
from geo.credits import credit
from geo.errors import BadParameter
from geo.features import revision_of
from geo.formulas import shielded
from geo.matching.overlap import parse_overlap
from geo.matching.pairs import links_revision
from geo.spec import Layer

router = APIRouter(
    prefix="/collections/{layer}/aggregate",
    tags=["aggregate"],
    dependencies=[Depends(known_parameters_or_properties)],
)


@router.get("", summary="Counts and sums by one or two groups")
async def aggregate(
    request: Request,
    layer: LayerDep,
    query: LayerQueryDep,
    database: DatabaseDep,
    keeper: KeeperDep,
    language: LanguageDep,
    by: Annotated[
        str | None, Query(description="region, cercle, year, month, grid, a class; one or two")
    ] = None,
    measure: Annotated[
        str | None, Query(description="count (always there), killed, any number of the layer")
    ] = None,
    resolution: Annotated[str | None, Query(description="of by=grid: H3, 0 to 9; else 4")] = None,
    source: Annotated[
        str | None, Query(description="data sets with commas, the one to prefer first")
    ] = None,
    deduplicate: Annotated[
        str | None, Query(description="true: count once what accepted links join; else false")
    ] = None,
    f: Annotated[str | None, Query(description="json (default) or csv")] = None,
) -> Response:
    if f not in (None, "json", "csv"):
        raise BadParameter("f", str(f), "is not a format here", allowed=["json", "csv"])
    grouping = parse_grouping(layer, by, measure, resolution)
    overlap = parse_overlap(layer, source, deduplicate)
    async with database.reading() as reader:
        revision = await revision_of(reader, layer)
        links = (await links_revision(reader)).number if overlap.once else 0
        asked = repr((grouping, overlap, links))
        parts = (layer.id, query.canonical(), asked, f or "json", language)
        tag = http.etag(revision.number, *parts, http.base_url(request))
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        read = for_sums(layer, revision.withheld, overlap.sources)
        check_cells(read, grouping)
        check_coarse(read, query)
        counter = Counter(reader=reader, keeper=keeper, layer=read, revision=revision)
        counted = await counter.count(query, grouping, overlap)
    rows = [_row(grouping, row) for row in counted.rows]
    told = counted.told(language)
    if f == "csv":
        table = _as_csv(layer, grouping, rows)
        return http.respond(table, "text/csv", tag=tag, headers=_told_in_headers(told))
    sums = ["count", *(name for m in grouping.measures for name in sum_columns(layer, m))]
    document = {
        "collection": layer.id,
        "by": list(grouping.by),
        **({"resolution": grouping.resolution} if "grid" in grouping.by else {}),
        "rows": rows,
        "total": {name: _total([row[name] for row in rows]) for name in sums},
        **told,
        "source": credit(layer, counted.datasets, language),
        "links": [{"href": http.with_parameters(request), "rel": "self"}],
    }
    return http.respond(orjson.dumps(document), "application/json", tag=tag)


def _row(grouping: Grouping, row: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(row)
    if "grid" in grouping.by and made["grid"] is not None:
        made["grid"] = cell_name(made["grid"])
    return made


def _told_in_headers(told: Mapping[str, Any]) -> dict[str, str]:
    """Say beside a table, which has no room for it, which collections it is of."""
    headers = {"Atlas-Datasets": ", ".join(map(quote, told.get("datasets", ())))}
    if "deduplicated" in told:
        headers["Atlas-Left-Out"] = str(told["deduplicated"]["left_out"])
    return {name: value for name, value in headers.items() if value}


def _total(values: Sequence[Any]) -> Any:
    """Add up what is known; of nothing known nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _as_csv(layer: Layer, grouping: Grouping, rows: list[dict[str, Any]]) -> str:
    sums = [name for measure in grouping.measures for name in sum_columns(layer, measure)]
    names = [*grouping.by, "count", *sums]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        cells = (row[name] for name in names)
        writer.writerow([shielded(c) if isinstance(c, str) else c for c in cells])
    return written.getvalue()
