from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from geo import database
from geo.aggregate import Grouping
from geo.columns.sums import aggregate as sums_of
from geo.errors import UnknownThing
from geo.importing.load import load_rows
from geo.matching import links
from geo.matching.candidates import count_compared, pair_of, select_candidates
from geo.matching.incident import Incident, incident_of
from geo.matching.overlap import Overlap, narrowed
from geo.matching.score import score
from geo.query import FeatureQuery
from geo.spec import Layer
from tests.command import run_atlas

OGOSSAGOU = {
    "date": "2019-03-23",
    "event_class": "massacre",
    "target_class": "civilians",
    "place": "Ogossagou",
    "lon": -3.45,
    "lat": 14.07,
    "date_precision": "day",
    "place_precision": 1,
    "source_title": "made up",
    "source_licence": "CC0",
}


def row(name: str, dataset: str, **changes: Any) -> dict[str, Any]:
    return {**OGOSSAGOU, "id": name, "dataset": dataset, **changes}


ROWS = (
    row("one-1", "one", actor1="Dan na Ambassagou", actor2="Civilians", killed_best=150),
    # The same, a day late and by another count; and a clash of others on the same day.
    row(
        "two-1",
        "two",
        date="2019-03-24",
        actor1="Dozos",
        actor2="Civilians",
        killed_best=145,
        event_class="village_attack",
    ),
    row("two-2", "two", actor1="Government of Mali", actor2="JNIM", killed_best=2),
    # Without a place, and a year later: neither can be paired with anything.
    row("two-3", "two", lon=None, lat=None, killed_best=150),
    row("two-4", "two", date="2020-03-23", killed_best=150),
)


def atlas(url: str, *arguments: str, answers: str = "") -> subprocess.CompletedProcess[str]:
    return run_atlas(*arguments, variables={"ATLAS_DATABASE_URL": url}, answers=answers)


@pytest.fixture
def url(own_database_url: str, layers: dict[str, Layer]) -> str:
    """Give one test a database in which two more data sets tell of the same days."""
    add(own_database_url, layers, ROWS)
    return own_database_url


@pytest.fixture(scope="module")
def reviewed(database_url: str, layers: dict[str, Layer]) -> str:
    """Give the tests that change nothing such a database, in which one link is accepted."""
    add(database_url, layers, ROWS)
    find(database_url, layers["events"])
    decide(database_url, layers["events"], "one-1~two-1", "accepted", "Desk Two")
    return database_url


@pytest.fixture(scope="module")
def reading(reviewed: str) -> Iterator[TestClient]:
    app = create_app(Settings(database_url=reviewed))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def add(url: str, layers: dict[str, Layer], rows: Any) -> None:
    with psycopg.connect(url) as connection:
        load_rows(connection, layers["events"], rows, origin="made up", replace=False)


def find(url: str, layer: Layer, **options: Any) -> links.FindReport:
    with database.engine(url) as engine, engine.begin() as connection:
        return links.find(connection, layer, **options)


def decide(url: str, layer: Layer, name: str, status: str, reviewer: str | None = None) -> bool:
    with database.engine(url) as engine, engine.begin() as connection:
        return links.decide(connection, layer, name, status, reviewer=reviewer)


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def versions(url: str) -> list[tuple[Any, ...]]:
    return ask(
        url,
        "SELECT id, status, reviewer, decided_at IS NOT NULL, upper_inf(held)"
        " FROM atlas.matches WHERE id LIKE '%~two-1' AND id LIKE 'one%' ORDER BY lower(held)",
    )


@pytest.fixture
def service(url: str) -> Iterator[TestClient]:
    app = create_app(Settings(database_url=url))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def aggregate(client: TestClient, parameters: str) -> dict[str, Any]:
    response = client.get(f"/collections/events/aggregate?{parameters}")
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


# --- finding -------------------------------------------------------------------------------------


def test_pairs_of_two_data_sets_are_proposed_and_nothing_is_merged(
    url: str, layers: dict[str, Layer]
) -> None:
    report = find(url, layers["events"])
    ids = {name for (name,) in ask(url, "SELECT id FROM atlas.matches WHERE upper_inf(held)")}
    # K027 of the default data is this very event.
    assert ids == {"K027~one-1", "K027~two-1", "one-1~two-1"}
    assert (report.proposed, report.unchanged, report.decided) == (3, 0, 0)
    assert ask(url, "SELECT count(*) FROM published.events") == [(254 + 5,)]


