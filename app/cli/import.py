"""`atlas import`: bring in data sets, see what was brought in, take one back."""
# ruff: noqa: N999 - a word of the language, and the word that a person types

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli._base import Verb
from app.settings import ROOT

# By the names of their files: to import them takes longer than `atlas --help` should.
SOURCES = sorted(
    path.stem
    for path in (ROOT / "geo" / "importing" / "sources").glob("*.py")
    if not path.stem.startswith("_")
)

MaybeFiles = Annotated[
    list[Path] | None, typer.Argument(help="files as the source publishes them; else --api")
]
Files = Annotated[list[Path], typer.Argument(help="files as the source publishes them")]
DAY = "%Y-%m-%d"
Rules = Annotated[Path | None, typer.Option(help="classes of your own, which go before ours")]
DryRun = Annotated[bool, typer.Option(help="say what would happen, change nothing")]
Strict = Annotated[bool, typer.Option(help="change nothing if any row is rejected")]
KeepMissing = Annotated[
    bool, typer.Option("--keep-missing", help="leave rows that the files do not have")
]
AllowRemovals = Annotated[
    bool,
    typer.Option("--allow-removals", help="close more than a tenth of what the files cover"),
]
RejectedTo = Annotated[Path | None, typer.Option(help="write the rejected rows to this CSV")]
DisagreeingTo = Annotated[
    Path | None, typer.Option(help="write the rows that state another region to this CSV")
]


def _of(source: str) -> Callable[..., None]:
    """Make the verb of a source."""

    def bring(
        files: MaybeFiles = None,
        rules: Rules = None,
        api: Annotated[bool, typer.Option("--api", help="ask the source instead")] = False,
        first: Annotated[
            datetime | None,
            typer.Option("--from", formats=[DAY], help="first day"),
        ] = None,
        last: Annotated[
            datetime | None,
            typer.Option("--to", formats=[DAY], help="last day"),
        ] = None,
        country: Annotated[list[str] | None, typer.Option(help="a country, as in English")] = None,
        release: Annotated[str | None, typer.Option(help="which release of UCDP: 25.1")] = None,
        deleted_since: Annotated[
            datetime | None,
            typer.Option("--deleted-since", formats=[DAY], help="and what ACLED deleted"),
        ] = None,
        dry_run: DryRun = False,
        strict: Strict = False,
        keep_missing: KeepMissing = False,
        allow_removals: AllowRemovals = False,
        rejected: RejectedTo = None,
        disagreeing: DisagreeingTo = None,
    ) -> None:
        from app.cli._fetched import Asked
        from app.cli._imports import Choices, bring_in
        from geo.errors import ImportRefused

        choices = Choices(
            dry_run=dry_run,
            strict=strict,
            keep_missing=keep_missing,
            allow_removals=allow_removals,
            rejected=rejected,
            disagreeing=disagreeing,
        )
        asked = None
        if api:
            asked = Asked(
                first=_day(first, "--from"),
                last=_day(last, "--to"),
                countries=tuple(country or ()),
                release=release,
                deleted_since=deleted_since and deleted_since.date(),
            )
        elif first or last or country or release or deleted_since:
            raise ImportRefused(
                "--from, --to, --country, --release and --deleted-since are for --api; "
                "of a file all rows are brought in"
            )
        bring_in(choices, source=source, files=tuple(files or ()), rules=rules, asked=asked)

    bring.__doc__ = f"Bring in files of {source}."
    return bring


def _day(given: datetime | None, option: str) -> date:
    from geo.errors import ImportRefused

    if given is None:
        raise ImportRefused(f"--api needs {option} DAY, as in {option} 2021-01-01")
    return given.date()


def file(
    files: Files,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", help="what its columns mean (TOML); without it, one to fill in"),
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="the data set, if not as mapped")] = None,
    layer: Annotated[str, typer.Option(help="the layer that the rows belong to")] = "events",
    dry_run: DryRun = False,
    strict: Strict = False,
    keep_missing: KeepMissing = False,
    allow_removals: AllowRemovals = False,
    rejected: RejectedTo = None,
    disagreeing: DisagreeingTo = None,
) -> None:
    """Bring in any file whose columns a mapping explains, or write a mapping to fill in."""
    if mapping is None:
        _write_mapping(files[0], layer)
        return
    from app.cli._imports import Choices, bring_in

    choices = Choices(
        dry_run=dry_run,
        strict=strict,
        keep_missing=keep_missing,
        allow_removals=allow_removals,
        rejected=rejected,
        disagreeing=disagreeing,
    )
    bring_in(
        choices, source="file", files=tuple(files), mapping=mapping, dataset=dataset, layer=layer
    )


