"""The only door through which layer rows are written.

One load is one act: staged rows are compared with the current ones by fingerprint, what changed
gets a new version, what is gone is closed, and nothing is ever overwritten or deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from geo.database import Connection
from geo.errors import ImportRefused
from geo.importing.acts import Act, LoadReport
from geo.importing.batches import Batch, batched
from geo.importing.blocks import Block, Rejected, side_by_side
from geo.importing.normalise import checked
from geo.importing.readers import RawRow
from geo.importing.repeats import note_repeat
from geo.importing.staging import stage_batches
from geo.importing.writing import write
from geo.spec import Layer


def load_rows(
    connection: Connection,
    layer: Layer,
    rows: Iterable[Mapping[str, Any]],
    *,
    origin: str,
    replace: bool = True,
) -> LoadReport:
    """Check and load rows made by a program; `geometry` is a shapely geometry. All or nothing."""
    (report,) = load_together(connection, {layer: rows}, origin=origin, replace=replace)
    return report


def load_together(
    connection: Connection,
    rows: Mapping[Layer, Iterable[Mapping[str, Any]]],
    *,
    origin: str,
    replace: bool = True,
) -> list[LoadReport]:
    """Check and load rows of several layers that belong together: all become true at one moment."""
    act = Act(origin=origin, replace=replace)
    staged = [
        stage_batches(connection, layer, batched(layer, _clean(layer, given, origin)), act)
        # In one order everywhere, so that two such loads never wait for each other.
        for layer, given in sorted(rows.items(), key=lambda item: item[0].id)
    ]
    reports = {report.layer: report for report in write(connection, staged)}
    return [reports[layer.id] for layer in rows]


def load(
    connection: Connection,
    layer: Layer,
    blocks: Iterable[Block],
    *,
    origin: str,
    sha256: Callable[[], str] | None = None,
    replace: bool = True,
    allow_removals: bool = False,
) -> LoadReport:
    """Load checked rows inside the caller's transaction.

    With `replace`, current rows that are not among these are closed; those whose new version was
    rejected stay as they are. A rejected row without a readable id may be any of them: then nothing
    is closed unless `allow_removals` says so.
    """
    act = Act(origin=origin, sha256=sha256, replace=replace, guarded=not allow_removals)
    return load_batches(connection, layer, batched(layer, blocks), act)


def load_batches(
    connection: Connection, layer: Layer, batches: Iterable[Batch], act: Act
) -> LoadReport:
    """Load rows that are written out already inside the caller's transaction."""
    staged = stage_batches(connection, layer, batches, act)
    (report,) = write(connection, [staged])
    if report.number is None and act.kind == "import":
        note_repeat(connection, staged)
    return report


def _clean(layer: Layer, rows: Iterable[Mapping[str, Any]], origin: str) -> Iterator[Block]:
    """Check rows made by a program; list all that are wrong, at the end."""
    raw = (
        RawRow(
            file=origin,
            line=number,
            values={name: value for name, value in row.items() if name != "geometry"},
            geometry=row.get("geometry"),
            unit="row",
        )
        for number, row in enumerate(rows, start=1)
    )
    rejected: list[Rejected] = []
    for block in checked(layer, side_by_side(raw)):
        rejected += block.rejected
        yield block
    if rejected:
        message = f"{len(rejected)} rows of {origin} cannot be loaded; nothing was changed"
        raise ImportRefused(message, [str(row) for row in rejected])
