"""Asking for what one has: tags, and the star that stands for any (RFC 9110, 13.1.2)."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

ANY = {"If-None-Match": "*"}
THERE = [
    "/",
    "/conformance",
    "/collections/camps/items?limit=2",
    "/collections/camps/items?f=csv",
    "/collections/camps/items?f=geopackage",
    "/collections/camps/aggregate?by=region",
    "/collections/attacks/density.tif",
    "/collections/attacks/density/tilejson.json",
    "/collections/camps/tiles/WebMercatorQuad",
    "/tiles/camps/4/7/7.mvt",
    "/tiles/camps/4/0/0.mvt",
    "/tiles/camps/4/7/7.png",
    "/tiles/camps/tilejson.json",
    "/styles/light",
    "/styles/light/sprite.png",
    "/maps/attacks",
]


@pytest.mark.parametrize("address", THERE)
def test_whoever_holds_anything_of_what_is_there_is_told_so(
    client: TestClient, address: str
) -> None:
    for _ in range(2):
        # The second time from memory, where there is one.
        whole = client.get(address)
        answer = client.get(address, headers=ANY)
        assert whole.status_code in (200, 204), whole.text
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers.get("etag") == whole.headers.get("etag")
        assert not {"content-type", "content-length", "content-disposition"} & {*answer.headers}
        assert client.head(address, headers=ANY).status_code == 304


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/collections/camps/items/nowhere", 404),
        ("/collections/nothing/items", 404),
        ("/styles/light/sprite.gif", 404),
        ("/collections/camps/items?limit=-1", 400),
    ],
)
def test_of_what_is_not_there_nobody_holds_anything(
    client: TestClient, address: str, status: int
) -> None:
    answer = client.get(address, headers=ANY)
    assert answer.status_code == status
    assert answer.json()["status"] == status
