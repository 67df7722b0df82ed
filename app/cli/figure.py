"""`atlas figure`: make a figure as a file, byte for byte what its address gives, or check one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli._base import Verb

if TYPE_CHECKING:
    from app.figures._check import Check
    from app.figures._embedded import Embedded
    from app.figures._question import Question
    from app.settings import Settings
    from geo.spec import Layer

Text = str | None
# Where `atlas serve` is found when nothing else is said.
USUAL_ADDRESS = "http://localhost:8000"
# The exit code of a check that found something; 1 is an error's.
CHANGED = 3


def figure(
    number: Annotated[str, typer.Argument(help="the figure's number, as in /figures")],
    out: Annotated[
        Path, typer.Option(help="the file to write; its ending says svg, png, pdf, csv or json")
    ],
    datetime: Annotated[Text, typer.Option(help="a day or an interval: ../2021-04-30")] = None,
    filter_: Annotated[
        Text, typer.Option("--filter", help="CQL2, as in killed_best >= 3 AND region = 'kidal'")
    ] = None,
    bbox: Annotated[Text, typer.Option(help="west,south,east,north in degrees")] = None,
    as_of: Annotated[Text, typer.Option(help="the state that the store had then")] = None,
    source: Annotated[Text, typer.Option(help="the data set to draw")] = None,
    compare: Annotated[Text, typer.Option(help="a published yearly series beside bars")] = None,
    lang: Annotated[str, typer.Option(help="en or fr")] = "en",
    theme: Annotated[str, typer.Option(help="light, dark or print")] = "light",
    size: Annotated[str, typer.Option(help="page, column or slide")] = "page",
    dpi: Annotated[Text, typer.Option(help="fineness of a PNG, in dots per inch")] = None,
) -> None:
    """Make a figure of the report as a file."""
    from app.settings import Settings
    from app.start import declared_layers

    settings, layers = Settings.from_environment(), declared_layers()
    given = {
        "datetime": datetime,
        "filter": filter_,
        "bbox": bbox,
        "as_of": as_of,
        "source": source,
        "compare": compare,
        "lang": lang,
        "theme": theme,
        "size": size,
        "dpi": dpi,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    form = out.suffix.removeprefix(".").lower()
    question = _question(number, form, asked, layers, settings.public_url or USUAL_ADDRESS)
    body = _make(form, question, layers, settings)
    out.write_bytes(body)
    typer.echo(f"{out}: figure {number}, {len(body):,} bytes", err=True)


def check(
    file: Annotated[Path, typer.Argument(help="an SVG, PNG, PDF or JSON that was made here")],
    lang: Annotated[str, typer.Option(help="en or fr")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="write the answer as JSON")] = False,
) -> None:
    """Say whether the data of a figure have changed since its file was made.

    The exit code is 0 if nothing has, and 3 if the data or the file has.
    """
    import orjson

    from app.figures._check_words import document, seal_words, sentences
    from app.figures._embedded import MOST_BYTES, read_embedded
    from app.figures._question import read_language
    from app.settings import Settings
    from geo.errors import BadParameter

    language = read_language(lang)
    if not file.is_file() or file.stat().st_size > MOST_BYTES:
        problem = f"is no file of at most {MOST_BYTES:,} bytes"
        raise BadParameter("file", str(file), problem, where="file")
    embedded = read_embedded(file.name, file.read_bytes())
    found = _compare(embedded, Settings.from_environment())
    if as_json:
        written = {**document(found, language), "file_is_intact": embedded.is_intact}
        typer.echo(orjson.dumps(written, option=orjson.OPT_INDENT_2).decode())
    else:
        typer.echo(f"{file}: {seal_words(embedded.is_intact, language)}")
        for sentence in sentences(found, language):
            typer.echo(sentence)
        for change in found.changes:
            typer.echo("  ".join((change.kind, change.id, ", ".join(change.fields))).rstrip())
    if found.has_changed or found.claim_holds is False or embedded.is_intact is False:
        raise typer.Exit(CHANGED)


def _compare(embedded: Embedded, settings: Settings) -> Check:
    """Set what a file says of itself beside what the store holds."""
    import asyncio

    from app import cluster, start
    from app.figures._address import read_address, read_figure_address
    from app.figures._check import Claim, check
    from app.start import declared_layers
    from geo.database import Database
    from geo.errors import BadParameter

    layers = declared_layers()
    address = read_address(embedded.query, None, name="query")
    base = settings.public_url or USUAL_ADDRESS
    asked = read_figure_address(address, layers, base.rstrip("/")) if address else None
    if asked is None:
        problem = "in the file's record is no address of a figure"
        raise BadParameter("query", embedded.query, problem, where="file")
    claim = Claim(revisions=embedded.revisions, digest=embedded.digest)

    async def compare(url: str, question: Question) -> Check:
        database = await Database.open(
            url, size=1, statement_timeout_ms=settings.statement_timeout_ms
        )
        try:
            async with database.reading() as reader:
                return await check(reader, question, layers, claim)
        finally:
            await database.close()

    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        return asyncio.run(compare(url, asked))


def _question(
    number: str, form: str, given: dict[str, str], layers: dict[str, Layer], base_url: str
) -> Question:
    """Read the options, and refuse what means nothing before anything is started."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from app.deps import read_selection
    from app.figures import figures
    from app.figures._forms import FORMS
    from app.figures._question import read_language, read_question
    from geo.errors import BadParameter, UnknownThing
    from geo.query import parse_as_of

    if number not in figures():
        raise UnknownThing("figure", number, figures())
    if form not in FORMS:
        allowed = [f".{name}" for name in FORMS]
        raise BadParameter("out", f".{form}", "is no form of a figure", allowed=allowed)
    spec = figures()[number]
    query = read_selection(
        bbox=given.get("bbox"), interval=given.get("datetime"), condition=given.get("filter")
    )
    if "as_of" in given:
        query = replace(query, as_of=parse_as_of(given["as_of"], now=datetime.now(UTC)))
    language = read_language(given["lang"])
    return read_question(spec, layers[spec.layer], given, query, language, base_url.rstrip("/"))


def _make(form: str, question: Question, layers: dict[str, Layer], settings: Settings) -> bytes:
    import asyncio
    from contextlib import closing

    from app import cluster, start
    from app.figures._press import Press
    from app.figures._read import read_ground, read_numbers, read_state
    from app.settings import ROOT
    from geo.database import Database

    async def read_and_draw(url: str) -> bytes:
        database = await Database.open(
            url, size=1, statement_timeout_ms=settings.statement_timeout_ms
        )
        try:
            async with database.reading() as reader:
                state = await read_state(reader, question, layers)
                numbers = await read_numbers(reader, question, layers, state)
                rows = await read_ground(reader, layers, question.query.as_of)
        finally:
            await database.close()
        with closing(Press(ROOT / "app" / "static" / "fonts")) as press:
            return press.draw(form, question, numbers, rows, layers)

    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        return asyncio.run(read_and_draw(url))


VERB = Verb(
    id="figure",
    about="Make a figure of the report as a file, or check one that was made.",
    commands={"make": figure, "check": check},
    usual="make",
)