def test_the_database_leaves_out_no_pair_that_has_a_score(
    url: str, layers: dict[str, Layer]
) -> None:
    some = [
        row(
            f"three-{number}",
            "three",
            date=str(date(2019, 3, 17) + timedelta(number % 13)),
            lon=-3.45 + number / 40,
            radius_m=(1_000, 30_000, 120_000)[number % 3],
        )
        for number in range(60)
    ]
    add(url, layers, some)
    select = select_candidates(layers["events"])
    with database.engine(url) as engine, engine.connect() as connection:
        found = [pair_of(dict(each)) for each in connection.execute(select).mappings()]
    near = {other.id for one, other in found if one.id == "one-1"}
    first = incident(ROWS[0])
    scored = {each["id"] for each in some if score(first, incident(each)) is not None}
    assert 10 < len(scored) < len(some)
    assert scored <= near


@pytest.mark.parametrize(
    ("first", "last", "meets"),
    [
        # Within the three days that news may be late, and just beyond them.
        ("2019-03-20", None, True),
        ("2019-03-19", None, False),
        ("2019-03-26", None, True),
        ("2019-03-27", None, False),
        # Weeks in common make no more pairs than one.
        ("2019-01-01", "2019-12-31", True),
        ("2019-03-01", "2019-03-31", True),
        ("2018-01-01", "2019-03-19", False),
        ("2019-03-27", "2020-06-30", False),
        ("1969-12-28", "2019-03-20", True),
    ],
)
def test_rows_that_are_near_in_days_are_one_pair_however_long_they_are(
    url: str, layers: dict[str, Layer], first: str, last: str | None, *, meets: bool
) -> None:
    spans = {} if last is None else {"date_end": last, "date_precision": "range"}
    add(url, layers, [row("zero-1", "zero", date=first, **spans)])
    select = select_candidates(layers["events"])
    with database.engine(url) as engine, engine.connect() as connection:
        found = [pair_of(each) for each in connection.execute(select).mappings()]
    pairs = [(one.id, other.id) for one, other in found if "zero-1" in (one.id, other.id)]
    assert pairs.count(("one-1", "zero-1")) == int(meets)
    assert len(pairs) == len(set(pairs))


def incident(of: dict[str, Any]) -> Incident:
    """Make of a row what the database would make of it."""
    day = date.fromisoformat(of["date"])
    names = ("radius_m", "killed_low", "killed_best", "killed_high")
    return incident_of({**dict.fromkeys(names), **of, "row": 1, "first_day": day, "last_day": day})


def test_rows_without_a_day_or_a_place_are_counted_and_not_compared(
    url: str, layers: dict[str, Layer]
) -> None:
    with database.engine(url) as engine, engine.connect() as connection:
        found = [tuple(r) for r in connection.execute(count_compared(layers["events"]))]
    assert found == [("documented", 254, 0), ("one", 1, 0), ("two", 4, 1)]


def test_finding_again_changes_nothing(url: str, layers: dict[str, Layer]) -> None:
    find(url, layers["events"])
    before = ask(url, "SELECT * FROM atlas.matches ORDER BY row")
    report = find(url, layers["events"])
    assert (report.unchanged, report.anything_changed) == (3, False)
    assert ask(url, "SELECT * FROM atlas.matches ORDER BY row") == before


def test_a_proposal_follows_its_rows_and_goes_when_they_no_longer_fit(
    url: str, layers: dict[str, Layer]
) -> None:
    events = layers["events"]
    find(url, events)
    add(url, layers, [{**ROWS[1], "killed_best": 20}])
    assert find(url, events).rescored == 2
    add(url, layers, [{**ROWS[1], "date": "2019-06-01"}])
    assert find(url, events).withdrawn == 2
    assert [version[-1] for version in versions(url)] == [False, False]


def test_a_layer_of_one_collection_cannot_be_compared(url: str, layers: dict[str, Layer]) -> None:
    with pytest.raises(UnknownThing, match="camps"):
        find(url, layers["camps"])


# --- deciding ------------------------------------------------------------------------------------


def test_a_decision_adds_a_version_and_overwrites_none(url: str, layers: dict[str, Layer]) -> None:
    events = layers["events"]
    find(url, events)
    assert decide(url, events, "one-1~two-1", "accepted", "desk 2")
    assert not decide(url, events, "one-1~two-1", "accepted")
    assert decide(url, events, "one-1~two-1", "rejected")
    assert [version[1:] for version in versions(url)] == [
        ("proposed", None, False, False),
        ("accepted", "desk 2", True, False),
        ("rejected", None, True, True),
    ]


