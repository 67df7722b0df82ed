"""Find by geometry in which region and cercle rows lie, and compare that with what they state.

Pure: areas come as shapes, no database, no layer by name. What was stated stays beside.

Where. A point that lies on the line between areas belongs to the one whose id comes first. What a
row's precision does not carry is not filled: no cercle where only the region is known
(`place_precision` 4) or a line (5), neither where not even the region is (6).

Disagreements. A stated name agrees with every area that it may mean: data/crosswalks/
area_names.csv says which of today's regions lie in a region of before (Mopti: also Bandiagara and
Douentza), and which of those that are counted within another are newer (Kita: Kayes). Accents,
case, hyphens and words for the rank do not count. A name that is no known area of the country is
counted as such; it is no disagreement.

Middles of areas. Sources put what they cannot place better at the middle of its area. A point is
taken for one if at least 10 rows lie exactly there, it is no more than 2 km from the middle of a
region or cercle, and no place of the gazetteer is nearer than that. Its rows get `place_basis`
`centroid`, and the precision and radius of the area where they claim better. Rows at such a point
are held back until there are 10 of them, so that their order may change.
"""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.importing.blocks import Block, together
from geo.importing.cells import is_empty
from geo.importing.crosswalk import CROSSWALKS
from geo.importing.place import LonLat
from geo.importing.remembered import Remembered

Level = Literal["region", "cercle"]
Point = tuple[float, float]

MOST_REMEMBERED = 200_000
MOST_LISTED = 10_000
CENTROID_ROWS = 10
CENTROID_M = 2_000.0
METRES_PER_DEGREE = 111_195.0
# Of an area that stands for a place: its precision, and our estimate of how far off it is.
_AREA_PRECISION: dict[Level, tuple[int, int]] = {"cercle": (3, 50_000), "region": (4, 150_000)}
_BETTER_THAN_AREAS = (None, 1, 2)
# What `place_precision` does not carry: a cercle where only the region is known or a line, neither
# where not even that is.
CARRIES_NO_CERCLE = (4, 5, 6)
UNKNOWN_PLACE = 6
CENTROID = "centroid"
# Country of which the areas are: rows of others are not compared with them.
COUNTRY = "Mali"
_RANKS = frozenset(
    ("region", "cercle", "district", "circle", "province", "of", "de", "du", "la", "le", "d")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Area:
    """A region or a cercle; `region` is the id of the region it is or belongs to."""

    id: str
    name: str
    region: str
    shape: BaseGeometry


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


class Where(NamedTuple):
    """In which areas a point lies, by their ids, and whose middle it is near."""

    region: str | None
    cercle: str | None
    cercle_name: str | None
    middle_of: Level | None


NOWHERE = Where(None, None, None, None)


class Areas:
    """The current regions and cercles, to look points up in; cercles may be none."""

    def __init__(
        self,
        regions: Sequence[Area],
        cercles: Sequence[Area] = (),
        places: Sequence[Point] = (),
    ) -> None:
        # In the order of their ids: the first of those that a point lies on is the one.
        self._areas = [*_ordered(cercles), *_ordered(regions)]
        self._cercles = len(cercles)
        self._shapes = np.array([area.shape for area in self._areas], dtype=object)
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)
        self._middles = _Near([(c.x, c.y) for c in map(_middle, self._areas)])
        self._places = _Near(list(places))
        self.has_cercles = bool(cercles)
        self.meanings: dict[Level, Mapping[str, frozenset[str]]] = {
            "region": _meanings("region", regions),
            "cercle": _meanings("cercle", cercles),
        }

    def find(self, points: Sequence[Point]) -> list[Where]:
        """Say of each point where it lies."""
        if not points:
            return []
        drawn: Any = shapely.points(np.array(points, dtype=float))
        at, area = self._tree.query(drawn)
        inside = shapely.intersects(self._shapes[area], drawn[at])
        holding: dict[int, list[int]] = {}
        for point, number in sorted(zip(at[inside].tolist(), area[inside].tolist(), strict=True)):
            holding.setdefault(point, []).append(number)
        near = self._middles.nearest(points)
        near[self._places.nearest(points) >= 0] = -1
        return [
            self._where(holding.get(number, ()), int(near[number])) for number in range(len(points))
        ]

    def _where(self, holding: Sequence[int], near: int) -> Where:
        cercle = next((self._areas[n] for n in holding if n < self._cercles), None)
        regions = [self._areas[n].id for n in holding if n >= self._cercles]
        region = regions[0] if regions else None
        if cercle is not None and cercle.region in regions:
            region = cercle.region
        level: Level | None = None
        if near >= 0:
            level = "cercle" if near < self._cercles else "region"
        if cercle is None:
            return Where(region, None, None, level)
        return Where(region, cercle.id, cercle.name, level)


