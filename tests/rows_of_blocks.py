"""Rows one by one, as tests look at them and make them up, and side by side as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from geo.importing.blocks import ROWS_AT_ONCE, Block, RawBlock, Rejected, side_by_side
from geo.importing.coded import Coded, coded, each, same
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
        Row(id=row_id, geometry=place, values=values, valid=valid, sensitivity=sensitivity)
        for block in blocks
        for row_id, place, values, valid, sensitivity in zip(
            block.ids,
            block.places.rows(),
            values_of(block.columns, len(block.ids)),
            block.valid.rows(),
            block.sensitivities.rows(),
            strict=True,
        )
    ]


def values_of(columns: Mapping[str, Coded], count: int) -> list[dict[str, Any]]:
    """Take the values of rows out of columns."""
    rows = zip(*(column.rows() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows] or [{}] * count


def raw_rows_of(blocks: Iterable[RawBlock]) -> list[RawRow]:
    """Take raw rows out of blocks; of those with a problem, their id and no more."""
    return [
        RawRow(
            file=block.file,
            unit=block.unit,
            line=line,
            values=_of_id(values) if number in block.problems else values,
            geometry=shape,
            problem=block.problems.get(number),
        )
        for block in blocks
        for number, (line, values, shape) in enumerate(
            zip(
                block.lines,
                values_of(block.columns, len(block.lines)),
                (block.shapes or same(None, len(block.lines))).rows(),
                strict=True,
            )
        )
    ]


def _of_id(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name == "id"}


def normalise(layer: Layer, raws: Iterable[RawRow]) -> tuple[list[Row], list[Rejected]]:
    """Sort raw rows into rows to store and rows to reject."""
    return normalise_blocks(layer, side_by_side(raws))


def normalise_blocks(layer: Layer, raws: Iterable[RawBlock]) -> tuple[list[Row], list[Rejected]]:
    """Sort raw rows that lie side by side."""
    blocks = list(checked(layer, raws))
    return rows_of(blocks), [row for block in blocks for row in block.rejected]


def block_of(rows: Iterable[Row], rejected: Sequence[Rejected] = ()) -> Block:
    """Put rows side by side; each has every field of its layer."""
    given = list(rows)
    names = given[0].values if given else ()
    return Block(
        ids=[row.id for row in given],
        places=each([row.geometry for row in given]),
        columns={name: coded([row.values[name] for row in given]) for name in names},
        valid=each([row.valid for row in given]),
        sensitivities=coded([row.sensitivity for row in given]),
        rejected=rejected,
    )


def blocks_of(rows: Iterable[Row]) -> Iterator[Block]:
    """Put rows side by side, some at a time."""
    coming = iter(rows)
    while some := list(islice(coming, ROWS_AT_ONCE)):
        yield block_of(some)
