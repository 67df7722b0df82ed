"""Hand rows to the loader some at a time, written out as the store keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from geo.importing.normalise import Rejected, Row
from geo.importing.stored import RowWriter
from geo.spec import Layer

# Lines are handed to the driver some at a time: one by one, that alone took a tenth of a load.
ROWS_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Some rows as lines of COPY, those that were rejected between them, and what was noticed."""

    lines: str
    count: int
    rejected: Sequence[Rejected] = ()
    # Text fields with a value that a spreadsheet would run.
    formula_fields: frozenset[str] = frozenset()
    # Rows whose stated region is not the one that they lie in; None where nobody looked.
    disagreeing: int | None = None


def batched(layer: Layer, rows: Iterable[Row | Rejected]) -> Iterator[Batch]:
    """Write rows out, some at a time."""
    writer, coming = RowWriter(layer), iter(rows)
    while some := list(islice(coming, ROWS_AT_ONCE)):
        lines = [writer.line(row) for row in some if isinstance(row, Row)]
        yield Batch(
            lines="".join(lines),
            count=len(lines),
            rejected=[row for row in some if isinstance(row, Rejected)],
            formula_fields=frozenset(writer.formula_fields),
        )
