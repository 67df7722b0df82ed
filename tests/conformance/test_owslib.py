"""OWSLib, the client that Python programs use."""

from __future__ import annotations

import json

import pytest
from owslib.ogcapi.features import Features  # type: ignore[import-untyped]

from geo.spec import GeometryType, Layer


@pytest.fixture(scope="module")
def service(live_server: str) -> Features:
    return Features(live_server)


def test_it_finds_what_the_service_is(service: Features, layers: dict[str, Layer]) -> None:
    assert service.links
    assert service.conformance()["conformsTo"]
    assert service.api()["openapi"] == "3.0.3"
    assert service.feature_collections() == list(layers)
    listed = service.collections()["collections"]
    assert [one["id"] for one in listed] == list(layers)


def test_every_layer_is_read(service: Features, layers: dict[str, Layer]) -> None:
    for name, layer in layers.items():
        assert service.collection(name)["title"] == layer.title.en
        queryables = service.collection_queryables(name)["properties"]
        assert {field.name for field in layer.fields} < set(queryables)
        assert ("geom" in queryables) is (layer.geometry is not GeometryType.NONE)
        page = service.collection_items(name, limit=5)
        assert page["numberReturned"] == min(5, page["numberMatched"])
        for feature in page["features"]:
            assert service.collection_item(name, feature["id"])["id"] == feature["id"]


def test_boxes_times_properties_and_filters_are_asked_for(service: Features) -> None:
    everything = service.collection_items("attacks", limit=500)["numberMatched"]
    inside = service.collection_items("attacks", bbox=[0, 15, 3, 21], limit=500)
    then = service.collection_items("attacks", datetime_="2016-01-01/2016-12-31", limit=500)
    there = service.collection_items("attacks", region="kidal", limit=500)
    deadly = service.collection_items("attacks", filter="killed_best >= 3", limit=500)
    assert everything == 173
    for found in (inside, then, there, deadly):
        assert 0 < found["numberMatched"] == len(found["features"]) < everything
    assert {one["properties"]["region"] for one in there["features"]} == {"kidal"}
    assert {one["properties"]["date"][:4] for one in then["features"]} == {"2016"}
    assert min(one["properties"]["killed_best"] for one in deadly["features"]) >= 3


def test_cql2_json_is_asked_for(service: Features) -> None:
    condition = {"op": "=", "args": [{"property": "region"}, "gao"]}
    asked = {"filter": json.dumps(condition), "filter-lang": "cql2-json"}
    found = service.collection_items("attacks", limit=500, **asked)
    assert found["numberMatched"] == len(found["features"]) > 0
    assert {one["properties"]["region"] for one in found["features"]} == {"gao"}
