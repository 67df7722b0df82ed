"""`atlas export`: write layers as an archive of tiles with a page, or as a lake of GeoParquet."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli._base import Verb

if TYPE_CHECKING:
    from app.archive.folder import Workplace
    from app.archive.run import Done, Order
    from app.lake.run import Lake
    from app.settings import Settings

Text = str | None


def tiles(
    out: Annotated[Path, typer.Argument(help="the folder to write: new, empty or an export")],
    layers: Annotated[
        Text, typer.Option(help="layers with commas between them; else all, each row once")
    ] = None,
    zooms: Annotated[str, typer.Option(help="one zoom, or the first and last: 0-8")] = "0-8",
    filter_: Annotated[
        Text, typer.Option("--filter", help="CQL2, as in killed_best >= 3 AND region = 'kidal'")
    ] = None,
    datetime: Annotated[Text, typer.Option(help="a day or an interval: 2013-07-01/..")] = None,
    as_of: Annotated[
        Text, typer.Option(help="the state that the store had then; else the newest")
    ] = None,
    bbox: Annotated[Text, typer.Option(help="west,south,east,north in degrees")] = None,
    properties: Annotated[Text, typer.Option(help="what points and areas carry")] = None,
    cells: Annotated[Text, typer.Option(help="64, 256 or none: how points are merged")] = None,
    theme: Annotated[str, typer.Option(help="light, dark or print")] = "light",
    lang: Annotated[str, typer.Option(help="en or fr")] = "en",
    viewer: Annotated[bool, typer.Option(help="write the page that shows the archive")] = True,
    restart: Annotated[
        bool, typer.Option("--restart", help="throw away what a broken-off export has made")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="make any number of tiles")] = False,
) -> None:
    """Write tiles of layers into one file (PMTiles), and a page that shows it without Atlas.

    All tiles show the store at one moment. Broken off, the same command goes on where it was.
    """
    from app.archive.folder import workplace
    from app.archive.progress import size_words, tiles_words
    from app.archive.run import check_begun
    from app.settings import Settings

    parameters = {
        "filter": filter_,
        "datetime": datetime,
        "as_of": as_of,
        "bbox": bbox,
        "properties": properties,
        "cells": cells,
    }
    order = _order(layers, zooms, parameters, theme, lang, viewer, restart, force)
    settings = Settings.from_environment()
    with workplace(out) as place:
        check_begun(place.journal, order)
        done = _run(order, place, settings)
    packed = done.packed
    typer.echo(
        f"{place.archive}: {tiles_words(packed.tiles)} ({packed.contents:,} different), "
        f"{size_words(packed.size)}, data as of {done.as_of}"
    )
    if viewer:
        typer.echo(
            f"look at it: python -m http.server -d {out} and open http://localhost:8000/", err=True
        )


def _order(
    layers: Text,
    zooms: str,
    parameters: dict[str, Text],
    theme: str,
    lang: str,
    viewer: bool,
    restart: bool,
    force: bool,
) -> Order:
    """Read the options, and refuse what means nothing before anything is started."""
    from app import http, start
    from app.archive.question import BadOption, read_question
    from app.archive.run import Order
    from app.archive.viewer import Viewer, check_assets
    from geo.spec import LANGUAGES
    from geo.styles.themes import parse_theme

    declared = start.declared_layers()
    question, ask = read_question(declared, layers, zooms, parameters)
    look = parse_theme(theme)
    language = next((known for known in LANGUAGES if known == lang), None)
    if language is None:
        raise BadOption(f"--lang {lang!r} is not a language here\nallowed: {', '.join(LANGUAGES)}")
    page = None
    if viewer:
        check_assets()
        shown = tuple(declared[name] for name in question.layers)
        page = Viewer(layers=shown, theme=look, language=language, question=question)
    return Order(
        question=question,
        ask=ask,
        build=http.build().hex(),
        language=language,
        viewer=page,
        restart=restart,
        force=force,
    )


def _run(order: Order, place: Workplace, settings: Settings) -> Done:
    from app import cluster, start
    from app.archive.progress import progress
    from app.archive.run import export
    from app.archive.source import opened

    async def run(url: str) -> Done:
        async with opened(url, settings, order.ask) as (database, maker):
            with progress() as watcher:
                return await export(order, place, database, maker, watcher)

    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        return asyncio.run(run(url))


def lake(
    out: Annotated[Path, typer.Argument(help="the folder to write: new, empty or a lake")],
    layers: Annotated[Text, typer.Option(help="layers with commas between them; else all")] = None,
    filter_: Annotated[
        Text, typer.Option("--filter", help="CQL2, as in killed_best >= 3 AND region = 'kidal'")
    ] = None,
    datetime: Annotated[Text, typer.Option(help="a day or an interval: 2013-07-01/..")] = None,
    as_of: Annotated[
        Text, typer.Option(help="the state that the store had then; else the newest")
    ] = None,
    bbox: Annotated[Text, typer.Option(help="west,south,east,north in degrees")] = None,
) -> None:
    """Write layers as GeoParquet files by year, with a manifest, for work beyond one machine.

    All files show the store at one moment, and take the place of an earlier lake at once.
    """
    from app import cluster, start
    from app.archive.progress import size_words
    from app.lake.run import export, read_question
    from app.settings import Settings
    from geo.database import Database

    parameters = {"filter": filter_, "datetime": datetime, "as_of": as_of, "bbox": bbox}
    question = read_question(start.declared_layers(), layers, parameters)
    settings = Settings.from_environment()
    limit_ms = settings.export_timeout_ms

    async def run(url: str) -> Lake:
        database = await Database.open(url, size=1, statement_timeout_ms=limit_ms)
        try:
            return await export(
                question, out, database, timeout_ms=limit_ms, say=partial(typer.echo, err=True)
            )
        finally:
            await database.close()

    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        done = asyncio.run(run(url))
    typer.echo(
        f"{out}: {done.files} files, {done.rows:,} rows, {size_words(done.bytes)}, "
        f"data as of {done.as_of}"
    )


VERB = Verb(
    id="export",
    about="Take the layers out of the atlas, for places without it.",
    commands={"tiles": tiles, "lake": lake},
)
