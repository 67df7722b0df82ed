"""The lessons that services like this one learned the hard way, each held by a test."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from psycopg import sql

from app.main import create_app
from app.settings import Settings
from geo import database
from geo.formats import PageWriter, formats
from geo.importing.load import load_rows
from geo.spec import Layer
from geo.statements import property_names
from tests.conftest import until

ITEMS = "/collections/attacks/items"
AGGREGATE = "/collections/attacks/aggregate"
DENSITY = "/collections/attacks/density"
# A tile with most of the attacks in it, by its addresses.
VECTOR, DRAWN = "/tiles/attacks/4/7/7.mvt", "/tiles/attacks/4/7/7.png"
TILESET = "/collections/attacks/tiles/WebMercatorQuad"
STANDARD = f"{TILESET}/4/7/7"
TILEJSON = "/tiles/attacks/tilejson.json"
SEVERAL = "/tiles/attacks,camps,regions/4/7/7"
# Sixty seconds: whoever runs it is noticed, however slow the machine.
SLEEP_S, NOTICED_S = 60, 30
INJECTIONS = [
    f"pg_sleep({SLEEP_S})",
    f"1;SELECT pg_sleep({SLEEP_S})--",
    f"x'); SELECT pg_sleep({SLEEP_S}); --",
    f"x' OR (SELECT pg_sleep({SLEEP_S})) IS NULL --",
    f"1) OR pg_sleep({SLEEP_S}) IS NULL --",
    "1 UNION SELECT usename FROM pg_user",
    "' UNION SELECT rolpassword FROM pg_authid --",
    "'; DROP TABLE atlas.attacks; --",
    "\\'; DROP TABLE atlas.events; --",
    "ʼ OR 1=1 --",
    "＇ OR 1=1 --",
    "$1",
    "$$x$$",
    "%(x)s",
    ":feature",
    '"; SELECT 1; --',
    "{{7*7}}",
    "${7*7}",
]
# Expressions that ran, or were written into SQL as they came, in other services.
EXPRESSIONS = [
    f"pg_sleep({SLEEP_S}) IS NULL",
    f"pg_sleep({SLEEP_S}) = 1",
    "pg_read_file('/etc/passwd') = 'x'",
    "pg_read_file('/etc/passwd') LIKE 'root%'",
    "query_to_xml('select 1', true, true, '') IS NULL",
    "lo_import('/etc/passwd') = 1",
    "dblink('host=127.0.0.1', 'select 1') IS NULL",
    "current_setting('is_superuser') = 'on'",
    "version() LIKE 'Postgre%'",
    "place = current_user()",
    f"CASEI(pg_sleep({SLEEP_S})) = 'a'",
    f"S_INTERSECTS(geom, ST_GeomFromText(pg_sleep({SLEEP_S})))",
    f"place IN (pg_sleep({SLEEP_S}))",
    f"killed_best BETWEEN 1 AND pg_sleep({SLEEP_S})",
    "(SELECT 1) = 1",
    "place = (SELECT usename FROM pg_user)",
    f'"place"";SELECT pg_sleep({SLEEP_S});--" = 1',
    '"atlas.events.sensitivity" = 1',
    "sensitivity = 'public'",
    "fingerprint IS NOT NULL",
    "import_id = 1",
    "recorded IS NOT NULL",
    "xmin IS NOT NULL",
    "ctid IS NOT NULL",
]
# Texts that a filter may well look for: they are bound, and nothing has them.
LITERALS = [
    "a''; DROP TABLE atlas.events; --",
    "a'' OR ''1''=''1",
    "\\'' OR 1=1 --",
    "\\u0027 OR 1=1 --",
    "%27 OR 1=1 --",
    "ʼ OR 1=1 --",
    "E''\\x27''",
    "$1",
    "%s",
]
SCRIPT = "<script>alert(1)</script>"
HOSTILE_ID = '"><img src=x onerror=alert(2)>'
PAYLOADS = [SCRIPT, '"><img src=x onerror=alert(1)>', "'-alert(1)-'", "javascript:alert(1)"]


@pytest.fixture(autouse=True)
def nothing_sleeps() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < NOTICED_S


def assert_refused(response: Response, *statuses: int) -> None:
    assert response.status_code in statuses, response.text[:300]
    assert response.headers["content-type"] == "application/problem+json"


# --- injection ------------------------------------------------------------------------------


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_filter_calls_no_function_and_sees_no_hidden_column(
    client: TestClient, expression: str
) -> None:
    read = (ITEMS, AGGREGATE, "/maps/overview")
    tiles = (VECTOR, DRAWN, STANDARD, TILEJSON, f"{SEVERAL}.mvt", f"{SEVERAL}.png")
    for path in (*read, *tiles, DENSITY, f"{DENSITY}.tif", f"{DENSITY}/tiles/4/7/7.png"):
        assert_refused(client.get(f"{path}?filter={quote(expression)}"), 400)


@pytest.mark.parametrize(
    "operator", ["pg_sleep", "; select", "=) or (1=1", "st_geomfromtext", "$1"]
)
def test_an_operator_of_json_is_never_written(client: TestClient, operator: str) -> None:
    for arguments in ([SLEEP_S], [{"property": "place"}, "a"]):
        for expression in (
            {"op": operator, "args": arguments},
            {"op": "=", "args": [{"op": operator, "args": arguments}, {"property": "place"}]},
        ):
            text = quote(json.dumps(expression))
            assert_refused(client.get(f"{ITEMS}?filter-lang=cql2-json&filter={text}"), 400)


@pytest.mark.parametrize("literal", LITERALS)
def test_a_literal_is_only_compared(client: TestClient, literal: str) -> None:
    for expression in (f"place = '{literal}'", f"place IN ('{literal}')"):
        response = client.get(f"{ITEMS}?filter={quote(expression)}")
        assert (response.status_code, response.json()["numberMatched"]) == (200, 0)
        density = client.get(f"{DENSITY}?filter={quote(expression)}")
        assert (density.status_code, density.json()["numberMatched"]) == (200, 0)
        for path in (VECTOR, STANDARD):
            assert client.get(f"{path}?filter={quote(expression)}").status_code == 204
    assert client.get(f"{ITEMS}?limit=1").json()["numberMatched"] == 173


def tile_addresses(text: str) -> Iterator[str]:
    """Put a text into every part of every address of tiles."""
    chosen = ("bbox", "bbox-crs", "datetime", "filter", "filter-crs", "filter-lang", "as_of")
    anywhere = (*chosen, "properties", "cells", "rev", "date", "killed_best", text)
    look = ("theme", "lang", "size", "transparent")
    for name in anywhere:
        for path in (VECTOR, f"{SEVERAL}.mvt", TILEJSON):
            yield f"{path}?{name}={text}"
    for name in (*anywhere, *look):
        yield f"{DRAWN}?{name}={text}"
    for name in (*anywhere, "f"):
        yield f"{STANDARD}?{name}={text}"
    yield from (f"{STANDARD}?f=png&{name}={text}" for name in look)
    yield from (f"{TILEJSON}?tiles=png&{name}={text}" for name in look)
    yield from (f"{TILEJSON}?tiles={text}", f"{VECTOR}?properties=place,{text}")
    yield f"/tiles/WebMercatorQuad/4/7/7?collections={text}"
    for place in (f"{text}/7/7", f"4/{text}/7", f"4/7/{text}"):
        yield from (f"/tiles/attacks/{place}.mvt", f"/tiles/attacks/{place}@2x.png")
        yield f"{TILESET}/{place}"
    yield from (f"/tiles/{text}/4/7/7.mvt", f"/tiles/camps,{text}/4/7/7.png")
    yield from (f"/tiles/{text}/tilejson.json", f"/tiles/{text}", f"/tileMatrixSets/{text}")
    yield from (f"/collections/{text}/tiles", f"/collections/attacks/tiles/{text}")


def density_addresses(text: str) -> Iterator[str]:
    """Put a text into every part of every address of densities."""
    own = ("bandwidth_km", "weight", "cell_km", "precision")
    for name in (*own, "bbox", "datetime", "filter", "as_of", "date", "killed_best", text):
        for form in ("", ".tif", "/tiles/4/7/7.png", "/tilejson.json", "/legend.svg"):
            yield f"{DENSITY}{form}?{name}={text}"
    for form in ("", "/tiles/4/7/7.png", "/tilejson.json", "/legend.svg"):
        yield f"{DENSITY}{form}?colours={text}"
    yield f"{DENSITY}/tiles/4/7/7.png?size={text}"
    for place in (f"{text}/7/7", f"4/{text}/7", f"4/7/{text}"):
        yield f"{DENSITY}/tiles/{place}.png"
    yield f"/collections/{text}/density"


@pytest.mark.parametrize("injection", INJECTIONS)
def test_no_parameter_lets_sql_through(client: TestClient, injection: str) -> None:
    text, wrong = quote(injection, safe=""), {}
    addresses = [
        *(
            f"{ITEMS}?{name}={text}"
            for name in (
                "as_of",
                "bbox",
                "bbox-crs",
                "crs",
                "cursor",
                "datetime",
                "f",
                "filter",
                "filter-crs",
                "filter-lang",
                "lang",
                "limit",
                "properties",
                "sortby",
                "date",
                "killed_best",
                text,
            )
        ),
        *(f"{ITEMS}?sortby={sign}id,{text}" for sign in ("", "-")),
        f"{ITEMS}?properties=place,{text}",
        f"{ITEMS}?bbox=1,2,3,{text}",
        f"{ITEMS}?datetime=2016-01-01/{text}",
        *(f"{AGGREGATE}?{name}={text}" for name in ("by", "measure", "resolution", "f")),
        f"{AGGREGATE}?by=region,{text}",
        f"{AGGREGATE}?by=grid&resolution={text}",
        *(f"/collections/attacks/nearest?{name}={text}" for name in ("point", "k")),
        f"/collections/attacks/nearest?point=0,{text}",
        f"/collections/attacks/nearest?point=0,17&k={text}",
        f"/collections/attacks/within?point=0,17&distance_m={text}",
        f"/collections/attacks/within?point=0,17&distance_m=9&limit={text}",
        f"/collections/{text}",
        f"/collections/{text}/items",
        f"{ITEMS}/{text}",
        f"{ITEMS}/{text}/history",
        f"{ITEMS}/A001?as_of={text}",
        f"/maps/{text}",
        f"/maps/overview?datetime={text}",
        *tile_addresses(text),
        *density_addresses(text),
        *(f"/styles/light?{name}={text}" for name in ("layers", "lang", "f", text)),
        f"/styles/light?layers=camps,{text}",
        f"/styles/light/legend?layers={text}",
        f"/styles/{text}",
        f"/styles/light/{text}",
    ]
    for address in addresses:
        response = client.get(address)
        if response.status_code not in (400, 404):
            wrong[address] = response.status_code
    assert wrong == {}


@pytest.mark.parametrize("injection", INJECTIONS)
def test_a_cursor_that_was_made_up_is_only_compared(client: TestClient, injection: str) -> None:
    from base64 import urlsafe_b64encode

    first = client.get(f"{ITEMS}?limit=1&sortby=place").json()
    (href,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    for moment in ("2026-01-01T00:00:00+00:00", injection):
        for after in ([injection, injection], [injection], [["a"], injection], [None, injection]):
            made = urlsafe_b64encode(json.dumps([moment, *after]).encode()).decode().rstrip("=")
            response = client.get(f"{ITEMS}?limit=1&sortby=place&cursor={made}")
            assert response.status_code in (200, 400)
    assert client.get(href).status_code == 200


def test_a_value_of_a_property_is_only_compared(
    client: TestClient, layers: dict[str, Layer]
) -> None:
    layer = layers["attacks"]
    texts = [field.name for field in layer.fields if field.is_text]
    for name in texts:
        for injection in INJECTIONS[:6]:
            response = client.get(f"{ITEMS}?{name}={quote(injection)}")
            assert (response.status_code, response.json()["features"]) == (200, [])


# --- what others may see --------------------------------------------------------------------


def test_a_row_that_is_not_public_is_nowhere(
    client: TestClient, database_url: str, layers: dict[str, Layer]
) -> None:
    feature = client.get("/collections/camps/items/C008").json()
    lon, lat = feature["geometry"]["coordinates"]
    row = {**feature["properties"], "id": "C008", "lon": lon, "lat": lat}

    def load(sensitivity: str) -> None:
        with database.connect(database_url) as connection:
            changed = {**row, "sensitivity": sensitivity}
            load_rows(connection, layers["camps"], [changed], origin="a test", replace=False)

    # Where it lies, and all the world: in tiles of every point, and in cells.
    places = ("/tiles/camps/9/258/229", "/tiles/camps/0/0/0", "/tiles/camps,tobs/4/8/7")
    tiles = [f"{place}.mvt{asked}" for place in places for asked in ("?cells=none", "?cells=64")]
    drawn = "/tiles/camps/9/258/229.png"
    before = {address: client.get(address).content for address in (*tiles, drawn)}
    assert [b"C008" in before[address] for address in tiles] == [True, False] * 3
    load("restricted")
    try:
        until(lambda: client.get(drawn).content != before[drawn])
        for path in ("items/C008", "items/C008/history"):
            assert client.get(f"/collections/camps/{path}").status_code == 404
        for path in ("items?limit=500", "items?id=C008", "nearest?point=1.4092,18.4434"):
            assert '"C008"' not in client.get(f"/collections/camps/{path}").text
        counted = client.get("/collections/camps/aggregate").json()["total"]["count"]
        matched = client.get("/collections/camps/density").json()["numberMatched"]
        assert (counted, matched) == (21, 21)
        for name in formats():
            assert b"C008" not in client.get(f"/collections/camps/items?f={name}").content
        revision = client.get("/tiles/camps/tilejson.json").json()["revision"]
        now = quote(datetime.now(UTC).isoformat())
        for address in tiles:
            for moment in ("", f"&rev={revision}", f"&rev={revision - 1}", f"&as_of={now}"):
                assert b"C008" not in client.get(f"{address}{moment}").content
            assert client.get(address).content != before[address]
    finally:
        load("public")
    until(lambda: client.get(drawn).content == before[drawn])


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "gopher", "X-Forwarded-For": "1.2.3.4"},
        {"X-Forwarded-Prefix": "/evil.example", "X-Script-Name": "/evil.example"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"X-Original-URL": "/evil.example", "X-Rewrite-URL": "/evil.example"},
        {"X-Forwarded-Host": '"><script>alert(1)</script>'},
    ],
)
def test_no_forwarded_header_is_believed(client: TestClient, headers: dict[str, str]) -> None:
    addresses = ("/", "/collections", f"{ITEMS}?limit=2", "/maps", "/api?f=json", "/tiles")
    tiles = (TILEJSON, TILESET, "/styles/light", f"{DENSITY}/tilejson.json")
    for address in (*addresses, *tiles):
        for accept in ("application/json", "text/html"):
            plain = client.get(address, headers={"Accept": accept})
            answer = client.get(address, headers={"Accept": accept, **headers})
            assert (answer.status_code, answer.content) == (plain.status_code, plain.content)


def test_the_public_address_is_the_only_one_when_it_is_set(database_url: str) -> None:
    settings = Settings(database_url=database_url, public_url="https://example.org/atlas")
    with TestClient(create_app(settings)) as client:
        read = ("/?f=json", "/?f=html", "/collections?f=json", f"{ITEMS}?limit=1", "/api")
        tiles = ("/tiles", TILEJSON, TILESET, f"{DENSITY}/tilejson.json", DENSITY)
        for address in (*read, *tiles, "/styles/light?f=json", "/styles/light?f=html"):
            text = client.get(address, headers={"Host": "evil.example"}).text
            assert "evil.example" not in text
            assert "testserver" not in text


def test_an_answer_for_one_address_is_no_answer_for_another(client: TestClient) -> None:
    # Links in it would lead to the host that somebody else had asked for.
    first = client.get(f"{ITEMS}?limit=1")
    tag = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"{ITEMS}?limit=1", headers=tag).status_code == 304
    assert client.get(f"{ITEMS}?limit=1", headers={**tag, "Host": "b.example"}).status_code == 200
    assert client.get(f"{ITEMS}?limit=1", headers={**tag, "Accept": "text/html"}).status_code == 200


def test_everyone_may_read_from_a_page_of_theirs_and_nothing_else(client: TestClient) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    answer = client.get(f"{ITEMS}?limit=1", headers=origin)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    for method in ("POST", "PUT", "DELETE"):
        asked = {**origin, "Access-Control-Request-Method": method}
        assert client.options(ITEMS, headers=asked).status_code == 400


def test_every_answer_says_that_its_type_is_not_to_be_guessed(client: TestClient) -> None:
    addresses = [
        "/",
        "/?f=html",
        "/api",
        "/docs",
        "/maps/overview",
        ITEMS,
        "/nosuch",
        "/health/live",
    ]
    addresses += ["/static/docs/docs.js", f"{ITEMS}?limit=x", f"{AGGREGATE}?f=csv"]
    # Twice: made, and from memory.
    addresses += [VECTOR, VECTOR, DRAWN, "/tiles/attacks/5/0/0.mvt", TILEJSON, "/styles/light"]
    addresses += ["/styles/light/sprite.png", DENSITY, f"{DENSITY}.tif", f"{DENSITY}/legend.svg"]
    wrong = [
        address
        for address in addresses
        if client.get(address).headers.get("x-content-type-options") != "nosniff"
    ]
    assert wrong == []


# --- pages ----------------------------------------------------------------------------------


class Elements(HTMLParser):
    """Collect what could run or load in a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.handlers: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append(f"{tag} {name}={value}")
            if name in ("href", "src", "action", "formaction", "data", "srcdoc"):
                self.addresses.append(value or "")


