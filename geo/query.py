"""What is asked of a layer, as one frozen value, and how its parts are read from text."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import orjson

from geo.crs import DEFAULT, NOWHERE_BEYOND_M, Crs
from geo.errors import BadParameter


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A box on a map; west above east in degrees means that it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float
    srid: int = DEFAULT.srid

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
class SortKey:
    """One property to order by; rows without it come last either way."""

    name: str
    descending: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """Where the next page begins, and the moment whose state all pages show.

    `after` holds the last row's value of every sort key, and its id; `of` names the question that
    the pages answer, so that a cursor is not taken to another one.
    """

    of: str
    after: tuple[Any, ...]
    as_of: datetime

    def encode(self) -> str:
        text = orjson.dumps([self.of, self.as_of.isoformat(), *self.after])
        return base64.urlsafe_b64encode(text).decode().rstrip("=")


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureQuery:
    """Ask for features; every reader of a layer takes this and nothing else."""

    bbox: Box | None = None
    interval: Interval | None = None
    as_of: datetime | None = None
    # The moment that a cursor holds on to; it goes before the one asked for.
    pinned: datetime | None = None
    filter: dict[str, Any] | None = None
    sort: tuple[SortKey, ...] = ()
    limit: int | None = None
    after: tuple[Any, ...] | None = None
    properties: tuple[str, ...] | None = None
    crs: Crs = DEFAULT

    def __hash__(self) -> int:
        return hash(self.canonical())

    @property
    def moment(self) -> datetime | None:
        """Give the moment whose state is shown; None is the current one."""
        return self.pinned or self.as_of

    def question(self, layer_id: str) -> str:
        """Name what is asked of a layer and in what order, whatever the page and its form."""
        asked = replace(self, limit=None, after=None, properties=None, crs=DEFAULT, pinned=None)
        digest = hashlib.blake2b(asked.canonical(), key=layer_id.encode(), digest_size=6)
        return digest.hexdigest()

    def canonical(self) -> bytes:
        """Write the query so that two equal ones give the same bytes."""
        return orjson.dumps(
            {name: getattr(self, name) for name in self.__slots__}, option=orjson.OPT_SORT_KEYS
        )


def parse_bbox(text: str, name: str = "bbox", crs: Crs = DEFAULT) -> Box:
    """Read west,south,east,north, or the six numbers of a box with heights."""
    allowed = "west,south,east,north in degrees, as in -12.3,10.1,4.3,25.0"
    if crs.north_first:
        allowed = "south,west,north,east in degrees, as in 10.1,-12.3,25.0,4.3"
    if crs.unit != "degree":
        allowed = f"west,south,east,north in metres of {crs.uri}"
    numbers = parse_numbers(text, name, allowed)
    if len(numbers) == 6:
        numbers = [*numbers[0:2], *numbers[3:5]]
    if len(numbers) != 4:
        problem = f"has {len(numbers)} numbers; needs {allowed.split(' in ')[0]}"
        raise BadParameter(name, text, problem, allowed=allowed)
    west, south, east, north = numbers
    if crs.north_first:
        south, west, north, east = numbers
    problem = _problem_of_box(west, south, east, north, crs)
    if problem:
        raise BadParameter(name, text, problem, allowed=allowed)
    return Box(west=west, south=south, east=east, north=north, srid=crs.srid)


# Python reads 1_0 and nan as numbers; nobody else does.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)


def parse_numbers(text: str, name: str, allowed: str) -> list[float]:
    """Read numbers with commas between them."""
    parts = [part.strip() for part in text.split(",")]
    if not all(_NUMBER.match(part) for part in parts):
        raise BadParameter(name, text, "is not a list of numbers", allowed=allowed)
    numbers = [float(part) for part in parts]
    if not all(math.isfinite(number) for number in numbers):
        raise BadParameter(name, text, "has a number that is not finite", allowed=allowed)
    return numbers


def _problem_of_box(west: float, south: float, east: float, north: float, crs: Crs) -> str:
    if south > north:
        return "has its south above its north"
    if crs.unit != "degree":
        if west > east:
            return "has its west east of its east"
        farthest = max(map(abs, (west, south, east, north)))
        return "lies off the earth" if farthest > NOWHERE_BEYOND_M else ""
    if not (-180 <= west <= 180 and -180 <= east <= 180):
        return "has a longitude outside -180…180"
    return "" if south >= -90 and north <= 90 else "has a latitude outside -90…90"


_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}([Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2}))?\Z", re.ASCII
)
_MOMENT_ALLOWED = "a day (2016-05-29) or an RFC 3339 time (2016-05-29T10:00:00Z)"
_DATETIME_ALLOWED = (
    f"{_MOMENT_ALLOWED}, or an interval with / of which one side may be .. (2013-07-01/..)"
)


def _parse_moment(text: str, whole: str, name: str, allowed: str) -> datetime:
    # GDAL 3.6 writes 2016-01-01T for a day.
    text = text.removesuffix("T")
    if not _INSTANT.match(text):
        raise BadParameter(name, whole, "is not a day or a time", allowed=allowed)
    try:
        moment = datetime.fromisoformat(text.upper())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadParameter(name, whole, "is not in the calendar", allowed=allowed) from None


def parse_datetime(text: str, name: str = "datetime") -> Interval:
    """Read a day, a time or an interval of them, as OGC API – Features writes it."""
    parts = text.split("/")
    if len(parts) > 2:
        raise BadParameter(name, text, "has more than one /", allowed=_DATETIME_ALLOWED)
    ends = [
        None if part in ("", "..") else _parse_moment(part, text, name, _DATETIME_ALLOWED)
        for part in parts
    ]
    if len(ends) == 1:
        if ends[0] is None:
            raise BadParameter(name, text, "is empty", allowed=_DATETIME_ALLOWED)
        return Interval(start=ends[0].date(), end=ends[0].date())
    start, end = ends
    if start is None and end is None:
        problem = "is open on both sides; leave it out to ask for all time"
        raise BadParameter(name, text, problem, allowed=_DATETIME_ALLOWED)
    # By days: the day that ends an interval lasts until its end.
    if start is not None and end is not None and start.date() > end.date():
        raise BadParameter(name, text, "ends before it starts", allowed=_DATETIME_ALLOWED)
    return Interval(start=start and start.date(), end=end and end.date())


def parse_as_of(text: str, *, now: datetime, name: str = "as_of") -> datetime:
    """Read the moment whose state of the store is asked for; a day means its last instant."""
    moment = _parse_moment(text, text, name, _MOMENT_ALLOWED)
    if moment > now:
        # What the store will hold then is not known yet, so it could not be shown again.
        raise BadParameter(name, text, "lies in the future", allowed=_MOMENT_ALLOWED)
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
        of, as_of, *after = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        moment = datetime.fromisoformat(as_of).astimezone(UTC)
        plain = all(isinstance(part, str | int | float | bool | None) for part in after)
        if not isinstance(of, str) or not after or not plain or "\x00" in str(after[-1]):
            raise ValueError(after)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        allowed = "the cursor of a next link, unchanged; leave it out to start at the first page"
        raise BadParameter(name, text, "was not given out here", allowed=allowed) from None
    return Cursor(of=of, after=tuple(after), as_of=moment)


def parse_sort(text: str, sortables: Collection[str], name: str = "sortby") -> tuple[SortKey, ...]:
    """Read property names with commas, each with + or - before it, or neither."""
    keys = []
    for part in text.split(","):
        # A + in an address that was not encoded arrives as a blank.
        bare = part.strip().removeprefix("+").removeprefix("-")
        if bare not in sortables:
            raise BadParameter(name, part, "cannot be sorted by", allowed=sorted(sortables))
        keys.append(SortKey(name=bare, descending=part.strip().startswith("-")))
    if len({key.name for key in keys}) < len(keys):
        raise BadParameter(name, text, "names a property twice", allowed=sorted(sortables))
    return tuple(keys)
