"""What is asked of a layer, as one frozen value, and how its parts are read from text."""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson

from geo.errors import BadParameter

FAR_FUTURE = date(9999, 12, 31)


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A box in degrees; west above east means that it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    @property
    def parts(self) -> tuple[tuple[float, float, float, float], ...]:
        """Give the one or two plain boxes that the box is made of."""
        if self.west <= self.east:
            return ((self.west, self.south, self.east, self.north),)
        return (
            (self.west, self.south, 180.0, self.north),
            (-180.0, self.south, self.east, self.north),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A span of days, both ends included; None is open."""

    start: date | None
    end: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """Where the next page begins, and the moment whose state all pages show."""

    after: str
    as_of: datetime

    def encode(self) -> str:
        text = orjson.dumps([self.after, self.as_of.isoformat()])
        return base64.urlsafe_b64encode(text).decode().rstrip("=")


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureQuery:
    """Ask for features; every reader of a layer takes this and nothing else."""

    bbox: Box | None = None
    interval: Interval | None = None
    as_of: datetime | None = None
    filter: dict[str, Any] | None = None
    limit: int | None = None
    after: str | None = None
    properties: tuple[str, ...] | None = None

    def __hash__(self) -> int:
        return hash(self.canonical())

    def canonical(self) -> bytes:
        """Write the query so that two equal ones give the same bytes."""
        return orjson.dumps(
            {name: getattr(self, name) for name in self.__slots__}, option=orjson.OPT_SORT_KEYS
        )


def parse_bbox(text: str, name: str = "bbox") -> Box:
    """Read west,south,east,north, or the six numbers of a box with heights."""
    allowed = "west,south,east,north in degrees, as in -12.3,10.1,4.3,25.0"
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise BadParameter(name, text, "is not a list of numbers", allowed=allowed) from None
    if len(numbers) == 6:
        numbers = [*numbers[0:2], *numbers[3:5]]
    if len(numbers) != 4:
        problem = f"has {len(numbers)} numbers; needs west,south,east,north"
        raise BadParameter(name, text, problem, allowed=allowed)
    west, south, east, north = numbers
    if not all(math.isfinite(number) for number in numbers):
        raise BadParameter(name, text, "has a number that is not finite", allowed=allowed)
    if not (-180 <= west <= 180 and -180 <= east <= 180):
        raise BadParameter(name, text, "has a longitude outside -180…180", allowed=allowed)
    if not (-90 <= south <= 90 and -90 <= north <= 90):
        raise BadParameter(name, text, "has a latitude outside -90…90", allowed=allowed)
    if south > north:
        raise BadParameter(name, text, "has its south above its north", allowed=allowed)
    return Box(west=west, south=south, east=east, north=north)


_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}([Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2}))?\Z", re.ASCII
)
_DATETIME_ALLOWED = (
    "a day (2016-05-29), an RFC 3339 time (2016-05-29T10:00:00Z), or an interval with / of which "
    "one side may be .. (2013-07-01/.., ../2021-04-30)"
)


def _parse_moment(text: str, whole: str, name: str) -> datetime:
    if not _INSTANT.match(text):
        raise BadParameter(name, whole, "is not a day or a time", allowed=_DATETIME_ALLOWED)
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        problem = "is not in the calendar"
        raise BadParameter(name, whole, problem, allowed=_DATETIME_ALLOWED) from None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        problem = "is outside the calendar"
        raise BadParameter(name, whole, problem, allowed=_DATETIME_ALLOWED) from None


def parse_datetime(text: str, name: str = "datetime") -> Interval:
    """Read a day, a time or an interval of them, as OGC API – Features writes it."""
    parts = text.split("/")
    if len(parts) > 2:
        raise BadParameter(name, text, "has more than one /", allowed=_DATETIME_ALLOWED)
    ends = [None if part in ("", "..") else _parse_moment(part, text, name) for part in parts]
    if len(ends) == 1:
        if ends[0] is None:
            raise BadParameter(name, text, "is empty", allowed=_DATETIME_ALLOWED)
        return Interval(start=ends[0].date(), end=ends[0].date())
    start, end = ends
    if start is None and end is None:
        problem = "is open on both sides; leave it out to ask for all time"
        raise BadParameter(name, text, problem, allowed=_DATETIME_ALLOWED)
    if start is not None and end is not None and start > end:
        raise BadParameter(name, text, "ends before it starts", allowed=_DATETIME_ALLOWED)
    return Interval(start=start and start.date(), end=end and end.date())


def parse_as_of(text: str, name: str = "as_of") -> datetime:
    """Read the moment whose state of the store is asked for; a day means its last instant."""
    moment = _parse_moment(text, text, name)
    if len(text) == len("2016-05-29"):
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return moment


def parse_limit(text: str, *, most: int, name: str = "limit") -> int:
    """Read the size of a page; more than the most that is served means the most."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < 1:
        allowed = f"a whole number from 1; pages hold {most} features at most"
        raise BadParameter(name, text, "is not a page size", allowed=allowed)
    return min(int(text), most)


def parse_cursor(text: str, name: str = "cursor") -> Cursor:
    """Read the `cursor` of a `next` link."""
    try:
        padded = text + "=" * (-len(text) % 4)
        after, as_of = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        moment = datetime.fromisoformat(as_of)
        if not isinstance(after, str) or "\x00" in after or moment.tzinfo is None:
            raise ValueError(after)
    except (ValueError, TypeError, binascii.Error):
        allowed = "the cursor of a next link, unchanged; leave it out to start at the first page"
        raise BadParameter(name, text, "was not given out here", allowed=allowed) from None
    return Cursor(after=after, as_of=moment)
