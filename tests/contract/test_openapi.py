"""What `/api` says of the service is what the service does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV30SpecValidator

from app.main import create_app
from app.routes import routers
from app.settings import Settings
from geo import cql2
from geo.spec import GeometryType, Layer
from tests.contract.addresses import PLACES

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
# How each operation is asked so that it answers, beside what it demands.
ASKED: dict[str, str] = {
    "nearest": "point=-0.04,16.27",
    "within": "point=0,17&distance_m=90000",
    "check": f"url=/figures/1.svg?as_of={datetime.now(UTC).date()}",
    "oembed": "url=/figures/1",
}
# Addresses that answer in other media types than the first that the same path stands for.
BESIDE = {
    "/styles/light/sprite.json": ["/styles/light/sprite@2x.png"],
    "/oembed": ["/oembed?format=xml"],
}


def filled(path: str) -> str:
    """Write an address of the definition with something for each of its parts."""
    return path.format(**PLACES)


@pytest.fixture(scope="module")
def definition(client: TestClient) -> dict[str, Any]:
    made: dict[str, Any] = client.get("/api").json()
    return made


def parameters(definition: dict[str, Any], path: str) -> dict[str, dict[str, Any]]:
    """Give the parameters of a path by name, with references followed."""
    found = {}
    for reference in definition["paths"][path]["get"]["parameters"]:
        parameter = definition["components"]["parameters"][reference["$ref"].split("/")[-1]]
        found[parameter["name"]] = parameter
    return found


def routes_of_the_service() -> Iterator[APIRoute]:
    for router in routers():
        yield from (route for route in router.routes if isinstance(route, APIRoute))


# What only the forms of our own pages are sent to.
UNDESCRIBED = {"/collections/{layer}/find"}


def test_the_definition_is_valid_openapi_3_0(
    client: TestClient, definition: dict[str, Any]
) -> None:
    assert client.get("/api").headers["content-type"] == OPENAPI
    assert definition["openapi"] == "3.0.3"
    assert [error.message for error in OpenAPIV30SpecValidator(definition).iter_errors()] == []


def test_nothing_of_json_schema_2020_is_left(definition: dict[str, Any]) -> None:
    text = json.dumps(definition)
    for word in ('"type": "null"', '"anyOf"', '"const"', '"prefixItems"', '"$defs"', '"examples"'):
        assert word not in text


def test_the_server_is_the_public_address(database_url: str) -> None:
    settings = Settings(database_url=database_url, public_url="https://example.org/atlas/")
    with TestClient(create_app(settings)) as client:
        assert client.get("/api").json()["servers"] == [{"url": "https://example.org/atlas"}]


def test_every_route_is_described_and_nothing_else(
    definition: dict[str, Any], layers: dict[str, Layer]
) -> None:
    routes = {route.path for route in routes_of_the_service() if route.include_in_schema}
    hidden = {route.path for route in routes_of_the_service() if not route.include_in_schema}
    assert hidden == UNDESCRIBED
    described = set(definition["paths"])
    for path in routes:
        of_layers = {path.replace("{layer}", name) for name in layers}
        assert path in described or of_layers & described, path
    templates = {
        re.sub(rf"^/collections/({'|'.join(layers)})(/|$)", r"/collections/{layer}\2", path)
        for path in described
    }
    assert templates == routes


def test_every_parameter_that_a_route_takes_is_described(
    client: TestClient, definition: dict[str, Any], layers: dict[str, Layer]
) -> None:
    wrong = {}
    for path in definition["paths"]:
        described = parameters(definition, path)
        queries = {name for name, given in described.items() if given["in"] == "query"}
        known: set[str] = set()
        # What a tile may be asked with depends on its form.
        for form in described["f"]["schema"]["enum"] if "{tileMatrix}" in path else [None]:
            asked = "?nosuch=1" + (f"&f={form}" if form else "")
            (error,) = client.get(filled(path) + asked).json()["errors"]
            known |= set() if error["allowed"] == "none" else set(error["allowed"])
        if path.startswith("/tiles/{layers}") or "{tileMatrix}" in path:
            # What a layer's properties are, the definition says once, at its items.
            known -= {name for layer in layers.values() for name in cql2.queryables(layer)}
        if known != queries:
            wrong[path] = known ^ queries
    assert wrong == {}


def test_every_property_is_a_parameter_of_its_layer(
    definition: dict[str, Any], layers: dict[str, Layer]
) -> None:
    for name, layer in layers.items():
        described = parameters(definition, f"/collections/{name}/items")
        assert set(cql2.queryables(layer)) <= set(described)


def test_distances_are_described_for_layers_with_places_only(
    definition: dict[str, Any], layers: dict[str, Layer]
) -> None:
    for name, layer in layers.items():
        has_places = layer.geometry is not GeometryType.NONE
        for verb in ("nearest", "within"):
            assert (f"/collections/{name}/{verb}" in definition["paths"]) is has_places


def test_the_parameters_of_the_standard_are_as_it_writes_them(
    client: TestClient, definition: dict[str, Any], layers: dict[str, Layer]
) -> None:
    served: Any = client.app
    for name in layers:
        found = parameters(definition, f"/collections/{name}/items")
        for parameter in ("limit", "bbox", "datetime"):
            form = {key: found[parameter][key] for key in ("in", "required", "style", "explode")}
            assert form == {"in": "query", "required": False, "style": "form", "explode": False}
        assert found["limit"]["schema"] == {
            "type": "integer",
            "minimum": 1,
            "maximum": 10_000,
            "default": 100,
        }
        assert found["bbox"]["schema"] == {
            "type": "array",
            "items": {"type": "number"},
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        }
        assert found["datetime"]["schema"] == {"type": "string"}
        assert found["f"]["schema"]["enum"] == ["json", *served.state.formats]


def operations(definition: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give each operation with an address that it answers at."""
    for path, methods in definition["paths"].items():
        operation = methods["get"]
        yield filled(path), ASKED.get(path.split("/")[-1], ""), operation