PAGES = [
    "/?",
    "/docs?",
    "/api?",
    "/conformance?",
    "/maps?",
    "/maps/overview?",
    "/maps/attacks?",
    "/maps/overview/embed?",
    "/maps/overview?download=1&",
    "/maps/density?",
    "/maps/density/embed?",
    "/maps/density?download=1&",
    "/styles?",
    "/styles/light?",
    "/styles/dark?lang=fr&layers=camps,attacks,regions&",
    "/collections?",
    "/collections/attacks?",
    "/collections/facts?",
    f"{ITEMS}?limit=5&",
    f"{ITEMS}/A001?",
    f"{ITEMS}/A001/history?",
    "/collections/regions/items?limit=5&",
    "/collections/tobs/items?limit=50&",
]


def html(client: TestClient, address: str) -> Response:
    return client.get(address, headers={"Accept": "text/html"})


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_a_policy_and_loads_from_here_only(client: TestClient, address: str) -> None:
    page = html(client, address.rstrip("?&"))
    assert page.status_code == 200, page.text[:200]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert "unsafe" not in policy.get("script-src", "")
    assert "*" not in page.headers["content-security-policy"]
    assert "http" not in page.headers["content-security-policy"]
    elements = Elements(page.text)
    assert elements.handlers == []
    loaded = re.findall(
        r"""(?:<script[^>]*\ssrc|<img[^>]*\ssrc|<link[^>]*\shref|<iframe[^>]*\ssrc)\s*=\s*["']([^"']+)""",
        page.text,
    )
    for one in loaded:
        assert urlsplit(one).netloc in ("", "testserver"), one


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("address", PAGES)
def test_no_parameter_gets_into_a_page_unescaped(
    client: TestClient, address: str, payload: str
) -> None:
    names = ["f", "lang", "limit", "cursor", "offset", "bbox", "datetime", "as_of", "sortby"]
    names += ["properties", "crs", "filter-lang", "download", "region", "place", "name", payload]
    names += ["layers", "theme", "bandwidth_km", "weight", "colours"]
    plain = Elements(html(client, address.rstrip("?&")).text)
    for name in names:
        response = html(client, f"{address}{quote(name)}={quote(payload)}")
        assert_harmless(response, payload, plain)
    literal = payload.replace("'", "''")
    for expression in (f"place='{literal}'", f"notes LIKE '%{literal}%'", payload):
        response = html(client, f"{address}filter={quote(expression)}")
        assert_harmless(response, payload, plain)


