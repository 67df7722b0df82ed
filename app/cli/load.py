"""`atlas load`: bring a layer up to date from files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli._base import Verb

if TYPE_CHECKING:
    from geo.importing.blocks import Block


def load(
    layer: Annotated[str, typer.Argument(help="the layer, as in /collections")],
    files: Annotated[list[Path], typer.Argument(help="CSV, GeoJSON, GeoPackage, shapefile")],
    strict: Annotated[bool, typer.Option(help="change nothing if any row is rejected")] = False,
    dry_run: Annotated[bool, typer.Option(help="say what would happen, change nothing")] = False,
    keep_missing: Annotated[
        bool, typer.Option("--keep-missing", help="leave rows that the files do not have")
    ] = False,
    allow_removals: Annotated[
        bool, typer.Option("--allow-removals", help="close more than a tenth of the layer")
    ] = False,
) -> None:
    """Load a layer from files: new rows are added, changed ones get a new version."""
    from app import cluster, start
    from app.settings import Settings
    from geo import database
    from geo.errors import UnknownThing
    from geo.importing.load import load as load_layer
    from geo.importing.staging import check_stored

    layers = start.declared_layers()
    if layer not in layers:
        raise UnknownThing("layer", layer, layers)
    check_stored(layers[layer])
    rows, digest = start.read_rows(layers[layer], files)
    settings = Settings.from_environment()
    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        with database.connect(url) as connection:
            report = load_layer(
                connection,
                layers[layer],
                _named(rows, strict=strict),
                origin=", ".join(file.name for file in files),
                sha256=digest,
                replace=not keep_missing,
                allow_removals=allow_removals,
            )
            if dry_run:
                connection.rollback()
    typer.echo(f"{report}{' (dry run, nothing was changed)' if dry_run else ''}")


def _named(blocks: Iterable[Block], *, strict: bool) -> Iterator[Block]:
    """Name each row that is rejected; give up at the end if that must not be, or if all were."""
    from geo.errors import ImportRefused

    passed = rejected = 0
    for block in blocks:
        passed += len(block.ids)
        rejected += len(block.rejected)
        for row in block.rejected:
            typer.echo(f"rejected {row}", err=True)
        yield block
    if rejected and strict:
        raise ImportRefused(f"{rejected} rows are rejected; nothing was changed")
    if not passed:
        raise ImportRefused("every row is rejected; nothing was changed")


VERB = Verb(id="load", run=load)
