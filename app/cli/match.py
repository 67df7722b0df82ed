"""`atlas match`: find rows of several collections that tell of one event, and decide on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli._base import Verb

if TYPE_CHECKING:
    import sqlalchemy as sa

    from geo.matching.pairs import Asked
    from geo.spec import Layer

LayerOption = Annotated[str, typer.Option(help="the layer whose collections are compared")]
StatusOption = Annotated[str | None, typer.Option(help="proposed, accepted or rejected")]
LeastOption = Annotated[float | None, typer.Option("--from", min=0, max=1, help="least score")]
DatasetOption = Annotated[str | None, typer.Option(help="links with a row of this data set")]
_ANSWERS = {"a": "accepted", "r": "rejected"}
_WIDTH = 44


def find(
    layer: LayerOption = "events",
    least: LeastOption = None,
    dry_run: Annotated[bool, typer.Option(help="say what would happen, change nothing")] = False,
) -> None:
    """Compare the collections of a layer and propose which rows may tell of one event."""
    from geo.matching import candidates, links

    with _connected(layer) as (connection, found):
        candidates.check_has_collections(found)
        score = links.PROPOSED_FROM if least is None else least
        report = links.find(connection, found, least=score)
        for row in connection.execute(candidates.count_compared(found)).mappings():
            left_out = f"{row['left_out']} of them without a day or a point, not compared"
            typer.echo(f"{row['dataset']}: {row['rows']} rows, {left_out}", err=True)
        if dry_run:
            connection.rollback()
    typer.echo(f"{report}{' (dry run, nothing was changed)' if dry_run else ''}")


def review(
    layer: LayerOption = "events",
    accept: Annotated[list[str] | None, typer.Option(help="accept this link; repeatable")] = None,
    reject: Annotated[list[str] | None, typer.Option(help="reject this link; repeatable")] = None,
    least: LeastOption = None,
    dataset: DatasetOption = None,
    reviewer: Annotated[str | None, typer.Option(help="who decides, kept with it")] = None,
    listed: Annotated[bool, typer.Option("--list", help="list what waits, decide nothing")] = False,
) -> None:
    """Look at proposed links, the best first, and accept or reject them."""
    from geo.matching import links
    from geo.matching.pairs import Asked

    asked = Asked(status="proposed", least=least, dataset=dataset)
    with _connected(layer) as (connection, found):
        given = [*((n, "accepted") for n in accept or ()), *((n, "rejected") for n in reject or ())]
        for name, status in given:
            changed = links.decide(connection, found, name, status, reviewer=reviewer)
            typer.echo(f"{name}: {status}{'' if changed else ' already'}")
        if listed:
            _list(connection, found, asked)
        elif not given:
            _ask(connection, found, asked, reviewer)


def list_links(
    layer: LayerOption = "events",
    status: StatusOption = None,
    least: LeastOption = None,
    dataset: DatasetOption = None,
) -> None:
    """List links with their scores and reasons, the best first."""
    from geo.errors import UnknownThing
    from geo.matching.pairs import Asked
    from geo.matching.tables import STATUSES

    if status is not None and status not in STATUSES:
        raise UnknownThing("status", status, STATUSES)
    with _connected(layer) as (connection, found):
        _list(connection, found, Asked(status=status, least=least, dataset=dataset))


@contextmanager
def _connected(name: str) -> Iterator[tuple[sa.Connection, Layer]]:
    """Open a transaction on the store, and find the layer; what was done holds at the end."""
    from app import cluster, start
    from app.settings import Settings
    from geo import database
    from geo.errors import UnknownThing

    layers = start.declared_layers()
    if name not in layers:
        raise UnknownThing("layer", name, layers)
    settings = Settings.from_environment()
    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        with database.engine(url) as engine, engine.connect() as connection:
            yield connection, layers[name]
            connection.commit()


def _pairs(connection: sa.Connection, layer: Layer, asked: Asked) -> list[Mapping[str, Any]]:
    from geo.matching.candidates import check_has_collections, stored
    from geo.matching.links import MATCHES
    from geo.matching.pairs import select_pairs

    check_has_collections(layer)
    rows = connection.execute(select_pairs(layer, stored(layer), MATCHES, asked))
    return [dict(row) for row in rows.mappings()]


def _list(connection: sa.Connection, layer: Layer, asked: Asked) -> None:
    from geo.matching.words import reason_line

    for pair in _pairs(connection, layer, asked):
        why = reason_line(pair["reasons"], "en")
        typer.echo(f"{pair['id']}\t{pair['status']}\t{pair['score']:.2f}\t{why}")


def _ask(connection: sa.Connection, layer: Layer, asked: Asked, reviewer: str | None) -> None:
    """Show one pair after the other and ask; each answer holds at once."""
    from geo.matching import links

    waiting = _pairs(connection, layer, asked)
    connection.commit()
    if not waiting:
        typer.echo("no link waits for a decision; ./atlas match find looks for some", err=True)
    for number, pair in enumerate(waiting, start=1):
        typer.echo("\n".join(_side_by_side(layer, pair, f"{number} of {len(waiting)}")))
        answer = _answer()
        if answer == "q":
            return
        if answer in _ANSWERS:
            links.decide(connection, layer, pair["id"], _ANSWERS[answer], reviewer=reviewer)
            connection.commit()


def _answer() -> str:
    while True:
        text: str = typer.prompt("one event? [a]ccept, [r]eject, [s]kip, [q]uit", default="s")
        if text[:1].lower() in ("a", "r", "s", "q"):
            return text[:1].lower()
        typer.echo(f"{text!r} is no answer here", err=True)


def _side_by_side(layer: Layer, pair: Mapping[str, Any], place: str) -> Iterator[str]:
    """Write both rows next to each other, and under them why they may be one event."""
    from geo.matching.pairs import side_of
    from geo.matching.words import reason_words, rule_words

    first, second = side_of(layer, pair, "first"), side_of(layer, pair, "second")
    yield f"\n{pair['id']}  score {pair['score']:.2f}  ({place})"
    for name in first:
        if first[name] is not None or second[name] is not None:
            yield from _columns(name, first[name], second[name])
    for reason in pair["reasons"]:
        words = reason_words(reason["rule"], reason["facts"], "en")
        yield f"  +{reason['points']:.2f} {rule_words(reason['rule'], 'en')}: {words}"


def _columns(name: str, *values: Any) -> Iterator[str]:
    """Write a line of two cells, and as many more as the longer one needs."""
    import textwrap

    texts = ["not stated" if value is None else _plain(str(value)) for value in values]
    cells: Sequence[list[str]] = [textwrap.wrap(text, _WIDTH) or [""] for text in texts]
    for line in range(max(map(len, cells))):
        left, right = (cell[line] if line < len(cell) else "" for cell in cells)
        yield f"  {name if line == 0 else '':<17} {left:<{_WIDTH}}  {right}".rstrip()


def _plain(text: str) -> str:
    """Leave out what would steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


VERB = Verb(
    id="match",
    about="Find rows of several collections that tell of one event, and decide on them.",
    commands={"find": find, "review": review, "list": list_links},
)
