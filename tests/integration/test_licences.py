"""Rows that may not be passed on: counted for all, had by the licensed alone, by every door."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pyarrow.parquet
import pyogrio
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.main import create_app
from app.maps import maps
from app.settings import BadSetting, Secret, Settings
from geo import database
from geo.importing.load import load_rows
from geo.spec import Layer
from tests.conftest import until
from tests.contract.addresses import PLACES

MARK = "Zorglub"
TOKEN = "a-token-of-the-operator"
LICENSED = {"Authorization": f"Bearer {TOKEN}"}
DATASETS = {"filter": "dataset = 'acled'"}
FORMATS = ("geojson", "geojsonseq", "csv", "flatgeobuf", "geopackage", "geoparquet", "kml", "xlsx")


def withheld_row(number: int) -> dict[str, Any]:
    """Make a row of a data set whose terms forbid to pass it on."""
    return {
        "id": f"acled-{MARK}{number}",
        "dataset": "acled",
        "date": "2016-05-04",
        "event_class": "ambush",
        "target_class": "mission",
        "killed_best": 7,
        "place": "Kidal",
        "region": "kidal",
        "lon": 1.4 + number / 100,
        "lat": 18.4,
        "place_precision": 1,
        "radius_m": 1000,
        "date_precision": "day",
        "actor1": f"{MARK} Group",
        "notes": f"{MARK} attacked",
        "tags": MARK,
        "source_title": "ACLED",
        "source_url": f"https://example.org/{MARK}",
        "sensitivity": "counts_only",
    }


@pytest.fixture(scope="module")
def service(database_url: str, layers: dict[str, Layer]) -> Iterator[TestClient]:
    with database.connect(database_url) as connection:
        rows = [withheld_row(number) for number in range(1, 6)]
        load_rows(connection, layers["events"], rows, origin="a test", replace=False)
    settings = Settings(database_url=database_url, licensed_tokens=Secret(TOKEN))
    with TestClient(create_app(settings), raise_server_exceptions=False) as made:
        yield made


def doors(service: TestClient) -> list[str]:
    """List every address that reads, with a layer in it that has withheld rows."""
    document = service.get("/api").json()
    found = set()
    for path, item in document["paths"].items():
        if "get" in item:
            for layer in ("events", "attacks"):
                parts = {**PLACES, "layer": layer, "layers": layer, "name": layer}
                parts["feature_id"] = f"acled-{MARK}1"
                for name, value in parts.items():
                    path = path.replace(f"{{{name}}}", value)
                found.add(path)
    return sorted(found)


def test_no_door_gives_a_row_that_may_not_be_passed_on(service: TestClient) -> None:
    tried = 0
    for path in doors(service):
        for accept in ("application/json", "text/html"):
            answer = service.get(path, headers={"Accept": accept})
            # What was asked is repeated by what says that it is not there.
            body = answer.content.replace(f"acled-{MARK}1".encode(), b"")
            assert MARK.encode() not in body, path
            tried += answer.status_code == 200
    assert tried > 80


@pytest.mark.parametrize("written", FORMATS)
def test_no_format_gives_them(service: TestClient, written: str, tmp_path: Path) -> None:
    public = service.get("/collections/events/items", params={"f": written, "limit": 10_000})
    assert rows_in(public, written, tmp_path) == 254
    none = service.get("/collections/events/items", params={"f": written, **DATASETS})
    assert rows_in(none, written, tmp_path) == 0


@pytest.mark.parametrize("written", FORMATS)
def test_every_format_gives_them_to_the_licensed(
    service: TestClient, written: str, tmp_path: Path
) -> None:
    asked = {"f": written, "limit": "10000"}
    answer = service.get("/collections/events/items", params=asked, headers=LICENSED)
    assert rows_in(answer, written, tmp_path) == 259


def rows_in(answer: Response, written: str, folder: Path) -> int:
    assert answer.status_code == 200, answer.text
    if written == "geojson":
        return len(answer.json()["features"])
    if written == "geojsonseq":
        return answer.text.count("\n")
    if written == "csv":
        return len(list(csv.DictReader(io.StringIO(answer.text))))
    if written == "geoparquet":
        return int(pyarrow.parquet.read_metadata(io.BytesIO(answer.content)).num_rows)
    if written == "kml":
        return answer.text.count("<Placemark")
    if written == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)
        return sum(1 for _ in book.worksheets[0].iter_rows()) - 1
    path = folder / f"rows.{'gpkg' if written == 'geopackage' else 'fgb'}"
    path.write_bytes(answer.content)
    return len(pyogrio.read_dataframe(path, read_geometry=False))


def test_sums_count_them_and_say_so(service: TestClient) -> None:
    path = "/collections/events/aggregate"
    both = service.get(path, params={"measure": "killed", "filter": "region = 'kidal'"}).json()
    ours = service.get(
        path, params={"measure": "killed", "filter": "region = 'kidal'", "source": "documented"}
    ).json()
    assert both["total"]["count"] == ours["total"]["count"] + 5
    assert both["total"]["killed_best"] == ours["total"]["killed_best"] + 35
    assert both["datasets"] == ["documented", "acled"]
    assert ours["datasets"] == ["documented"]
    only = service.get(path, params={"by": "region,year", "source": "acled"}).json()
    assert only["rows"] == [{"region": "kidal", "year": "2016", "count": 5}]


def test_sums_of_a_view_count_them_too(service: TestClient) -> None:
    answer = service.get("/collections/attacks/aggregate", params={"source": "acled"}).json()
    assert answer["total"]["count"] == 5


@pytest.mark.parametrize(
    "asked",
    [
        {"filter": f"id = 'acled-{MARK}1'"},
        {"filter": f"notes LIKE '{MARK}%'"},
        {"filter": f"source_url = 'https://example.org/{MARK}'"},
        {"filter": "date = DATE('2016-05-04')"},
        {"filter": "killed_best = 7"},
        {"filter": "place = 'Kidal'"},
        {"filter": f"actor1 LIKE '{MARK}%'"},
        {"filter": "S_INTERSECTS(geom, POINT(1.41 18.4))"},
        {"killed_best": "7"},
        {"bbox": "1.405,18.3,1.415,18.5"},
        {"datetime": "2016-05-04"},
        {"datetime": "2016-05-01/2016-05-30"},
        {"datetime": "2016-05-02/.."},
        {"by": "grid", "resolution": "6"},
    ],
)
def test_sums_cannot_be_narrowed_to_one_of_them(service: TestClient, asked: dict[str, str]) -> None:
    answer = service.get("/collections/events/aggregate", params=asked)
    assert answer.status_code == 400, answer.text
    assert "counted" in answer.json()["detail"]
    assert "source=documented" in answer.text
    ours = {**asked, "source": "documented"}
    assert service.get("/collections/events/aggregate", params=ours).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"datetime": "2016-05-01/2016-05-31"},
        {"datetime": "../2021-04-30"},
        {"filter": "event_class = 'ambush' AND region = 'kidal'"},
        {"region": "kidal", "by": "month,event_class"},
        {"by": "grid", "resolution": "5"},
    ],
)
def test_sums_of_months_areas_and_classes_are_for_all(
    service: TestClient, asked: dict[str, str]
) -> None:
    answer = service.get(
        "/collections/events/aggregate", params={**asked, "source": "acled", "measure": "killed"}
    )
    assert answer.json()["total"]["killed_best"] == 35


@pytest.mark.parametrize("path", ["/collections/events/density", "/figures/6.csv"])
def test_what_says_where_is_of_a_year_and_more(service: TestClient, path: str) -> None:
    whole = {"source": "acled"} if path.startswith("/figures") else {}
    for days in ("2016-01-01/2016-12-31", "2016-02-01/2017-03-31", "../2021-04-30"):
        assert service.get(path, params={**whole, "datetime": days}).status_code == 200
    for days in ("2016-05-01/2016-05-31", "2016-05-04/2018-05-31"):
        answer = service.get(path, params={**whole, "datetime": days})
        assert answer.status_code == 400
        assert "may be counted" in answer.json()["detail"]


@pytest.mark.parametrize("name", maps())
def test_a_picture_of_a_map_is_of_no_row_that_may_not_be_passed_on(
    service: TestClient, name: str
) -> None:
    def shown(headers: dict[str, str], condition: str) -> tuple[str, str]:
        answer = service.get(f"/maps/{name}.svg", params={"filter": condition}, headers=headers)
        assert answer.status_code == 200, answer.text
        alt, digest = re.findall(
            r'<desc id="figure-alt">(.*?)</desc>|"hash":"(\w+)"', html.unescape(answer.text)
        )
        return alt[0], digest[1]

    theirs, nobodys = "dataset = 'acled'", "dataset = 'nobody'"
    assert shown({}, theirs)[1] == shown({}, nobodys)[1]
    assert "Nothing matches this selection" in shown({}, theirs)[0]
    counted = shown(LICENSED, theirs)
    assert counted[1] != shown(LICENSED, nobodys)[1]
    assert "Nothing matches" not in counted[0]
    again = service.get(f"/maps/{name}.svg", params={"filter": theirs}, headers=LICENSED)
    assert again.headers["Cache-Control"] == "private, no-store"
    # Now that it was drawn for them, and is kept.
    assert "Nothing matches this selection" in shown({}, theirs)[0]


def test_whose_data_a_sum_is_of_is_said(service: TestClient) -> None:
    path = "/collections/events/aggregate"
    assert service.get(path, params={"source": "acled"}).json()["source"] == "ACLED"
    by_filter = service.get(path, params=DATASETS).json()
    assert (by_filter["source"], by_filter["datasets"]) == ("ACLED", ["acled"])
    both = service.get(path).json()["source"]
    assert both.endswith("; ACLED")
    assert service.get("/collections/events/density").json()["source"] == both
    tiles = service.get("/collections/events/density/tilejson.json").json()
    assert tiles["attribution"] == both


def test_a_data_set_that_is_not_there_is_told_from_all_that_may_be_counted(
    service: TestClient,
) -> None:
    answer = service.get("/collections/events/aggregate", params={"source": "nosuch"})
    (error,) = answer.json()["errors"]
    assert error["problem"] == "is no data set with rows that may be counted in events"
    assert error["allowed"] == ["acled", "documented"]


def test_a_density_is_of_them_too(service: TestClient) -> None:
    path, asked = "/collections/events/density", {"bandwidth_km": "50"}
    both = service.get(path, params=asked).json()
    ours = service.get(path, params={**asked, "filter": "dataset = 'documented'"}).json()
    assert both["numberMatched"] == ours["numberMatched"] + 5


def test_a_feature_a_history_and_changes_are_for_the_licensed(service: TestClient) -> None:
    item = f"/collections/events/items/acled-{MARK}1"
    for path in (item, f"{item}/history"):
        assert service.get(path).status_code == 404
        assert service.get(path, headers=LICENSED).status_code == 200
    assert service.get(item, headers=LICENSED).json()["properties"]["notes"] == f"{MARK} attacked"


def test_tiles_for_the_licensed_are_never_given_to_others(service: TestClient) -> None:
    path = "/tiles/events/9/258/229.mvt"
    first = service.get(path)
    assert (first.status_code, MARK.encode() in first.content) == (200, False)
    # Now that it is kept, and after one for the licensed was made.
    theirs = service.get(path, headers=LICENSED)
    assert f"acled-{MARK}".encode() in theirs.content
    again = service.get(path)
    assert again.content == first.content
    assert service.get(path, headers=LICENSED).content == theirs.content


def test_what_the_licensed_get_no_cache_may_keep(service: TestClient) -> None:
    public = service.get("/collections/events/items")
    assert "Authorization" in public.headers["Vary"]
    theirs = service.get(
        "/collections/events/items", headers={**LICENSED, "If-None-Match": public.headers["ETag"]}
    )
    assert theirs.status_code == 200
    assert theirs.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in theirs.headers


@pytest.mark.parametrize(
    "shown", ["Bearer nonsense", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ", "é"]
)
def test_a_token_that_was_not_given_out_is_refused(service: TestClient, shown: str) -> None:
    headers = [(b"Authorization", shown.encode())]
    for path in ("/collections/events/items", "/tiles/events/4/7/7.mvt"):
        answer = service.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "this token is not licensed here" in answer.json()["detail"]


@pytest.mark.parametrize("given", ["guess-me", f"{TOKEN},", f"{TOKEN},é" + "x" * 20])
def test_a_token_that_could_be_guessed_is_no_setting(given: str) -> None:
    settings = Settings(database_url="postgresql:///x", licensed_tokens=Secret(given))
    with pytest.raises(BadSetting, match="ATLAS_LICENSED_TOKENS has a token") as refusal:
        create_app(settings)
    assert given not in str(refusal.value)


def test_the_public_role_cannot_read_what_is_licensed(database_url: str) -> None:
    with database.connect(database_url) as connection:
        connection.execute("SET ROLE atlas_reader")
        for name in ("licensed.events", "atlas.events"):
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"),
                connection.transaction(),
            ):
                connection.execute(f"SELECT 1 FROM {name}")
        assert connection.execute("SELECT count(*) FROM counted.events").fetchone() == (259,)


def test_a_map_draws_one_data_set_of_several(
    own_database_url: str, layers: dict[str, Layer]
) -> None:
    row = {**withheld_row(1), "id": "other-1", "dataset": "other", "sensitivity": "public"}
    with database.connect(own_database_url) as connection:
        load_rows(connection, layers["events"], [row], origin="a test", replace=False)
    with TestClient(create_app(Settings(database_url=own_database_url))) as client:
        ours = client.get("/maps/attacks").text
        assert MARK not in ours
        assert "dataset=documented" in ours
        theirs = client.get("/maps/attacks", params={"filter": "dataset = 'other'"}).text
        assert MARK in theirs
        assert "dataset=documented" not in theirs


def test_rows_are_credited_to_those_whose_rows_one_gets(
    service: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    tiles = "/tiles/events/tilejson.json"
    addresses = ("/collections/events", tiles, "/tiles/events,camps/tilejson.json")
    own = layers["events"].source.credit_in("en")
    camps = layers["camps"].source.credit_in("en")

    def credited(address: str, **headers: str) -> str:
        return str(service.get(address, headers=headers).json()["attribution"])

    for address, others in zip(addresses, ("", "", f"; {camps}"), strict=True):
        assert credited(address) == f"{own}{others}"
        assert credited(address, **LICENSED) == f"{own}; ACLED{others}"
    tag = service.get(tiles).headers["etag"]
    row = {**withheld_row(9), "id": "ucdp-1", "dataset": "ucdp", "sensitivity": "public"}
    with database.connect(database_url) as connection:
        load_rows(connection, layers["events"], [row], origin="a test", replace=False)
    until(lambda: service.get(tiles, headers={"If-None-Match": tag}).status_code == 200)
    for address, others in zip(addresses, ("", "", f"; {camps}"), strict=True):
        assert credited(address) == f"{own}; Uppsala Conflict Data Program{others}"
    assert credited(f"{tiles}?dataset=ucdp") == "Uppsala Conflict Data Program"
    page = service.get("/collections/events", headers={"Accept": "text/html"}).text
    assert f"{own}; Uppsala Conflict Data Program</dd>" in page
    theirs = service.get("/maps/attacks", params={"filter": "dataset = 'ucdp'"}).text
    assert "Uppsala Conflict Data Program" in theirs
    assert "Uppsala" not in service.get("/maps/attacks").text
