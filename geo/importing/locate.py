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
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice
from typing import Any, Literal, NamedTuple, cast

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.importing.cells import is_empty, read_number
from geo.importing.crosswalk import CROSSWALKS
from geo.importing.readers import RawRow

Level = Literal["region", "cercle"]
Point = tuple[float, float]
# Longitude and latitude as a row has them, texts or numbers.
Stated = tuple[Any, Any]

AT_ONCE = 4_096
MOST_REMEMBERED = 200_000
MOST_LISTED = 10_000
CENTROID_ROWS = 10
CENTROID_M = 2_000.0
METRES_PER_DEGREE = 111_195.0
# Of an area that stands for a place: its precision, and our estimate of how far off it is.
_AREA_PRECISION: dict[Level, tuple[int, int]] = {"cercle": (3, 50_000), "region": (4, 150_000)}
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
    """In which areas a point lies, by their places in the lists, and whose middle it is near."""

    region: str | None
    cercle: Area | None
    middle_of: Level | None


NOWHERE = Where(None, None, None)


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
        return Where(region, cercle, level)


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


def located(rows: Iterable[RawRow], areas: Areas, found: Found) -> Iterator[RawRow]:
    """Fill the region and the cercle of rows by where they lie, and note what disagrees."""
    waiting: dict[Point, list[RawRow]] = {}
    seen: Counter[Point] = Counter()
    known: dict[Stated, tuple[Point, Where] | None] = {}
    remaining = iter(rows)
    while batch := list(islice(remaining, AT_ONCE)):
        stated = [_stated(row) for row in batch]
        _learn(stated, areas, known)
        for row, key in zip(batch, stated, strict=True):
            at = None if key is None else known[key]
            if at is None:
                yield row
                continue
            point, where = at
            _fill(row, where, areas, found)
            if where.middle_of is None or row.values.get("place_basis") == "centroid":
                found.centroids += row.values.get("place_basis") == "centroid"
                yield row
                continue
            seen[point] += 1
            waiting.setdefault(point, []).append(row)
            if seen[point] >= CENTROID_ROWS:
                yield from _as_middle(waiting.pop(point), where.middle_of, found)
    for held in waiting.values():
        yield from held


def _stated(row: RawRow) -> Stated | None:
    """Give where a row says that it lies, as it says it; None: nowhere."""
    if row.problem is not None:
        return None
    if row.geometry is not None:
        is_point = isinstance(row.geometry, shapely.Point) and not row.geometry.is_empty
        return (row.geometry.x, row.geometry.y) if is_point else None
    lon, lat = row.values.get("lon"), row.values.get("lat")
    is_plain = isinstance(lon, str | int | float) and isinstance(lat, str | int | float)
    return (lon, lat) if is_plain else None


def _learn(
    stated: Iterable[Stated | None],
    areas: Areas,
    known: dict[Stated, tuple[Point, Where] | None],
) -> None:
    """Look up what is not known yet; most rows lie where others did.

    What is no place is judged when rows are checked.
    """
    if len(known) > MOST_REMEMBERED:
        known.clear()
    points: dict[Stated, Point] = {}
    for key in stated:
        if key is not None and key not in known:
            known[key] = None
            with suppress(ValueError):
                points[key] = (read_number(key[0]), read_number(key[1]))
    answers = zip(points.items(), areas.find(list(points.values())), strict=True)
    known.update({key: (point, where) for (key, point), where in answers})


def _fill(row: RawRow, where: Where, areas: Areas, found: Found) -> None:
    values = cast("dict[str, Any]", row.values)
    precision, agrees = str(values.get("place_precision")), True
    is_compared = values.get("country") in (None, "", COUNTRY)
    if precision != "6":
        region = values["region"] = where.region
        found.outside += region is None
        if is_compared:
            agrees = _agrees(values, "region", (region, region), areas, found)
    if areas.has_cercles and precision not in ("4", "5", "6"):
        of = (where.cercle.id, where.cercle.name) if where.cercle else (None, None)
        values["cercle"] = of[1]
        if is_compared:
            agrees &= _agrees(values, "cercle", of, areas, found)
    found.disagreeing += not agrees


def _agrees(
    values: Mapping[str, Any],
    level: Level,
    of: tuple[str | None, str | None],
    areas: Areas,
    found: Found,
) -> bool:
    """Note where what is stated is not where the point lies; `of` is the area's id and name."""
    stated = values.get(f"{level}_stated")
    if is_empty(stated):
        return True
    meant = areas.meanings[level].get(plain(str(stated)))
    if meant is None:
        found.unknown_names[level, str(stated)] += 1
    elif of[0] not in meant:
        if len(found.disagreements) < MOST_LISTED:
            told = Disagreement(str(values.get("id")), level, str(stated), of[1])
            found.disagreements.append(told)
        return False
    return True


def _as_middle(rows: Sequence[RawRow], level: Level, found: Found) -> Iterator[RawRow]:
    """Say of rows at the middle of an area that they are known no better than that."""
    precision, radius_m = _AREA_PRECISION[level]
    for row in rows:
        values = cast("dict[str, Any]", row.values)
        values["place_basis"] = "centroid"
        if str(values.get("place_precision")) in ("None", "", "1", "2"):
            values["place_precision"], values["radius_m"] = precision, radius_m
            if level == "region" and "cercle" in values:
                values["cercle"] = None
        found.centroids += 1
        yield row


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
