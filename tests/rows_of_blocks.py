"""Rows one by one, as tests look at them and make them up, and side by side as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from geo.importing.blocks import ROWS_AT_ONCE, Block, Rejected
from geo.importing.normalise import checked
from geo.importing.place import Place
from geo.importing.readers import RawRow
from geo.importing.span import Span
from geo.spec import Layer


@dataclass(frozen=True, kw_only=True)
class Row:
    id: str
    geometry: Place | None
    values: Mapping[str, Any]
    valid: Span | None
    sensitivity: str


def rows_of(blocks: Iterable[Block]) -> list[Row]:
    """Take the rows out of blocks."""
    return [
        Row(
            id=block.ids[n],
            geometry=block.places[n],
            values={name: column[n] for name, column in block.columns.items()},
            valid=block.valid[n],
            sensitivity=block.sensitivities[n],
        )
        for block in blocks
        for n in range(len(block.ids))
    ]


def normalise(layer: Layer, raws: Iterable[RawRow]) -> tuple[list[Row], list[Rejected]]:
    """Sort raw rows into rows to store and rows to reject."""
    blocks = list(checked(layer, raws))
    return rows_of(blocks), [row for block in blocks for row in block.rejected]


def block_of(rows: Iterable[Row], rejected: Sequence[Rejected] = ()) -> Block:
    """Put rows side by side; each has every field of its layer."""
    given = list(rows)
    names = given[0].values if given else ()
    return Block(
        ids=[row.id for row in given],
        places=[row.geometry for row in given],
        columns={name: [row.values[name] for row in given] for name in names},
        valid=[row.valid for row in given],
        sensitivities=[row.sensitivity for row in given],
        rejected=rejected,
    )


def blocks_of(rows: Iterable[Row]) -> Iterator[Block]:
    """Put rows side by side, some at a time."""
    coming = iter(rows)
    while some := list(islice(coming, ROWS_AT_ONCE)):
        yield block_of(some)
