"""The log of a layer's changes: whoever replays it holds what the layer holds."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from geo import database, migrations
from geo.importing.acts import Act
from geo.importing.batches import batched
from geo.importing.blocks import side_by_side
from geo.importing.load import load_batches, load_rows
from geo.importing.normalise import checked
from geo.importing.readers import RawRow
from geo.importing.scope import Scope
from geo.importing.undo import undo
from geo.spec import Layer
from tests.conftest import new_database
from tests.integration.test_pages import page

PROBLEM = "application/problem+json"


def changes(client: TestClient, layer: str, **parameters: Any) -> list[dict[str, Any]]:
    """Follow a log to its end."""
    address, found = f"/collections/{layer}/changes", []
    answer = client.get(address, params={"limit": 50, **parameters}).json()
    while True:
        found += answer["features"]
        links = [link["href"] for link in answer["links"] if link["rel"] == "next"]
        if not links:
            return found
        answer = client.get(links[0]).json()


def revision(client: TestClient, layer: str) -> int:
    number: int = client.get(f"/collections/{layer}/changes?limit=1").json()["revision"]
    return number


def camp(name: str, /, **changed: Any) -> dict[str, Any]:
    row = {
        "id": name,
        "name": name.title(),
        "kind": "base",
        "place": "Gao",
        "region": "gao",
        "source_title": "a book",
        "geometry": shapely.Point(-0.04, 16.27),
    }
    return {**row, **changed}


@pytest.fixture
def own_client(own_database_url: str) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=own_database_url))) as made:
        yield made


@pytest.fixture
def load(own_database_url: str, layers: dict[str, Layer]) -> Any:
    """Load camps and leave the others, or without `replace`, close them."""

    def loaded(*rows: dict[str, Any], replace: bool = False, layer: str = "camps") -> int:
        with database.connect(own_database_url) as connection:
            report = load_rows(connection, layers[layer], rows, origin="f", replace=replace)
        assert report.number is not None
        return report.number

    return loaded


def said(steps: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(step["id"], step["change"], step["revision"]) for step in steps]


def test_what_came_and_went_since_a_revision_is_told_in_order(
    own_client: TestClient, load: Any
) -> None:
    start = revision(own_client, "camps")
    first = load(camp("a"), camp("b"))
    second = load(camp("b", name="B two"), camp("c"), replace=True)
    steps = changes(own_client, "camps", since=start)
    removed = {step["id"] for step in steps if step["change"] == "removed"}
    assert removed == {"a"} | {f"C{number:03d}" for number in range(1, 23)}
    assert said(steps)[:2] == [("a", "stored", first), ("b", "stored", first)]
    assert said(steps)[-2:] == [("b", "stored", second), ("c", "stored", second)]
    assert said(changes(own_client, "camps", since=first)) == said(steps)[2:]
    assert changes(own_client, "camps", since=second) == []
    (gone,) = [step for step in steps if step["id"] == "C001"]
    assert (gone["geometry"], gone["properties"]) == (None, None)
    assert steps[-2]["properties"]["name"] == "B two"


def test_changes_since_a_moment_are_those_after_it(own_client: TestClient, load: Any) -> None:
    load(camp("a"))
    steps = changes(own_client, "camps")
    load(camp("b"))
    (step,) = changes(own_client, "camps", since=steps[-1]["recorded"])
    assert step["id"] == "b"
    # A day is told whole.
    assert len(changes(own_client, "camps", since=step["recorded"][:10])) == 24


def test_pages_together_are_the_whole_log(own_client: TestClient, load: Any) -> None:
    load(camp("a"), camp("b"), replace=True)
    load(camp("a", name="A two"))
    whole = changes(own_client, "camps", limit=1000)
    assert len(whole) == 22 + 22 + 2 + 1
    for size in (1, 7, 22, 23, 46):
        assert changes(own_client, "camps", limit=size) == whole


def test_a_page_tells_what_comes_while_it_is_followed(own_client: TestClient, load: Any) -> None:
    answer = own_client.get("/collections/camps/changes?limit=20").json()
    (href,) = [link["href"] for link in answer["links"] if link["rel"] == "next"]
    load(camp("late"))
    rest = own_client.get(href).json()
    assert [step["id"] for step in rest["features"]][-1] == "late"
    assert len(rest["features"]) == 3


def test_a_row_that_was_withdrawn_is_a_tombstone_and_nothing_of_it_is_told(
    own_client: TestClient, load: Any
) -> None:
    first = load(camp("a", name="secret one"), camp("b"))
    second = load(camp("a", name="secret two", sensitivity="restricted"))
    assert said(changes(own_client, "camps", since=first)) == [("a", "removed", second)]
    text = own_client.get("/collections/camps/changes?limit=1000").text
    assert "secret" not in text
    # Shown again, it is there with all its versions.
    third = load(camp("a", name="known"))
    assert said(changes(own_client, "camps", since=second)) == [("a", "stored", third)]
    load(camp("a", name="known", sensitivity="counts_only"))
    assert said(changes(own_client, "camps", since=third))[-1][:2] == ("a", "removed")


def test_a_row_that_was_never_public_is_not_told(own_client: TestClient, load: Any) -> None:
    start = revision(own_client, "camps")
    load(camp("a", sensitivity="restricted"), camp("b", sensitivity="counts_only"))
    load(camp("a", sensitivity="counts_only"))
    load(camp("c"))
    assert [step["id"] for step in changes(own_client, "camps", since=start)] == ["c"]


def test_a_row_that_leaves_a_view_is_removed_from_it(own_client: TestClient, load: Any) -> None:
    start = revision(own_client, "attacks")
    event = {
        "id": "E",
        "date": "2016-01-01",
        "event_class": "ambush",
        "target_class": "mission",
        "place": "Gao",
        "source_title": "a book",
        "geometry": shapely.Point(-0.04, 16.27),
    }
    first = load(event, layer="events")
    second = load({**event, "target_class": "civilians"}, layer="events")
    steps = changes(own_client, "attacks", since=start)
    assert said(steps) == [("E", "stored", first), ("E", "removed", second)]
    shown = own_client.get("/collections/attacks/items?limit=1").json()["features"][0]
    assert list(steps[0]["properties"]) == list(shown["properties"])


# --- replay -------------------------------------------------------------------------------------


def rebuild(url: str, layer: Layer, steps: list[dict[str, Any]]) -> None:
    """Do to an empty layer what a log says, moment by moment."""
    for _, group in groupby(steps, key=lambda step: step["recorded"]):
        act = list(group)
        raw = [
            RawRow(
                file="log",
                line=line,
                values={"id": step["id"], **step["properties"]},
                geometry=step["geometry"]
                and shapely.from_geojson(str(step["geometry"]).replace("'", '"')),
            )
            for line, step in enumerate(act)
            if step["change"] == "stored"
        ]
        gone = [step["id"] for step in act if step["change"] == "removed"]
        with database.connect(url) as connection:
            rows = batched(layer, checked(layer, side_by_side(raw)))
            scope = Scope(removed_ids=gone)
            load_batches(connection, layer, rows, Act(origin="log", scope=scope, replace=False))


def exports(client: TestClient, layer: str) -> dict[str, bytes]:
    """Export a layer in one order, without what names the service and its revisions."""
    items = f"/collections/{layer}/items"
    found = {
        f: client.get(f"{items}?f={f}&sortby=id").content
        for f in ("csv", "geojsonseq", "geoparquet")
    }
    features = client.get(f"{items}?f=geojson&limit=1000").json()
    found["geojson"] = client.get(f"{items}?f=geojson&limit=1000").content.partition(b'"links"')[0]
    assert features["numberMatched"] > 0
    return found


def busy_life(url: str, layers: dict[str, Layer], name: str) -> None:
    """Let rows of a layer be changed, closed, withdrawn, brought back and an import be undone."""
    layer = layers[name]
    with database.connect(url) as connection:
        columns = ", ".join(f'"{field.name}"' for field in layer.fields)
        extra = "source_title, source_url, source_licence, date_precision, place_precision"
        rows = connection.execute(
            f"SELECT id, ST_AsBinary(geom) AS geometry, radius_m, {columns}, {extra}"
            f" FROM atlas.{name} WHERE upper_inf(recorded) ORDER BY id"
        )
        named = [column.name for column in rows.description or ()]
        held = [dict(zip(named, row, strict=True)) for row in rows.fetchall()]
    for row in held:
        row["geometry"] = row["geometry"] and shapely.from_wkb(row["geometry"])
    few, title = held[:6], "another source"

    def loaded(*rows: dict[str, Any], replace: bool = False) -> int:
        with database.connect(url) as connection:
            report = load_rows(connection, layer, rows, origin="f", replace=replace)
        assert report.number is not None
        return report.number

    loaded(*({**row, "source_title": title} for row in few[:4]))
    loaded(*held[1:], replace=True)
    loaded({**few[0], "source_title": "back"}, {**few[2], "sensitivity": "restricted"})
    mistake = loaded({**few[3], "source_title": "wrong"}, {**few[4], "sensitivity": "counts_only"})
    loaded({**few[5], "id": "new", "source_title": 'odd\\ "text"\n\té'})
    with database.connect(url) as connection:
        undo(connection, layers, mistake)


@pytest.mark.parametrize("name", ["events", "attacks", "camps", "regions", "facts"])
def test_replaying_the_changes_rebuilds_the_layer_byte_for_byte(
    own_database_url: str,
    own_client: TestClient,
    server_url: str,
    layers: dict[str, Layer],
    name: str,
) -> None:
    layer = layers[name]
    busy_life(own_database_url, layers, layer.stored_in)
    steps = changes(own_client, name, limit=33)
    assert {step["change"] for step in steps} == {"stored", "removed"}
    with new_database(server_url) as url:
        with database.engine(url) as engine:
            migrations.migrate(engine, layers.values())
        rebuild(url, layers[layer.stored_in], steps)
        with TestClient(create_app(Settings(database_url=url))) as replica:
            assert exports(replica, name) == exports(own_client, name)


# --- what is asked and answered -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "name", "problem"),
    [
        ("since=999999", "since", "is no revision of camps"),
        (f"since={'9' * 40}", "since", "is no revision of camps"),
        ("since=yesterday", "since", "is not a day or a time"),
        ("since=2999-01-01", "since", "lies in the future"),
        ("cursor=abc", "cursor", "was not given out here"),
        ("limit=0", "limit", "is not a page size"),
        ("bbox=1,2,3,4", "bbox", "is not a parameter here"),
    ],
)
def test_what_is_not_understood_is_said(
    client: TestClient, query: str, name: str, problem: str
) -> None:
    answer = client.get(f"/collections/camps/changes?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert (answer.json()["errors"][0]["name"], answer.json()["errors"][0]["problem"]) == (
        name,
        problem,
    )


def test_a_revision_of_another_layer_is_none_of_this(client: TestClient) -> None:
    other = revision(client, "regions")
    assert client.get(f"/collections/camps/changes?since={other}").status_code == 400


def test_a_cursor_is_not_taken_to_another_question(client: TestClient) -> None:
    answer = client.get("/collections/camps/changes?limit=2").json()
    (href,) = [link["href"] for link in answer["links"] if link["rel"] == "next"]
    other = client.get(href.replace("/camps/", "/tobs/"))
    assert other.status_code == 400
    assert other.json()["errors"][0]["problem"].startswith("belongs to another request")


def test_the_log_is_kept_by_its_tag_until_something_changes(
    own_client: TestClient, load: Any
) -> None:
    address = "/collections/camps/changes"
    headers = {"If-None-Match": own_client.get(address).headers["etag"]}
    assert own_client.get(address, headers=headers).status_code == 304
    load(camp("a"))
    assert own_client.get(address, headers=headers).status_code == 200


@pytest.mark.parametrize(("language", "word"), [("en", "stored"), ("fr", "consigné")])
def test_the_changes_are_a_page_too(
    own_client: TestClient, load: Any, language: str, word: str
) -> None:
    load(camp("<script>", sensitivity="public"))
    load(camp("gone"))
    load(camp("gone", sensitivity="restricted"))
    text = page(own_client, "/collections/camps/changes", lang=language, limit="30")
    rows = re.findall(r"<tr>(.*?)</tr>", text.partition("<tbody>")[2], re.DOTALL)
    cells = [
        [
            html.unescape(re.sub(r"<[^>]*>", "", one)).strip()
            for one in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)
        ]
        for row in rows
    ]
    assert cells[-2][1:] == [word, "<script>"]
    assert "<script>" not in text
    # Of a row that was withdrawn there is nothing to lead to.
    assert 'href="' in rows[-2]
    assert 'href="' not in rows[-1]
