"""Refuse questions so fine that a sum of rows which may only be counted would be one of them.

Such sums are of whole months, by regions, cercles, cells of H3 and classes: what sources that keep
their rows publish themselves. What says where single rows lie, as a surface or a sum by place, is
of a year and more. Names, places, deaths and days of single rows are no condition (`geo/cql2`).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from geo import cql2
from geo.aggregate import Grouping
from geo.errors import BadParameter
from geo.query import FeatureQuery, Interval
from geo.spec import Layer

# Cells of some 250 km².
FINEST_CELL = 5
LEAST_DAYS = 365
_INSTEAD = "source= with data sets that may be passed on, as in source=documented"


def check_coarse(layer: Layer, query: FeatureQuery, *, by_place: bool = False) -> None:
    """Refuse a selection that could single out a row; `by_place`: what is asked says where."""
    if layer.audience != "counted":
        return
    areas = f"filter= or a parameter with region or cercle, by=grid, or {_INSTEAD}"
    if query.bbox is not None:
        problem = "could hold a single row of those that may only be counted"
        raise BadParameter("bbox", _told_box(query), problem, allowed=areas)
    named = cql2.GEOMETRY_NAMES & cql2.names_in(query.filter)
    if named:
        problem = "could choose a single row of those that may only be counted"
        raise BadParameter("filter", min(named), problem, allowed=areas)
    if query.interval is not None:
        _check_span(query.interval, by_place=by_place)


def check_cells(layer: Layer, grouping: Grouping) -> None:
    """Refuse cells so fine that they would say where single rows lie."""
    by_cell = layer.audience == "counted" and "grid" in grouping.by
    if by_cell and grouping.resolution > FINEST_CELL:
        raise BadParameter(
            "resolution",
            str(grouping.resolution),
            "is finer than rows that may only be counted can be",
            allowed=f"0 to {FINEST_CELL}, or {_INSTEAD}",
        )


def _check_span(span: Interval, *, by_place: bool) -> None:
    told = f"{span.start or '..'}/{span.end or '..'}"
    begins_month = span.start is None or span.start.day == 1
    if not (begins_month and (span.end is None or _ends_month(span.end))):
        problem = "is not made of whole months, by which alone some rows may be counted"
        allowed = f"first to last days of months, as in 2021-01-01/2021-03-31, or {_INSTEAD}"
        raise BadParameter("datetime", told, problem, allowed=allowed)
    is_short = span.start and span.end and (span.end - span.start).days + 1 < LEAST_DAYS
    if by_place and is_short:
        problem = "is shorter than the year for which some rows may be counted by place"
        allowed = f"twelve months and more, or {_INSTEAD}"
        raise BadParameter("datetime", told, problem, allowed=allowed)


def _ends_month(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


def _told_box(query: FeatureQuery) -> str:
    box = query.bbox
    return "" if box is None else f"{box.west:g},{box.south:g},{box.east:g},{box.north:g}"
