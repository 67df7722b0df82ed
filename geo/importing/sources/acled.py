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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from geo.errors import UnknownThing, shorten
from geo.importing.blocks import RawBlock, side_by_side
from geo.importing.coded import Coded, Faults, same, together
from geo.importing.crosswalk import (
    UNKNOWN,
    Actor,
    ActorClass,
    EventRule,
    Rules,
    Verdict,
    inter_codes,
    read_rules,
)
from geo.importing.sources._base import (
    ABSENT,
    Columns,
    DataSource,
    Problem,
    Remembered,
    as_day,
    code,
    numbered,
    plain,
    recognise,
    text_of,
    whole,
)
from geo.importing.tables import read_blocks
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
_USED = frozenset(
    (
        *("event_date", "time_precision", "event_type", "sub_event_type", "country"),
        *("actor1", "inter1", "assoc_actor_1", "actor2", "inter2", "assoc_actor_2"),
        *("admin1", "admin2", "location", "latitude", "longitude", "geo_precision"),
        *("source", "notes", "fatalities", "timestamp"),
    )
)
_USED_TODAY = _USED | {"disorder_type", "civilian_targeting", "tags"}
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
_DAYS = ("date", "date_end", "date_precision", "date_precision_stated")
_PRECISION = ("place_precision", "radius_m", "place_basis", "place_precision_stated")
_AS_GIVEN = {
    "conflict": "disorder_type",
    "place": "location",
    "lon": "longitude",
    "lat": "latitude",
    "region_stated": "admin1",
    "cercle_stated": "admin2",
    "reported_by": "source",
    "notes": "notes",
    "tags": "tags",
}


def read(path: Path, rules: Rules | None = None) -> Iterator[RawBlock]:
    """Read an export."""
    return _blocks(read_blocks(path, absent=ABSENT), rules or read_rules())


def rows_of(
    records: Iterable[Values], where: str, rules: Rules | None = None
) -> Iterator[RawBlock]:
    """Make rows of records as the API gives them."""
    raws = side_by_side(numbered(records, where), absent=ABSENT)
    return _blocks(raws, rules or read_rules())


def _blocks(raws: Iterable[RawBlock], rules: Rules) -> Iterator[RawBlock]:
    form: Columns | None = None
    for raw in raws:
        if len(raw.problems) == len(raw.lines):
            yield replace(raw, columns={"id": same(None, len(raw.lines))})
            continue
        form = form or recognise(raw.file, raw.columns, (CURRENT, OLD))
        stated = _Stated(raw, _USED_TODAY if form is CURRENT else _USED)
        yield replace(raw, columns=_columns(stated, rules), problems=stated.faults)


class _Stated:
    """What some rows state, column by column, and why some of them cannot be placed."""

    def __init__(self, raw: RawBlock, used: Iterable[str]) -> None:
        self.faults: Faults = dict(raw.problems)
        # Of records, some may all lack what others had.
        lacking = same(ABSENT, len(raw.lines))
        ids = raw.columns.get("event_id_cnty", lacking)
        self.ids = ids.read(_row_id, Problem, self.faults)
        self.columns = {
            name: raw.columns.get(name, lacking).read(partial(plain, name), Problem, self.faults)
            for name in sorted(used)
        }

    def texts(self, name: str) -> Coded:
        """Give the texts of a column."""
        return self.columns[name].map(text_of).merged()

    def read(self, read: Callable[[Any], Any], name: str) -> Coded:
        """Read a column."""
        return self.columns[name].read(read, Problem, self.faults)


def _columns(stated: _Stated, rules: Rules) -> dict[str, Coded]:
    """Give the columns of the layer; of rows with a fault, anything."""
    constant = {
        "dataset": SOURCE.dataset,
        "sensitivity": SOURCE.sensitivity,
        "source_title": SOURCE.source.title_in("en"),
        "source_url": SOURCE.source.url,
        "source_licence": SOURCE.source.licence_in("en"),
    }
    return {
        "id": stated.ids,
        **{name: same(value, len(stated.ids)) for name, value in constant.items()},
        **_classes(stated, rules),
        **_parted(_dated(stated), _DAYS),
        **_parted(stated.read(_where, "geo_precision"), _PRECISION),
        **_parted(stated.read(_toll, "fatalities"), ("killed_best", "killed_may_mean")),
        "updated": stated.read(_updated, "timestamp"),
        **{
            name: stated.columns[given]
            for name, given in _AS_GIVEN.items()
            if given in stated.columns
        },
    }