def test_every_operation_answers_in_the_media_types_that_it_names(
    client: TestClient, definition: dict[str, Any]
) -> None:
    wrong = {}
    for address, query, operation in operations(definition):
        offered = {media.split(";")[0] for media in operation["responses"]["200"]["content"]}
        names = [given["$ref"].split("/")[-1] for given in operation["parameters"]]
        choices = [definition["components"]["parameters"][name]["schema"] for name in names]
        formats_of = [
            choice["enum"]
            for name, choice in zip(names, choices, strict=True)
            if name.startswith("f.")
        ]
        met = set()
        for chosen in formats_of[0] if formats_of else [None]:
            asked = "&".join(part for part in (query, chosen and f"f={chosen}") if part)
            for one in (address, *BESIDE.get(address, [])):
                answer = client.get(f"{one}{'&' if '?' in one else '?'}{asked}")
                if answer.status_code != 200:
                    wrong[f"{one}?{asked}"] = answer.text[:200]
                met.add(answer.headers["content-type"].split(";")[0])
        if met != offered:
            wrong[address] = f"answers {sorted(met)}, names {sorted(offered)}"
    assert wrong == {}


def test_every_operation_names_its_problems(definition: dict[str, Any]) -> None:
    for path, methods in definition["paths"].items():
        responses = methods["get"]["responses"]
        assert {"200", "400", "default"} <= set(responses), path
        names_something = "{" in path or re.match("/collections/.+/.+", path) is not None
        assert ("404" in responses) is names_something, path
    # A browser gets the same as a page.
    for name, response in definition["components"]["responses"].items():
        assert list(response["content"]) == ["application/problem+json", "text/html"], name


def test_a_tile_may_have_nothing_in_it_if_it_is_not_drawn(definition: dict[str, Any]) -> None:
    empty = {path for path, one in definition["paths"].items() if "204" in one["get"]["responses"]}
    assert empty == {
        "/collections/{layer}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
        "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
        "/tiles/{layers}/{z}/{x}/{y}.mvt",
    }


def test_every_part_of_an_address_is_said_to_be_what_it_is(
    client: TestClient, definition: dict[str, Any]
) -> None:
    said = {
        given["name"]: (given["description"], given["schema"])
        for given in definition["components"]["parameters"].values()
        if given["in"] == "path"
    }
    assert set(said) == set(PLACES)
    texts = [description for description, _ in said.values()]
    # Only where a tile is has two names, the standard's and the short one.
    assert {text for text in texts if texts.count(text) > 1} == {said[name][0] for name in "xyz"}
    placed = said["layers"][1]["items"]["enum"]
    assert client.get(f"/tiles/{','.join(placed)}/tilejson.json").status_code == 200
    assert "series" not in placed


def test_the_page_for_people_loads_nothing_from_elsewhere(client: TestClient) -> None:
    for language in ("en", "fr"):
        page = client.get(f"/docs?lang={language}")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "script-src 'self';" in page.headers["content-security-policy"]
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert {urlsplit(address).netloc for address in loaded} <= {"testserver", ""}
        assert [one for one in loaded if one.startswith("//")] == []
        assert f'<html lang="{language}">' in page.text
    script = client.get("/static/docs/docs.js").text
    assert "validatorUrl: null" in script


def test_a_browser_gets_the_page_and_a_client_the_definition(client: TestClient) -> None:
    page = client.get("/api", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/api", headers={"Accept": OPENAPI}).headers["content-type"] == OPENAPI
    landing = client.get("/", headers={"Accept": "application/json"}).json()
    links = {link["rel"]: (link["href"], link["type"]) for link in landing["links"]}
    assert links["service-desc"] == ("http://testserver/api", OPENAPI)
    assert links["service-doc"] == ("http://testserver/docs", "text/html")