def assert_harmless(response: Response, payload: str, plain: Elements) -> None:
    """Hold an answer to be no page, or one with nothing in it that the payload brought."""
    assert response.status_code < 500, response.text[:200]
    if not response.headers["content-type"].startswith("text/html"):
        assert response.headers["content-type"] == "application/problem+json"
        return
    assert payload not in response.text or "<" not in payload
    elements = Elements(response.text)
    assert elements.handlers == []
    assert elements.names.count("script") <= plain.names.count("script")
    assert not [one for one in elements.addresses if one.lower().startswith("javascript:")]


@pytest.mark.parametrize("payload", PAYLOADS[:2])
def test_a_path_gets_into_no_page_unescaped(client: TestClient, payload: str) -> None:
    text, plain = quote(payload, safe=""), Elements(html(client, "/nosuch").text)
    short = (f"/{text}", f"/collections/{text}", f"{ITEMS}/{text}", f"/maps/{text}")
    tiles = (
        f"/tiles/{text}/0/0/0.mvt",
        f"/tileMatrixSets/{text}",
        f"/tiles/attacks/{text}/0/0.png",
    )
    for address in (*short, *tiles, f"/styles/{text}", f"{DENSITY}/tiles/{text}/0/0.png"):
        response = html(client, address)
        assert response.status_code in (400, 404)
        assert_harmless(response, payload, plain)


