"""Rows side by side as columns: what is done to all of them is done a column at a time.

Row by row, most of the time of an import went into looking at one cell after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import Any

from geo.importing.place import Place
from geo.importing.readers._base import RawRow
from geo.importing.span import Span

# Enough for columns to pay, and a few megabytes with the longest notes.
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class RawBlock:
    """Some rows of one file as it has them; of those with a problem, no more than their id."""

    file: str
    unit: str
    lines: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    # Geometries of shapely, where the file has any.
    shapes: Sequence[Any] | None
    # By their place in the block, why rows cannot be read.
    problems: Mapping[int, str]

    def where(self, place: int) -> str:
        """Name a row by its file and line."""
        return f"{self.file} {self.unit} {self.lines[place]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A row that cannot be stored, and why; `id` is None where it cannot be read."""

    where: str
    id: str | None
    reason: str

    def __str__(self) -> str:
        named = f" ({self.id})" if self.id else ""
        return f"{self.where}{named}: {self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Some rows ready to be stored, and those between them that were rejected.

    `columns` has every field of the layer, in its order.
    """

    ids: list[str]
    places: list[Place | None]
    columns: Mapping[str, list[Any]]
    valid: list[Span | None]
    sensitivities: list[str]
    rejected: Sequence[Rejected] = ()

    def take(self, chosen: Sequence[int]) -> Block:
        """Give some of the rows, and none of those that were rejected."""
        return Block(
            ids=[self.ids[n] for n in chosen],
            places=[self.places[n] for n in chosen],
            columns={name: [column[n] for n in chosen] for name, column in self.columns.items()},
            valid=[self.valid[n] for n in chosen],
            sensitivities=[self.sensitivities[n] for n in chosen],
        )


def together(blocks: Sequence[Block]) -> Block:
    """Put blocks of one layer behind each other."""
    return Block(
        ids=_chained(block.ids for block in blocks),
        places=_chained(block.places for block in blocks),
        columns={
            name: _chained(block.columns[name] for block in blocks) for name in blocks[0].columns
        },
        valid=_chained(block.valid for block in blocks),
        sensitivities=_chained(block.sensitivities for block in blocks),
        rejected=_chained(block.rejected for block in blocks),
    )


def _chained(parts: Iterable[Iterable[Any]]) -> list[Any]:
    return list(chain.from_iterable(parts))


def side_by_side(rows: Iterable[RawRow]) -> Iterator[RawBlock]:
    """Put rows side by side, some of one file at a time, as they come."""
    for (file, unit), of_file in groupby(rows, key=attrgetter("file", "unit")):
        while some := list(islice(of_file, ROWS_AT_ONCE)):
            names = dict.fromkeys(chain.from_iterable(row.values for row in some))
            has_shapes = any(row.geometry is not None for row in some)
            yield RawBlock(
                file=file,
                unit=unit,
                lines=[row.line for row in some],
                columns={name: [row.values.get(name) for row in some] for name in names},
                shapes=[row.geometry for row in some] if has_shapes else None,
                problems={n: row.problem for n, row in enumerate(some) if row.problem is not None},
            )
