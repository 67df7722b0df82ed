"""Questions of one shape are answered from condensed rows once there are any, and never wait."""

from __future__ import annotations

import gc
import logging
import weakref
from dataclasses import replace
from datetime import date, timedelta
from threading import Event
from typing import Any

import pytest

from geo.aggregate import Grouping
from geo.columns import condensing
from geo.columns.allowance import TooMuchWork
from geo.columns.condensed import Condensed, Shape, condense
from geo.columns.condensing import IN_BACKGROUND, stand_ins
from geo.columns.masks import LEAST_BYTES
from geo.columns.sums import aggregate
from geo.columns.table import Rows, Snapshot, Table
from geo.cql2 import BadParameter, parse
from geo.query import Box, FeatureQuery, Interval
from tests.columns_by_hand import make_snapshot, make_stand_ins
from tests.unit.columns.test_sums import LAYER

DAYS = tuple(date(2016, 5, 1) + timedelta(days=n) for n in range(20))
BY_KIND = Grouping(by=("kind",), measures=("killed",), resolution=4)
TOTAL = Grouping(by=(), measures=(), resolution=4)


@pytest.fixture(autouse=True)
def few_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(condensing, "LEAST_ROWS", 100)


@pytest.fixture
def snapshot() -> Snapshot:
    """Make a snapshot of 400 rows, twenty of each of twenty days, and of two that came later."""
    rows: list[dict[str, Any]] = [
        {"kind": "a", "first": day, "last": day, "killed_best": number, "killed_low": number}
        for day in DAYS
        for number in range(20)
    ]
    return make_snapshot(LAYER, rows, [{"kind": "b", "first": DAYS[0], "last": DAYS[1]}] * 2)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Shape]:
    """Note what is condensed, whether or not it is worth it."""
    shapes: list[Shape] = []

    def noted(table: Table, held: Rows, shape: Shape) -> Condensed | None:
        shapes.append(shape)
        return condense(table, held, shape)

    monkeypatch.setattr(condensing, "condense", noted)
    return shapes


def until(day: date) -> FeatureQuery:
    return FeatureQuery(interval=Interval(start=None, end=day))


def filtered(text: str) -> FeatureQuery:
    return FeatureQuery(filter=dict(parse(text)))


def counts(snapshot: Snapshot, query: FeatureQuery, grouping: Grouping = BY_KIND) -> list[int]:
    """Ask for sums, and wait until what they leave to be made is made."""
    rows = aggregate(snapshot, LAYER, query, grouping)
    assert rows is not None
    IN_BACKGROUND.wait()
    return [row["count"] for row in rows]


