"""The requirements of OGC API – Tiles, Part 1, as the OGC's own suite follows them by links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mapbox_vector_tile
import pytest
from fastapi.testclient import TestClient

from geo.spec import GeometryType, Layer

RELATION = "http://www.opengis.net/def/rel/ogc/1.0"
CLASSES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
# How the suite asks for documents and for tiles.
JSON = {"Accept": "application/json, application/javascript, text/javascript, text/json"}
TILE = {"Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}


def document(client: TestClient, address: str) -> Any:
    answer = client.get(address, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


def tilesets_links(links: list[dict[str, str]]) -> list[str]:
    return [link["href"] for link in links if link["rel"].startswith(f"{RELATION}/tilesets-")]


def lists(client: TestClient) -> Iterator[str]:
    """Find every list of tilesets: of the landing page, and of each layer that has one."""
    yield from tilesets_links(document(client, "/")["links"])
    for collection in document(client, "/collections")["collections"]:
        yield from tilesets_links(collection["links"])


@pytest.fixture(scope="module")
def tilesets(client: TestClient) -> list[dict[str, Any]]:
    """Give the metadata of every tileset, found as a client finds it."""
    found = []
    for address in lists(client):
        for entry in document(client, address)["tilesets"]:
            (own,) = (link for link in entry["links"] if link["rel"] == "self")
            assert own["type"] == "application/json"
            found.append(document(client, own["href"]))
    return found


def test_every_layer_with_places_and_all_together_have_tilesets(
    client: TestClient, layers: dict[str, Layer]
) -> None:
    with_places = [
        name for name, layer in layers.items() if layer.geometry is not GeometryType.NONE
    ]
    addresses = [f"http://testserver/collections/{name}/tiles" for name in with_places]
    assert list(lists(client)) == ["http://testserver/tiles", *addresses]


def test_conformance_names_the_classes_of_tiles(client: TestClient) -> None:
    named = document(client, "/conformance")["conformsTo"]
    for name in ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets"):
        assert f"{CLASSES}/{name}" in named


def test_every_link_of_a_list_leads_to_a_document(client: TestClient) -> None:
    for address in lists(client):
        assert "%" not in address
        entries = document(client, address)["tilesets"]
        assert [entry["tileMatrixSetURI"].rsplit("/", 1)[-1] for entry in entries] == [
            "WebMercatorQuad",
            "WorldCRS84Quad",
        ]
        for entry in entries:
            assert {"title", "dataType", "crs", "tileMatrixSetURI", "links"} <= set(entry)
            for link in entry["links"]:
                assert "{" not in link["href"]
                document(client, link["href"])


def test_a_tile_matrix_set_is_the_registered_one(client: TestClient) -> None:
    for entry in document(client, "/tileMatrixSets")["tileMatrixSets"]:
        (link,) = entry["links"]
        whole = document(client, link["href"])
        assert whole["id"] == entry["id"]
        assert whole["uri"] == entry["uri"] == entry["uri"].strip()
        assert [matrix["id"] for matrix in whole["tileMatrices"]][:3] == ["0", "1", "2"]


def test_every_tile_within_the_limits_is_there_and_none_beyond(
    client: TestClient, tilesets: list[dict[str, Any]]
) -> None:
    for tileset in tilesets:
        templates = [link for link in tileset["links"] if "{tileMatrix}" in link["href"]]
        assert [link["type"] for link in templates] == [
            "application/vnd.mapbox-vector-tile",
            "image/png",
        ]
        assert all(link["rel"] == "item" and link["templated"] for link in templates)
        template = templates[0]["href"]
        assert [limit["tileMatrix"] for limit in tileset["tileMatrixSetLimits"]] == [
            str(zoom) for zoom in range(15)
        ]
        for limit in tileset["tileMatrixSetLimits"][::3]:
            place = {"tileMatrix": limit["tileMatrix"], "tileCol": limit["minTileCol"]}
            inside = template.format(tileRow=limit["maxTileRow"], **place)
            assert client.get(inside, headers=TILE).status_code in (200, 204)
            outside = template.format(tileRow=limit["maxTileRow"] + 1, **place)
            assert client.get(outside, headers=TILE).status_code == 404
        far = template.format(tileMatrix=5, tileRow=2147483647, tileCol=2147483647)
        assert client.get(far, headers=TILE).status_code == 404


def test_the_box_of_a_tileset_is_where_its_data_is(
    client: TestClient, tilesets: list[dict[str, Any]]
) -> None:
    boxes: dict[str, Any] = {each["title"]: each.get("boundingBox") for each in tilesets}
    assert boxes.pop("Cercles") is None
    assert all(boxes.values())
    listed = client.get("/collections/camps/items?limit=1000").json()["features"]
    places = [f["geometry"]["coordinates"] for f in listed if f["geometry"]]
    (west, south), (east, north) = (
        [pick(place[axis] for place in places) for axis in (0, 1)] for pick in (min, max)
    )
    box = boxes["Camps of the mission"]
    assert box["lowerLeft"] == pytest.approx([west, south])
    assert box["upperRight"] == pytest.approx([east, north])


def test_all_that_a_tile_holds_lies_in_it(client: TestClient) -> None:
    for layer in ("attacks", "camps", "regions"):
        answer = client.get(f"/collections/{layer}/tiles/WebMercatorQuad/0/0/0?f=mvt", headers=TILE)
        decoded = mapbox_vector_tile.decode(answer.content)[layer]
        assert len(decoded["features"]) > 10
        for feature in decoded["features"]:
            assert all(0 <= value <= decoded["extent"] for value in numbers(feature["geometry"]))


def numbers(part: Any) -> Iterator[float]:
    if isinstance(part, dict):
        yield from numbers(part["coordinates"])
    elif isinstance(part, list | tuple):
        for each in part:
            yield from numbers(each)
    else:
        yield part


def test_the_operations_are_named_as_the_standard_names_them(client: TestClient) -> None:
    paths = client.get("/api").json()["paths"]
    named = {path["get"]["operationId"] for path in paths.values()}
    for group in ("dataset", "collection"):
        for what in ("getTileSetsList", "getTileSet", "getTile"):
            assert f"{group}.vector.{what}" in named


def test_gdal_reads_a_vector_tile(client: TestClient, tmp_path: Any) -> None:
    import pyogrio

    path = tmp_path / "0.mvt"
    path.write_bytes(client.get("/tiles/attacks,regions/0/0/0.mvt").content)
    listed = {str(name) for name in pyogrio.list_layers(f"MVT:{path}")[:, 0]}
    assert listed == {"attacks", "regions", "regions_labels"}
    attacks = pyogrio.read_dataframe(f"MVT:{path}", layer="attacks", read_geometry=False)
    total = client.get("/collections/attacks/items?limit=1&bbox=-180,-85,180,85").json()
    assert len(attacks) == total["numberMatched"]
