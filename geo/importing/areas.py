"""Look up in which region and cercle points lie, and whose middle they are at.

Pure: areas come as shapes, no database, no layer by name. A point that lies on the line between
areas belongs to the one whose id comes first. A stated name may mean several areas:
data/crosswalks/area_names.csv says which of today's regions lie in a region of before (Mopti: also
Bandiagara and Douentza), and which of those that are counted within another are newer (Kita:
Kayes). Accents, case, hyphens and words for the rank do not count.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.importing.crosswalk import CROSSWALKS

Level = Literal["region", "cercle"]
Point = tuple[float, float]

# No further from the middle of an area, a point may stand for it.
MIDDLE_M = 2_000.0
METRES_PER_DEGREE = 111_195.0
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


class Where(NamedTuple):
    """In which areas a point lies, by their ids, and whose middle it is near."""

    region: str | None
    cercle: str | None
    cercle_name: str | None
    middle_of: Level | None


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
        reach = MIDDLE_M / METRES_PER_DEGREE
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
