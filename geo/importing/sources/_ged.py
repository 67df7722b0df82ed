"""UCDP GED, whose yearly and candidate releases have one form: 49 columns, or records of its API.

What UCDP's codebook says, and what is made of it:

type_of_violence  1 state-based, 2 non-state, 3 one-sided; classes as in data/crosswalks/ucdp.csv.
best, low, high   `killed_best`, `killed_low` and `killed_high`; all deaths of the event. In some
                  rows best lies outside low and high (GED 21.1 has 7 such in Mali). They are not
                  left out for that: best stays, and the bound that it passes is moved to it.
deaths_…          Civilians to `civilians_killed_best`, the rest to the sides as stated.
date_prec         1 the day; 2 to 5 ever longer spans, which the two dates bound. The scale of the
                  atlas is by what the dates span: a day, a calendar month, a calendar year, else
                  a range.
where_prec        1 the place; 2 within about 25 km; 3 the second-order and 4 the first-order
                  unit, whose middle the point is; 5 a line or an area without bounds; 6 the
                  country, whose middle the point is; 7 international water or airspace.
side_a, side_b    As stated. Only in one-sided violence does a side mean something: A kills.

Numbers of sources below 0 stand for what was not counted, and become empty. Not kept: the ids and
codes of conflicts, dyads, sides and countries, the year, geom_wkt, priogrid_gid, the region of the
world, relid, active_year, code_status, source_date and source_headline (source_article has both).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

from geo.errors import ImportRefused, UnknownThing, shorten
from geo.importing.blocks import RawBlock, side_by_side
from geo.importing.bounds import passes
from geo.importing.crosswalk import Actor, Rules, read_rules
from geo.importing.readers import RawRow, read_file, some
from geo.importing.readers.table import READER, read_table
from geo.importing.sources._base import (
    NOT_PLAIN,
    Columns,
    Problem,
    Read,
    Remembered,
    RowsOf,
    as_day,
    code,
    numbered,
    placed,
    recognise,
    rejected,
    text_of,
    whole,
)
from geo.spec import Source

Values = Mapping[str, Any]

COLUMNS = (
    *("id", "relid", "year", "active_year", "code_status", "type_of_violence"),
    *("conflict_dset_id", "conflict_new_id", "conflict_name"),
    *("dyad_dset_id", "dyad_new_id", "dyad_name"),
    *("side_a_dset_id", "side_a_new_id", "side_a", "side_b_dset_id", "side_b_new_id", "side_b"),
    *("number_of_sources", "source_article", "source_office", "source_date", "source_headline"),
    *("source_original", "where_prec", "where_coordinates", "where_description"),
    *("adm_1", "adm_2", "latitude", "longitude", "geom_wkt", "priogrid_gid"),
    *("country", "country_id", "region", "event_clarity", "date_prec", "date_start", "date_end"),
    *("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low"),
    *("gwnoa", "gwnob"),
)
_FILE = Columns(title="UCDP GED, which are 49", needed=frozenset(COLUMNS))
_USED = frozenset(
    (
        *("id", "type_of_violence", "conflict_name", "dyad_name", "side_a", "side_b"),
        *("number_of_sources", "source_article", "source_office", "source_original"),
        *("where_prec", "where_coordinates", "where_description", "adm_1", "adm_2"),
        *("latitude", "longitude", "country", "event_clarity", "date_prec"),
        *("date_start", "date_end", "deaths_a", "deaths_b", "deaths_civilians"),
        *("deaths_unknown", "best", "high", "low"),
    )
)
_KINDS = {"1": "state-based conflict", "2": "non-state conflict", "3": "one-sided violence"}
_DECIDING = ("type_of_violence", "side_a", "side_b", "country", "conflict_name", "dyad_name")
_CENTROID = {"place_basis": "centroid"}
# Radii are our estimates, as for the rows that come with the atlas; of a line nothing is known.
_PLACES: dict[int, Values] = {
    1: {"place_precision": 1, "radius_m": 5_000, "place_basis": "place"},
    2: {"place_precision": 2, "radius_m": 25_000},
    3: {"place_precision": 3, "radius_m": 50_000, **_CENTROID},
    4: {"place_precision": 4, "radius_m": 150_000, **_CENTROID},
    5: {"place_precision": 5},
    6: {"place_precision": 6, "radius_m": 450_000, **_CENTROID},
    7: {"place_precision": 6},
}
# What programs that took ids and dates for numbers make of them.
_DECIMAL = re.compile(r"\d+\.\d*\Z", re.ASCII)
_SECONDS = re.compile(r"-?\d{5,}(\.\d*)?\Z", re.ASCII)


def reading(dataset: str, source: Source) -> tuple[Read, RowsOf]:
    """Make what reads the files and the records of a release."""

    def read(path: Path, rules: Rules | None = None) -> Iterator[RawBlock]:
        # Candidate releases have come without a header: then columns go by their order.
        is_table = path.suffix.lower() in READER.suffixes
        raws = read_table(path, COLUMNS) if is_table and path.is_file() else read_file(path)
        row = _placing(dataset, source, rules or read_rules())
        return side_by_side(some(path.name, _rows(raws, row, is_file=True)))

    def rows_of(
        records: Iterable[Values], where: str, rules: Rules | None = None
    ) -> Iterator[RawBlock]:
        row = _placing(dataset, source, rules or read_rules())
        return side_by_side(_rows(numbered(records, where), row, is_file=False))

    return read, rows_of


def _rows(
    raws: Iterable[RawRow], row: Callable[[RawRow], RawRow], *, is_file: bool
) -> Iterator[RawRow]:
    looked = False
    for raw in raws:
        if raw.problem is not None:
            yield rejected(raw, None, raw.problem)
            continue
        if not looked:
            _look(raw, is_file=is_file)
            looked = True
        yield row(raw)


def _look(raw: RawRow, *, is_file: bool) -> None:
    """Check that the columns are those that UCDP publishes; of records, those that are used."""
    if is_file:
        recognise(raw.file, raw.values, (_FILE,))
    elif missing := sorted(_USED - raw.values.keys()):
        raise ImportRefused(
            f"{raw.file} is no event of UCDP: it lacks {', '.join(missing)}; nothing was changed"
        )


def _placing(dataset: str, source: Source, rules: Rules) -> Callable[[RawRow], RawRow]:
    """Make what turns one raw row into one of the layer."""
    constant = {
        "dataset": dataset,
        "sensitivity": "public",
        "source_title": source.title_in("en"),
        "source_url": source.url,
        "source_licence": source.licence_in("en"),
    }
    deciding, dated = itemgetter(*_DECIDING), itemgetter("date_start", "date_end", "date_prec")
    classes = Remembered(partial(_classes, rules))
    when, where, reports = Remembered(_when), Remembered(_where), Remembered(_reports)
    counted, toll = itemgetter("low", "best", "high"), Remembered(_toll)

    def row(raw: RawRow) -> RawRow:
        given = raw.values
        stated = text_of(given.get("id"))
        row_id = f"{dataset}-{stated}" if stated else None
        if not stated.isdecimal():
            _check_untouched(raw)
        try:
            if row_id is None:
                raise Problem("has no id")
            values = {
                "id": row_id,
                **constant,
                **classes[deciding(given)],
                **when[dated(given)],
                **where[given["where_prec"]],
                **toll[counted(given)],
                "civilians_killed_best": given["deaths_civilians"],
                "side_a_killed": given["deaths_a"],
                "side_b_killed": given["deaths_b"],
                "unknown_killed": given["deaths_unknown"],
                "place": given["where_coordinates"],
                "site": given["where_description"],
                "lon": given["longitude"],
                "lat": given["latitude"],
                "region_stated": given["adm_1"],
                "cercle_stated": given["adm_2"],
                "clarity": given["event_clarity"],
                "reports": reports[given["number_of_sources"]],
                "reported_by": given["source_original"] or given["source_office"],
                "notes": given["source_article"],
            }
        except TypeError:
            return rejected(raw, row_id, NOT_PLAIN)
        except KeyError as missing:
            return rejected(raw, row_id, f"lacks {missing}")
        except Problem as problem:
            _check_untouched(raw)
            return rejected(raw, row_id, str(problem))
        return placed(raw, values)

    return row


def _check_untouched(raw: RawRow) -> None:
    """Refuse a file that went through a program which took ids and dates for numbers."""
    given = raw.values
    stated = [str(given.get(name, "")).strip() for name in ("id", "date_start")]
    if not (_DECIMAL.match(stated[0]) or _SECONDS.match(stated[1])):
        return
    raise ImportRefused(
        f"{raw.file} is not as UCDP publishes it: {raw.unit} {raw.line} has the id "
        f"{shorten(stated[0], 20)} and the date {shorten(stated[1], 30)}, as programs write them "
        "that took ids and dates for numbers; download it again and bring it in unopened; nothing "
        "was changed",
        ["an id is a whole number, as 256789; a date is 2018-01-11, with or without 00:00:00.000"],
    )


def _classes(rules: Rules, deciding: tuple[Any, ...]) -> Values:
    given = {name: text_of(value) for name, value in zip(_DECIDING, deciding, strict=True)}
    kind, sides = given["type_of_violence"], [given["side_a"], given["side_b"]]
    try:
        rule = rules.event_rule("ucdp", kind, "")
    except UnknownThing as unknown:
        raise Problem(f"{unknown}; add it with --rules") from None
    parties = [
        rules.actor_class(Actor(side, "Rebel group"), given["country"]) if side else None
        for side in sides
    ]
    is_one_sided = kind == "3"
    verdict = rules.verdict(rule, parties, civilians_targeted=is_one_sided)
    return {
        "event_class": verdict.event_class,
        "target_class": verdict.target_class,
        "perpetrator": None if verdict.striker is None else sides[verdict.striker],
        "perpetrator_status": None if verdict.striker is None else "reported",
        "perpetrator_class": verdict.perpetrator_class,
        "kind_stated": _KINDS.get(kind, kind),
        "conflict": "; ".join(filter(None, (given["conflict_name"], given["dyad_name"]))),
        "country": given["country"],
        "civilians_targeted": True if is_one_sided else None,
        "actor1": sides[0],
        "actor2": sides[1],
    }


def _when(stated: tuple[Any, Any, Any]) -> Values:
    start, end = _day("date_start", stated[0]), _day("date_end", stated[1])
    precision = code("date_prec", stated[2], 5)
    last = calendar.monthrange(start.year, start.month)[1]
    named = "range"
    if start == end:
        named = "day" if precision == 1 else "range"
    elif (start.day, end) == (1, start.replace(day=last)):
        named = "month"
    elif (start, end) == (date(start.year, 1, 1), date(start.year, 12, 31)):
        named = "year"
    values = {"date": start, "date_precision": named, "date_precision_stated": precision}
    return values if start == end else {**values, "date_end": end}


def _day(name: str, stated: Any) -> date:
    day = as_day(stated)
    if day is None:
        raise Problem(f"{name} {shorten(text_of(stated))!r} is not like 2018-01-11")
    return day


def _where(stated: Any) -> Values:
    precision = code("where_prec", stated, 7)
    return {**_PLACES[precision], "place_precision_stated": precision}


def _toll(stated: tuple[Any, Any, Any]) -> Values:
    """Give low, best and high; a bound that the best figure passes becomes that figure."""
    low, best, high = stated
    return {
        "killed_low": best if passes(best, "killed_low", low) else low,
        "killed_best": best,
        "killed_high": best if passes(best, "killed_high", high) else high,
    }


def _reports(stated: Any) -> int | None:
    """Read a number of sources; -1 stands for one that was not counted."""
    return None if text_of(stated).startswith("-") else whole("number_of_sources", stated)
