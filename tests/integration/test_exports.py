"""Downloads of whole layers: what may be asked, how they begin, and how they end."""

from __future__ import annotations

import asyncio
import csv
import http.client
import io
import tempfile
import time
from collections.abc import Callable, MutableMapping
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
import pyarrow as pa
import pyogrio
import pyproj
import pytest
import shapely
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pyarrow import parquet

from app.main import create_app
from app.settings import Settings
from geo import database
from geo.formats import CopyText, CopyWriter, FileWriter, Format, formats

DOWNLOADS = ("csv", "flatgeobuf", "geojsonseq", "geopackage", "geoparquet", "kml", "xlsx")
STREAMED = ("csv", "geojsonseq", "geoparquet", "kml")
BIG_ROWS = 60_000


@pytest.fixture(scope="module")
def crowded(database_url: str) -> str:
    """Fill a layer with more than fits into the buffers between the database and a client."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO atlas.facts (id, kind, place, date, fact, recorded, document,"
            " source_title, import_id, fingerprint)"
            " SELECT 'big' || n, 'coup', 'nowhere', '2016-01-01', noise, tstzrange(now(), NULL),"
            " json_build_object('fact', noise), 'a test', 0, ''"
            # Noise, so that no format makes little of it.
            " FROM (SELECT n, (SELECT string_agg(md5(n::text || i), '')"
            " FROM generate_series(1, 20) AS i) AS noise FROM generate_series(1, %s) AS n) AS made",
            (BIG_ROWS,),
        )
    return database_url


Message = MutableMapping[str, Any]


class Client:
    """A client of ASGI that takes, waits or leaves when it is told to."""

    def __init__(self, app: FastAPI, address: str) -> None:
        self.app, self.messages, self.left = app, list[Message](), asyncio.Event()
        self.taking = asyncio.Event()
        self.taken = asyncio.Event()
        path, _, query = address.partition("?")
        self.scope: Message = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "http",
            "server": ("atlas", 80),
            "headers": [(b"host", b"atlas")],
        }

    async def _receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.body":
            self.taken.set()
            await self.taking.wait()

    async def ask(self) -> None:
        await self.app(self.scope, self._receive, self._send)

    @property
    def ended(self) -> bool:
        return any(m.get("more_body") is False for m in self.messages)


@asynccontextmanager
async def running(settings: Settings) -> Any:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


def rows_of_csv(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def ids_of(body: bytes, name: str) -> list[str]:
    if name == "csv":
        return [row["id"] for row in rows_of_csv(body)]
    found: list[str] = parquet.read_table(pa.BufferReader(body))["id"].to_pylist()
    return found


# --- what is asked for --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["csv", "geoparquet"])
@pytest.mark.parametrize(
    "query",
    [
        {"limit": "7"},
        {"sortby": "-peacekeepers_killed,date"},
        {"sortby": "-date", "limit": "3"},
        {"bbox": "0,15,2,20"},
        {"bbox": "0,15,2,20", "bbox-crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
        {"datetime": "2016-01-01/2016-06-30"},
        {"filter": "killed_best >= 3 AND region = 'kidal'"},
        {"filter": "S_INTERSECTS(geom,POLYGON((0 17,3 17,3 21,0 21,0 17)))"},
        {"region": "gao"},
        {"as_of": "2000-01-01"},
    ],
    ids=urlencode,
)
def test_the_rows_are_those_that_are_asked_for(
    client: TestClient, name: str, query: dict[str, str]
) -> None:
    address = "/collections/attacks/items"
    page = client.get(address, params={"limit": "10000", **query}).json()
    given = ids_of(client.get(address, params={**query, "f": name}).content, name)
    wanted = [feature["id"] for feature in page["features"]]
    # Where no order and no number was asked for, rows come as they are stored.
    ordered = {"sortby", "limit"} & set(query)
    assert (given if ordered else sorted(given)) == wanted


@pytest.mark.parametrize("name", ["csv", "geoparquet"])
def test_all_rows_come_as_they_are_stored_and_by_id_if_that_is_asked_for(
    client: TestClient, database_url: str, name: str
) -> None:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute('SELECT id FROM published.events ORDER BY "row"').fetchall()
    address = f"/collections/events/items?f={name}"
    assert ids_of(client.get(address).content, name) == [row[0] for row in rows]
    by_id = ids_of(client.get(f"{address}&sortby=id").content, name)
    assert by_id == sorted(row[0] for row in rows)


def test_a_download_is_read_by_one_process_so_that_it_begins_at_once(database_url: str) -> None:
    # With workers PostgreSQL sorts all rows first where an index gives them in order.
    setting = sa.select(sa.func.current_setting("max_parallel_workers_per_gather"))
    app = create_app(Settings(database_url=database_url, pool_size=1))
    writer = CopyWriter(text=lambda *_: CopyText(statement=setting))
    app.state.formats["csv"] = replace(formats()["csv"], writer=writer)
    with TestClient(app) as service:
        answer = service.get("/collections/camps/items?f=csv")
    assert answer.content == b"0\n"


def test_a_cursor_is_where_a_download_begins(client: TestClient) -> None:
    address = "/collections/attacks/items?sortby=date"
    first = client.get(f"{address}&limit=50").json()
    (following,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    cursor = dict(part.split("=") for part in urlsplit(following).query.split("&"))["cursor"]
    rest = ids_of(client.get(f"{address}&cursor={cursor}&f=csv").content, "csv")
    whole = ids_of(client.get(f"{address}&f=csv").content, "csv")
    assert [*(feature["id"] for feature in first["features"]), *rest] == whole


def test_only_the_properties_that_are_asked_for_come(client: TestClient) -> None:
    address = "/collections/attacks/items?properties=place,date&limit=1"
    (row,) = rows_of_csv(client.get(f"{address}&f=csv").content)
    table = parquet.read_table(pa.BufferReader(client.get(f"{address}&f=geoparquet").content))
    assert list(row) == ["id", "date", "place", "lon", "lat"]
    assert table.column_names == ["id", "date", "place", "geometry"]


def test_without_a_limit_everything_comes_and_a_limit_is_no_page(crowded: str) -> None:
    app = create_app(Settings(database_url=crowded, limit_max=10))
    with TestClient(app) as service:
        everything = rows_of_csv(service.get("/collections/facts/items?f=csv&sortby=id").content)
        some = rows_of_csv(service.get("/collections/facts/items?f=csv&limit=500").content)
    assert len(everything) == BIG_ROWS + 48
    assert some == everything[:500]


@pytest.mark.parametrize("name", ["flatgeobuf", "geopackage", "geoparquet"])
@pytest.mark.parametrize("code", [4326, 3857, 32630])
def test_a_file_lies_in_the_system_that_is_asked_for(
    client: TestClient, tmp_path: Path, name: str, code: int
) -> None:
    uri = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
    answer = client.get(
        f"/collections/attacks/items/?f={name}&crs={uri}&limit=1".replace("/?", "?")
    )
    assert answer.headers["content-crs"] == f"<{uri}>"
    if name == "geoparquet":
        found = parquet.read_table(pa.BufferReader(answer.content))["geometry"][0].as_py()
    else:
        path = tmp_path / f"file.{formats()[name].extension}"
        path.write_bytes(answer.content)
        assert pyogrio.read_info(path)["crs"] == f"EPSG:{code}"
        found = pyogrio.read_dataframe(path).geometry[0].wkb
    point = client.get("/collections/attacks/items?limit=1").json()["features"][0]["geometry"]
    # In files x comes first, whatever the system says of its axes.
    move = pyproj.Transformer.from_crs(4326, code, always_xy=True)
    expected = shapely.Point(move.transform(*point["coordinates"]))
    assert shapely.from_wkb(found).distance(expected) < 1e-6


@pytest.mark.parametrize("name", ["csv", "geojsonseq", "kml", "xlsx"])
def test_a_format_that_cannot_name_a_system_refuses_it(client: TestClient, name: str) -> None:
    uri = "http://www.opengis.net/def/crs/EPSG/0/3857"
    answer = client.get(f"/collections/attacks/items?f={name}&crs={uri}")
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, "crs")


# --- how an answer begins -----------------------------------------------------------------------


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_download_says_what_it_is(client: TestClient, name: str) -> None:
    made = formats()[name]
    answer = client.get(f"/collections/attacks/items?f={name}")
    by_accept = client.get(
        "/collections/attacks/items", headers={"Accept": made.media_type.split(";")[0]}
    )
    tag = answer.headers["etag"]
    said = {key: answer.headers.get(key) for key in ("content-type", "content-disposition")}
    assert said == {
        "content-type": made.media_type,
        "content-disposition": f'attachment; filename="attacks.{made.extension}"',
    }
    assert "Accept" in answer.headers["vary"].split(", ")
    assert answer.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert ("content-length" in answer.headers) == made.spooled
    assert (by_accept.headers["etag"], by_accept.headers["content-type"]) == (tag, made.media_type)


@pytest.mark.parametrize("name", DOWNLOADS)
def test_what_the_client_holds_is_not_made_again(client: TestClient, name: str) -> None:
    address = f"/collections/attacks/items?f={name}"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    other = client.get(f"{address}&limit=2", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert other.status_code == 200


@pytest.mark.parametrize("name", DOWNLOADS)
def test_head_tells_what_get_would(client: TestClient, name: str) -> None:
    address = f"/collections/attacks/items?f={name}"
    got, headed = client.get(address), client.head(address)
    assert (headed.status_code, headed.content) == (200, b"")
    same = ("content-type", "content-disposition", "etag", "content-crs")
    assert [headed.headers[key] for key in same] == [got.headers[key] for key in same]


@pytest.mark.parametrize("name", DOWNLOADS)
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("sortby=date&cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwiYSJd", 400),
        ("filter=place LIKE 'a\\'", 400),
        ("properties=nosuch", 400),
        ("limit=0", 400),
    ],
)
def test_an_error_before_the_first_byte_is_a_problem_document(
    client: TestClient, name: str, query: str, status: int
) -> None:
    answer = client.get(f"/collections/attacks/items?f={name}&{query}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize("name", DOWNLOADS)
def test_while_the_database_is_away_a_download_says_so(name: str) -> None:
    away = Settings(database_url="postgresql://nobody@127.0.0.1:1/none")
    with TestClient(create_app(away), raise_server_exceptions=False) as service:
        answer = service.get(f"/collections/attacks/items?f={name}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def small_sheets() -> Format:
    xlsx = formats()["xlsx"]
    assert isinstance(xlsx.writer, FileWriter)
    return replace(xlsx, writer=replace(xlsx.writer, most_rows=10))


def test_more_rows_than_a_sheet_holds_are_refused(database_url: str) -> None:
    app = create_app(Settings(database_url=database_url))
    app.state.formats = {**formats(), "xlsx": small_sheets()}
    with TestClient(app) as service:
        address = "/collections/attacks/items?f=xlsx"
        refused = service.get(address)
        statuses = [
            service.get(f"{address}&{more}").status_code
            for more in ("limit=10", "limit=11", "filter=killed_best > 9")
        ]
    assert (refused.status_code, statuses) == (413, [200, 413, 200])
    assert refused.json()["detail"] == (
        "xlsx holds 10 rows at most, and more match; ask for less, or for another format"
    )


def test_head_reads_no_rows(crowded: str) -> None:
    async def head(name: str) -> list[Message]:
        async with running(Settings(database_url=crowded)) as app:
            client = Client(app, f"/collections/facts/items?f={name}")
            # How a HEAD comes here: it is answered as GET is.
            client.scope["headed"] = True
            client.taking.set()
            await client.ask()
            return client.messages

    for name in DOWNLOADS:
        start, *bodies = asyncio.run(head(name))
        assert (start["status"], b"".join(m["body"] for m in bodies)) == (200, b"")


# --- how an answer ends -------------------------------------------------------------------------


def copies(database_url: str) -> list[int]:
    """List the backends that write downloads of this database out.

    Parallel workers are left out, and what the service reads for its columns: that begins with row.
    """
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'active' AND query LIKE 'COPY%' AND backend_type = 'client backend'"
            r" AND query !~ '^COPY \(SELECT published\.\w+\.row AS row,'"
        ).fetchall()
    return [pid for (pid,) in found]


async def until(holds: Callable[[], bool], seconds: float = 10) -> bool:
    ends = time.monotonic() + seconds
    while not holds() and time.monotonic() < ends:
        await asyncio.sleep(0.02)
    return holds()


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_client_that_leaves_ends_the_query(crowded: str, spool: Path, name: str) -> None:
    async def leave() -> tuple[bool, int]:
        # One connection: were it not given back, nothing else could be read.
        async with running(Settings(database_url=crowded, pool_size=1)) as app:
            client = Client(app, f"/collections/facts/items?f={name}")
            asking = asyncio.create_task(client.ask())
            began = await until(lambda: bool(copies(crowded)) or client.taken.is_set())
            client.left.set()
            await asyncio.wait_for(asking, 10)
            assert began
            page = Client(app, "/collections/facts/items?limit=1")
            page.taking.set()
            await asyncio.wait_for(page.ask(), 10)
            return client.ended, page.messages[0]["status"]

    assert asyncio.run(leave()) == (False, 200)
    assert asyncio.run(until(lambda: copies(crowded) == []))
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("name", STREAMED)
def test_an_error_in_mid_stream_breaks_the_answer_off(
    crowded: str, own_server: str, name: str
) -> None:
    netloc = urlsplit(own_server).netloc
    with closing(http.client.HTTPConnection(netloc, timeout=30)) as connection:
        connection.request("GET", f"/collections/facts/items?f={name}")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.read(10)
        writing = copies(crowded)
        assert len(writing) == 1
        with psycopg.connect(crowded) as other:
            other.execute("SELECT pg_terminate_backend(%s)", writing)
        with pytest.raises(http.client.IncompleteRead):
            answer.read()


def test_only_so_many_downloads_run_at_once_and_pages_go_on(
    crowded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_EXPORT_WAIT_S", 0.2)

    async def statuses() -> tuple[list[int], int]:
        settings = Settings(database_url=crowded, exports_at_once=1)
        async with running(settings) as app:
            first = Client(app, "/collections/facts/items?f=csv")
            asking = asyncio.create_task(first.ask())
            await asyncio.wait_for(first.taken.wait(), 10)
            found = []
            for address in ("?f=kml", "?limit=1"):
                other = Client(app, f"/collections/facts/items{address}")
                other.taking.set()
                await other.ask()
                found.append(other.messages[0]["status"])
            first.taking.set()
            await asking
            assert first.ended
            again = Client(app, "/collections/facts/items?f=kml&limit=1")
            again.taking.set()
            await again.ask()
            return found, again.messages[0]["status"]

    assert asyncio.run(statuses()) == ([503, 200], 200)


def test_a_client_that_takes_nothing_is_given_up(
    crowded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.outlet.STALLED_S", 0.3)

    async def stall() -> Client:
        async with running(Settings(database_url=crowded)) as app:
            client = Client(app, "/collections/facts/items?f=csv")
            with pytest.raises(Exception, match="response already started"):
                await client.ask()
            return client

    assert not asyncio.run(stall()).ended
    assert copies(crowded) == []


def test_a_download_takes_no_longer_than_it_may(crowded: str) -> None:
    async def ask() -> list[Message]:
        settings = Settings(database_url=crowded, export_timeout_ms=1)
        async with running(settings) as app:
            client = Client(app, "/collections/facts/items?f=geopackage")
            client.taking.set()
            await client.ask()
            return client.messages

    first, *_ = asyncio.run(ask())
    assert first["status"] == 503
