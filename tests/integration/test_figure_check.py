"""Whether the data of a figure changed since: counted whole, listed as far as it may be."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from app import start
from app.main import create_app
from app.settings import Settings
from geo import database
from geo.importing.acts import Act
from geo.importing.batches import batched
from geo.importing.load import load_batches, load_rows
from geo.importing.normalise import checked
from geo.importing.scope import Scope
from tests.command import run_atlas
from tests.integration.test_figures import ACLED, PUBLIC_URL, bring_in, needs_fonts

EVENTS = start.declared_layers()["events"]
FORMS = ("svg", "png", "pdf", "json")

pytestmark = needs_fonts


@dataclass(frozen=True, kw_only=True)
class Store:
    """A service whose events changed after some figures were made from it, and these figures."""

    client: TestClient
    url: str
    pinned: dict[str, str]
    files: dict[str, Path]
    record: dict[str, Any]


def held(connection: Any, name: str) -> dict[str, Any]:
    """Read a row as it would be loaded."""
    columns = ", ".join(f'"{field.name}"' for field in EVENTS.fields)
    extra = "source_title, source_url, source_licence, date_precision, place_precision, radius_m"
    found = connection.execute(
        f"SELECT id, ST_AsBinary(geom) AS geometry, {columns}, {extra}"
        " FROM atlas.events WHERE upper_inf(recorded) AND id = %s",
        [name],
    )
    row = dict(zip([column.name for column in found.description], found.fetchone(), strict=True))
    return {**row, "geometry": shapely.from_wkb(row["geometry"])}


def change_events(url: str) -> None:
    """Let an attack change, another come, and a third go."""
    with database.connect(url) as connection:
        row = held(connection, "A001")
        changed = {**row, "peacekeepers_killed": 5, "unit": "<b>Made up</b>"}
        new = {**row, "id": "X001", "date": "2016-01-05", "peacekeepers_killed": 4}
        load_rows(connection, EVENTS, [changed, new], origin="f", replace=False)
    with database.connect(url) as connection:
        act = Act(origin="log", scope=Scope(removed_ids=["A002"]), replace=False)
        load_batches(connection, EVENTS, batched(EVENTS, checked(EVENTS, [])), act)


@pytest.fixture(scope="module")
def store(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("figures")
    acled = [ACLED, {**ACLED, "event_id_cnty": "MLI1002", "fatalities": "7"}]
    bring_in(database_url, "acled", folder / "acled.csv", *acled)
    settings = Settings(database_url=database_url, public_url=PUBLIC_URL)
    with TestClient(create_app(settings)) as client:
        pinned, files = {}, {}
        for source in ("documented", "acled"):
            drawn = client.get(f"/figures/3.json?source={source}").json()
            pinned[source] = drawn["record"]["query"]
            if source == "documented":
                record = drawn["record"]
        for form in FORMS:
            files[form] = folder / f"fig3.{form}"
            link = pinned["documented"].replace(PUBLIC_URL, "").replace(".json?", f".{form}?")
            files[form].write_bytes(client.get(link).content)
        change_events(database_url)
        later = [{**ACLED, "fatalities": "3"}, {**ACLED, "event_id_cnty": "MLI1009"}]
        bring_in(database_url, "acled", folder / "later.csv", *later)
        yield Store(client=client, url=database_url, pinned=pinned, files=files, record=record)


def checked_by(store: Store, **asked: Any) -> dict[str, Any]:
    answer = store.client.get("/figures/check", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_changed_since_a_pinned_figure_is_counted_and_listed(store: Store) -> None:
    found = checked_by(store, url=store.pinned["documented"])
    before, after = found["total"]["then"]["value"], found["total"]["now"]["value"]
    today = store.client.get("/figures/3.json?source=documented").json()["total"]["value"]
    # 2 → 5 in A001, 4 in X001, and the 2 of A002 are gone.
    assert (after - before, after) == (5, today)
    counts = [found[name] for name in ("added", "changed_rows", "removed")]
    assert (found["changed"], counts, found["numbers_are_same"]) == (True, [1, 1, 1], False)
    listed = {one["id"]: (one["change"], one["fields"]) for one in found["list"]}
    assert {name: change for name, (change, _) in listed.items()} == {
        "A001": "changed",
        "A002": "removed",
        "X001": "added",
    }
    assert listed["A001"][1]["peacekeepers_killed"] == {"then": 2, "now": 5}
    how = f"1 attack added, 1 changed, 1 removed, total {before} → {after}."
    assert how in found["summary"]


def test_the_answer_is_there_in_french(store: Store) -> None:
    said = checked_by(store, url=store.pinned["documented"], lang="fr")["summary"]
    assert "attaques\u00a0: 1 ajout, 1 modification, 1 suppression" in said


def test_a_figure_of_the_present_has_not_changed(store: Store) -> None:
    now = store.client.get("/figures/4.json?source=documented&lang=fr").json()["record"]
    found = checked_by(store, url=now["query"], hash=now["hash"])
    assert (found["changed"], found["list"], found["hash_holds"]) == (False, [], True)
    assert found["summary"].startswith("Nothing has changed since ")


def test_only_the_rows_that_a_figure_counts_are_compared(store: Store) -> None:
    elsewhere = store.pinned["documented"] + "&datetime=2018-01-01/2018-12-31"
    assert checked_by(store, url=elsewhere)["changed"] is False


def test_rows_that_may_only_be_counted_are_counted_and_never_listed(store: Store) -> None:
    found = checked_by(store, url=store.pinned["acled"])
    counts = [found[name] for name in ("added", "changed_rows", "removed")]
    assert (counts, found["list"]) == ([1, 1, 1], [])
    assert "0 of 3 rows are listed" in found["summary"]
    page = store.client.get(
        "/figures/check", params={"url": store.pinned["acled"], "f": "html"}
    ).text
    assert "MLI10" not in json.dumps(found) + page


def test_a_record_is_checked_by_its_query_and_revision_on_any_host(store: Store) -> None:
    record = store.record
    query = record["query"].replace(PUBLIC_URL, "http://localhost:8000")
    query = query.replace(f"as_of={record['as_of']}&", "")
    newest = max(record["revision"].values())
    found = checked_by(store, query=query, revision=newest, hash=record["hash"])
    assert (found["changed"], found["then"], found["hash_holds"]) == (True, record["as_of"], True)
    altered = checked_by(store, query=query, revision=newest, hash="0" * 32)
    assert altered["hash_holds"] is False
    assert "it was altered" in altered["summary"]


def test_the_page_escapes_what_rows_say(store: Store) -> None:
    for lang in ("en", "fr"):
        asked = {"url": store.pinned["documented"], "f": "html", "lang": lang}
        page = store.client.get("/figures/check", params=asked).text
        assert "&lt;b&gt;Made up&lt;/b&gt;" in page
        assert "<b>Made up" not in page
        assert "2 → 5" in page


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({}, 400, "is missing"),
        ({"url": "https://elsewhere.example/figures/4.svg?as_of=2026-01-01"}, 400, "is no figure"),
        ({"url": f"{PUBLIC_URL}/maps/attacks?as_of=2026-01-01"}, 400, "is no figure"),
        ({"url": f"{PUBLIC_URL}/figures/9.svg?as_of=2026-01-01"}, 404, "no figure '9'"),
        ({"url": f"{PUBLIC_URL}/figures/4.svg"}, 400, "says of no moment"),
        ({"url": f"{PUBLIC_URL}/figures/4.svg?as_of=2001-01-01"}, 400, "before anything"),
        ({"url": f"{PUBLIC_URL}/figures/4.svg?colour=red"}, 400, "is not a parameter of figures"),
        ({"url": f"{PUBLIC_URL}/figures/4.svg?lang=en&lang=fr"}, 400, "gives a parameter twice"),
        ({"url": "http://[", "revision": "1"}, 400, "is no address"),
        ({"url": "/figures/4.svg", "revision": "x"}, 400, "is no revision"),
        ({"url": "/figures/4.svg", "revision": "999999"}, 400, "is no revision of this store"),
        ({"url": "/figures/4.svg", "query": "/figures/4.svg"}, 400, "beside url"),
    ],
)
def test_what_cannot_be_checked_is_refused(
    asked: dict[str, str], status: int, said: str, store: Store
) -> None:
    answer = store.client.get("/figures/check", params=asked)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


def run(store: Store, *arguments: str) -> subprocess.CompletedProcess[str]:
    urls = {"ATLAS_DATABASE_URL": store.url, "ATLAS_PUBLIC_URL": PUBLIC_URL}
    return run_atlas("figure", "check", *arguments, variables=urls)


@pytest.mark.parametrize("form", FORMS)
def test_the_command_checks_a_file_of_every_form(form: str, store: Store) -> None:
    done = run(store, str(store.files[form]))
    assert done.returncode == 3, done.stderr
    assert "The file is byte for byte as it was made." in done.stdout
    assert "1 attack added, 1 changed, 1 removed, total " in done.stdout
    assert "changed  A001  unit, peacekeepers_killed" in done.stdout


def test_a_file_that_was_altered_or_is_of_another_store_is_told(
    store: Store, tmp_path: Path
) -> None:
    text = store.files["svg"].read_text(encoding="utf-8")
    altered = tmp_path / "altered.svg"
    altered.write_text(text.replace("</desc>", "!</desc>", 1), encoding="utf-8")
    found = json.loads(run(store, str(altered), "--json").stdout)
    assert (found["file_is_intact"], found["hash_holds"]) == (False, True)
    other = tmp_path / "other.svg"
    other.write_text(text.replace('"events":', '"events":7'), encoding="utf-8")
    refused = run(store, str(other))
    assert (refused.returncode, "is no state of this store" in refused.stderr) == (1, True)
    strange = tmp_path / "strange.gif"
    strange.write_bytes(b"GIF89a")
    refused = run(store, str(strange))
    assert (refused.returncode, "is neither an SVG" in refused.stderr) == (1, True)
