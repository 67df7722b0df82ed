from __future__ import annotations

import csv
import io
from typing import Any

import h3.api.basic_str as h3
import psycopg
import pytest
from fastapi.testclient import TestClient


def aggregate(client: TestClient, parameters: str) -> dict[str, Any]:
    response = client.get(f"/collections/events/aggregate?{parameters}")
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def test_counts_by_region_and_year_are_those_of_the_rows(
    client: TestClient, database_url: str
) -> None:
    document = aggregate(client, "by=region,year&measure=killed,peacekeepers_killed")
    rows = [tuple(row.values()) for row in document["rows"]]
    # No default event spans two years.
    assert rows == ask(
        database_url,
        """SELECT region, to_char(date, 'YYYY'), count(*), sum(coalesce(killed_low, killed_best)),
            sum(killed_best), sum(coalesce(killed_high, killed_best)),
            count(*) - count(killed_best), sum(peacekeepers_killed),
            count(*) - count(peacekeepers_killed)
        FROM published.events GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2""",
    )
    assert document["total"]["count"] == sum(row[2] for row in rows) == 254


def test_what_nobody_states_has_no_sum_and_is_not_zero(client: TestClient) -> None:
    document = aggregate(client, "by=target_class&measure=peacekeepers_killed")
    civilians = next(row for row in document["rows"] if row["target_class"] == "civilians")
    assert civilians == {
        "target_class": "civilians",
        "count": 81,
        "peacekeepers_killed": None,
        "peacekeepers_killed_unknown": 81,
    }


@pytest.mark.parametrize("resolution", [0, 3, 7, 9])
def test_cells_are_h3_parents_of_the_finest(
    client: TestClient, database_url: str, resolution: int
) -> None:
    document = aggregate(client, f"by=grid&resolution={resolution}")
    expected: dict[str, int] = {}
    for lon, lat in ask(database_url, "SELECT ST_X(geom), ST_Y(geom) FROM published.events"):
        # Parents, not the cell of the point: only so do fine counts add up to coarse ones.
        cell = h3.cell_to_parent(h3.latlng_to_cell(lat, lon, 9), resolution)
        expected[cell] = expected.get(cell, 0) + 1
    assert {row["grid"]: row["count"] for row in document["rows"]} == expected


def test_a_day_that_is_only_known_to_a_longer_time_lies_in_no_month(client: TestClient) -> None:
    response = client.get("/collections/facts/aggregate?by=month&filter=date_precision='year'")
    assert [row["month"] for row in response.json()["rows"]] == [None]


def test_the_filters_of_items_hold_here_too(client: TestClient) -> None:
    narrowing = "datetime=2016-01-01/2016-12-31&bbox=0,15,3,21&filter=killed_best>0&region=kidal"
    items = client.get(f"/collections/events/items?limit=500&{narrowing}").json()
    assert aggregate(client, narrowing)["total"]["count"] == items["numberMatched"] > 0


def test_the_table_says_what_the_document_says(client: TestClient) -> None:
    document = aggregate(client, "by=event_class&measure=killed")
    text = client.get("/collections/events/aggregate?by=event_class&measure=killed&f=csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    as_text = [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in document["rows"]
    ]
    assert rows == as_text


def test_a_view_counts_its_own_rows_only(client: TestClient) -> None:
    total = client.get("/collections/attacks/aggregate").json()["total"]
    assert total == {"count": 173}


@pytest.mark.parametrize(
    "question",
    [
        "",
        "by=year,region&measure=killed",
        "by=event_class&measure=peacekeepers_killed,killed&datetime=2015-01-01/2016-12-31",
        "by=month&filter=killed_best%20IS%20NULL",
        "by=region&bbox=-5,12,0,18&f=csv",
        "by=cercle,perpetrator_class&filter=S_INTERSECTS(geom,BBOX(-5,12,0,18))",
    ],
)
@pytest.mark.parametrize("layer", ["attacks", "events"])
def test_sums_from_columns_are_those_of_the_database(
    settled: TestClient, request: pytest.FixtureRequest, layer: str, question: str
) -> None:
    address = f"/collections/{layer}/aggregate?{question}"
    from_columns = settled.get(address)
    assert from_columns.status_code == 200
    from_sql = request.getfixturevalue("without_columns").get(address)
    assert from_columns.content == from_sql.content
