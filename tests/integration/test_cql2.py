"""Every operator finds the rows that SQL written by hand finds, on the default data."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

KIDAL = "ST_SetSRID(ST_MakePoint(1.4092, 18.4434), 4326)"
NORTH = "ST_MakeEnvelope(-1, 17, 2.5, 20.5, 4326)"
NORTH_WKT = "POLYGON((-1 17, 2.5 17, 2.5 20.5, -1 20.5, -1 17))"
EAST = "ST_MakeEnvelope(-3, 14, 6, 26, 4326)"
EAST_WKT = "POLYGON((-3 14, 6 14, 6 26, -3 26, -3 14))"
WEST_WKT = "POLYGON((-9 10, -7 10, -7 25, -9 25, -9 10))"
MIXED = f"GEOMETRYCOLLECTION(POINT(1.4092 18.4434), {WEST_WKT})"


def by_filter(client: TestClient, layer: str, condition: str, language: str | None = None) -> Any:
    asked = {"filter": condition, "limit": "10000", "properties": "source_title"}
    if language:
        asked["filter-lang"] = language
    response = client.get(f"/collections/{layer}/items", params=asked)
    assert response.status_code == 200, response.text
    document = response.json()
    found = [feature["id"] for feature in document["features"]]
    assert len(found) == document["numberMatched"]
    return found


def by_hand(database_url: str, layer: str, condition: str) -> list[str]:
    statement = (
        f"SELECT id FROM published.{layer} WHERE upper_inf(recorded) AND ({condition}) ORDER BY id"
    )
    with psycopg.connect(database_url) as connection:
        return [name for (name,) in connection.execute(statement.encode()).fetchall()]


# Each finds some rows and leaves some out.
CASES = [
    ("events", "killed_best = 3", "killed_best = 3"),
    ("events", "killed_best <> 3", "killed_best <> 3"),
    ("events", "killed_best < 3", "killed_best < 3"),
    ("events", "killed_best <= 3", "killed_best <= 3"),
    ("events", "killed_best > 3", "killed_best > 3"),
    ("events", "killed_best >= 3", "killed_best >= 3"),
    ("events", "3 < killed_best", "killed_best > 3"),
    ("events", "killed_best > peacekeepers_killed", "killed_best > peacekeepers_killed"),
    ("events", "killed_best > 2.5", "killed_best > 2.5"),
    ("events", "region = 'gao'", "region = 'gao'"),
    ("events", "date = DATE('2016-05-29')", "date = '2016-05-29'"),
    ("events", "date < '2016-05-29'", "date < '2016-05-29'"),
    ("camps", "helicopters = TRUE", "helicopters"),
    # NOT is that of SQL: what is not known does not become true.
    ("events", "NOT killed_best = 3", "NOT killed_best = 3"),
    (
        "events",
        "NOT (killed_best = 3 OR region = 'gao')",
        "NOT (killed_best = 3 OR region = 'gao')",
    ),
    ("events", "NOT NOT region = 'gao'", "region = 'gao'"),
    ("events", "region = 'gao' AND killed_best > 3", "region = 'gao' AND killed_best > 3"),
    (
        "events",
        "region = 'gao' OR region = 'kidal' AND killed_best > 3",
        "region = 'gao' OR (region = 'kidal' AND killed_best > 3)",
    ),
    (
        "events",
        "(region = 'gao' OR region = 'kidal') AND killed_best > 3",
        "(region = 'gao' OR region = 'kidal') AND killed_best > 3",
    ),
    ("events", "date_end IS NULL", "date_end IS NULL"),
    ("events", "date_end IS NOT NULL", "date_end IS NOT NULL"),
    ("tobs", "geom IS NULL", "geom IS NULL"),
    ("events", "killed_best BETWEEN 2 AND 5", "killed_best BETWEEN 2 AND 5"),
    ("events", "killed_best NOT BETWEEN 2 AND 5", "killed_best NOT BETWEEN 2 AND 5"),
    ("events", "region IN ('gao')", "region IN ('gao')"),
    ("events", "region IN ('gao', 'kidal')", "region IN ('gao', 'kidal')"),
    ("events", "region NOT IN ('gao', 'kidal')", "region NOT IN ('gao', 'kidal')"),
    ("events", "killed_best IN (1, 3)", "killed_best IN (1, 3)"),
    ("events", "killed_best IN (1, 2.5, 3.0)", "killed_best IN (1, 2.5, 3.0)"),
    ("events", "date IN (DATE('2016-05-29'))", "date IN ('2016-05-29')"),
    (
        "events",
        "killed_best IN (0, peacekeepers_killed)",
        "killed_best IN (0, peacekeepers_killed)",
    ),
    ("camps", "helicopters IN (TRUE)", "helicopters"),
    (
        "events",
        "CASEI(place) IN (CASEI('KIDAL'), CASEI('GAO'))",
        "lower(place) IN ('kidal', 'gao')",
    ),
    (
        "events",
        "CASEI(place) IN ('kidal', CASEI('GAO'), place)",
        "lower(place) IN ('kidal', 'gao', place)",
    ),
    ("events", "place LIKE 'K%'", "place LIKE 'K%'"),
    ("events", "place LIKE '_ao'", "place LIKE '_ao'"),
    ("events", "place NOT LIKE 'K%'", "place NOT LIKE 'K%'"),
    ("events", "CASEI(place) LIKE CASEI('KID%')", "place ILIKE 'KID%'"),
    ("events", "source_url LIKE '%\\_attack'", "right(source_url, 7) = '_attack'"),
    ("events", "place = 'Tin\\' OR place = 'Gao'", "place = 'Gao'"),
    # Accents are folded on both sides, and only where that is asked for.
    ("events", "place_fr = 'Ménaka'", "place_fr = 'Ménaka'"),
    ("events", "ACCENTI(place_fr) = 'Menaka'", "place_fr = 'Ménaka'"),
    ("events", "ACCENTI(place_fr) = ACCENTI('Ménaka')", "place_fr = 'Ménaka'"),
    ("events", "CASEI(ACCENTI(place_fr)) = CASEI(ACCENTI('MÉNAKA'))", "place_fr = 'Ménaka'"),
    ("events", "CASEI(place_fr) = CASEI('MÉNAKA')", "place_fr = 'Ménaka'"),
    ("events", "ACCENTI(place_fr) LIKE 'Menak_'", "place_fr LIKE 'Ménak_'"),
    # Days: strictly after, strictly inside, ends included where spans meet.
    ("events", "T_AFTER(date, DATE('2016-05-29'))", "date > '2016-05-29'"),
    ("events", "T_BEFORE(date, DATE('2016-05-29'))", "date < '2016-05-29'"),
    ("events", "T_EQUALS(date, DATE('2016-05-29'))", "date = '2016-05-29'"),
    ("events", "T_DISJOINT(date, DATE('2016-05-29'))", "date <> '2016-05-29'"),
    ("events", "T_INTERSECTS(date, DATE('2016-05-29'))", "date = '2016-05-29'"),
    ("events", "T_AFTER(DATE('2016-05-29'), date)", "date < '2016-05-29'"),
    ("events", "T_BEFORE(TIMESTAMP('2016-05-29T23:59:59Z'), date)", "date > '2016-05-29'"),
    (
        "events",
        "T_AFTER(date, INTERVAL('2016-05-18', '2016-05-29'))",
        "date > '2016-05-29'",
    ),
    (
        "events",
        "T_BEFORE(date, INTERVAL('2016-05-18', '2016-05-29'))",
        "date < '2016-05-18'",
    ),
    (
        "events",
        "T_DURING(date, INTERVAL('2016-05-18', '2016-05-31'))",
        "date > '2016-05-18' AND date < '2016-05-31'",
    ),
    ("events", "T_DURING(date, INTERVAL('2016-05-29', '..'))", "date > '2016-05-29'"),
    ("events", "T_DURING(date, INTERVAL('..', '2016-05-29'))", "date < '2016-05-29'"),
    (
        "events",
        "T_INTERSECTS(date, INTERVAL('2016-05-18', '2016-05-29'))",
        "date BETWEEN '2016-05-18' AND '2016-05-29'",
    ),
    ("events", "T_INTERSECTS(date, INTERVAL('2016-05-29', '..'))", "date >= '2016-05-29'"),
    ("events", "T_INTERSECTS(INTERVAL('..', '2016-05-29'), date)", "date <= '2016-05-29'"),
    (
        "events",
        "T_DISJOINT(date, INTERVAL('2016-05-18', '2016-05-29'))",
        "date NOT BETWEEN '2016-05-18' AND '2016-05-29'",
    ),
    (
        "events",
        "T_EQUALS(date, INTERVAL('2016-05-29', '2016-05-29'))",
        "date = '2016-05-29'",
    ),
    ("events", "T_AFTER(date_end, date)", "date_end > date"),
    # A day that is not known is neither inside nor outside of anything.
    ("events", "T_INTERSECTS(date_end, INTERVAL('..', '..'))", "date_end IS NOT NULL"),
    ("events", "NOT T_EQUALS(date_end, INTERVAL('..', '..'))", "date_end IS NOT NULL"),
    ("events", "NOT T_AFTER(date_end, INTERVAL('2016-05-29', '..'))", "date_end IS NOT NULL"),
    # Places.
    ("events", f"S_INTERSECTS(geom, {NORTH_WKT})", f"ST_Intersects(geom, {NORTH})"),
    ("events", f"S_INTERSECTS({NORTH_WKT}, geom)", f"ST_Intersects(geom, {NORTH})"),
    ("events", f"S_WITHIN(geom, {NORTH_WKT})", f"ST_Within(geom, {NORTH})"),
    ("events", f"S_CONTAINS({NORTH_WKT}, geom)", f"ST_Contains({NORTH}, geom)"),
    ("events", f"S_DISJOINT(geom, {NORTH_WKT})", f"ST_Disjoint(geom, {NORTH})"),
    ("events", f"NOT S_DISJOINT(geom, {NORTH_WKT})", f"ST_Intersects(geom, {NORTH})"),
    ("events", "S_EQUALS(geom, POINT(1.4092 18.4434))", f"ST_Equals(geom, {KIDAL})"),
    ("camps", "S_TOUCHES(geom, BBOX(-10, 10, 1.4092, 25))", "id = 'C008'"),
    ("regions", "S_CONTAINS(geom, POINT(1.4092 18.4434))", f"ST_Contains(geom, {KIDAL})"),
    ("regions", "S_WITHIN(POINT(1.4092 18.4434), geom)", "id = 'kidal'"),
    ("regions", f"S_WITHIN(geom, {EAST_WKT})", f"ST_Within(geom, {EAST})"),
    ("regions", f"S_OVERLAPS(geom, {EAST_WKT})", f"ST_Overlaps(geom, {EAST})"),
    ("basemap", f"S_CROSSES(geom, {EAST_WKT})", f"ST_Crosses(geom, {EAST})"),
    ("regions", "S_INTERSECTS(geom, BBOX(-1,17,2.5,20.5))", f"ST_Intersects(geom, {NORTH})"),
    # A box without area is a point or a line, and one across the antimeridian two boxes.
    ("camps", "S_INTERSECTS(geom, BBOX(1.4092,18.4434,1.4092,18.4434))", "id = 'C008'"),
    ("camps", "S_WITHIN(geom, BBOX(1.4092,18.4434,1.4092,18.4434))", "id = 'C008'"),
    ("camps", "S_INTERSECTS(geom, BBOX(1.4092,10,1.4092,20))", "ST_X(geom) = 1.4092"),
    ("camps", "S_INTERSECTS(geom, BBOX(1,10,-7,25))", "ST_X(geom) >= 1 OR ST_X(geom) <= -7"),
    ("camps", "S_INTERSECTS(geom, BBOX(1,10,-20,25))", "ST_X(geom) >= 1"),
    ("camps", "S_INTERSECTS(geom, BBOX(20,10,-7,25))", "ST_X(geom) <= -7"),
    ("camps", "S_DISJOINT(geom, BBOX(1,10,-7,25))", "ST_X(geom) < 1 AND ST_X(geom) > -7"),
    # Collections of one kind are as good as any; mixed ones meet what a member meets.
    (
        "camps",
        "S_EQUALS(geom, GEOMETRYCOLLECTION(POINT(1.4092 18.4434)))",
        "id = 'C008'",
    ),
    (
        "camps",
        "S_WITHIN(geom, GEOMETRYCOLLECTION(POINT(1.4092 18.4434), POINT(0 0)))",
        "id = 'C008'",
    ),
    (
        "camps",
        f"S_INTERSECTS(geom, {MIXED})",
        "id = 'C008' OR ST_X(geom) <= -7",
    ),
    (
        "camps",
        f"S_DISJOINT(geom, {MIXED})",
        "id <> 'C008' AND ST_X(geom) > -7",
    ),
]


@pytest.mark.parametrize(("layer", "condition", "sql"), CASES, ids=[case[1] for case in CASES])
def test_a_filter_finds_the_rows_that_sql_finds(
    client: TestClient, database_url: str, layer: str, condition: str, sql: str
) -> None:
    found = by_filter(client, layer, condition)
    everything = by_hand(database_url, layer, "true")
    assert found == by_hand(database_url, layer, sql)
    assert 0 < len(found) < len(everything)


def test_a_list_of_none_finds_nothing(client: TestClient, database_url: str) -> None:
    among: dict[str, Any] = {"op": "in", "args": [{"property": "region"}, []]}
    assert by_filter(client, "events", json.dumps(among), "cql2-json") == []
    none = {"op": "not", "args": [among]}
    everything = by_hand(database_url, "events", "true")
    assert by_filter(client, "events", json.dumps(none), "cql2-json") == everything


@pytest.mark.parametrize(
    "condition",
    [
        "T_EQUALS(date_end, INTERVAL('..', '..'))",
        "T_AFTER(date, INTERVAL('2016-05-29', '..'))",
        "T_BEFORE(date, INTERVAL('..', '2016-05-29'))",
        "killed_best > 1e300",
        "FALSE",
    ],
)
def test_what_no_row_can_be_finds_nothing(client: TestClient, condition: str) -> None:
    assert by_filter(client, "events", condition) == []


def test_an_export_takes_the_same_filters(client: TestClient, database_url: str) -> None:
    condition = "region IN ('gao', 'kidal') AND T_INTERSECTS(date, INTERVAL('2016-05-29', '..'))"
    response = client.get("/collections/events/items", params={"filter": condition, "f": "csv"})
    assert response.status_code == 200, response.text
    found = sorted(row["id"] for row in csv.DictReader(io.StringIO(response.text.lstrip("\ufeff"))))
    sql = "region IN ('gao', 'kidal') AND date >= '2016-05-29'"
    assert found == by_hand(database_url, "events", sql) != []


def test_a_thousand_values_are_compared_and_no_more(client: TestClient, database_url: str) -> None:
    condition = f"killed_best IN ({','.join(map(str, range(1, 1_001)))})"
    found = by_filter(client, "events", condition)
    assert found == by_hand(database_url, "events", "killed_best BETWEEN 1 AND 1000") != []
    more = condition.replace(")", ",1001)")
    response = client.get("/collections/events/items", params={"filter": more})
    assert (response.status_code, response.json()["errors"][0]["value"]) == (400, "in")


@pytest.mark.parametrize(
    "condition",
    [
        "CASEI(killed_best) = 3",
        "CASEI(killed_best) IS NULL",
        "ACCENTI(date) = DATE('2016-01-01')",
        "place LIKE 'K%\\'",
        "killed_best = 1" + "+1" * 1_000,
        "date = DATE('10000-01-01')",
        "date > TIMESTAMP('9999-12-31T23:00:00-14:00')",
        "T_AFTER(DATE('2016-01-01'), DATE('2016-01-02'))",
        "id='" + ")" * 2_600 + "' AND " + "(" * 2_600 + "id='a'" + ")" * 2_600,
        "(" * 40,
    ],
    ids=lambda text: text[:40],
)
def test_what_means_nothing_is_said_to_the_one_who_asked(
    client: TestClient, condition: str
) -> None:
    response = client.get("/collections/events/items", params={"filter": condition})
    assert (response.status_code, response.json()["errors"][0]["name"]) == (400, "filter")