def test_a_host_gets_into_no_page_unescaped(client: TestClient) -> None:
    for host in ('a"><script>alert(1)</script>', "a/<script>", "a'onload='alert(1)"):
        for address in ("/?f=html", "/maps", "/docs", "/collections?f=html", "/styles/light"):
            response = client.get(address, headers={"Host": host, "Accept": "text/html"})
            assert response.status_code < 500
            assert "<script>alert" not in response.text
            assert Elements(response.text).handlers == []


@pytest.fixture(scope="module")
def hostile_client(database_url: str, layers: dict[str, Layer]) -> Iterator[TestClient]:
    """Serve rows whose every text is an attack on whoever shows it."""
    name = f"{urlsplit(database_url).path.lstrip('/')}_hostile"
    server = urlsplit(database_url)
    copy = server._replace(path=f"/{name}").geturl()
    admin = server._replace(path="/postgres").geturl()
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (server.path.lstrip("/"),),
        )
        connection.execute(
            create.format(sql.Identifier(name), sql.Identifier(server.path.lstrip("/")))
        )
    try:
        with psycopg.connect(copy) as connection:
            for layer in layers.values():
                if layer.parent is None:
                    _poison(connection, layer)
        with TestClient(create_app(Settings(database_url=copy))) as client:
            yield client
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _poison(connection: psycopg.Connection, layer: Layer) -> None:
    attack = f"{SCRIPT}\"'><img src=x onerror=alert(1)>"
    for field in layer.fields:
        if field.is_text and not field.choices and field.name not in ("region", "place_ref"):
            value = f"javascript:alert(1)//{attack}" if field.name.endswith("url") else attack
            connection.execute(
                sql.SQL("UPDATE atlas.{} SET {} = %s").format(
                    sql.Identifier(layer.id), sql.Identifier(field.name)
                ),
                (value,),
            )
    document = sql.SQL("UPDATE atlas.{} SET source_title = %s, source_url = %s").format(
        sql.Identifier(layer.id)
    )
    connection.execute(document, (attack, "javascript:alert(1)"))
    rename = sql.SQL("UPDATE atlas.{} SET id = id || %s").format(sql.Identifier(layer.id))
    connection.execute(rename, (HOSTILE_ID,))


