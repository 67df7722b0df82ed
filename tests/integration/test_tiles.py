"""Tiles over HTTP: alike from columns and SQL, named by their state, kept and dropped rightly."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

import mapbox_vector_tile
import pytest
import shapely
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from geo import database, quickly
from geo.features import NEVER, Remembered, Revision
from geo.feed import Change
from geo.importing.load import load_rows
from geo.spec import Layer
from tests.conftest import until

MVT = "application/vnd.mapbox-vector-tile"
WHOLE = "/tiles/attacks/0/0/0.mvt"


def features(answer: Any, layer: str = "attacks") -> list[dict[str, Any]]:
    assert answer.status_code == 200
    found: list[dict[str, Any]] = mapbox_vector_tile.decode(answer.content)[layer]["features"]
    return [feature["properties"] for feature in found]


def forget_tiles(service: TestClient) -> None:
    """Have a service make every tile anew."""
    state: Any = service.app.state  # type: ignore[attr-defined]
    for layer in state.layers.values():
        revision = Revision(number=0, changed_at=NEVER)
        state.hot_tiles.drop(Change(layer=layer, revision=revision, boxes=None))
    assert len(state.hot_tiles) == 0


QUESTIONS = [
    "",
    "?cells=64",
    "?cells=256",
    "?cells=none",
    "?filter=killed_best%20>%203%20AND%20region='gao'",
    "?datetime=2015-01-01/2016-12-31&cells=64",
    "?region=kidal&properties=date,killed_best",
    "?filter=notes%20LIKE%20'%25convoy%25'",
    "?bbox=-5,12,0,18",
]


@pytest.mark.parametrize("form", ["mvt", "png"])
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("place", ["attacks,regions/4/7/7", "attacks,camps/6/31/29"])
def test_columns_and_sql_give_the_same_bytes(
    settled: TestClient, request: pytest.FixtureRequest, place: str, question: str, form: str
) -> None:
    address = f"/tiles/{place}.{form}{question}"
    from_columns = settled.get(address)
    from_sql = request.getfixturevalue("without_columns").get(address)
    assert from_columns.status_code == from_sql.status_code
    assert from_columns.status_code in (200, 204), from_columns.text
    assert from_columns.content == from_sql.content


@pytest.mark.parametrize("matrix", ["WebMercatorQuad", "WorldCRS84Quad"])
@pytest.mark.parametrize("question", ["", "&killed_best=2", "&datetime=2016-01-01/2016-12-31"])
def test_the_cells_of_a_zoom_add_up_to_the_aggregate(
    settled: TestClient, matrix: str, question: str
) -> None:
    total = settled.get(
        f"/collections/attacks/aggregate?measure=killed&bbox=-180,-85,180,85{question}"
    ).json()["total"]
    columns = 4 if matrix == "WebMercatorQuad" else 8
    found = []
    for row in range(4):
        for column in range(columns):
            address = f"/collections/attacks/tiles/{matrix}/2/{row}/{column}?f=mvt&cells=64"
            answer = settled.get(address + question)
            found += features(answer) if answer.status_code == 200 else []
    assert sum(cell["count"] for cell in found) == total["count"] > 10
    for name in ("killed_low", "killed_best", "killed_high", "killed_unknown"):
        assert sum(cell.get(name, 0) for cell in found) == total[name]
    classes = sum(n for cell in found for name, n in cell.items() if name.startswith("event_class"))
    assert classes == total["count"]


@pytest.mark.parametrize(
    "address",
    [
        "/tiles/attacks/4/7/7.mvt?cells=64",
        "/tiles/attacks/4/7/7.mvt?cells=none",
        "/tiles/attacks/4/7/7.png",
        "/tiles/attacks/tilejson.json",
        "/collections/attacks/aggregate?by=region&measure=killed",
        "/collections/attacks/items?limit=2&region=gao",
    ],
)
def test_a_fault_in_the_columns_costs_nobody_an_answer(
    settled: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    address: str,
) -> None:
    def fails(*_: Any) -> None:
        raise IndexError("out of bounds")

    async def no_page(*_: Any) -> None:
        return None

    app: Any = settled.app
    # Pages that the columns choose are not counted by them.
    monkeypatch.setattr("app.routes.items.read_chosen_page", no_page)
    whole = settled.get(address)
    assert whole.status_code == 200
    for name in ("geo.columns.tile.cells", "geo.columns.tile.points", "geo.columns.sums.count"):
        monkeypatch.setattr(name, fails)
    monkeypatch.setattr("app.routes.items.count", fails)
    monkeypatch.setattr("app.counting.sums_of", fails)
    monkeypatch.setattr(app.state.tile_maker, "_counts", Remembered())
    monkeypatch.setattr(app.state.counts, "_known", OrderedDict())
    forget_tiles(settled)
    quickly._say.cache_clear()
    with caplog.at_level("ERROR", logger="atlas"):
        assert settled.get(address).content == whole.content
        said = len(caplog.messages)
        assert said > 0
        forget_tiles(settled)
        assert settled.get(address).content == whole.content
    assert len(caplog.messages) == said
    assert all("SQL answers: IndexError" in message for message in caplog.messages)


def test_the_three_addresses_of_a_tile_give_the_same(settled: TestClient) -> None:
    short = settled.get("/tiles/camps/5/15/14.mvt")
    layer = settled.get("/collections/camps/tiles/WebMercatorQuad/5/14/15?f=mvt")
    dataset = settled.get("/tiles/WebMercatorQuad/5/14/15?collections=camps")
    assert short.content == layer.content == dataset.content
    assert {each.headers["content-type"] for each in (short, layer, dataset)} == {MVT}


def test_accept_chooses_the_form_where_the_address_does_not(settled: TestClient) -> None:
    address = "/collections/camps/tiles/WebMercatorQuad/5/14/15"
    for accept, media in (
        ("image/png", "image/png"),
        ("*/*", MVT),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", MVT),
    ):
        assert settled.get(address, headers={"Accept": accept}).headers["content-type"] == media


def test_a_tile_with_nothing_in_it_is_no_error(settled: TestClient) -> None:
    answer = settled.get("/tiles/attacks/5/0/0.mvt")
    assert (answer.status_code, answer.content) == (204, b"")
    assert settled.get("/tiles/attacks/5/0/0.png").status_code == 200


def test_a_tile_is_packed_for_those_who_unpack(settled: TestClient) -> None:
    packed = settled.get(WHOLE, headers={"Accept-Encoding": "gzip"})
    plain = settled.get(WHOLE, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < 0.8 * len(plain.content)


@pytest.mark.parametrize("address", [WHOLE, "/tiles/attacks,regions/4/7/7.png?theme=dark"])
def test_who_holds_a_tile_is_told_so_first_time_and_from_memory(
    settled: TestClient, address: str
) -> None:
    hot: Any = settled.app.state.hot_tiles  # type: ignore[attr-defined]
    tag = settled.get(address).headers["etag"]
    kept = len(hot)
    for _ in range(2):
        again = settled.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        forget_tiles(settled)
    assert kept > 0


def test_head_says_what_get_would(settled: TestClient) -> None:
    head, get = settled.head(WHOLE), settled.get(WHOLE)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]


def test_an_answer_from_memory_is_the_one_that_was_made(settled: TestClient) -> None:
    forget_tiles(settled)
    origin = {"Origin": "https://example.org"}
    made, kept = (settled.get(WHOLE, headers=origin) for _ in range(2))
    assert made.content == kept.content
    same = ("etag", "cache-control", "content-type", "content-encoding", "x-content-type-options")
    assert {n: made.headers[n] for n in same} == {n: kept.headers[n] for n in same}
    assert made.headers["access-control-allow-origin"] == "*"
    assert kept.headers["access-control-allow-origin"] == "*"


def change_attack(url: str, layers: dict[str, Layer], **values: str) -> None:
    """Give an attack at Gao another toll."""
    row = {
        "id": "A999",
        "date": "2016-05-29",
        "event_class": "ambush",
        "target_class": "mission",
        "target": "patrol",
        "place": "Gao",
        "region": "gao",
        "lon": "-0.04",
        "lat": "16.27",
        "date_precision": "day",
        "place_precision": "1",
        "radius_m": "1000",
        "source_title": "a test",
        "source_url": "https://example.org/",
        "source_licence": "none",
        **values,
    }
    with database.connect(url) as connection:
        load_rows(connection, layers["events"], [row], origin="a test", replace=False)


def test_a_change_is_seen_at_once_where_it_is_and_drops_nothing_elsewhere(
    settled: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    feed: Any = settled.app.state.feed  # type: ignore[attr-defined]
    forget_tiles(settled)
    at_gao, at_bamako = "/tiles/attacks/8/127/116.mvt", "/tiles/attacks/8/122/118.mvt"
    addresses = (at_gao, at_bamako, "/tiles/camps/8/127/116.mvt", WHOLE)
    before = {address: settled.get(address) for address in addresses}
    revision = feed.revisions["events"]
    change_attack(database_url, layers, killed_best="7")
    until(lambda: feed.revisions["events"] != revision)
    after = {address: settled.get(address) for address in addresses}
    tags = {a: before[a].headers["etag"] == after[a].headers["etag"] for a in addresses}
    assert tags == {
        at_gao: False,
        at_bamako: True,
        "/tiles/camps/8/127/116.mvt": True,
        WHOLE: False,
    }
    assert {p["id"]: p for p in features(after[at_gao])}["A999"]["killed_best"] == 7
    assert "A999" not in {p["id"] for p in features(before[at_gao])}


def test_a_tile_that_was_made_while_its_data_changed_is_not_kept(
    settled: TestClient,
    database_url: str,
    layers: dict[str, Layer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state: Any = settled.app.state  # type: ignore[attr-defined]
    address, make = "/tiles/attacks/8/127/116.mvt", state.tile_maker.mvt

    async def overtaken(*asked: Any) -> bytes:
        body: bytes = await make(*asked)
        known = state.feed.revisions["events"]
        await asyncio.to_thread(change_attack, database_url, layers, killed_best="13")
        while state.feed.revisions["events"] == known:
            await asyncio.sleep(0.01)
        return body

    change_attack(database_url, layers, killed_best="12")
    until(lambda: _killed(settled, address) == 12)
    forget_tiles(settled)
    with monkeypatch.context() as patch:
        patch.setattr(state.tile_maker, "mvt", overtaken)
        assert _killed(settled, address) == 12
    assert _killed(settled, address) == 13


def _killed(service: TestClient, address: str) -> Any:
    found = {row["id"]: row for row in features(service.get(address))}
    return found["A999"]["killed_best"]


def test_the_first_rows_of_a_layer_appear_in_the_tiles_that_were_empty(
    settled: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    feed: Any = settled.app.state.feed  # type: ignore[attr-defined]
    address = "/tiles/cercles/5/15/14.mvt"
    assert settled.get(address).status_code == 204
    row = {
        "id": "a-cercle",
        "name": "A cercle",
        "region": "mopti",
        "geometry": shapely.MultiPolygon([shapely.box(-4, 14, -3, 15)]),
        "source_title": "a test",
        "source_licence": "none",
    }
    with database.connect(database_url) as connection:
        load_rows(connection, layers["cercles"], [row], origin="a test", replace=False)
    until(lambda: "cercles" in feed.revisions)
    assert [f["id"] for f in features(settled.get(address), "cercles")] == ["a-cercle"]


@pytest.mark.parametrize("with_columns", [True, False])
def test_a_revision_does_not_show_what_came_while_it_was_asked_for(
    settled: TestClient,
    database_url: str,
    layers: dict[str, Layer],
    monkeypatch: pytest.MonkeyPatch,
    with_columns: bool,
) -> None:
    state: Any = settled.app.state  # type: ignore[attr-defined]
    known = dict(state.feed.revisions)
    revision = known["events"].number
    address = f"/tiles/attacks/8/127/116.mvt?rev={revision}"
    before = settled.get(address).content
    change_attack(database_url, layers, killed_best="14" if with_columns else "15")
    until(lambda: state.keeper.snapshot(layers["events"]).revision > revision)
    until(lambda: state.feed.revisions["events"].number > revision)
    # As it is between the commit and the word of it.
    monkeypatch.setattr(state.feed, "revisions", known)
    if not with_columns:
        monkeypatch.setattr(state.keeper, "snapshot", lambda _: None)
    forget_tiles(settled)
    assert settled.get(address).content == before
    forget_tiles(settled)


def test_a_revision_stays_as_it_was_and_may_be_kept_for_ever(
    settled: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    feed: Any = settled.app.state.feed  # type: ignore[attr-defined]
    revision = settled.get("/tiles/attacks/tilejson.json").json()["revision"]
    address = f"/tiles/attacks/8/127/116.mvt?rev={revision}"
    before, picture = settled.get(address), settled.get(address.replace(".mvt", ".png"))
    assert before.headers["cache-control"] == "public, max-age=31536000, immutable"
    known = feed.revisions["events"]
    change_attack(database_url, layers, killed_best="9")
    until(lambda: feed.revisions["events"] != known)
    forget_tiles(settled)
    assert settled.get(address).content == before.content
    assert settled.get(address.replace(".mvt", ".png")).content == picture.content
    now = settled.get("/tiles/attacks/8/127/116.mvt")
    assert now.content != before.content
    assert now.headers["cache-control"] == "public, max-age=0, must-revalidate"


def test_every_service_of_a_database_hears_of_a_change(
    settled: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    address = "/tiles/attacks/8/127/116.mvt"
    with TestClient(create_app(Settings(database_url=database_url))) as other:
        services: list[Any] = [settled.app, other.app]
        until(lambda: all(service.state.feed.is_sure for service in services))
        known = services[0].state.feed.revisions["events"]
        for client in (settled, other):
            client.get(address)
        change_attack(database_url, layers, killed_best="8")
        until(lambda: all(service.state.feed.revisions["events"] != known for service in services))
        seen = [
            {p["id"]: p for p in features(client.get(address))}["A999"]["killed_best"]
            for client in (settled, other)
        ]
    assert seen == [8, 8]


def test_a_service_that_cannot_hear_of_changes_asks_each_time(
    without_columns: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    address = "/tiles/attacks/8/127/116.mvt"
    before = without_columns.get(address)
    change_attack(database_url, layers, killed_best="11")
    after = without_columns.get(address)
    assert before.headers["etag"] != after.headers["etag"]
    assert {p["id"]: p for p in features(after)}["A999"]["killed_best"] == 11


@pytest.mark.parametrize(
    ("address", "status", "named"),
    [
        ("/tiles/nosuch/0/0/0.mvt", 404, "did you mean|known"),
        ("/tiles/attacks,nosuch/0/0/0.png", 404, "nosuch"),
        ("/tiles/attacks,attacks/0/0/0.mvt", 400, "twice"),
        ("/tiles/" + ",".join(["attacks"] * 200) + "/0/0/0.mvt", 400, "200 layers"),
        ("/tiles/series/0/0/0.mvt", 400, "no place"),
        ("/tiles/attacks/23/0/0.mvt", 404, "0 to 22"),
        ("/tiles/attacks/3/8/0.mvt", 404, "0 to 7"),
        ("/tiles/attacks/3/0/8.mvt", 404, "0 to 7"),
        ("/tiles/attacks/-1/0/0.mvt", 400, "whole number"),
        ("/tiles/attacks/1.5/0/0.png", 400, "whole number"),
        ("/tiles/attacks/2147483647/0/0.png", 404, "0 to 22"),
        ("/collections/attacks/tiles/WebMercatorQuad/5/2147483647/2147483647", 404, "0 to 31"),
        ("/collections/attacks/tiles/NoSuchQuad/0/0/0", 404, "WorldCRS84Quad"),
        ("/collections/nosuch/tiles/WebMercatorQuad/0/0/0", 404, "nosuch"),
        ("/collections/attacks/tiles/WebMercatorQuad/0/0/0?f=gif", 400, "gif"),
        ("/tiles/WebMercatorQuad/0/0/0?collections=", 404, "there is no layer"),
        ("/tiles/attacks/0/0/0.mvt?filter=nosuch=1", 400, "nosuch"),
        ("/tiles/attacks/0/0/0.mvt?filter=killed_best>'abc'", 400, "abc"),
        ("/tiles/attacks,camps/0/0/0.mvt?filter=killed_best=1%20AND%20sector='x'", 400, "no layer"),
        ("/tiles/attacks/0/0/0.mvt?theme=dark", 400, "theme"),
        ("/tiles/attacks/0/0/0.png?theme=pink", 400, "pink"),
        ("/tiles/attacks/0/0/0.png?size=1000", 400, "1000"),
        ("/tiles/attacks/0/0/0.png?lang=de", 400, "de"),
        ("/tiles/attacks/0/0/0.mvt?rev=999999", 400, "999999"),
        ("/tiles/attacks/0/0/0.mvt?cells=1e9", 400, "1e9"),
        ("/tiles/attacks/0/0/0.mvt?region=a%00b", 400, "NUL"),
        ("/tiles/attacks/0/0/0.mvt?region=%ff", 400, "UTF-8"),
        ("/tiles/attacks/5/15/14.pbf", 404, ".mvt"),
        ("/tiles/attacks/05/15/14.mvt", 400, "whole number"),
        ("/tiles/attacks/0/0/0.mvt?" + "a" * 20_000, 413, "16,384"),
        ("/tiles/attacks/tilejson.json?tiles=gif", 400, "gif"),
        ("/tiles/attacks/tilejson.json?theme=dark", 400, "drawn"),
        ("/tiles/nosuch/tilejson.json", 404, "nosuch"),
        ("/tiles/NoSuchQuad", 404, "WebMercatorQuad"),
        ("/tileMatrixSets/NoSuchQuad", 404, "WebMercatorQuad"),
        ("/collections/series/tiles", 400, "without a place"),
        ("/collections/series/tiles/WebMercatorQuad", 400, "without a place"),
    ],
)
def test_what_is_no_tile_is_refused_in_the_one_shape(
    settled: TestClient, address: str, status: int, named: str
) -> None:
    answer = settled.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    ), answer.text
    assert any(part in answer.text for part in named.split("|")), answer.text


def test_tilejson_tells_all_that_a_map_needs(settled: TestClient) -> None:
    document = settled.get("/tiles/attacks,regions/tilejson.json?region=gao&lang=fr").json()
    assert document["tiles"] == [
        "http://testserver/tiles/attacks,regions/{z}/{x}/{y}.mvt?region=gao"
    ]
    assert [layer["id"] for layer in document["vector_layers"]] == [
        "attacks",
        "regions",
        "regions_labels",
    ]
    assert document["vector_layers"][1]["description"] == "Régions"
    assert document["attribution"].startswith("Attaques contre la MINUSMA et incidents")
    assert (document["tilejson"], document["minzoom"], document["maxzoom"]) == ("3.0.0", 0, 14)
    west, south, east, north = document["bounds"]
    assert west < -8 < 1 < east
    assert south < 12 < 19 < north
    drawn = settled.get("/tiles/attacks/tilejson.json?tiles=png&theme=dark&size=512").json()
    assert drawn["tiles"] == ["http://testserver/tiles/attacks/{z}/{x}/{y}.png?theme=dark&size=512"]
    tile = drawn["tiles"][0].format(z=4, x=7, y=7)
    assert settled.get(tile).headers["content-type"] == "image/png"


def box_of_items(service: TestClient, layer: str, asked: str) -> list[float]:
    """Give the box of the points that a question chooses, as the items say it."""
    answer = service.get(f"/collections/{layer}/items?limit=10000&f=geojson&{asked}").json()
    places = [f["geometry"]["coordinates"] for f in answer["features"] if f["geometry"]]
    longitudes, latitudes = zip(*places, strict=True)
    return [min(longitudes), min(latitudes), max(longitudes), max(latitudes)]


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "region=kidal",
        "filter=killed_best%20>%203",
        "datetime=2013-01-01/2014-12-31",
        "bbox=-5,12,0,18",
        "region=gao&datetime=2016-01-01/..",
    ],
)
def test_the_box_of_a_tilejson_is_that_of_what_its_tiles_hold(
    settled: TestClient, asked: str
) -> None:
    document = settled.get(f"/tiles/attacks/tilejson.json?{asked}").json()
    assert document["bounds"] == box_of_items(settled, "attacks", asked)
    both = settled.get(f"/tiles/attacks,regions/tilejson.json?{asked}").json()["bounds"]
    assert both[0] <= document["bounds"][0] < document["bounds"][2] <= both[2]


def test_tiles_of_a_state_have_the_box_of_that_state(
    settled: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    address = "/tiles/attacks/tilejson.json"
    before = settled.get(address)
    pinned = f"{address}?rev={before.json()['revision']}"
    feed: Any = settled.app.state.feed  # type: ignore[attr-defined]
    known = feed.revisions["events"]
    change_attack(database_url, layers, lon="4.1", lat="24.9")
    until(lambda: feed.revisions["events"] != known)
    after = settled.get(address, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["bounds"] == box_of_items(settled, "attacks", "")
    assert after.json()["bounds"][2:] == [4.1, 24.9]
    assert settled.get(pinned).json()["bounds"] == before.json()["bounds"] != after.json()["bounds"]


def test_what_holds_nothing_has_no_box(settled: TestClient) -> None:
    for asked in ("as_of=2001-01-01", "region=nowhere", "datetime=1950-01-01"):
        assert "bounds" not in settled.get(f"/tiles/attacks/tilejson.json?{asked}").json()


@pytest.mark.parametrize(
    "address",
    [
        "/tiles/attacks,regions/tilejson.json",
        "/tiles/attacks/tilejson.json?region=gao&lang=fr",
        "/tiles/attacks/tilejson.json?tiles=png&theme=dark",
        "/collections/camps/tiles/WebMercatorQuad",
        "/tiles/WorldCRS84Quad?lang=fr",
        "/tiles",
        "/collections/camps/tiles",
        "/tileMatrixSets",
        "/tileMatrixSets/WebMercatorQuad",
    ],
)
def test_who_holds_what_describes_tiles_is_told_so(settled: TestClient, address: str) -> None:
    first = settled.get(address)
    again = settled.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_descriptions_that_differ_have_different_tags(settled: TestClient) -> None:
    tilejson = "/tiles/attacks/tilejson.json"
    addresses = [
        tilejson,
        f"{tilejson}?lang=fr",
        f"{tilejson}?region=gao",
        f"{tilejson}?region=gao&cells=64",
        # The same question, but its tiles have another address.
        f"{tilejson}?cells=64&region=gao",
        f"{tilejson}?tiles=png",
        "/tiles/attacks,camps/tilejson.json",
        "/tiles/WebMercatorQuad",
        "/tiles/WorldCRS84Quad",
        "/tiles/WebMercatorQuad?lang=fr",
        "/collections/attacks/tiles/WebMercatorQuad",
        "/collections/camps/tiles/WebMercatorQuad",
    ]
    assert len({settled.get(address).headers["etag"] for address in addresses}) == len(addresses)


def test_every_tile_says_what_its_tilejson_says(settled: TestClient) -> None:
    for names in ("attacks", "camps,tobs,regions", "basemap"):
        document = settled.get(f"/tiles/{names}/tilejson.json").json()
        told = {layer["id"]: set(layer["fields"]) for layer in document["vector_layers"]}
        answer = settled.get(document["tiles"][0].format(z=4, x=7, y=7))
        for layer, decoded in mapbox_vector_tile.decode(answer.content).items():
            named = {name for f in decoded["features"] for name in f["properties"]}
            assert named <= told[layer]


def test_the_whole_world_is_drawn_in_one_tile(settled: TestClient) -> None:
    water = settled.get("/tiles/attacks/5/0/0.png").content
    assert settled.get("/tiles/attacks/0/0/0.png").content != water
    assert settled.get("/tiles/regions/0/0/0.png").content != water


def test_a_script_of_another_site_may_ask_whether_its_tile_still_holds(
    settled: TestClient,
) -> None:
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match,range",
    }
    answer = settled.options("/tiles/attacks/0/0/0.mvt", headers=asked)
    assert answer.status_code == 200
    assert "if-none-match" in answer.headers["access-control-allow-headers"].lower()


def test_a_picture_is_drawn_of_coarse_cells_unless_others_are_asked_for(
    settled: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if there were more attacks than are drawn one by one.
    monkeypatch.setattr("geo.tiles.plan.FEW", 10)
    address = "/tiles/attacks/1/0/0.png?perpetrator_status=claimed"
    usual = settled.get(address).content
    assert usual == settled.get(f"{address}&cells=64").content
    assert usual != settled.get(f"{address}&cells=256").content
    forget_tiles(settled)


def test_a_few_layers_at_once_are_those_layers(settled: TestClient) -> None:
    both = mapbox_vector_tile.decode(settled.get("/tiles/camps,tobs/4/7/7.mvt").content)
    for name in ("camps", "tobs"):
        alone = mapbox_vector_tile.decode(settled.get(f"/tiles/{name}/4/7/7.mvt").content)
        assert both[name] == alone[name]


@pytest.mark.parametrize(
    ("address", "name", "where"),
    [
        ("/collections/camps/tiles/WebMercatorQuad/x/7/7", "tileMatrix", "path"),
        ("/collections/camps/tiles/WebMercatorQuad/4/x/7", "tileRow", "path"),
        ("/collections/camps/tiles/WebMercatorQuad/4/7/x", "tileCol", "path"),
        ("/tiles/WebMercatorQuad/4/x/7", "tileRow", "path"),
        ("/tiles/camps/x/7/7.mvt", "z", "path"),
        ("/tiles/camps/4/x/7.png", "x", "path"),
        ("/tiles/camps/4/7/x.mvt", "y", "path"),
        ("/tiles/camps,camps/4/7/7.mvt", "layers", "path"),
        ("/tiles/camps,camps/tilejson.json", "layers", "path"),
        ("/tiles/series/4/7/7.mvt", "layers", "path"),
        ("/collections/series/tiles/WebMercatorQuad/4/7/7", "layer", "path"),
        ("/tiles/WebMercatorQuad/4/7/7?collections=camps,camps", "collections", "query"),
        ("/tiles/WebMercatorQuad/4/7/7?collections=series", "collections", "query"),
    ],
)
def test_what_is_wrong_is_named_as_the_address_that_came_names_it(
    settled: TestClient, address: str, name: str, where: str
) -> None:
    answer = settled.get(address)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["name"], error["in"]) == (400, name, where)


def test_a_layer_in_a_list_is_one_layer_to_the_address_of_one(settled: TestClient) -> None:
    answer = settled.get("/collections/camps,tobs/tiles/WebMercatorQuad/4/7/7")
    assert answer.status_code == 404
