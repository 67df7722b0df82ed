"""No question keeps the others waiting: what is too much work for columns is left to SQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from geo.columns import masks, sums
from geo.columns.allowance import Allowance, TooMuchWork
from geo.columns.areas import in_area
from geo.columns.masks import chosen, compile_mask
from geo.columns.places import Places
from geo.columns.sets import Condition
from geo.columns.table import Numbers, Rows, Snapshot, Table, Words
from geo.cql2 import parse
from geo.query import FeatureQuery
from tests.columns_by_hand import make_snapshot, make_table
from tests.unit.columns.test_masks import LAYER

ROWS = 1_000_000
DAYS = [date(2020, 1, 1) + timedelta(days=2 * n) for n in range(99)]
_TEETH = [f"{n / 50} {12 if n % 2 else 1}.003" for n in range(480)]
# Its teeth stand side by side, so that every line of it reaches over a point's latitude.
COMB = f"POLYGON(({','.join(_TEETH)},10.01 0.2,-0.3 0.1,{_TEETH[0]}))"
MANY_POINTS = ",".join(f"({n % 10} {n // 10})" for n in range(900))


@pytest.fixture(scope="module")
def large() -> Table:
    """Make a table of a million rows, a thousand at each of a thousand places."""
    hand = make_table(LAYER, [{"lon": 1.0, "lat": 2.0, "x": 5, "y": 6, "kind": "a", "number": 1}])
    places = np.arange(ROWS) // 1_000

    def many(column: Any) -> Any:
        return replace(column, codes=np.repeat(column.codes, ROWS))

    assert isinstance(hand.columns["kind"], Words)
    days = (np.arange(ROWS) % 400 + 1).astype(np.uint16)
    return replace(
        hand,
        longitude=places % 32 / 3.3,
        latitude=places // 32 / 3.3 + 0.001,
        x=places.astype(np.uint32),
        y=places.astype(np.uint32),
        placed=ROWS,
        row=np.arange(ROWS, dtype=np.uint32),
        id=np.broadcast_to(hand.id, ROWS),
        columns={name: many(column) for name, column in hand.columns.items()}
        | {"day": Numbers(codes=days, offset=18_000)},
        first_day=many(hand.first_day),
        last_day=many(hand.last_day),
        recorded_from=np.repeat(hand.recorded_from, ROWS),
        recorded_to=np.repeat(hand.recorded_to, ROWS),
    )


def snapshot(table: Table) -> Snapshot:
    return Snapshot(layer="things", revision=1, parts=(table,))


def filtered(text: str) -> FeatureQuery:
    return FeatureQuery(filter=dict(parse(text)))


COSTLY = {
    "comb": f"S_INTERSECTS(geom,{COMB})",
    "points": f"S_INTERSECTS(geom,MULTIPOINT({MANY_POINTS}))",
    "days": " AND ".join(f"day<>DATE('{day}')" for day in DAYS),
    "boxes": " OR ".join(f"S_INTERSECTS(geom,BBOX({n},1,{n}.5,2))" for n in range(40)),
}


@pytest.mark.parametrize("name", COSTLY)
def test_what_is_too_much_for_many_rows_is_answered_for_few(large: Table, name: str) -> None:
    query = filtered(COSTLY[name])
    assert sums.count(snapshot(large), LAYER, query) is None
    few: list[Rows] = [slice(70_000, 72_000)]
    ((_, rows),) = chosen(snapshot(large), LAYER, query, lambda _: few)
    assert compile_mask(LAYER, query, large) is not None
    unbounded = compile_mask(LAYER, query, replace(large))
    assert unbounded is not None
    expected = np.flatnonzero(unbounded(few[0], Allowance(1e15))) + 70_000
    assert np.arange(ROWS)[rows].tolist() == expected.tolist()


ORDINARY = (
    "kind = 'a' AND number > 0 AND day >= DATE('2019-06-01')",
    "day IN (" + ",".join(f"DATE('{day}')" for day in DAYS) + ")",
    "NOT CASEI(kind) LIKE 'A%' OR number IS NULL",
    "S_INTERSECTS(geom,BBOX(1,1,5,5)) OR S_INTERSECTS(geom,POINT(1 2))",
    "S_WITHIN(geom,POLYGON((0.07 0.03,5.03 1.01,6.7 6.13,2.03 8.09,0.07 0.03)))",
    f"number = 2 AND S_INTERSECTS(geom,{COMB})",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_filters_are_answered_for_a_million_rows(large: Table, text: str) -> None:
    assert sums.count(snapshot(large), LAYER, filtered(text)) is not None


def test_too_much_work_is_not_begun_again(large: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    query = filtered(COSTLY["days"] + " AND number = 1")
    asked: list[Rows] = []
    ask = Condition.__call__

    def noted(self: Condition, rows: Rows, allowance: Allowance) -> Any:
        asked.append(rows)
        return ask(self, rows, allowance)

    monkeypatch.setattr(Condition, "__call__", noted)
    assert sums.count(snapshot(large), LAYER, query) is None
    assert asked
    asked.clear()
    assert sums.count(snapshot(large), LAYER, query) is None
    assert asked == []


def test_all_parts_of_a_snapshot_share_one_allowance(large: Table) -> None:
    query = filtered(" AND ".join(f"day<>DATE('{day}')" for day in DAYS[:15]))
    part = replace(large)
    assert sums.count(snapshot(part), LAYER, query) is not None
    both = Snapshot(layer="things", revision=1, parts=(part, replace(large)))
    assert sums.count(both, LAYER, query) is None


def test_a_row_on_an_edge_is_met_once(monkeypatch: pytest.MonkeyPatch) -> None:
    there = make_snapshot(LAYER, [{"lon": 1.0, "lat": 1.0, "x": 5, "y": 6}])
    (table,) = there.parts
    query = filtered("S_INTERSECTS(geom,POLYGON((0 0,2 2,0 3,0 0)))")
    assert compile_mask(LAYER, query, table) is not None
    assert sums.count(there, LAYER, query) is None
    assert compile_mask(LAYER, query, table) is None

    def again(*_: Any) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(masks, "_compiled", again)
    assert sums.count(there, LAYER, query) is None
    # Whatever its page.
    assert sums.count(there, LAYER, replace(query, limit=5)) is None


def test_words_that_are_many_are_not_matched_time_and_again(large: Table) -> None:
    kind = large.columns["kind"]
    assert isinstance(kind, Words)
    named = replace(kind, words=tuple(f"word {n}" for n in range(60_000)))
    table = replace(large, columns={**large.columns, "kind": named})
    once = filtered("kind = 'word 7'")
    assert sums.count(snapshot(table), LAYER, once) == 0
    often = filtered(" OR ".join(f"CASEI(kind) LIKE 'x{n}%'" for n in range(60)))
    assert compile_mask(LAYER, often, table) is None


def test_an_area_of_thousands_of_corners_is_not_prepared() -> None:
    import shapely

    degrees = np.zeros(1)
    around = shapely.Point(0, 0).buffer(1, quad_segs=1_000)
    with pytest.raises(TooMuchWork):
        in_area(around, degrees, degrees, Allowance())


def test_points_are_found_by_both_their_degrees() -> None:
    nowhere = float("nan")
    longitude = np.array([0.0, -0.0, 1.0, 1.0, 2.0, 2.0, 9.0, nowhere])
    latitude = np.array([5.0, 5.0, 5.0, 6.0, -0.0, 5.5, 9.0, nowhere])
    places = Places(longitude=longitude, latitude=latitude, placed=7, allowance=Allowance())
    corners = [[0, 5], [0, 6], [1, 6], [2, 0], [2, 5], [3, 5], [3, 6], [4, 5], [5, 5], [9, 9]]
    args = [{"property": "geom"}, {"type": "MultiPoint", "coordinates": corners}]
    expected = [True, True, False, True, True, False, True, False]
    condition = places.relation("s_intersects", args, wanted=True)
    every: tuple[Rows, Rows] = slice(0, 8), np.arange(8)
    assert [condition(rows, Allowance()).tolist() for rows in every] == [expected] * 2
    apart = places.relation("s_intersects", args, wanted=False)
    assert apart(slice(0, 8), Allowance()).tolist() == [not e for e in expected[:7]] + [False]


def test_masks_take_no_more_room_than_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 100_000
    monkeypatch.setattr(masks, "MOST_BYTES", most)
    table = make_table(LAYER, [{"kind": "a", "number": 1}])
    wide = Numbers(codes=np.array([1], dtype=np.uint16), offset=0)
    table = replace(table, columns={**table.columns, "number": wide})
    made = []
    for start in range(60):
        listed = ",".join(str(start + 900 * n) for n in range(20))
        query = filtered(f"number IN ({listed})")
        made.append((query, compile_mask(LAYER, query, table)))
    # They would take a megabyte.
    assert sum(mask.nbytes for _, mask in made if mask) > 10 * most
    held = masks._MADE[table]
    assert most / 2 < held.nbytes <= most
    latest, mask = made[-1]
    assert compile_mask(LAYER, latest, table) is mask
    first, mask = made[0]
    assert compile_mask(LAYER, first, table) is not mask
