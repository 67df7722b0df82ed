"""Rows side by side as columns: what is done to all of them is done a column at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, groupby, islice
from operator import attrgetter, itemgetter
from typing import Any

from geo.importing.coded import Chosen, Coded, behind, coded, each
from geo.importing.readers._base import RawRow

# Enough for columns to pay, and some tens of megabytes with long notes.
ROWS_AT_ONCE = 8_000


@dataclass(frozen=True, kw_only=True, slots=True)
class RawBlock:
    """Some rows of one file as it has them; of those with a problem, no more than their id."""

    file: str
    unit: str
    lines: Sequence[int]
    columns: Mapping[str, Coded]
    # Geometries of shapely, where the file has any.
    shapes: Coded | None
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

    `columns` has every field of the layer, in its order. Places are of geo.importing.place, `valid`
    has spans of geo.importing.span.
    """

    ids: list[str]
    places: Coded
    columns: Mapping[str, Coded]
    valid: Coded
    sensitivities: Coded
    rejected: Sequence[Rejected] = ()

    def take(self, chosen: Chosen) -> Block:
        """Give some of the rows, and none of those that were rejected."""
        return Block(
            ids=[self.ids[n] for n in chosen.tolist()],
            places=self.places.take(chosen),
            columns={name: column.take(chosen) for name, column in self.columns.items()},
            valid=self.valid.take(chosen),
            sensitivities=self.sensitivities.take(chosen),
        )


def joined(blocks: Sequence[Block]) -> Block:
    """Put blocks of one layer behind each other."""
    return Block(
        ids=_chained(block.ids for block in blocks),
        places=behind([block.places for block in blocks]),
        columns={
            name: behind([block.columns[name] for block in blocks]) for name in blocks[0].columns
        },
        valid=behind([block.valid for block in blocks]),
        sensitivities=behind([block.sensitivities for block in blocks]),
        rejected=_chained(block.rejected for block in blocks),
    )


def _chained(parts: Iterable[Iterable[Any]]) -> list[Any]:
    return list(chain.from_iterable(parts))


def side_by_side(rows: Iterable[RawRow], *, absent: Any = None) -> Iterator[RawBlock]:
    """Put rows side by side, some of one file at a time, as they come.

    `absent` stands where a row lacks what others have.
    """
    for (file, unit), of_file in groupby(rows, key=attrgetter("file", "unit")):
        while part := list(islice(of_file, ROWS_AT_ONCE)):
            has_shapes = any(row.geometry is not None for row in part)
            yield RawBlock(
                file=file,
                unit=unit,
                lines=[row.line for row in part],
                columns=_columns([row.values for row in part], absent),
                shapes=each([row.geometry for row in part]) if has_shapes else None,
                problems={n: row.problem for n, row in enumerate(part) if row.problem is not None},
            )


def _columns(rows: Sequence[Mapping[str, Any]], absent: Any) -> dict[str, Coded]:
    names = list(dict.fromkeys(chain.from_iterable(rows)))
    if len(names) > 1:
        # Most often all rows have the same names.
        with suppress(KeyError):
            columns = zip(*map(itemgetter(*names), rows), strict=True)
            return {name: coded(column) for name, column in zip(names, columns, strict=True)}
    return {name: coded([row.get(name, absent) for row in rows]) for name in names}
