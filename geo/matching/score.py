"""Say from 0 to 1 how likely two rows tell of one event, and which rule gave what.

Four rules give points, which add up. Days and places that cannot be the same rule a pair out.
Farther apart in days or metres never gives more; a vague day or place never gives all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.sql.elements import ColumnElement

from geo.matching.incident import Incident, distance_m
from geo.matching.parties import agreement

# What each rule gives at most.
MOST: Mapping[str, float] = {"day": 0.25, "place": 0.25, "actors": 0.30, "deaths": 0.20}
# Days between two spans that still leave them one event: news of it may come late.
MOST_DAYS_APART = 3
_CLOSE_IN_DAYS = (1.0, 0.7, 0.45, 0.2)
# Up to how many days the longer span has, and what share of the points that leaves.
_SHARP_IN_DAYS = ((1, 1.0), (3, 0.9), (7, 0.75), (31, 0.5))
_VAGUE_DAYS = 0.25
# Up to how many metres both radii have together, and what share of the points that leaves.
_SHARP_IN_METRES = ((15_000, 1.0), (30_000, 0.9), (60_000, 0.75), (120_000, 0.5))
_VAGUE_PLACE = 0.25
# What is left of closeness where the circles just touch, and how far it fades beyond.
_AT_THE_EDGE = 0.6
_FADES_OVER_M, _FADES_OVER_RADII = 20_000, 0.5
_NOT_STATED = 0.5
# One or two deaths more or less are often a matter of when somebody counted.
_FEW_DEATHS, _FEW_APART = 2, 0.6


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """What one rule gave, of how much, and what it saw."""

    rule: str
    points: float
    facts: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """How well two rows fit, and why: a reason for each rule."""

    value: float
    reasons: tuple[Reason, ...]


def score(one: Incident, other: Incident) -> Score | None:
    """Score a pair whatever its order; None where days or places cannot be the same."""
    day, place = _day(one, other), _place(one, other)
    if not day.points or not place.points:
        return None
    reasons = (day, place, _actors(one, other), _deaths(one, other))
    return Score(value=round(sum(reason.points for reason in reasons), 4), reasons=reasons)


Metres = TypeVar("Metres", float, ColumnElement[Any])


def reach_m(radii_m: Metres) -> Metres:
    """Give the distance from which on two points of so much uncertainty are no candidates.

    What is given may also be a column: the database looks for candidates by the same rule.
    """
    return radii_m + _FADES_OVER_M + _FADES_OVER_RADII * radii_m


def _reason(rule: str, share: float, **facts: float) -> Reason:
    return Reason(rule=rule, points=round(MOST[rule] * share, 4), facts=facts)


def _share(value: float, steps: tuple[tuple[int, float], ...], beyond: float) -> float:
    return next((share for most, share in steps if value <= most), beyond)


def _day(one: Incident, other: Incident) -> Reason:
    starts, ends = max(one.days[0], other.days[0]), min(one.days[1], other.days[1])
    apart = max(0, (starts - ends).days)
    longest = max((last - first).days + 1 for first, last in (one.days, other.days))
    close = _CLOSE_IN_DAYS[apart] if apart <= MOST_DAYS_APART else 0.0
    sharp = _share(longest, _SHARP_IN_DAYS, _VAGUE_DAYS)
    return _reason("day", close * sharp, apart=apart, longest=longest)


def _place(one: Incident, other: Incident) -> Reason:
    apart, radii = distance_m(one, other), one.radius_m + other.radius_m
    if apart <= radii:
        close = 1 - (1 - _AT_THE_EDGE) * (apart / radii if radii else 0.0)
    else:
        close = _AT_THE_EDGE * max(0.0, 1 - (apart - radii) / (reach_m(radii) - radii))
    sharp = _share(radii, _SHARP_IN_METRES, _VAGUE_PLACE)
    return _reason("place", close * sharp, apart_m=round(apart), radii_m=round(radii))


def _actors(one: Incident, other: Incident) -> Reason:
    fit = agreement(one.parties, other.parties)
    return _reason("actors", fit, fit=round(fit, 2))


def _deaths(one: Incident, other: Incident) -> Reason:
    if one.killed is None or other.killed is None:
        return _reason("deaths", _NOT_STATED)
    fewer, more = sorted((one.killed, other.killed), key=lambda ends: (ends[1], ends[0]))
    apart = max(0, more[0] - fewer[1])
    share = fewer[1] / more[0] if apart else 1.0
    if 0 < apart <= _FEW_DEATHS:
        share = max(share, _FEW_APART)
    return _reason(
        "deaths",
        share,
        fewer_low=fewer[0],
        fewer_high=fewer[1],
        more_low=more[0],
        more_high=more[1],
    )
