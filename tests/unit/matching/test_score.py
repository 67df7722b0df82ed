from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.matching.incident import Incident, distance_m, incident_of
from geo.matching.parties import Party
from geo.matching.score import MOST, MOST_DAYS_APART, score

DAY = date(2019, 3, 23)
DOZO = Party(side="militia", names=frozenset({("dozo", "dozo")}))
CIVILIANS = Party(side="civilians")


def incident(name: str = "a", **changes: object) -> Incident:
    made = Incident(
        id=name,
        version=1,
        dataset="documented",
        days=(DAY, DAY),
        lon=-3.5,
        lat=14.1,
        radius_m=5_000,
        parties=(DOZO, CIVILIANS),
        killed=(134, 170),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def value(one: Incident, other: Incident) -> float:
    found = score(one, other)
    return 0.0 if found is None else found.value


PARTIES = st.lists(
    st.builds(
        Party,
        side=st.sampled_from(["mission", "state", "jihadist", "militia", "civilians", "unknown"]),
        names=st.frozensets(st.sampled_from([("jnim", "jnim"), ("aqim", "jnim"), ("is", "is")])),
    ),
    max_size=3,
).map(tuple)
SPANS = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
    lambda days: (DAY + timedelta(days[0]), DAY + timedelta(days[0] + days[1]))
)
COUNTS = st.integers(0, 300)
INCIDENTS = st.builds(
    Incident,
    id=st.text(max_size=3),
    version=st.integers(1, 9),
    dataset=st.just("x"),
    days=SPANS,
    lon=st.floats(-6, 2),
    lat=st.floats(12, 18),
    radius_m=st.floats(0, 250_000),
    parties=PARTIES,
    killed=st.none() | st.tuples(COUNTS, COUNTS).map(lambda ends: (min(ends), max(ends))),
)


@given(INCIDENTS, INCIDENTS)
def test_a_pair_has_one_score_whichever_row_comes_first(one: Incident, other: Incident) -> None:
    assert score(one, other) == score(other, one)


@given(INCIDENTS, INCIDENTS)
def test_a_score_is_the_sum_of_its_reasons_and_none_gives_more_than_it_may(
    one: Incident, other: Incident
) -> None:
    found = score(one, other)
    if found is not None:
        assert [reason.rule for reason in found.reasons] == list(MOST)
        assert all(0 <= reason.points <= MOST[reason.rule] for reason in found.reasons)
        assert found.value == pytest.approx(sum(reason.points for reason in found.reasons))
        assert 0 < found.value <= 1


@given(INCIDENTS, INCIDENTS, st.integers(0, 60), st.integers(0, 60))
def test_a_row_that_moves_away_in_time_never_scores_higher(
    one: Incident, other: Incident, near: int, more: int
) -> None:
    def moved(days: int) -> Incident:
        # From where the later row begins on the last day of the other.
        shift = (one.days[1] - other.days[0]).days + days
        return replace(
            other, days=(other.days[0] + timedelta(shift), other.days[1] + timedelta(shift))
        )

    assert value(one, moved(near + more)) <= value(one, moved(near))


@given(INCIDENTS, INCIDENTS, st.floats(0, 3), st.floats(0, 3))
def test_a_row_that_moves_away_on_the_ground_never_scores_higher(
    one: Incident, other: Incident, near: float, more: float
) -> None:
    here = replace(other, days=one.days, lon=one.lon, lat=one.lat + near)
    there = replace(here, lat=here.lat + more)
    assert distance_m(one, here) <= distance_m(one, there) + 1e-6
    assert value(one, there) <= value(one, here) + 1e-4


def test_the_same_event_told_twice_has_the_full_score() -> None:
    assert value(incident(), incident("b")) == 1.0


def test_days_that_are_too_far_apart_are_no_candidates() -> None:
    late = DAY + timedelta(MOST_DAYS_APART)
    assert score(incident(), incident("b", days=(late, late))) is not None
    late += timedelta(1)
    assert score(incident(), incident("b", days=(late, late))) is None


def test_places_that_are_too_far_apart_are_no_candidates() -> None:
    # Two circles of 5 km fade over 25 km beyond where they touch.
    assert score(incident(), incident("b", lat=14.1 + 0.30)) is not None
    assert score(incident(), incident("b", lat=14.1 + 0.32)) is None


def test_a_vague_day_or_place_gives_fewer_points_even_where_it_fits() -> None:
    month = incident("b", days=(date(2019, 3, 1), date(2019, 3, 31)))
    cercle = incident("b", radius_m=60_000)
    sharp = value(incident(), incident("b"))
    assert value(incident(), month) < sharp
    assert value(incident(), cercle) < sharp


@pytest.mark.parametrize(
    ("killed", "points"),
    [
        ((150, 150), 0.2),  # within what the other says
        ((67, 67), 0.1),  # half of its least
        (None, 0.1),  # not stated is neither for nor against
        ((0, 0), 0.0),
    ],
)
def test_deaths_count_by_how_much_of_the_other_figure_they_are(
    killed: tuple[int, int] | None, points: float
) -> None:
    found = score(incident(), incident("b", killed=killed))
    assert found is not None
    assert found.reasons[-1].points == points


def test_one_dead_more_or_less_is_no_contradiction() -> None:
    found = score(incident(killed=(0, 0)), incident("b", killed=(1, 1)))
    assert found is not None
    assert found.reasons[-1].points == pytest.approx(0.12)


def test_what_a_row_does_not_state_is_taken_from_the_kind_of_place() -> None:
    row = {
        "id": "x",
        "row": 7,
        "dataset": "ucdp",
        "first_day": DAY,
        "last_day": DAY,
        "lon": 1.0,
        "lat": 15.0,
        "radius_m": None,
        "place_precision": 3,
        "killed_low": None,
        "killed_best": 4,
        "killed_high": 9,
        "actor1": "Government of Mali",
        "actor2": "JNIM",
    }
    made = incident_of(row)
    assert (made.radius_m, made.killed, made.version) == (75_000, (4, 9), 7)
    assert [party.side for party in made.parties] == ["state", "jihadist"]
