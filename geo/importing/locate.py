"""Find by geometry in which region and cercle rows lie, and compare that with what they state.

Pure. What was stated stays beside. What a row's precision does not carry is not filled: no cercle
where only the region is known (`place_precision` 4) or a line (5), neither where not even the
region is (6). A stated name agrees with every area that it may mean. A name that is no known area
of the country is counted as such; it is no disagreement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from geo.importing.areas import NOWHERE, Areas, Level, Point, Where, plain
from geo.importing.blocks import Block
from geo.importing.cells import is_empty
from geo.importing.middles import Middles
from geo.importing.place import LonLat
from geo.importing.remembered import Remembered

MOST_REMEMBERED = 200_000
MOST_LISTED = 10_000
CARRIES_NO_CERCLE = (4, 5, 6)
UNKNOWN_PLACE = 6
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
    judged = Remembered(partial(_judge, areas))
    middles = Middles()
    for block in blocks:
        lying = [at if isinstance(at, LonLat) else None for at in block.places]
        _learn(lying, areas, known)
        wheres = [NOWHERE if at is None else known[at] for at in lying]
        _fill(block, lying, wheres, judged, found)
        yield from middles.sort_out(block, wheres)
    yield from middles.rest()
    found.centroids = middles.rows


def _learn(points: Iterable[LonLat | None], areas: Areas, known: dict[Point, Where]) -> None:
    """Look up what is not known yet; most rows lie where others did."""
    if len(known) > MOST_REMEMBERED:
        known.clear()
    new = [at for at in dict.fromkeys(points) if at is not None and at not in known]
    known.update(zip(new, areas.find(new), strict=True))


class _Stated(NamedTuple):
    """What a row says that has to do with where it lies."""

    where: Where
    precision: Any
    country: Any
    region: Any
    cercle: Any


class _Judged(NamedTuple):
    """What is made of that: which areas its precision lets it have, and what is odd."""

    fills_region: bool
    fills_cercle: bool
    disagreements: tuple[tuple[Level, str, str | None], ...]
    unknown_names: tuple[tuple[Level, str], ...]


def _judge(areas: Areas, stated: _Stated) -> _Judged:
    where = stated.where
    is_compared = stated.country in (None, "", COUNTRY)
    fills: dict[Level, bool] = {
        "region": stated.precision != UNKNOWN_PLACE,
        "cercle": areas.has_cercles and stated.precision not in CARRIES_NO_CERCLE,
    }
    lies: dict[Level, tuple[str | None, str | None]] = {
        "region": (where.region, where.region),
        "cercle": (where.cercle, where.cercle_name),
    }
    names: dict[Level, Any] = {"region": stated.region, "cercle": stated.cercle}
    disagreements: list[tuple[Level, str, str | None]] = []
    unknown: list[tuple[Level, str]] = []
    for level, name in names.items():
        if not (fills[level] and is_compared) or is_empty(name):
            continue
        meant = areas.meanings[level].get(plain(name))
        area, called = lies[level]
        if meant is None:
            unknown.append((level, name))
        elif area not in meant:
            disagreements.append((level, name, called))
    return _Judged(fills["region"], fills["cercle"], tuple(disagreements), tuple(unknown))


def _fill(
    block: Block,
    lying: Sequence[LonLat | None],
    wheres: Sequence[Where],
    judged: Remembered[_Stated, _Judged],
    found: Found,
) -> None:
    columns = block.columns
    nothing = [None] * len(wheres)
    stated = map(
        _Stated,
        wheres,
        *(
            columns.get(name, nothing)
            for name in ("place_precision", "country", "region_stated", "cercle_stated")
        ),
    )
    regions, cercles = columns.get("region"), columns.get("cercle")
    for number, said in enumerate(stated):
        if lying[number] is None:
            continue
        verdict = judged[said]
        if verdict.fills_region:
            found.outside += said.where.region is None
            if regions is not None:
                regions[number] = said.where.region
        if verdict.fills_cercle and cercles is not None:
            cercles[number] = said.where.cercle_name
        if verdict.disagreements or verdict.unknown_names:
            _note(block.ids[number], verdict, found)


def _note(row_id: str, verdict: _Judged, found: Found) -> None:
    """Note what a row states of which its point says otherwise, or nothing."""
    found.disagreeing += bool(verdict.disagreements)
    found.unknown_names.update(verdict.unknown_names)
    for level, stated, lies_in in verdict.disagreements:
        if len(found.disagreements) < MOST_LISTED:
            found.disagreements.append(Disagreement(row_id, level, stated, lies_in))