class _Near:
    """Tell which of some points lies within the distance at which they may be one."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._xy = np.array(points, dtype=float).reshape(-1, 2)
        drawn: Any = shapely.points(self._xy)
        self._tree = shapely.STRtree(drawn)

    def nearest(self, points: Sequence[Point]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Give the place in the list of the first point that is near, else -1."""
        xy = np.array(points, dtype=float)
        found = np.full(len(xy), -1, dtype=np.int64)
        reach = CENTROID_M / METRES_PER_DEGREE
        east = reach / np.maximum(np.cos(np.radians(xy[:, 1])), 0.01)
        x, y = xy.T
        at, one = self._tree.query(shapely.box(x - east, y - reach, x + east, y + reach))
        away = self._xy[one] - xy[at]
        away[:, 0] *= reach / east[at]
        is_near = np.hypot(*away.T) <= reach
        # Backwards, so that the first one is what stays.
        for point, number in sorted(
            zip(at[is_near].tolist(), one[is_near].tolist(), strict=True), reverse=True
        ):
            found[point] = number
        return found


def located(blocks: Iterable[Block], areas: Areas, found: Found) -> Iterator[Block]:
    """Fill the region and the cercle of rows by where they lie, and note what disagrees."""
    known: dict[Point, Where] = {}
    judged = Remembered(partial(_judge, areas))
    middles = _Middles(found)
    for block in blocks:
        lying = [at if isinstance(at, LonLat) else None for at in block.places]
        _learn(lying, areas, known)
        wheres = [NOWHERE if at is None else known[at] for at in lying]
        _fill(block, lying, wheres, judged, found)
        yield from middles.sort_out(block, wheres)
    yield from middles.rest()


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


class _Middles:
    """Hold back the rows at the middle of an area until there are enough of them to tell."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._waiting: dict[Point, list[Block]] = {}
        self._seen: Counter[Point] = Counter()

    def sort_out(self, block: Block, wheres: Sequence[Where]) -> Iterator[Block]:
        """Give the rows that need not wait, and those that need not any longer."""
        bases = block.columns.get("place_basis")
        if bases is None:
            yield block
            return
        at_middles: dict[Point, list[int]] = {}
        for number, (at, basis, where) in enumerate(zip(block.places, bases, wheres, strict=True)):
            if not isinstance(at, LonLat):
                continue
            if basis == CENTROID:
                self._found.centroids += 1
            elif where.middle_of is not None:
                at_middles.setdefault(at, []).append(number)
        held: set[int] = set()
        for point, numbers in at_middles.items():
            self._seen[point] += len(numbers)
            if self._seen[point] < CENTROID_ROWS:
                held.update(numbers)
                self._waiting.setdefault(point, []).append(block.take(numbers))
                continue
            level = wheres[numbers[0]].middle_of
            self._call_middles(block, numbers, level)
            if point in self._waiting:
                rows = together(self._waiting.pop(point))
                self._call_middles(rows, range(len(rows.ids)), level)
                yield rows
        if held:
            others = block.take([n for n in range(len(wheres)) if n not in held])
            block = replace(others, rejected=block.rejected)
        yield block

    def rest(self) -> Iterator[Block]:
        """Give the rows that were too few, as they are."""
        if self._waiting:
            yield together([rows for held in self._waiting.values() for rows in held])

    def _call_middles(self, block: Block, numbers: Sequence[int], level: Level | None) -> None:
        """Say of rows at the middle of an area that they are known no better than that."""
        columns = block.columns
        precision, radius_m = _AREA_PRECISION[level or "region"]
        for number in numbers:
            columns["place_basis"][number] = CENTROID
            if columns["place_precision"][number] in _BETTER_THAN_AREAS:
                columns["place_precision"][number] = precision
                columns["radius_m"][number] = radius_m
                if level == "region" and "cercle" in columns:
                    columns["cercle"][number] = None
        self._found.centroids += len(numbers)


@lru_cache(maxsize=10_000)
def plain(name: str) -> str:
    """Write the name of an area without accents, case, marks and words for its rank."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "".join(letter if letter.isalnum() else " " for letter in letters).split()
    return "".join(word for word in words if word not in _RANKS) or "".join(words)


@cache
def _written_names() -> tuple[tuple[str, str, frozenset[str]], ...]:
    with (CROSSWALKS / "area_names.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            (row["level"], row["name"], frozenset(row["areas"].split(";")))
            for row in csv.DictReader(file)
        )


def _meanings(level: Level, areas: Sequence[Area]) -> dict[str, frozenset[str]]:
    """Say which areas a name may mean: the one that bears it, and those that the table adds."""
    means = {plain(area.name): frozenset({area.id}) for area in areas}
    for of_level, name, ids in _written_names():
        if of_level == level and areas:
            means[plain(name)] = means.get(plain(name), frozenset()) | ids
    return means


def _ordered(areas: Sequence[Area]) -> list[Area]:
    return sorted(areas, key=lambda area: area.id)


def _middle(area: Area) -> shapely.Point:
    return shapely.centroid(area.shape)
