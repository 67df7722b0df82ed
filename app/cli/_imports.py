"""Bring in a data set at the command line: a bar while it goes on, a summary at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app import cluster, start
from app.cli._fetched import Asked, fetch, fetch_removed
from app.cli._noticed import (
    DISAGREEING,
    REJECTED,
    Rejections,
    Write,
    check_lists,
    csv_list,
    list_disagreements,
    tell_found,
)
from app.fetch.spool import Fetched
from app.ground import ground
from app.settings import Settings
from geo import database
from geo.audience import has_datasets
from geo.errors import ImportRefused, UnknownThing
from geo.importing.acts import Act, LoadReport
from geo.importing.batches import Batch
from geo.importing.crosswalk import read_rules
from geo.importing.intake import Intake, Taken, take_blocks, take_in
from geo.importing.load import load_batches
from geo.importing.readers import digest_of
from geo.importing.scope import Scope

# Where nobody watches a bar, a line comes after so many rows.
ROWS_A_LINE = 100_000
_TEXTS = frozenset((".csv", ".txt", ".tsv", ".geojson", ".json"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """How an import is done."""

    dry_run: bool = False
    strict: bool = False
    keep_missing: bool = False
    allow_removals: bool = False
    rejected: Path | None = None
    disagreeing: Path | None = None


def waiting() -> None:
    """Say that another one has to end first."""
    typer.echo("another import of this layer is going on; waiting for its end", err=True)


def last_import(connection: Any) -> int:
    """Choose the last import that stands."""
    found = connection.execute(
        "SELECT max(i.id) FROM atlas.imports i WHERE i.kind = 'import' AND NOT EXISTS ("
        "SELECT FROM atlas.imports u WHERE u.undoes = i.id AND NOT EXISTS ("
        "SELECT FROM atlas.imports v WHERE v.undoes = u.id))"
    ).fetchone()
    if found[0] is None:
        raise ImportRefused(
            "there is no import to undo; ./atlas import list names what was loaded, "
            "and ./atlas import undo NUMBER takes that back too"
        )
    return int(found[0])


def bring_in(
    choices: Choices,
    *,
    source: str,
    files: tuple[Path, ...],
    rules: Path | None = None,
    mapping: Path | None = None,
    dataset: str | None = None,
    layer: str | None = None,
    asked: Asked | None = None,
) -> None:
    """Bring in files of a data set, or what its API is asked for, and say what that did."""
    layers = start.declared_layers()
    lists = {"--rejected": choices.rejected, "--disagreeing": choices.disagreeing}
    check_lists(lists, *files, rules, mapping)
    _check_given(files, asked)
    _check_explaining(rules, mapping)
    name = layer if layer is not None else _layer_of(source)
    if name not in layers:
        raise UnknownThing("layer", name, layers)
    settings = Settings.from_environment()
    fetched, removed = None, frozenset[str]()
    if asked is not None:
        fetched, removed = fetch(source, asked, settings), fetch_removed(source, asked, settings)
    with cluster.database_url(settings) as url, ExitStack() as held:
        start.prepare(url, settings)
        intake = Intake(
            layer=layers[name],
            source=source,
            files=files,
            rules=rules,
            mapping=mapping,
            dataset=dataset,
            ground=ground(url),
        )
        of = intake.data_source().dataset if has_datasets(layers[name]) else None
        taken, total = _taken(intake, None if fetched is None else held.enter_context(fetched))
        rejections = Rejections(held.enter_context(csv_list(choices.rejected, REJECTED)))
        disagreeing = held.enter_context(csv_list(choices.disagreeing, DISAGREEING))
        watched = held.enter_context(
            _Watched(taken, rejections, disagreeing, total, strict=choices.strict)
        )
        act = Act(
            origin=", ".join(path.name for path in files) if fetched is None else fetched.origin,
            sha256=digest_of(files) if fetched is None else partial(str, fetched.sha256),
            kind="import",
            scope=Scope(dataset=of, removed_ids=removed),
            replace=not choices.keep_missing,
            guarded=not choices.allow_removals,
            waits=waiting,
        )
        with database.connect(url) as connection:
            report = load_batches(connection, layers[name], watched, act)
            if choices.dry_run:
                connection.rollback()
        watched.finish()
        _tell(report, dry_run=choices.dry_run)
        tell_found(taken.found)


def _check_given(files: Sequence[Path], asked: Asked | None) -> None:
    if bool(files) == (asked is not None):
        raise ImportRefused("give files, or --api with --from and --to; not both and not neither")
    for path in files:
        if not path.is_file():
            raise ImportRefused(f"{path} is not a file")


def _check_explaining(rules: Path | None, mapping: Path | None) -> None:
    if mapping is not None and not mapping.is_file():
        raise ImportRefused(
            f"--map {mapping} is not a file; give a mapping in TOML, or leave --map out to have "
            "one written that you fill in: ./atlas import file FILE > mapping.toml"
        )
    if rules is not None and not rules.is_file():
        raise ImportRefused(
            f"--rules {rules} is not a file; give classes of your own in TOML, or leave --rules out"
        )


def _taken(intake: Intake, fetched: Fetched | None) -> tuple[Taken, int | None]:
    """Take in what was fetched, else the files; give how much that is, where it is known."""
    if fetched is None:
        return take_in(intake), _lines_of(intake.files)
    rows_of, rules = intake.data_source().rows_of, read_rules(intake.rules)
    blocks = partial(rows_of, fetched, fetched.origin, rules)
    return take_blocks(intake, blocks), len(fetched)


def _layer_of(source: str) -> str:
    from geo.importing.sources import sources

    return sources()[source].layer


def _lines_of(files: Iterable[Path]) -> int | None:
    """Count the lines of files of text, to know how far an import is."""
    total = 0
    for path in files:
        if path.suffix.lower() not in _TEXTS:
            return None
        with path.open("rb") as opened:
            total += sum(part.count(b"\n") for part in iter(lambda: opened.read(1 << 20), b""))
    return total


class _Watched:
    """Let batches pass, show how far they are, and have noted what they show."""

    def __init__(
        self,
        taken: Taken,
        rejections: Rejections,
        disagreeing: Write,
        total: int | None,
        *,
        strict: bool,
    ) -> None:
        self._taken, self._rejections, self._total = taken, rejections, total
        self._disagreeing, self._strict = disagreeing, strict
        self._stack = ExitStack()
        self._passed = 0
        self._progress: Progress | None = None

    def __enter__(self) -> _Watched:
        if sys.stderr.isatty():
            columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            console = Console(stderr=True)
            progress = Progress(TextColumn("{task.description}"), *columns, console=console)
            self._progress = self._stack.enter_context(progress)
            self._task = progress.add_task("reading", total=self._total)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def __iter__(self) -> Iterator[Batch]:
        for batch in self._taken:
            self._note(batch)
            yield batch
        self._rejections.tell_kinds()
        list_disagreements(self._taken.found, self._disagreeing)
        if self._rejections.count and self._strict:
            raise ImportRefused(f"{self._rejections.count} rows are rejected; nothing was changed")
        if not self._passed:
            hint = ""
            if self._rejections.is_header_wrong:
                hint = ": the first row has to be the header; take out titles and notes above it"
            raise ImportRefused(f"every row is rejected{hint}; nothing was changed")
        self._say("comparing and writing")

    def finish(self) -> None:
        """Say that all is written."""
        if self._progress is not None:
            self._progress.update(self._task, description="done")

    def _note(self, batch: Batch) -> None:
        before = self._passed + self._rejections.count
        self._passed += batch.count
        for row in batch.rejected:
            self._rejections.note(row)
        now = self._passed + self._rejections.count
        if self._progress is not None:
            self._progress.update(self._task, completed=now)
        elif now // ROWS_A_LINE > before // ROWS_A_LINE:
            typer.echo(f"{now:,} rows read", err=True)

    def _say(self, what: str) -> None:
        if self._progress is not None:
            self._progress.update(self._task, description=what, total=self._passed)
        elif self._passed >= ROWS_A_LINE:
            typer.echo(what, err=True)


def _tell(report: LoadReport, *, dry_run: bool) -> None:
    """Say on stdout what an import did, one fact a line; what to look at goes to stderr."""
    name = report.layer if report.dataset is None else f"{report.layer}/{report.dataset}"
    ended = " (dry run, nothing was changed)" if dry_run else ""
    if report.number is not None and not dry_run:
        ended = f" (import {report.number})"
    lines = [
        f"{name}{ended}",
        f"new: {report.added}",
        f"changed: {report.changed}",
        f"unchanged: {report.unchanged}",
        f"deleted by source: {report.removed}",
        f"rejected: {report.rejected}",
    ]
    if report.disagreeing is not None:
        lines.append(f"regions disagreeing: {report.disagreeing}")
    if report.days is not None:
        lines.append(f"days: {report.days[0]} to {report.days[1]}")
    if report.outside is not None:
        lines.append(f"stored outside the file's days: {report.outside} left alone")
    typer.echo("\n".join(lines))
    if report.older:
        _warn_of_older(report, dry_run=dry_run)


def _warn_of_older(report: LoadReport, *, dry_run: bool) -> None:
    """Say that an earlier export may have gone over a later one, and what to do."""
    remedy = "leave it out, or import the later export after it"
    if not dry_run:
        remedy = f"import the later export again, or ./atlas import undo {report.number}"
    typer.echo(
        f"{report.older} of the changed rows are older than what was stored: they changed earlier "
        f"at their source; the files may be an earlier export; {remedy}",
        err=True,
    )