@pytest.mark.parametrize("address", PAGES)
def test_what_is_stored_gets_into_a_page_escaped(
    client: TestClient, hostile_client: TestClient, address: str
) -> None:
    asked = address.rstrip("?&").replace("A001", quote(f"A001{HOSTILE_ID}", safe=""))
    plain = Elements(html(client, address.rstrip("?&")).text)
    page = html(hostile_client, asked)
    assert page.status_code == 200, page.text[:200]
    assert_harmless(page, SCRIPT, plain)
    assert HOSTILE_ID not in page.text
    for name in [name for name, made in formats().items() if isinstance(made.writer, PageWriter)]:
        assert hostile_client.get(f"{ITEMS}?limit=3&f={name}").status_code == 200


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_asked_of_tiles_and_densities_comes_back_as_data(
    client: TestClient, payload: str
) -> None:
    # These answers repeat the request, in links and in what a file says of itself.
    literal = payload.replace("'", "''")
    asked = "filter=" + quote(f"place <> '{literal}'")
    tiles, density = (client.get(f"{path}?{asked}") for path in (TILEJSON, DENSITY))
    for answer in (tiles, density, client.get(f"{DENSITY}/tilejson.json?{asked}")):
        assert answer.headers["content-type"] == "application/json"
        assert payload not in answer.text or "<" not in payload
    (template,) = tiles.json()["tiles"]
    tile = client.get(template.format(z=4, x=7, y=7))
    assert (tile.status_code, tile.content) == (200, client.get(VECTOR).content)
    legend = client.get(f"{DENSITY}/legend.svg?{asked}")
    assert (legend.status_code, payload in legend.text) == (200, False)
    assert client.get(f"{DENSITY}.tif?{asked}").status_code == 200


