"""Features, Part 3, and CQL2: each class that is declared, tried against what Python finds."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from shapely.geometry import Point, box, shape

ITEMS = "/collections/attacks/items"
FEATURES_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/"
CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
RELATION = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
Properties = dict[str, Any]
AREA, HERE = box(-4, 14, 1, 18), Point(1.4092, 18.4434)
AREA_TEXT = "POLYGON((-4 14, 1 14, 1 18, -4 18, -4 14))"


def plain(text: str) -> str:
    """Fold case and accents."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def number(properties: Properties, name: str) -> float:
    """Give a number, or one that is below and above nothing where it is not known."""
    value = properties[name]
    return float("nan") if value is None else float(value)


# Class → filters, and what each means in Python, told of properties and geometry.
CASES: dict[str, dict[str, Callable[[Properties, Any], bool]]] = {
    "basic-cql2": {
        "region = 'kidal'": lambda p, _: p["region"] == "kidal",
        "region <> 'kidal'": lambda p, _: p["region"] not in ("kidal", None),
        "killed_best > 3": lambda p, _: number(p, "killed_best") > 3,
        "killed_best >= 3": lambda p, _: number(p, "killed_best") >= 3,
        "killed_best < 3": lambda p, _: number(p, "killed_best") < 3,
        "killed_best <= 3": lambda p, _: number(p, "killed_best") <= 3,
        "killed_best IS NULL": lambda p, _: p["killed_best"] is None,
        "killed_best IS NOT NULL": lambda p, _: p["killed_best"] is not None,
        "date >= DATE('2016-01-01')": lambda p, _: p["date"] >= "2016-01-01",
        "date < TIMESTAMP('2016-01-01T00:00:00Z')": lambda p, _: p["date"] < "2016-01-01",
        "region = 'gao' AND killed_best >= 1": lambda p, _: (
            p["region"] == "gao" and number(p, "killed_best") >= 1
        ),
        "region = 'gao' OR region = 'kidal' AND killed_best >= 1": lambda p, _: (
            p["region"] == "gao" or (p["region"] == "kidal" and number(p, "killed_best") >= 1)
        ),
        "(region = 'gao' OR region = 'kidal') AND killed_best >= 1": lambda p, _: (
            p["region"] in ("gao", "kidal") and number(p, "killed_best") >= 1
        ),
        "NOT (region = 'gao')": lambda p, _: p["region"] not in ("gao", None),
        "TRUE": lambda *_: True,
        "FALSE": lambda *_: False,
    },
    "advanced-comparison-operators": {
        "place LIKE 'K%'": lambda p, _: (p["place"] or "").startswith("K"),
        "place LIKE '_idal'": lambda p, _: p["place"] == "Kidal",
        "NOT place LIKE 'K%'": lambda p, _: p["place"] is not None and p["place"][0] != "K",
        "killed_best BETWEEN 2 AND 5": lambda p, _: 2 <= number(p, "killed_best") <= 5,
        "killed_best NOT BETWEEN 2 AND 5": lambda p, _: (
            number(p, "killed_best") < 2 or number(p, "killed_best") > 5
        ),
        "region IN ('gao', 'kidal')": lambda p, _: p["region"] in ("gao", "kidal"),
        "region NOT IN ('gao', 'kidal')": lambda p, _: p["region"] not in ("gao", "kidal", None),
        "killed_best IN (1, 2)": lambda p, _: p["killed_best"] in (1, 2),
    },
    "case-insensitive-comparison": {
        "CASEI(place) = CASEI('KIDAL')": lambda p, _: (p["place"] or "").lower() == "kidal",
        "CASEI(place) LIKE CASEI('K%')": lambda p, _: (p["place"] or "").lower()[:1] == "k",
    },
    "accent-insensitive-comparison": {
        "ACCENTI(CASEI(place)) LIKE ACCENTI(CASEI('%É%'))": lambda p, _: (
            "e" in plain(p["place"] or "")
        ),
    },
    "basic-spatial-functions": {
        "S_INTERSECTS(geom, BBOX(-4, 14, 1, 18))": lambda _, g: bool(g and g.intersects(AREA)),
        "S_INTERSECTS(geom, POINT(1.4092 18.4434))": lambda _, g: bool(g and g.intersects(HERE)),
    },
    "basic-spatial-functions-plus": {
        f"S_INTERSECTS(geom, {AREA_TEXT})": lambda _, g: bool(g and g.intersects(AREA)),
        "S_INTERSECTS(geom, MULTIPOINT((1.4092 18.4434), (0 0)))": lambda _, g: bool(
            g and g.intersects(HERE)
        ),
    },
    "spatial-functions": {
        f"S_WITHIN(geom, {AREA_TEXT})": lambda _, g: bool(g and g.within(AREA)),
        f"S_CONTAINS({AREA_TEXT}, geom)": lambda _, g: bool(g and AREA.contains(g)),
        f"S_DISJOINT(geom, {AREA_TEXT})": lambda _, g: bool(g and g.disjoint(AREA)),
        "S_EQUALS(geom, POINT(1.4092 18.4434))": lambda _, g: bool(g and g.equals(HERE)),
        f"S_TOUCHES(geom, {AREA_TEXT})": lambda _, g: bool(g and g.touches(AREA)),
        f"S_CROSSES(geom, {AREA_TEXT})": lambda _, g: bool(g and g.crosses(AREA)),
        f"S_OVERLAPS(geom, {AREA_TEXT})": lambda _, g: bool(g and g.overlaps(AREA)),
    },
    "property-property": {
        "killed_best = peacekeepers_killed": lambda p, _: (
            p["killed_best"] is not None and p["killed_best"] == p["peacekeepers_killed"]
        ),
        "3 <= killed_best": lambda p, _: number(p, "killed_best") >= 3,
    },
}


