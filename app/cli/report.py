"""`atlas report`: write the atlas of a region as a PDF, byte for byte what its address gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli._base import Verb

if TYPE_CHECKING:
    from app.report._question import ReportQuestion
    from app.settings import Settings
    from geo.spec import Layer

Text = str | None
# Where `atlas serve` is found when nothing else is said.
USUAL_ADDRESS = "http://localhost:8000"


def report(
    region: Annotated[str, typer.Option(help="the region's id, as in douentza or gao")],
    out: Annotated[
        Path | None, typer.Option(help="the file to write; else atlas-REGION-LANG.pdf")
    ] = None,
    lang: Annotated[str, typer.Option(help="en or fr")] = "en",
    datetime: Annotated[Text, typer.Option(help="a day or an interval: 2013-07-01/..")] = None,
    as_of: Annotated[Text, typer.Option(help="the state that the store had then")] = None,
    source: Annotated[Text, typer.Option(help="the data set of the events")] = None,
    force: Annotated[bool, typer.Option("--force", help="write over a file that is there")] = False,
) -> None:
    """Write the atlas of a region: map, charts, incidents with sources, camps and bases."""
    from app.settings import Settings
    from app.start import declared_layers

    settings, layers = Settings.from_environment(), declared_layers()
    question = _question(region, lang, datetime, as_of, source, settings)
    file = out or Path(question.file_name)
    _refuse_to_overwrite(file, force=force)
    body = _make(question, layers, settings)
    file.write_bytes(body)
    typer.echo(f"{file}: {len(body):,} bytes", err=True)


def _question(
    region: str,
    lang: str,
    days: Text,
    as_of: Text,
    source: Text,
    settings: Settings,
) -> ReportQuestion:
    """Read the options, and refuse what means nothing before anything is started."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from app.deps import read_selection
    from app.figures._question import read_language
    from app.report._question import ReportQuestion
    from geo.query import parse_as_of

    query = read_selection(interval=days)
    if as_of is not None:
        query = replace(query, as_of=parse_as_of(as_of, now=datetime.now(UTC)))
    return ReportQuestion(
        region=region,
        query=query,
        base_url=(settings.public_url or USUAL_ADDRESS).rstrip("/"),
        days=days,
        language=read_language(lang),
        source=source,
    )


def _refuse_to_overwrite(file: Path, *, force: bool) -> None:
    from geo.errors import BadParameter

    if file.exists() and not force:
        problem = "is there already; name another file, or say --force to write over it"
        raise BadParameter("out", str(file), problem)


def _make(question: ReportQuestion, layers: dict[str, Layer], settings: Settings) -> bytes:
    import asyncio
    from contextlib import closing

    from app import cluster, start
    from app.figures._press import Press
    from app.report._make import make_report
    from app.report._read import Contents, read_contents, read_report_state
    from app.settings import ROOT
    from geo.database import Database

    async def read(url: str) -> Contents:
        database = await Database.open(
            url, size=1, statement_timeout_ms=settings.statement_timeout_ms
        )
        try:
            async with database.reading() as reader:
                region, state = await read_report_state(reader, question, layers)
                return await read_contents(reader, question, layers, region, state)
        finally:
            await database.close()

    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        contents = asyncio.run(read(url))
    with closing(Press(ROOT / "app" / "static" / "fonts")) as press:
        return make_report(press, question, contents, layers)


VERB = Verb(id="report", run=report)