def test_what_is_stored_is_drawn_as_letters_or_not_told(
    client: TestClient, hostile_client: TestClient, layers: dict[str, Layer]
) -> None:
    names = "attacks,camps,places,regions"
    for form in (".png", "@2x.png", ".png?theme=dark&lang=fr"):
        drawn = hostile_client.get(f"/tiles/{names}/6/31/29{form}")
        assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/png")
    tile = hostile_client.get(f"/tiles/{names}/6/31/29.mvt")
    assert SCRIPT.encode() in tile.content
    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    # Styles, legends and what tells of tiles are made of declarations, not of rows.
    for address in ("/styles/light?f=json", "/styles/light/legend", "/tileMatrixSets"):
        assert hostile_client.get(address).content == client.get(address).content
    for layer in layers:
        for path in (f"/tiles/{layer}/tilejson.json", f"/collections/{layer}/density"):
            assert SCRIPT not in hostile_client.get(path).text


def test_the_attack_is_really_stored(hostile_client: TestClient, layers: dict[str, Layer]) -> None:
    (feature,) = hostile_client.get(f"{ITEMS}?limit=1&properties=place,source_url").json()[
        "features"
    ]
    assert {"place", "source_url"} <= set(property_names(layers["attacks"], _any_query()))
    assert feature["properties"]["source_url"] == "javascript:alert(1)"
    assert SCRIPT in feature["properties"]["place"]
    assert feature["id"] == f"A001{HOSTILE_ID}"


def _any_query() -> Any:
    from geo.query import FeatureQuery

    return FeatureQuery()
