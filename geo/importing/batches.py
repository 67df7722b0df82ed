"""Hand rows to the loader some at a time, written out as the store keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from geo.importing.blocks import Block, Rejected
from geo.importing.stored import BlockWriter
from geo.spec import Layer


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Some rows as lines of COPY, those that were rejected between them, and what was noticed."""

    lines: bytes | memoryview
    count: int
    rejected: Sequence[Rejected] = ()
    # Text fields with a value that a spreadsheet would run.
    formula_fields: frozenset[str] = frozenset()
    # Rows whose stated region is not the one that they lie in; None where nobody looked.
    disagreeing: int | None = None


def batched(layer: Layer, blocks: Iterable[Block]) -> Iterator[Batch]:
    """Write rows out, some at a time."""
    writer = BlockWriter(layer)
    for block in blocks:
        lines = writer.lines(block)
        yield Batch(
            lines=lines,
            count=len(block.ids),
            rejected=block.rejected,
            formula_fields=frozenset(writer.formula_fields),
        )
