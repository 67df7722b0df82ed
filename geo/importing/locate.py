"""Find by geometry in which region and cercle rows lie, and compare that with what they state.

Pure. What was stated stays beside. What a row's precision does not carry is not filled: no cercle
where only the region is known (`place_precision` 4) or a line (5), neither where not even the
region is (6). A stated name agrees with every area that it may mean. A name that is no known area
of the country is counted as such; it is no disagreement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from geo.importing.areas import Areas, Level, Point, Where, plain
from geo.importing.blocks import Block
from geo.importing.cells import is_empty
from geo.importing.coded import Coded, same, together
from geo.importing.middles import Middles
from geo.importing.place import LonLat
from geo.importing.remembered import Remembered

MOST_REMEMBERED = 200_000
MOST_LISTED = 10_000
CARRIES_NO_CERCLE = (4, 5, 6)
UNKNOWN_PLACE = 6
LEVELS: tuple[Level, ...] = ("region", "cercle")
# Country of which the areas are: rows of others are not compared with them.
COUNTRY = "Mali"


class Disagreement(NamedTuple):
    """A row that states another area than its point lies in; `found` None: in none."""

    id: str
    level: Level
    stated: str
    found: str | None

    def __str__(self) -> str:
        found = self.found or "no area"
        return f"{self.id}: states the {self.level} {self.stated}, lies in {found}"


@dataclass(kw_only=True, slots=True)
class Found:
    """What was noticed while rows were located."""

    disagreements: list[Disagreement] = field(default_factory=list)
    disagreeing: int = 0
    unknown_names: Counter[tuple[Level, str]] = field(default_factory=Counter)
    outside: int = 0
    centroids: int = 0


def located(blocks: Iterable[Block], areas: Areas, found: Found) -> Iterator[Block]:
    """Fill the region and the cercle of rows by where they lie, and note what disagrees."""
    known: dict[Point, Where] = {}
    judge = Remembered(partial(_judge, areas)).__getitem__
    middles = Middles()
    for block in blocks:
        wheres = _wheres(block.places, areas, known)
        filled = _filled(block, wheres, judge, found)
        yield from middles.sort_out(filled, wheres)
    yield from middles.rest()
    found.centroids = middles.rows


def _wheres(places: Coded, areas: Areas, known: dict[Point, Where]) -> Coded:
    """Give where points lie, None for what is no point; most lie where others did."""
    if len(known) > MOST_REMEMBERED:
        known.clear()
    lying = [at for at in dict.fromkeys(places.values) if isinstance(at, LonLat)]
    new = [at for at in lying if at not in known]
    known.update(zip(new, areas.find(new), strict=True))
    return places.map(lambda at: known[at] if isinstance(at, LonLat) else None).merged()


class _Stated(NamedTuple):
    """What a row says that has to do with where it lies."""

    where: Where
    precision: Any
    country: Any
    region: Any
    cercle: Any


class _Judged(NamedTuple):
    """What is made of that: the areas that its precision lets it have, and what is odd."""

    fills: Mapping[Level, str | None]
    disagreements: tuple[tuple[Level, str, str | None], ...]
    unknown_names: tuple[tuple[Level, str], ...]


def _judge(areas: Areas, stated: _Stated) -> _Judged:
    where = stated.where
    is_compared = stated.country in (None, "", COUNTRY)
    carries: dict[Level, bool] = {
        "region": stated.precision != UNKNOWN_PLACE,
        "cercle": areas.has_cercles and stated.precision not in CARRIES_NO_CERCLE,
    }
    lies: dict[Level, tuple[str | None, str | None]] = {
        "region": (where.region, where.region),
        "cercle": (where.cercle, where.cercle_name),
    }
    fills = {level: called for level, (_, called) in lies.items() if carries[level]}
    names: dict[Level, Any] = {"region": stated.region, "cercle": stated.cercle}
    disagreements: list[tuple[Level, str, str | None]] = []
    unknown: list[tuple[Level, str]] = []
    for level, name in names.items():
        if level not in fills or not is_compared or is_empty(name):
            continue
        meant = areas.meanings[level].get(plain(name))
        area, called = lies[level]
        if meant is None:
            unknown.append((level, name))
        elif area not in meant:
            disagreements.append((level, name, called))
    return _Judged(fills, tuple(disagreements), tuple(unknown))


def _filled(
    block: Block, wheres: Coded, judge: Callable[[_Stated], _Judged], found: Found
) -> Block:
    columns = dict(block.columns)
    nothing = same(None, len(block.ids))
    stated = [
        columns.get(name, nothing)
        for name in ("place_precision", "country", "region_stated", "cercle_stated")
    ]
    judged = together([wheres, *stated]).map(
        lambda said: None if said[0] is None else judge(_Stated(*said))
    )
    _note(block.ids, judged, found)
    for level in LEVELS:
        if level in columns:
            before = together([judged, columns[level]])
            columns[level] = before.map(partial(_area, level)).merged()
    return replace(block, columns=columns)


def _area(level: Level, said: tuple[_Judged | None, Any]) -> Any:
    """Give the area that a row gets, or what it said before."""
    judged, before = said
    return before if judged is None else judged.fills.get(level, before)


def _note(ids: Sequence[str], judged: Coded, found: Found) -> None:
    """Note what rows state of which their points say otherwise, or nothing."""
    counts = np.bincount(judged.codes, minlength=len(judged.values)).tolist()
    for verdict, count in zip(judged.values, counts, strict=True):
        if verdict is None:
            continue
        found.outside += count * ("region" in verdict.fills and verdict.fills["region"] is None)
        found.disagreeing += count * bool(verdict.disagreements)
        for name in verdict.unknown_names:
            found.unknown_names[name] += count
    if len(found.disagreements) >= MOST_LISTED:
        return
    for place in judged.where(lambda verdict: verdict and verdict.disagreements).tolist():
        listed = (Disagreement(ids[place], *one) for one in judged.at(place).disagreements)
        found.disagreements += islice(listed, MOST_LISTED - len(found.disagreements))