def _write_mapping(path: Path, layer: str) -> None:
    """Write a mapping for the columns of a file on stdout, to be filled in and kept."""
    from app import start
    from geo.errors import UnknownThing
    from geo.importing.template import template

    layers = start.declared_layers()
    if layer not in layers:
        raise UnknownThing("layer", layer, layers)
    typer.echo(template(path, layers[layer]), nl=False)
    typer.echo("nothing was changed: save this as TOML, fill it in, give it with --map", err=True)


def undo(
    number: Annotated[
        int | None, typer.Argument(metavar="[IMPORT]", help="its number; else the last one")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Take an import back as one act, which is a version like others."""
    from app import cluster, start
    from app.cli._imports import last_import, waiting
    from app.settings import Settings
    from geo import database
    from geo.importing.undo import undo as undo_import

    settings = Settings.from_environment()
    layers = start.declared_layers()
    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        with database.connect(url) as connection:
            chosen = last_import(connection) if number is None else number
            reports = undo_import(connection, layers, chosen, waits=waiting)
            if dry_run:
                connection.rollback()
    for report in reports:
        told = f"{report.added} brought back, {report.changed} as before, {report.removed} removed"
        typer.echo(f"import {chosen} of {report.layer} undone: {told}{_ended(report, dry_run)}")


def list_imports(
    most: Annotated[int, typer.Option(help="how many, the last ones first", min=1)] = 20,
) -> None:
    """List what was brought in, the last first."""
    from app import cluster, start
    from app.settings import Settings
    from geo import database

    settings = Settings.from_environment()
    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        with database.connect(url) as connection:
            rows = connection.execute(_LIST, (most,)).fetchall()
    for row in rows:
        typer.echo(_line(*row))


# Those that changed nothing have no number, for there is nothing to take back.
_LIST = """
SELECT i.id, i.recorded_at, i.kind, i.layer, i.dataset, i.origin, i.added, i.changed, i.unchanged,
    i.removed, i.rejected, i.disagreeing, i.first_day, i.last_day,
    (SELECT max(u.id) FROM atlas.imports u WHERE u.undoes = i.id)
FROM atlas.imports i
UNION ALL
SELECT NULL, r.recorded_at, 'import', r.layer, r.dataset, r.origin, 0, 0, r.unchanged,
    0, r.rejected, r.disagreeing, r.first_day, r.last_day, NULL
FROM atlas.repeats r
ORDER BY recorded_at DESC, id DESC LIMIT %s
"""


def _line(
    number: int | None,
    at: datetime,
    kind: str,
    layer: str,
    dataset: str | None,
    origin: str,
    *counts: Any,
) -> str:
    added, changed, unchanged, removed, rejected, disagreeing, first, last, undone_by = counts
    parts = [f"{added} new, {changed} changed, {removed} removed, {rejected} rejected"]
    if number is None:
        parts = [f"nothing changed, {unchanged} rows as before, {rejected} rejected"]
    if disagreeing is not None:
        parts.append(f"{disagreeing} regions disagree")
    if isinstance(first, date):
        parts.append(f"{first}..{last}")
    if undone_by is not None:
        parts.append(f"undone by {undone_by}")
    name = layer if dataset is None else f"{layer}/{dataset}"
    numbered = "-" if number is None else number
    return f"{numbered}  {at:%Y-%m-%d %H:%M}  {kind}  {name}  {origin}: {'; '.join(parts)}"


def _ended(report: Any, dry_run: bool) -> str:
    if dry_run:
        return " (dry run, nothing was changed)"
    return f" (import {report.number})" if report.number is not None else ""


VERB = Verb(
    id="import",
    about="Bring in data sets, list what was brought in, take an import back.",
    commands={
        **{source: _of(source) for source in SOURCES},
        "file": file,
        "list": list_imports,
        "undo": undo,
    },
)
