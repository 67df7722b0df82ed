"""Export tiles: look, make, pack and lay the page beside them; go on where an export broke off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pmtiles.tile import zxy_to_tileid

from app.archive.folder import FolderRefused, Workplace
from app.archive.journal import Begun, Journal
from app.archive.metadata import Content, content, metadata, subjects
from app.archive.pack import Packed, write_archive
from app.archive.press import (
    Press,
    Reach,
    at_moment,
    away,
    newest_moment,
    reclassified,
    survey,
)
from app.archive.question import Question, as_option
from app.archive.viewer import Viewer, write_viewer
from app.archive.walk import Made, most_tiles, walk
from app.tiles.ask import Ask
from app.tiles.make import TileMaker
from geo.crs import Bounds
from geo.database import Database
from geo.errors import AtlasError, BadParameter, DatabaseAway, TooLarge
from geo.spec import GeometryType, Language
from geo.tiles.grid import MERCATOR_LATITUDE, Tile

# What takes an hour or so, and some gigabytes.
MOST_TILES = 500_000
_AT_ONCE = 4


class NothingToExport(AtlasError):
    """There would be no tile in the archive."""


class Watcher(Protocol):
    """Hear how far an export is."""

    def goes_on(self, tiles: int, as_of: str) -> None: ...
    def begin_zoom(self, z: int, tiles: int) -> None: ...
    def made(self, z: int, size: int) -> None: ...
    def packing(self) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """All that one export is told to do."""

    question: Question
    ask: Ask
    build: str
    language: Language
    viewer: Viewer | None
    restart: bool
    force: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What an export has come to."""

    packed: Packed
    as_of: str


def check_begun(journal: Journal, order: Order) -> None:
    """Refuse to go on with what was begun for another question, unless it is to be thrown away."""
    begun = journal.begun
    if begun is None or order.restart:
        return
    asked = order.question.texts
    if begun.question != asked:
        names = sorted({*begun.question, *asked})
        differ = [name for name in names if begun.question.get(name) != asked.get(name)]
        said = ", ".join(
            f"--{n.replace('_', '-')} {begun.question.get(n, 'not given')}" for n in differ
        )
        raise AtlasError(
            f"an export with another question was broken off in this folder: {said}\n"
            "ask the same to go on with it, or add --restart to throw away what it has made"
        )
    if begun.build != order.build:
        raise AtlasError(
            "an export was broken off in this folder, and the program has changed since\n"
            "its tiles may differ from what would be made now; add --restart to make all anew"
        )


async def export(
    order: Order,
    place: Workplace,
    database: Database,
    maker: TileMaker,
    watcher: Watcher,
) -> Done:
    """Make an archive, and the page that shows it."""
    try:
        return await _export(order, place, database, maker, watcher)
    except BadParameter as error:
        raise as_option(error) from error
    except DatabaseAway as error:
        raise (away(error) if len(place.journal) else error) from error
    except OSError as error:
        raise FolderRefused(
            f"cannot write to {place.folder}: {error.strerror}\n"
            "the tiles made so far are kept; the same command goes on with them"
        ) from error


async def _export(
    order: Order, place: Workplace, database: Database, maker: TileMaker, watcher: Watcher
) -> Done:
    ask, as_of, reaches = await _look(order, place.journal, database)
    boxes = [box for reach in reaches for box in reach.boxes]
    public = await reclassified(database, ask)
    _begin(order, place.journal, as_of, public, watcher)
    press = Press(database, maker, ask, order.question.zooms)
    await _make_all(order, place.journal, boxes, press.visit, watcher)
    if await reclassified(database, ask) != public:
        raise AtlasError(
            "rows were withdrawn, or shown again, while their tiles were made\n"
            "run the same command again; it makes every tile anew"
        )
    contents = await _contents(order, ask, maker)
    watcher.packing()
    datasets = {reach.part.layer.id: reach.datasets for reach in reaches}
    said = metadata(order.question, contents, datasets, as_of, order.language)
    if order.viewer is not None:
        write_viewer(order.viewer, place.folder, contents, said, _shown(reaches))
    zooms = order.question.zooms
    packed = write_archive(place.archive, place.journal, zooms, _around(boxes), said)
    place.journal.remove()
    return Done(packed=packed, as_of=as_of)


async def _look(order: Order, journal: Journal, database: Database) -> tuple[Ask, str, list[Reach]]:
    """Settle on a moment, and see what there is to export."""
    begun = None if order.restart else journal.begun
    moment = (
        datetime.fromisoformat(begun.as_of) if begun else await newest_moment(database, order.ask)
    )
    reaches: list[Reach] = []
    if moment is not None:
        ask = at_moment(order.ask, moment)
        reaches = [reach for reach in await survey(database, ask) if reach.boxes]
    if moment is None or not reaches:
        raise NothingToExport(
            f"no feature of {', '.join(order.question.layers)} answers the question\n"
            "ask for more: a wider --bbox, a longer --datetime, another --filter"
        )
    most = most_tiles(order.question.zooms, [(reach.boxes, reach.points) for reach in reaches])
    if most > MOST_TILES and not order.force:
        raise TooLarge(
            f"zooms {order.question.zooms} may come to {most:,} tiles; {MOST_TILES:,} are the most "
            "without --force\n"
            "ask for fewer --zooms, a smaller --bbox or fewer --layers, or add --force"
        )
    return ask, moment.isoformat(), reaches


async def _contents(order: Order, ask: Ask, maker: TileMaker) -> list[Content]:
    """Find out what the tiles hold of each layer, as the maker does."""
    state, found = await maker.state(), []
    for part in ask.parts:
        is_point = part.layer.geometry is GeometryType.POINT
        located = await maker.located(part.layer, part.query, state) if is_point else 0
        zooms, language = order.question.zooms, order.language
        found.append(content(part, located, ask.cells, zooms, language))
    return found


def _begin(order: Order, journal: Journal, as_of: str, reclassified: int, watcher: Watcher) -> None:
    begun = Begun(
        question=order.question.texts, as_of=as_of, build=order.build, reclassified=reclassified
    )
    if order.restart or journal.begun != begun:
        journal.begin(begun)
    else:
        watcher.goes_on(len(journal), as_of)


async def _make_all(
    order: Order,
    journal: Journal,
    boxes: Sequence[Bounds],
    make: Callable[[Tile], Awaitable[Made]],
    watcher: Watcher,
) -> None:
    async def visit(tile: Tile) -> Made:
        return journal.get(zxy_to_tileid(tile.z, tile.x, tile.y)) or await make(tile)

    zooms = order.question.zooms
    begin = watcher.begin_zoom
    async for visited in walk(zooms, boxes, visit, begin, at_once=_AT_ONCE):
        journal.put(visited.number, visited.made)
        watcher.made(visited.tile.z, len(visited.made.packed))


def _shown(reaches: Sequence[Reach]) -> Bounds:
    """Give the box around what the map is about, as far as it is in the archive."""
    about = subjects([reach.part.layer for reach in reaches])
    return _around([box for reach in reaches if reach.part.layer in about for box in reach.boxes])


def _around(boxes: Sequence[Bounds]) -> Bounds:
    """Give the box around others, as far as web maps reach."""
    wests, souths, easts, norths = zip(*boxes, strict=True)
    edge = MERCATOR_LATITUDE
    return (min(wests), max(min(souths), -edge), max(easts), min(max(norths), edge))
