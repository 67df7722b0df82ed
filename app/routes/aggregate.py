"""Counts and sums of a layer, by one or two of its groups."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import (
    DatabaseDep,
    KeeperDep,
    LayerDep,
    LayerQueryDep,
    known_parameters_or_properties,
)
from geo.aggregate import Grouping, cell_name, parse_grouping, select_aggregate, sum_columns
from geo.columns.sums import aggregate as sums_of
from geo.errors import BadParameter
from geo.features import at_revision, revision_of
from geo.formulas import shielded
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
    by: Annotated[
        str | None, Query(description="region, cercle, year, month, grid, a class; one or two")
    ] = None,
    measure: Annotated[
        str | None, Query(description="count (always there), killed, any number of the layer")
    ] = None,
    resolution: Annotated[str | None, Query(description="of by=grid: H3, 0 to 9; else 4")] = None,
    f: Annotated[str | None, Query(description="json (default) or csv")] = None,
) -> Response:
    if f not in (None, "json", "csv"):
        raise BadParameter("f", str(f), "is not a format here", allowed=["json", "csv"])
    grouping = parse_grouping(layer, by, measure, resolution)
    async with database.reading() as reader:
        revision = await revision_of(reader, layer)
        parts = (layer.id, query.canonical(), repr(grouping), f or "json")
        tag = http.etag(revision.number, *parts, http.base_url(request))
        if http.is_fresh(request, tag):
            return http.not_modified(tag)
        asked = at_revision(query, revision)
        snapshot = keeper.snapshot(layer)
        found: Sequence[Mapping[str, Any]] | None = None
        if snapshot is not None and snapshot.revision == revision.number:
            found = sums_of(snapshot, layer, asked, grouping)
        if found is None:
            found = await reader.rows(select_aggregate(layer, asked, grouping))
        rows = [_row(grouping, row) for row in found]
    if f == "csv":
        return http.respond(_as_csv(layer, grouping, rows), "text/csv", tag=tag)
    sums = ["count", *(name for m in grouping.measures for name in sum_columns(layer, m))]
    document = {
        "collection": layer.id,
        "by": list(grouping.by),
        **({"resolution": grouping.resolution} if "grid" in grouping.by else {}),
        "rows": rows,
        "total": {name: _total([row[name] for row in rows]) for name in sums},
        "source": layer.source.title,
        "links": [{"href": http.with_parameters(request), "rel": "self"}],
    }
    return http.respond(orjson.dumps(document), "application/json", tag=tag)


def _row(grouping: Grouping, row: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(row)
    if "grid" in grouping.by and made["grid"] is not None:
        made["grid"] = cell_name(made["grid"])
    return made


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
