"""ACLED: exports in CSV or XLSX and answers of its API, in the schema of today and the one before.

What ACLED's codebook says, and what is made of it:

fatalities      One number, which becomes `killed_best`; lowest and highest stay empty. 0 is coded
                too where nothing is reported or it is unclear whether anyone died: it becomes
                empty, for empty is unknown and 0 would say none. Words are coded as numbers
                (several: 3 or 10, dozens: 12, hundreds: 100). These stay as they are, and
                `killed_may_mean` says of each such number, and of 0, what it may stand for.
time_precision  1: the day. 2: some day of a week or the like, coded as its middle; the row spans
                three days before to three after. 3: some day of a month; the row spans the month.
geo_precision   1: a named place, at its middle. 2: near a place, or a part of a region that a
                town stands for. 3: a larger region, for which a natural feature or the provincial
                capital stands: `place_precision` 4.
actors          As stated. Their order says nothing of who attacked. Numbers of the old schema for
                the kind of an actor are written in the words of today's.
notes           As given.

Not kept: year, interaction, iso, iso3, the region of the world, admin3, source_scale, data_id,
event_id_no_cnty and estimates of population.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

from geo.errors import UnknownThing, shorten
from geo.importing.crosswalk import Actor, Rules, Verdict, inter_codes, read_rules
from geo.importing.readers import RawRow, read_file
from geo.importing.sources._base import (
    NOT_PLAIN,
    Columns,
    DataSource,
    Problem,
    Remembered,
    as_day,
    code,
    numbered,
    placed,
    recognise,
    rejected,
    text_of,
    whole,
)
from geo.spec import Source, Text

Values = Mapping[str, Any]

_BOTH = frozenset(
    (
        *("event_id_cnty", "event_date", "year", "time_precision", "event_type", "sub_event_type"),
        *("actor1", "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2", "interaction"),
        *("iso", "region", "country", "admin1", "admin2", "admin3", "location"),
        *("latitude", "longitude", "geo_precision", "source", "source_scale", "notes"),
        *("fatalities", "timestamp"),
    )
)
_POPULATION = frozenset(f"population_{size}" for size in ("1km", "2km", "5km", "best"))
_OLD_ONLY = frozenset({"data_id", "event_id_no_cnty", "iso3"})
CURRENT = Columns(
    title="an ACLED export",
    needed=_BOTH | {"disorder_type", "civilian_targeting", "tags"},
    optional=_POPULATION | _OLD_ONLY,
)
OLD = Columns(
    title="an ACLED export of the old schema",
    needed=_BOTH | _OLD_ONLY,
    optional=_POPULATION,
)
# What decides the classes of an event; rows that say the same here are classed once.
_DECIDING_OLD = (
    *("event_type", "sub_event_type", "country"),
    *("actor1", "inter1", "assoc_actor_1", "actor2", "inter2", "assoc_actor_2"),
)
_DECIDING = (*_DECIDING_OLD, "disorder_type", "civilian_targeting")
# Not those of the language that the computer is set to.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WEEK = timedelta(days=3)
# Our estimates of how far off the true place may be, as for the rows that come with the atlas.
_PLACES: dict[int, Values] = {
    1: {"place_precision": 1, "radius_m": 5_000, "place_basis": "place"},
    2: {"place_precision": 2, "radius_m": 25_000},
    3: {"place_precision": 4, "radius_m": 150_000},
}
_MAY_MEAN = {0: "none_reported", 3: "several", 10: "several", 12: "dozens", 100: "hundreds"}


def read(path: Path, rules: Rules | None = None) -> Iterator[RawRow]:
    """Read an export."""
    return _rows(read_file(path), rules or read_rules())


def rows_of(records: Iterable[Values], where: str, rules: Rules | None = None) -> Iterator[RawRow]:
    """Make rows of records as the API gives them."""
    return _rows(numbered(records, where), rules or read_rules())


def _rows(raws: Iterable[RawRow], rules: Rules) -> Iterator[RawRow]:
    row: Callable[[RawRow], RawRow] | None = None
    for raw in raws:
        if raw.problem is not None:
            yield rejected(raw, None, raw.problem)
            continue
        if row is None:
            form = recognise(raw.file, raw.values, (CURRENT, OLD))
            row = _placing(rules, has_targeting=form is CURRENT)
        yield row(raw)


def _placing(rules: Rules, *, has_targeting: bool) -> Callable[[RawRow], RawRow]:
    """Make what turns one raw row into one of the layer."""
    constant = {
        "dataset": SOURCE.dataset,
        "sensitivity": SOURCE.sensitivity,
        "source_title": SOURCE.source.title_in("en"),
        "source_url": SOURCE.source.url,
        "source_licence": SOURCE.source.licence_in("en"),
    }
    columns = _DECIDING if has_targeting else _DECIDING_OLD
    deciding, dated = itemgetter(*columns), itemgetter("event_date", "time_precision")
    classes = Remembered(partial(_classes, rules, columns))
    when, where = Remembered(_when), Remembered(_where)
    toll, updated = Remembered(_toll), Remembered(_updated)

    def row(raw: RawRow) -> RawRow:
        given = raw.values
        stated = text_of(given.get("event_id_cnty"))
        row_id = f"acled-{stated}" if stated else None
        try:
            if row_id is None:
                raise Problem("has no event_id_cnty")
            values = {
                "id": row_id,
                **constant,
                **classes[deciding(given)],
                **when[dated(given)],
                **where[given["geo_precision"]],
                **toll[given["fatalities"]],
                "place": given["location"],
                "lon": given["longitude"],
                "lat": given["latitude"],
                "region_stated": given["admin1"],
                "cercle_stated": given["admin2"],
                "reported_by": given["source"],
                "notes": given["notes"],
                "tags": given.get("tags"),
                "updated": updated[given["timestamp"]],
            }
        except TypeError:
            return rejected(raw, row_id, NOT_PLAIN)
        except KeyError as missing:
            return rejected(raw, row_id, f"lacks {missing}")
        except Problem as problem:
            return rejected(raw, row_id, str(problem))
        return placed(raw, values)

    return row


def _classes(rules: Rules, columns: Sequence[str], deciding: tuple[Any, ...]) -> Values:
    given = dict(zip(columns, map(text_of, deciding), strict=True))
    kind, sub_kind = given["event_type"], given["sub_event_type"]
    try:
        rule = rules.event_rule("acled", kind, sub_kind)
    except UnknownThing as unknown:
        raise Problem(f"{unknown}; add it with --rules") from None
    kinds = [_actor_kind(given["inter1"]), _actor_kind(given["inter2"])]
    named = [Actor(given[f"actor{n}"], kinds[n - 1]) for n in (1, 2) if given[f"actor{n}"]]
    allies = [given["assoc_actor_1"], given["assoc_actor_2"]]
    targeting = given.get("civilian_targeting")
    verdict = rules.verdict(
        rule,
        named,
        [name.strip() for each in allies for name in each.split(";") if name.strip()],
        given["country"],
        civilians_targeted=bool(targeting),
    )
    return {
        # Faster than _asdict(), which would take a tenth of it all.
        **dict(zip(Verdict._fields, verdict, strict=True)),
        "kind_stated": f"{kind}: {sub_kind}" if sub_kind else kind,
        "conflict": given.get("disorder_type"),
        "country": given["country"],
        "civilians_targeted": None if targeting is None else bool(targeting),
        "actor1": given["actor1"],
        "actor1_kind": kinds[0],
        "allies1": allies[0],
        "actor2": given["actor2"],
        "actor2_kind": kinds[1],
        "allies2": allies[1],
    }


def _actor_kind(stated: str) -> str:
    """Write the kind of an actor in words; 0 of the old schema is none."""
    if not stated.isdecimal():
        return stated
    if stated == "0":
        return ""
    if stated not in inter_codes():
        raise Problem(f"the kind of an actor, {stated!r}, is none of 0 to 8")
    return inter_codes()[stated]


def _when(stated: tuple[Any, Any]) -> Values:
    day, precision = _day(stated[0]), code("time_precision", stated[1], 3)
    values: dict[str, Any] = {"date": day, "date_precision": "day"}
    if not date.min + _WEEK <= day <= date.max - _WEEK:
        raise Problem(f"event_date {day} is no day of this age")
    if precision == 2:
        values |= {"date": day - _WEEK, "date_end": day + _WEEK, "date_precision": "range"}
    elif precision == 3:
        last = calendar.monthrange(day.year, day.month)[1]
        values |= {"date": day.replace(day=1), "date_end": day.replace(day=last)}
        values["date_precision"] = "month"
    return {**values, "date_precision_stated": precision}


def _day(stated: Any) -> date:
    """Read a day as the API (2021-03-05) or the export (05 March 2021) writes it."""
    day = as_day(stated)
    if day is None:
        try:
            number, month, year = str(stated).split()
            written = f"{year}-{_MONTHS.index(month) + 1:02}-{number.zfill(2)}"
            day = date.fromisoformat(written)
        except ValueError:
            raise Problem(
                f"event_date {shorten(str(stated))!r} is neither like 2021-03-05 nor like "
                "05 March 2021; if a spreadsheet rewrote it, export it again"
            ) from None
    return day


def _where(stated: Any) -> Values:
    precision = code("geo_precision", stated, 3)
    return {**_PLACES[precision], "place_precision_stated": precision}


def _toll(stated: Any) -> Values:
    killed = whole("fatalities", stated)
    return {"killed_best": killed or None, "killed_may_mean": _MAY_MEAN.get(killed)}


def _updated(stated: Any) -> str:
    """Write a moment that is counted in seconds since 1970 so that it can be read."""
    text = text_of(stated)
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return text
    return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


SOURCE = DataSource(
    id="acled",
    title=Text(en="ACLED", fr="ACLED"),
    layer="events",
    dataset="acled",
    source=Source(
        title="ACLED, Armed Conflict Location & Event Data",
        licence=Text(
            en="ACLED terms of use: rows may not be passed on",
            fr="conditions d’utilisation d’ACLED : les lignes ne peuvent être retransmises",
        ),
        url="https://acleddata.com/",
        attribution="ACLED",
    ),
    # Its terms forbid passing on raw rows: they go into counts and nothing else.
    sensitivity="counts_only",
    read=read,
    rows_of=rows_of,
)