def test_a_second_question_of_a_shape_is_answered_from_few_rows(
    snapshot: Snapshot, made: list[Shape], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counts(snapshot, until(DAYS[3])) == [80, 2]
    asked = stand_ins(snapshot, LAYER, until(DAYS[5]), BY_KIND)
    # The part of few rows stands for itself.
    assert [len(part) for part in asked.snapshot.parts] == [20, 2]
    assert asked.missing == ()
    sums, answered = Condensed.sums, []

    def noted(self: Condensed, rows: Rows, *of: Any) -> Any:
        answered.append(rows)
        return sums(self, rows, *of)

    monkeypatch.setattr(Condensed, "sums", noted)
    assert counts(snapshot, until(DAYS[5])) == [120, 2]
    assert len(answered) == len(made) == 1


def test_a_question_never_waits_for_rows_to_be_condensed(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, begun = Event(), []

    def held_up(*of: Any) -> Condensed | None:
        begun.append(of)
        assert go_on.wait(60)
        return condense(*of)

    monkeypatch.setattr(condensing, "condense", held_up)
    for day in DAYS[:3]:
        assert aggregate(snapshot, LAYER, until(day), BY_KIND) is not None
        assert aggregate(snapshot, LAYER, until(day), TOTAL) is not None
    go_on.set()
    IN_BACKGROUND.wait()
    # One at a time, and each once.
    assert len(begun) == 1
    assert counts(snapshot, until(DAYS[3]), TOTAL) == [82]
    assert len(begun) == 2
    assert counts(snapshot, until(DAYS[3])) == [80, 2]
    assert len(begun) == 2


def test_what_is_not_worth_it_is_not_made_again(snapshot: Snapshot, made: list[Shape]) -> None:
    # Every day has twenty different numbers.
    query = replace(filtered("killed_best >= 10"), interval=until(DAYS[3]).interval)
    for _ in range(3):
        assert counts(snapshot, query) == [40]
    assert len(made) == 1
    asked = stand_ins(snapshot, LAYER, query, BY_KIND)
    assert (asked.snapshot.parts, asked.missing) == (snapshot.parts, ())


def test_what_is_too_much_work_for_all_rows_is_asked_of_few(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def too_much(*_: Any) -> None:
        raise TooMuchWork("so much work")

    only_sql_adds = Grouping(by=("kind",), measures=("day",), resolution=4)
    with monkeypatch.context() as patched:
        patched.setattr("geo.columns.sums.all_chosen", too_much)
        for grouping in (BY_KIND, only_sql_adds):
            assert aggregate(snapshot, LAYER, until(DAYS[3]), grouping) is None
            IN_BACKGROUND.wait()
    assert len(stand_ins(snapshot, LAYER, until(DAYS[3]), BY_KIND).condensed) == 1
    assert counts(snapshot, until(DAYS[3])) == [80, 2]
    asked = stand_ins(snapshot, LAYER, until(DAYS[3]), only_sql_adds)
    assert (len(asked.condensed), asked.missing) == (0, ())
    assert caplog.messages == []


@pytest.mark.parametrize(
    "query",
    [
        FeatureQuery(bbox=Box(west=-9, south=11, east=3, north=18)),
        filtered("S_INTERSECTS(geom,BBOX(-9,11,3,18)) OR kind = 'a'"),
        filtered("geom IS NULL"),
        filtered("id = 'r1'"),
    ],
    ids=["box", "area", "no place", "id"],
)
def test_questions_of_places_and_of_single_rows_are_not_condensed(
    snapshot: Snapshot, query: FeatureQuery, made: list[Shape]
) -> None:
    aggregate(snapshot, LAYER, query, BY_KIND)
    IN_BACKGROUND.wait()
    assert made == []


def test_a_wrong_filter_is_refused_before_and_after(snapshot: Snapshot, made: list[Shape]) -> None:
    wrong = filtered("kind > 7 OR day = 'x'")
    with pytest.raises(BadParameter):
        aggregate(snapshot, LAYER, wrong, BY_KIND)
    assert made == []
    assert counts(snapshot, filtered("kind = 'a' AND day IS NULL")) == [400]
    assert len(made) == 1
    with pytest.raises(BadParameter):
        aggregate(snapshot, LAYER, wrong, BY_KIND)


def test_a_fault_is_told_once_and_all_rows_answer(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any) -> None:
        raise MemoryError("too much for a row of Gao")

    monkeypatch.setattr(condensing, "condense", fails)
    with caplog.at_level(logging.ERROR, "atlas"):
        for _ in range(3):
            assert counts(snapshot, until(DAYS[3])) == [80, 2]
    (message,) = caplog.messages
    assert message.startswith(
        "rows of events cannot be condensed, so all are walked through: MemoryError at "
    )
    assert "Gao" not in message


def test_condensed_rows_take_no_more_room_than_is_given(
    snapshot: Snapshot, made: list[Shape], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Beside the masks of each there is room for two.
    most = 2 * LEAST_BYTES + 2_000
    monkeypatch.setattr(condensing, "MOST_BYTES", most)
    queries = [
        filtered(text) for text in ("kind = 'a'", "day IS NULL", "kind = 'a' OR day IS NULL")
    ]
    for query in (queries[0], queries[1], queries[0], queries[2]):
        counts(snapshot, query, TOTAL)
    held = condensing._MADE[snapshot.parts[0]]
    assert held.nbytes <= most
    assert len(held) == 2
    assert len(made) == 3
    # The least lately asked for is made anew, the others are there.
    for query in (queries[0], queries[2], queries[1]):
        counts(snapshot, query, TOTAL)
    assert len(made) == 4


def test_what_is_larger_than_the_room_is_not_made_again(
    snapshot: Snapshot, made: list[Shape], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(condensing, "MOST_BYTES", LEAST_BYTES + 10)
    for _ in range(3):
        assert counts(snapshot, until(DAYS[3])) == [80, 2]
    assert len(made) == 1


def test_condensed_rows_go_with_their_table() -> None:
    rows = [{"kind": "a", "first": day, "last": day} for day in DAYS for _ in range(20)]
    snapshot = make_snapshot(LAYER, rows)
    (made,) = make_stand_ins(snapshot, LAYER, until(DAYS[3]), BY_KIND).condensed.values()
    gone = [weakref.ref(snapshot.parts[0]), weakref.ref(made.table)]
    del snapshot, made
    gc.collect()
    assert [each() for each in gone] == [None, None]
