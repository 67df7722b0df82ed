"""Gather the events of a region by place and by symbol, as its map draws them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import dist, sqrt

from app.figures._ground import point_on_plane
from app.figures._numbers import DRAWN_AS_CIRCLES, Spot
from app.report._read import Kind
from geo.styles.look import ClassLook, Look

# One event is still seen, and as many as are drawn largest cover no town beside them.
LEAST_PT, LARGEST_PT = 2.7, 13.0
# The colour that classes share, and whether their place is no more than a road.
_Symbol = tuple[str, bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """Classes that share a colour, and so a symbol: what the legend names in one line."""

    looks: tuple[ClassLook, ...]
    events: int

    @property
    def symbol(self) -> ClassLook:
        return self.looks[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Disc:
    """One circle of a place, and how large it is in points."""

    symbol: ClassLook
    events: int
    radius: float
    is_road: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """All circles of one place, the largest first."""

    spot: Spot
    discs: tuple[Disc, ...]

    @property
    def events(self) -> int:
        return sum(disc.events for disc in self.discs)


def alike_of(kinds: Iterable[Kind], seen: Look) -> tuple[Alike, ...]:
    """Gather the classes that occur by their symbol, the commonest first."""
    events = {kind.value: kind.toll.events for kind in kinds}
    found = []
    for group in seen.alike():
        # Of classes that share a symbol, the commonest is named first.
        there = sorted(
            (one for one in group if one.value in events), key=lambda one: -events[one.value or ""]
        )
        if there:
            count = sum(events[one.value or ""] for one in there)
            found.append(Alike(looks=tuple(there), events=count))
    return tuple(sorted(found, key=lambda one: -one.events))


def clusters_of(kinds: Iterable[Kind], seen: Look, near_m: float) -> tuple[Cluster, ...]:
    """Gather events by place and symbol, the place with most first.

    Places nearer than `near_m` to one with more events would be drawn over it: they join it.
    """
    looks: dict[str, ClassLook] = {}
    gathered: list[_Gathered] = []
    for at, spots in _by_place(kinds, seen, looks):
        host = next((one for one in gathered if dist(one.at, at) < near_m), None)
        if host is None:
            host = _Gathered(spot=spots[0][1], at=at)
            gathered.append(host)
        for symbol, spot in spots:
            host.events[symbol] = host.events.get(symbol, 0) + spot.toll.events
    most = max((count for one in gathered for count in one.events.values()), default=1)
    unit = min(LEAST_PT, LARGEST_PT / sqrt(most))
    clusters = [
        Cluster(
            spot=one.spot,
            discs=tuple(
                Disc(
                    symbol=looks[colour],
                    events=count,
                    radius=unit * sqrt(count),
                    is_road=is_road,
                )
                for (colour, is_road), count in sorted(
                    one.events.items(), key=lambda pair: (-pair[1], pair[0])
                )
            ),
        )
        for one in gathered
    ]
    return tuple(sorted(clusters, key=lambda one: -one.events))


@dataclass(kw_only=True, slots=True)
class _Gathered:
    """The events of a place and of those that joined it, by symbol."""

    spot: Spot
    at: tuple[float, float]
    events: dict[_Symbol, int] = field(default_factory=dict)


def _by_place(
    kinds: Iterable[Kind], seen: Look, looks: dict[str, ClassLook]
) -> list[tuple[tuple[float, float], list[tuple[_Symbol, Spot]]]]:
    """List the places on the plane of the map, that with most events first."""
    found: dict[tuple[float, float], list[tuple[_Symbol, Spot]]] = defaultdict(list)
    for kind in kinds:
        symbol = seen.of_class(kind.value)
        looks.setdefault(symbol.colour, symbol)
        for spot in kind.spots:
            if spot.kind in DRAWN_AS_CIRCLES:
                at = (spot.lon or 0.0, spot.lat or 0.0)
                found[at].append(((symbol.colour, spot.kind == "road"), spot))
    for spots in found.values():
        spots.sort(key=lambda one: (-one[1].toll.events, one[1].name, one[0]))
    events = {at: sum(spot.toll.events for _, spot in spots) for at, spots in found.items()}
    order = sorted(found, key=lambda at: (-events[at], at))
    return [(point_on_plane(*at), found[at]) for at in order]