def _dated(stated: _Stated) -> Coded:
    columns = [stated.columns["event_date"], stated.texts("time_precision")]
    return together(columns).read(_WHEN.__getitem__, Problem, stated.faults)


def _parted(found: Coded, names: Iterable[str]) -> dict[str, Coded]:
    """Give what was read together each its column."""

    def of(name: str, values: Values | None) -> Any:
        return None if values is None else values.get(name)

    return {name: found.map(partial(of, name)).merged() for name in names}


def _classes(stated: _Stated, rules: Rules) -> dict[str, Coded]:
    """Class events by their type and by who took part."""
    kinds = together([stated.texts(name) for name in ("event_type", "sub_event_type")])
    event_rules = kinds.read(partial(_event_rule, rules), Problem, stated.faults)
    actors = [stated.texts(f"actor{n}") for n in (1, 2)]
    actor_kinds = [stated.read(_actor_kind, f"inter{n}").merged() for n in (1, 2)]
    allies = [stated.texts(f"assoc_actor_{n}") for n in (1, 2)]
    country = stated.texts("country")
    parties = [
        together([actor, kind, country]).map(partial(_party, rules)).merged()
        for actor, kind in zip(actors, actor_kinds, strict=True)
    ]
    friends = [together([each, country]).map(partial(_targets, rules)).merged() for each in allies]
    targeting = same(None, len(country))
    if "civilian_targeting" in stated.columns:
        targeting = stated.texts("civilian_targeting").map(bool)
    deciding = together([event_rules.merged(), targeting.merged(), *parties, *friends])
    verdicts = deciding.map(partial(_verdict, rules)).merged()
    perpetrators = together([verdicts.map(attrgetter("striker")).merged(), *actors])
    names = perpetrators.map(_name_of_striker).merged()
    return {
        "event_class": verdicts.map(attrgetter("event_class")),
        "target_class": verdicts.map(attrgetter("target_class")),
        "perpetrator": names,
        "perpetrator_status": names.map(lambda name: None if name is None else "reported"),
        "perpetrator_class": verdicts.map(attrgetter("perpetrator_class")),
        "kind_stated": kinds.map(lambda kind: ": ".join(filter(None, kind))),
        "country": country,
        "civilians_targeted": targeting,
        "actor1": actors[0],
        "actor1_kind": actor_kinds[0],
        "allies1": allies[0],
        "actor2": actors[1],
        "actor2_kind": actor_kinds[1],
        "allies2": allies[1],
    }


def _event_rule(rules: Rules, kind: tuple[str, str]) -> EventRule:
    try:
        return rules.event_rule("acled", *kind)
    except UnknownThing as unknown:
        raise Problem(f"{unknown}; add it with --rules") from None


def _party(rules: Rules, stated: tuple[str, str | None, str]) -> ActorClass | None:
    actor, kind, country = stated
    return rules.actor_class(Actor(actor, kind or ""), country) if actor else None


def _targets(rules: Rules, stated: tuple[str, str]) -> frozenset[str | None]:
    """Say what those are that were with a party, which are set apart by semicolons."""
    allies, country = stated
    return rules.targets(filter(None, map(str.strip, allies.split(";"))), country)


def _verdict(rules: Rules, deciding: tuple[Any, ...]) -> Verdict:
    rule, civilians_targeted, *others = deciding
    if rule is None:
        # Of a type that is in no table, which is its row's fault.
        return Verdict(UNKNOWN, UNKNOWN)
    parties, friends = others[:2], others[2:]
    return rules.verdict(
        rule, parties, frozenset().union(*friends), civilians_targeted=bool(civilians_targeted)
    )


def _name_of_striker(stated: tuple[int | None, str, str]) -> str | None:
    striker, *actors = stated
    return None if striker is None else actors[striker]


def _row_id(stated: Any) -> str:
    text = "" if stated is ABSENT else text_of(stated)
    if not text:
        raise Problem("has no event_id_cnty")
    return f"acled-{text}"


def _actor_kind(given: Any) -> str:
    """Write the kind of an actor in words; 0 of the old schema is none."""
    stated = text_of(given)
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


# Days are few, and come again from block to block.
_WHEN = Remembered(_when)


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