def test_finding_leaves_decisions_alone(url: str, layers: dict[str, Layer]) -> None:
    events = layers["events"]
    find(url, events)
    decide(url, events, "one-1~two-1", "rejected")
    add(url, layers, [{**ROWS[1], "killed_best": 150}])
    report = find(url, events)
    assert (report.decided, report.rescored) == (1, 1)
    assert versions(url)[-1][1:] == ("rejected", None, True, True)


def test_a_link_that_is_not_there_is_named_with_the_nearest(
    url: str, layers: dict[str, Layer]
) -> None:
    find(url, layers["events"])
    with pytest.raises(UnknownThing, match="did you mean one-1~two-1"):
        decide(url, layers["events"], "one-1~two-7x", "accepted")


# --- the command line ----------------------------------------------------------------------------


def test_a_dry_run_of_finding_changes_nothing(url: str) -> None:
    done = atlas(url, "match", "find", "--dry-run")
    assert done.stdout.endswith("left alone (dry run, nothing was changed)\n")
    assert "3 newly proposed" in done.stdout
    assert "two: 4 rows, 1 of them without a day or a point, not compared" in done.stderr
    assert ask(url, "SELECT count(*) FROM atlas.matches") == [(0,)]


def test_a_reviewer_sees_both_rows_and_why_and_answers(url: str) -> None:
    atlas(url, "match", "find")
    done = atlas(url, "match", "review", "--reviewer", "desk 2", answers="a\nx\nr\nq\n")
    assert done.returncode == 0, done.stderr
    assert "(1 of 3)" in done.stdout
    assert "place             Ogossagou" in done.stdout
    assert "+0.25 Days: the days meet" in done.stdout
    found = ask(url, "SELECT status, reviewer FROM atlas.matches WHERE upper_inf(held) ORDER BY 1")
    assert found == [("accepted", "desk 2"), ("proposed", None), ("rejected", "desk 2")]


def test_scripts_decide_and_list(url: str) -> None:
    atlas(url, "match", "find")
    done = atlas(url, "match", "review", "--accept", "one-1~two-1", "--reject", "K027~two-1")
    assert done.stdout == "one-1~two-1: accepted\nK027~two-1: rejected\n"
    waiting = atlas(url, "match", "review", "--list").stdout.splitlines()
    assert [line.split("\t")[:2] for line in waiting] == [["K027~one-1", "proposed"]]
    accepted = atlas(url, "match", "list", "--status", "accepted").stdout.splitlines()
    assert [line.split("\t")[0] for line in accepted] == ["one-1~two-1"]
    refused = atlas(url, "match", "list", "--status", "acepted")
    assert (refused.returncode, refused.stderr) == (
        1,
        "atlas: there is no status 'acepted'; did you mean accepted?\n",
    )


# --- reading over HTTP ---------------------------------------------------------------------------


def test_links_are_read_the_best_first_with_both_rows_and_reasons(reading: TestClient) -> None:
    document = reading.get("/collections/events/matches").json()
    scores = [link["score"] for link in document["matches"]]
    assert scores == sorted(scores, reverse=True)
    assert document["statuses"] == {"proposed": 2, "accepted": 1, "rejected": 0}
    link = next(each for each in document["matches"] if each["id"] == "one-1~two-1")
    assert (link["first"]["dataset"], link["second"]["killed_best"]) == ("one", 145)
    assert [reason["rule"] for reason in link["reasons"]] == ["day", "place", "actors", "deaths"]
    assert link["reasons"][0]["text"] == "one day apart"
    (item,) = link["second"]["links"]
    assert reading.get(item["href"]).json()["id"] == "two-1"


def test_links_are_narrowed_by_status_score_and_data_set(reading: TestClient) -> None:
    def ids(parameters: str) -> set[str]:
        found = reading.get(f"/collections/events/matches?{parameters}").json()["matches"]
        return {link["id"] for link in found}

    assert ids("status=accepted") == {"one-1~two-1"}
    assert ids("dataset=documented") == {"K027~one-1", "K027~two-1"}
    assert ids("status=proposed&dataset=two") == {"K027~two-1"}
    assert ids("min_score=1") == set()
    assert ids("min_score=0.6") == {"K027~one-1", "K027~two-1", "one-1~two-1"}


def test_pages_go_on_by_key_and_show_one_state(
    service: TestClient, url: str, layers: dict[str, Layer]
) -> None:
    find(url, layers["events"])
    address, seen = "/collections/events/matches?limit=1", []
    while address:
        document = service.get(address).json()
        seen += [(link["id"], link["status"]) for link in document["matches"]]
        # What is decided while somebody reads changes nothing of the pages.
        decide(url, layers["events"], "one-1~two-1", "accepted")
        following = [link["href"] for link in document["links"] if link["rel"] == "next"]
        address = following[0] if following else ""
    assert sorted(seen) == [
        ("K027~one-1", "proposed"),
        ("K027~two-1", "proposed"),
        ("one-1~two-1", "proposed"),
    ]