@pytest.fixture(scope="module")
def everything(client: TestClient) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = client.get(f"{ITEMS}?limit=10000").json()["features"]
    return features


def found(client: TestClient, **parameters: Any) -> list[str]:
    response = client.get(ITEMS, params={"limit": 10_000, **parameters})
    assert response.status_code == 200, response.text
    return [feature["id"] for feature in response.json()["features"]]


@pytest.mark.parametrize(
    ("expression", "means"),
    [case for cases in CASES.values() for case in cases.items()],
    ids=[expression for cases in CASES.values() for expression in cases],
)
def test_a_filter_finds_what_python_finds(
    client: TestClient,
    everything: list[dict[str, Any]],
    expression: str,
    means: Callable[[Properties, Any], bool],
) -> None:
    import cql2

    expected = [
        feature["id"]
        for feature in everything
        if means(feature["properties"], feature["geometry"] and shape(feature["geometry"]))
    ]
    assert found(client, filter=expression) == expected
    as_json = json.dumps(cql2.parse_text(expression).to_json())
    assert found(client, filter=as_json, **{"filter-lang": "cql2-json"}) == expected


def test_every_class_that_is_tried_is_declared_and_no_other(client: TestClient) -> None:
    declared = client.get("/conformance").json()["conformsTo"]
    of_cql2 = {one.removeprefix(CQL2) for one in declared if one.startswith(CQL2)}
    assert of_cql2 == {*CASES, "cql2-text", "cql2-json"}
    of_part_3 = {one.removeprefix(FEATURES_3) for one in declared if one.startswith(FEATURES_3)}
    assert of_part_3 == {"queryables", "queryables-query-parameters", "filter", "features-filter"}


def test_a_collection_links_to_its_queryables(client: TestClient) -> None:
    for collection in client.get("/collections").json()["collections"]:
        (href,) = [link["href"] for link in collection["links"] if link["rel"] == RELATION]
        answer = client.get(href)
        assert answer.headers["content-type"] == "application/schema+json"
        document = answer.json()
        assert (document["type"], document["additionalProperties"]) == ("object", False)
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert document["$id"] == href


def test_a_queryable_can_be_given_as_a_parameter(
    client: TestClient, everything: list[dict[str, Any]]
) -> None:
    expected = [one["id"] for one in everything if one["properties"]["region"] == "kidal"]
    assert found(client, region="kidal") == expected
    both = found(client, region="kidal", filter="killed_best >= 1")
    assert set(both) < set(expected)
    assert found(client, filter="region = 'kidal'", bbox="0,0,1,1") == []


@pytest.mark.parametrize("system", ["", "http://www.opengis.net/def/crs/EPSG/0/4326"])
def test_a_geometry_of_a_filter_is_in_its_system(
    client: TestClient, everything: list[dict[str, Any]], system: str
) -> None:
    expected = [
        one["id"] for one in everything if one["geometry"] and shape(one["geometry"]).within(AREA)
    ]
    corners = "-4 14, 1 14, 1 18, -4 18, -4 14"
    if system:
        corners = "14 -4, 14 1, 18 1, 18 -4, 14 -4"
    more = {"filter-crs": system} if system else {}
    assert found(client, filter=f"S_WITHIN(geom, POLYGON(({corners})))", **more) == expected
