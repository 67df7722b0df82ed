"""What an import noticed of its rows: named on the screen as far as anyone reads, whole as CSV."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from geo.errors import ImportRefused
from geo.formulas import shielded
from geo.importing.blocks import Rejected
from geo.importing.locate import Found

# So many of a kind are named on the screen; the CSV has all.
MOST_NAMED = 20
REJECTED = ("where", "id", "reason")
DISAGREEING = ("id", "level", "stated", "found")
Write = Callable[[Sequence[str]], object]
# What readers say of a row that its header does not fit.
_NO_HEADER = "has … cells where the header has …"
# What differs between reasons of one kind: texts in quotes, as Python writes them, and numbers.
_VALUE = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[-+]?\d+(?:[.,]\d+)*""")


def check_lists(lists: dict[str, Path | None], *read: Path | None) -> None:
    """Refuse lists that cannot be written, or would be over a file that is read or another list."""
    taken = {path.resolve(): "a file to read" for path in read if path is not None}
    for option, path in lists.items():
        if path is None:
            continue
        if path.resolve() in taken:
            raise ImportRefused(
                f"{option} {path} is {taken[path.resolve()]}, which would be lost; name another, "
                f"as in {option} {option.strip('-')}.csv"
            )
        if path.is_dir() or not path.parent.is_dir():
            raise ImportRefused(
                f"{option} {path} is no file that can be written; name one in a folder that there "
                "is"
            )
        taken[path.resolve()] = f"the list of {option}"


@contextmanager
def csv_list(path: Path | None, columns: Sequence[str]) -> Iterator[Write]:
    """Open a list that takes one row a call; without a path nothing is kept."""
    if path is None:
        yield lambda cells: None
        return
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(columns)
        yield lambda cells: writer.writerow([shielded(cell) for cell in cells])


def kind_of(reason: str) -> str:
    """Give what reasons that differ in their values alone have in common."""
    return _VALUE.sub("…", reason)


class Rejections:
    """Name the first rows that are rejected, and count all by the kind of their reasons."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.count = 0
        self._kinds: Counter[str] = Counter()
        self._first: dict[str, Rejected] = {}

    def note(self, row: Rejected) -> None:
        """Take note of a row."""
        self.count += 1
        self._write((row.where, row.id or "", row.reason))
        kind = kind_of(row.reason)
        self._kinds[kind] += 1
        self._first.setdefault(kind, row)
        if self.count <= MOST_NAMED:
            typer.echo(f"rejected {row}", err=True)
        elif self.count == MOST_NAMED + 1:
            typer.echo("more are rejected; --rejected FILE.csv lists all", err=True)

    @property
    def is_header_wrong(self) -> bool:
        """Say whether all rows are rejected because the first one is no header of theirs."""
        return set(self._kinds) == {_NO_HEADER}

    def tell_kinds(self) -> None:
        """Say how many there are for each kind of reason, if not all were named."""
        if self.count <= MOST_NAMED:
            return
        typer.echo("rejected, by reason:", err=True)
        for kind, count in self._kinds.most_common(MOST_NAMED):
            typer.echo(f"  {count:,} like {self._first[kind]}", err=True)
        if len(self._kinds) > MOST_NAMED:
            typer.echo(f"  and for {len(self._kinds) - MOST_NAMED} other reasons", err=True)


def list_disagreements(found: Found, write: Write) -> None:
    """Write down which rows state another area than they lie in."""
    for each in found.disagreements:
        write((each.id, each.level, each.stated, each.found or ""))


def tell_found(found: Found) -> None:
    """Say what was noticed while rows were located."""
    for disagreement in found.disagreements[:MOST_NAMED]:
        typer.echo(f"disagrees {disagreement}", err=True)
    listed = len({each.id for each in found.disagreements})
    if len(found.disagreements) > MOST_NAMED:
        typer.echo(
            f"{found.disagreeing:,} rows disagree; --disagreeing FILE.csv lists "
            f"{'them' if listed >= found.disagreeing else f'the first {listed:,}'}, and "
            "region_stated is stored beside region",
            err=True,
        )
    for (level, stated), count in found.unknown_names.most_common(MOST_NAMED):
        typer.echo(f"not known as a {level}: {stated} ({count} rows)", err=True)
    if found.centroids:
        typer.echo(f"{found.centroids} rows lie at the middle of an area", err=True)