def test_a_link_of_a_row_that_is_not_public_is_not_shown(
    service: TestClient, url: str, layers: dict[str, Layer]
) -> None:
    find(url, layers["events"])
    decide(url, layers["events"], "K027~two-1", "accepted")
    for sensitivity in ("restricted", "counts_only"):
        with psycopg.connect(url) as connection:
            connection.execute(
                "UPDATE atlas.events SET sensitivity = %s WHERE id = 'two-1'", (sensitivity,)
            )
        text = service.get("/collections/events/matches").text
        assert "two-1" not in text
        assert "K027~one-1" in text
        assert "two-1" not in service.get("/collections/events/matches?f=html").text
        # Nor does a link to it leave anything out of a count.
        assert aggregate(service, "deduplicate=true")["deduplicated"]["left_out"] == 0


def test_who_decided_is_not_published(reading: TestClient) -> None:
    for form in ("json", "html"):
        answer = reading.get(f"/collections/events/matches?f={form}").text
        assert "one-1" in answer
        assert "Desk Two" not in answer


@pytest.mark.parametrize(("language", "word"), [("en", "accepted"), ("fr", "accepté")])
def test_people_get_a_page_on_which_all_is_escaped(
    service: TestClient, url: str, layers: dict[str, Layer], language: str, word: str
) -> None:
    add(url, layers, [{**ROWS[1], "place": "<script>alert(1)</script>"}])
    find(url, layers["events"])
    decide(url, layers["events"], "one-1~two-1", "accepted")
    page = service.get(f"/collections/events/matches?lang={language}&f=html").text
    assert word in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize(
    "parameters",
    ["status=maybe", "min_score=2", "min_score=x", "min_score=0,1", "cursor=x", "reviewer=me"],
)
def test_what_means_nothing_is_refused(reading: TestClient, parameters: str) -> None:
    response = reading.get(f"/collections/events/matches?{parameters}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["name"] == parameters.partition("=")[0]


def test_a_cursor_of_another_question_is_refused(reading: TestClient) -> None:
    first = reading.get("/collections/events/matches?limit=1").json()
    (following,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    assert reading.get(f"{following}&status=accepted").status_code == 400


def test_links_are_written_by_nobody_over_http(reading: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert reading.request(method, "/collections/events/matches").status_code == 405


# --- counting ------------------------------------------------------------------------------------

IN_THE_DAYS = "datetime=2019-03-20/2019-03-27&filter=place%20LIKE%20'Ogossagou%25'"


def test_sums_over_several_data_sets_say_that_these_overlap(reading: TestClient) -> None:
    document = aggregate(reading, "by=year")
    assert document["datasets"] == ["documented", "one", "two"]
    assert document["note"].startswith("Sums over overlapping collections (documented, one, two)")
    assert "recoupent" in aggregate(reading, "by=year&lang=fr")["note"]


def test_sums_over_one_data_set_name_it(reading: TestClient) -> None:
    document = aggregate(reading, "by=year&filter=dataset='documented'")
    assert document["datasets"] == ["documented"]
    assert "note" not in document


def test_sources_narrow_what_is_counted(reading: TestClient) -> None:
    assert aggregate(reading, "source=documented")["total"] == {"count": 254}
    assert aggregate(reading, "source=documented")["datasets"] == ["documented"]
    both = aggregate(reading, "source=two,one")
    assert (both["total"], both["datasets"]) == ({"count": 5}, ["two", "one"])


def test_a_data_set_that_nobody_has_is_refused_and_those_there_are_named(
    reading: TestClient,
) -> None:
    (error,) = reading.get("/collections/events/aggregate?source=one,tow").json()["errors"]
    assert (error["value"], error["allowed"]) == ("tow", ["documented", "one", "two"])


@pytest.mark.parametrize(
    "parameters", ["source=", "source=one,one", "source=one,", "deduplicate=yes"]
)
def test_lists_of_sources_that_mean_nothing_are_refused(
    reading: TestClient, parameters: str
) -> None:
    assert reading.get(f"/collections/events/aggregate?{parameters}").status_code == 400


def test_a_layer_of_one_data_set_has_no_sources_to_choose(reading: TestClient) -> None:
    for parameters in ("source=documented", "deduplicate=true"):
        assert reading.get(f"/collections/camps/aggregate?{parameters}").status_code == 400


def test_what_is_only_proposed_is_counted_in_each_collection(
    service: TestClient, url: str, layers: dict[str, Layer]
) -> None:
    find(url, layers["events"])
    document = aggregate(service, f"{IN_THE_DAYS}&deduplicate=true&measure=killed_best")
    assert document["total"]["count"] == 5
    assert document["deduplicated"]["left_out"] == 0
    assert "only proposed are not used" in document["deduplicated"]["note"]


def test_what_accepted_links_join_is_counted_once_by_the_preferred_collection(
    service: TestClient, url: str, layers: dict[str, Layer]
) -> None:
    events = layers["events"]
    find(url, events)
    # K027 and two-1 are joined by way of one-1.
    decide(url, events, "K027~one-1", "accepted")
    decide(url, events, "one-1~two-1", "accepted")
    question = f"{IN_THE_DAYS}&by=dataset&measure=killed_best&deduplicate=true"
    document = aggregate(service, question)
    counts = {r["dataset"]: (r["count"], r["killed_best"]) for r in document["rows"]}
    assert counts == {"documented": (1, 157), "two": (2, 152)}
    assert document["deduplicated"]["left_out"] == 2
    assert document["deduplicated"]["prefers"] == ["documented", "one", "two"]
    other = aggregate(service, f"{question}&source=two,one,documented")
    counts = {r["dataset"]: (r["count"], r["killed_best"]) for r in other["rows"]}
    assert counts == {"two": (3, 297)}


def test_rows_of_one_collection_are_never_each_others_duplicates(
    service: TestClient, url: str, layers: dict[str, Layer]
) -> None:
    events = layers["events"]
    # Told in one row by the first collection, and in two by the other.
    add(url, layers, [{**ROWS[1], "id": "two-5", "killed_best": 100}])
    find(url, events)
    decide(url, events, "one-1~two-1", "accepted")
    decide(url, events, "one-1~two-5", "accepted")
    question = f"{IN_THE_DAYS}&by=dataset&deduplicate=true"
    preferred = {
        source: {
            each["dataset"]: each["count"]
            for each in aggregate(service, f"{question}&source={source}")["rows"]
        }
        for source in ("one,two", "two,one")
    }
    # two-2 and two-3 are of other events or of none.
    assert preferred == {"one,two": {"one": 1, "two": 2}, "two,one": {"two": 4}}


def test_of_a_group_only_what_is_asked_for_counts(reading: TestClient) -> None:
    # The preferred row is not of the class that is asked for, so the other one stands.
    document = aggregate(
        reading, "event_class=village_attack&datetime=2019-03-24&deduplicate=true&source=one,two"
    )
    assert (document["total"], document["datasets"]) == ({"count": 1}, ["two"])


def test_links_have_a_past_and_a_decision_makes_a_new_answer(
    service: TestClient, url: str, layers: dict[str, Layer]
) -> None:
    find(url, layers["events"])
    address = "/collections/events/aggregate?deduplicate=true&source=one,two"
    before = service.get(address)
    decide(url, layers["events"], "one-1~two-1", "accepted")
    after = service.get(address, headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, after.json()["deduplicated"]["left_out"]) == (200, 1)
    ((moment,),) = ask(url, "SELECT max(lower(held)) FROM atlas.matches")
    assert isinstance(moment, datetime)
    earlier = (moment - timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")
    then = service.get(f"{address}&as_of={earlier}").json()
    assert then["deduplicated"]["left_out"] == 0
    assert then["total"] == before.json()["total"]


def test_a_table_names_its_data_sets_beside_it(reading: TestClient) -> None:
    response = reading.get("/collections/events/aggregate?f=csv&deduplicate=true")
    told = {name: response.headers[name] for name in ("atlas-datasets", "atlas-left-out")}
    assert told == {"atlas-datasets": "documented, one, two", "atlas-left-out": "1"}


def test_a_view_counts_once_among_its_own_rows(reading: TestClient) -> None:
    document = reading.get("/collections/attacks/aggregate?deduplicate=true").json()
    assert document["total"] == {"count": 173}
    assert document["datasets"] == ["documented"]


def test_columns_answer_for_named_sources(settled: TestClient, layers: dict[str, Layer]) -> None:
    events, service = layers["events"], settled.app
    assert isinstance(service, FastAPI)
    snapshot = service.state.keeper.snapshot(events)
    query = narrowed(FeatureQuery(), Overlap(sources=("documented", "acled")))
    grouping = Grouping(by=("dataset",), measures=(), resolution=4)
    counted = sums_of(snapshot, events, query, grouping)
    assert [each["dataset"] for each in counted or ()][:1] == ["documented"]
