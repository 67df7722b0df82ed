"""Whatever comes in, the service answers in its one error shape and never fails."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from typing import Any
from urllib.parse import quote, unquote, unquote_plus, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.settings import ROOT
from geo.aggregate import parse_grouping, select_aggregate
from geo.crs import SPOKEN, parse_crs
from geo.database import compile_statement
from geo.errors import AtlasError
from geo.proximity import parse_distance, parse_point, select_nearest, select_within
from geo.query import FeatureQuery, parse_bbox, parse_sort
from geo.spec import Layer
from geo.statements import GeometryForm, select_features, sortables

ITEMS = "/collections/attacks/items"
NEAREST, WITHIN = "/collections/attacks/nearest", "/collections/attacks/within"
AGGREGATE = "/collections/attacks/aggregate"
VECTOR, DRAWN = "/tiles/attacks/4/7/7.mvt", "/tiles/attacks/4/7/7.png"
TILESET = "/collections/attacks/tiles/WebMercatorQuad"
STANDARD = f"{TILESET}/4/7/7"
TILEJSON = "/tiles/attacks/tilejson.json"
DENSITY = "/collections/attacks/density"
NO_WHOLE_NUMBERS = ("-1", "1.5", "1e1", "x", "%00", "%FF", "%D9%A3", "%201", "9" * 5_000)
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
# What would tell of the inside: a traceback, SQL, the names of what is behind.
LEAKS = re.compile(
    r"traceback|\.py\b|asyncpg|psycopg|sqlalchemy|postgres|postgis|published\.|atlas\.|::|"
    r"\bselect\b|syntax error|relation \"|constraint|\$1",
    re.IGNORECASE,
)


def assert_no_leak(text: str, address: str) -> None:
    """Hold the answer to say nothing of the inside but what the request itself said."""
    found = {word.lower() for word in LEAKS.findall(text)}
    said = unquote_plus(address).lower()
    assert {word for word in found if word not in said} == set()


def assert_problem(response: Response, address: str, *statuses: int) -> dict[str, Any]:
    document: dict[str, Any] = response.json()
    assert response.status_code in statuses, (address[:200], response.text[:400])
    assert response.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= set(document)
    assert document["status"] == response.status_code
    assert len(response.content) - len(document["instance"]) < 8_000
    assert_no_leak(response.text, address)
    for error in document.get("errors", []):
        assert set(error) == {"in", "name", "value", "problem", "allowed"}
    return document


def cql2_json(expression: str) -> str:
    return f"{ITEMS}?filter-lang=cql2-json&filter={quote(expression)}"


def cql2_text(expression: str) -> str:
    return f"{ITEMS}?filter={quote(expression)}"


def ring(corners: int) -> str:
    points = ",".join(f"{i / corners:.6f} 15" for i in range(corners))
    return f"S_INTERSECTS(geom,POLYGON((0 15,{points},1 16,0 15)))"


REFUSED = [
    # Parameters that are not there, or come twice.
    f"{ITEMS}?nosuch=1",
    f"{ITEMS}?kind=a%00b",
    f"{ITEMS}?LIMIT=1",
    f"{ITEMS}?limit=1&limit=2",
    f"{ITEMS}?" + "&".join(f"p{i}=1" for i in range(2_000)),
    "/?nosuch=1",
    "/conformance?nosuch=1",
    "/collections?nosuch=1",
    "/api?nosuch=1",
    "/docs?nosuch=1",
    "/maps?nosuch=1",
    "/health/live?nosuch=1",
    # Numbers.
    *(f"{ITEMS}?limit={quote(v)}" for v in ("0", "-1", "1e9", "1.5", "ten", "", "٣", "9" * 30)),
    *(f"{ITEMS}?bbox={v}" for v in ("", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1")),
    *(f"{ITEMS}?bbox={v}" for v in ("1e400,0,1,1", "0,5,1,4", "0,0,200,1", "0,0,1,91")),
    f"{ITEMS}?bbox=" + ",".join(["1"] * 20_000),
    f"{ITEMS}?bbox=5,0,1,1&bbox-crs={MERCATOR}",
    f"{ITEMS}?bbox=1e300,0,1e301,1&bbox-crs={MERCATOR}",
    *(f"{NEAREST}?point={v}" for v in ("", "0", "0,0,0", "a,b", "nan,0", "181,0", "0,91")),
    *(f"{NEAREST}?point=0,0&k={v}" for v in ("0", "-1", "1e9", "ten", "")),
    f"{NEAREST}",
    f"{WITHIN}?point=0,0",
    *(f"{WITHIN}?point=0,0&distance_m={v}" for v in ("0", "-5", "1e12", "NaN", "inf", "x", "1,2")),
    f"{AGGREGATE}?by=grid&resolution=16",
    f"{AGGREGATE}?by=grid&resolution=-1",
    f"{AGGREGATE}?by=year&resolution=4",
    f"{AGGREGATE}?by=grid,region,year",
    f"{AGGREGATE}?by=region,region",
    f"{AGGREGATE}?by=" + "region," * 5_000,
    f"{AGGREGATE}?measure=place",
    f"{AGGREGATE}?f=xlsx",
    # Times.
    *(f"{ITEMS}?datetime={quote(v)}" for v in ("", "soon", "2016", "2016-13-01", "2016-02-30")),
    *(f"{ITEMS}?datetime={v}" for v in ("../..", "a/b/c", "2016-02-02/2016-02-01", "0000-01-01")),
    *(f"{ITEMS}?as_of={quote(v)}" for v in ("", "soon", "../2016-01-01", "9999-12-31")),
    # Names.
    f"{ITEMS}?properties=nosuch",
    f"{ITEMS}?properties=",
    f"{ITEMS}?sortby=nosuch",
    f"{ITEMS}?sortby=",
    f"{ITEMS}?sortby=" + ",".join(["place"] * 8_000),
    f"{ITEMS}?crs=EPSG:27700",
    f"{ITEMS}?crs=http://127.0.0.1:1/crs",
    f"{ITEMS}?filter=place='a'&filter-crs=nosuch",
    f"{ITEMS}?filter=place='a'&filter-lang=sql",
    f"{ITEMS}?f=shp",
    f"{ITEMS}?f=../../etc/passwd",
    f"{ITEMS}?lang=de",
    "/maps/overview?download=2",
    "/maps/overview?bbox=1,2,3",
    # Cursors.
    *(f"{ITEMS}?cursor={v}" for v in ("", "abc", "e30", "W10", "bnVsbA", "A" * 50_000, "%F0%9F")),
    # Filters.
    cql2_text("killed_best > 'abc'"),
    cql2_text("place = 'a' OR " * 1_000 + "place = 'b'"),
    cql2_text("(" * 2_000 + "killed_best = 1" + ")" * 2_000),
    cql2_text("NOT " * 2_000 + "killed_best = 1"),
    cql2_text("killed_best = " + "-" * 3_000 + "1"),
    cql2_text("killed_best = " + "+".join(["1"] * 3_000)),
    cql2_text(f"region IN ({','.join(['1'] * 1_500)})"),
    cql2_text(f"killed_best IN ({','.join(['1'] * 3_900)})"),
    cql2_text("place LIKE 3"),
    cql2_text("place"),
    cql2_text("1 = 1"),
    cql2_text("killed_best < 1e400"),
    cql2_text("killed_best = - - - - - - - - - - - - - - - - 1e400"),
    cql2_text("CASEI(killed_best) = 1"),
    cql2_text("ACCENTI(date) = DATE('2016-01-01')"),
    cql2_text("CASEI(date) IS NULL"),
    cql2_text("S_INTERSECTS(geom,BBOX(-1e400,0,1,1))"),
    cql2_text("S_INTERSECTS(geom,BBOX(500,0,501,1))"),
    cql2_text(ring(1_500)),
    cql2_text("S_INTERSECTS(geom,POLYGON((0 0,1 1)))"),
    cql2_text("S_INTERSECTS(geom,POINT(1e300 0))"),
    f"{cql2_text('S_INTERSECTS(geom,POINT(1e300 1e300))')}&filter-crs={MERCATOR}",
    cql2_json("{"),
    cql2_json("[]"),
    cql2_json("[" * 4_000),
    cql2_json("null"),
    cql2_json('{"op":"not","args":[' * 400 + "true" + "]}" * 400),
    cql2_json('{"op":"and","args":[]}'),
    cql2_json('{"op":"="}'),
    cql2_json('{"op":"=","args":[{"property":"place"}]}'),
    cql2_json('{"op":"=","args":[{"property":{"a":1}},1]}'),
    cql2_json('{"op":"=","args":[{"property":"killed_best"},1e400]}'),
    cql2_json('{"op":"in","args":[{"property":"place"},"abc"]}'),
    cql2_json('{"op":"casei","args":[]}'),
    cql2_json('{"op":"=","args":[{"op":"casei","args":[]},"a"]}'),
    cql2_json('{"op":"s_intersects","args":[{"property":"geom"},{"type":"Point"}]}'),
    cql2_json('{"op":"t_after","args":[{"property":"date"},{"interval":["..",".."]},1]}'),
    cql2_json('{"op":"t_after","args":[{"property":"date"},{"interval":[]}]}'),
    cql2_json('{"op":"t_during","args":[{"property":"date"},{"interval":[1,2]}]}'),
    # Properties as parameters.
    f"{ITEMS}?killed_best=ten",
    f"{ITEMS}?killed_best=nan",
    f"{ITEMS}?killed_best=1e400",
    f"{ITEMS}?date=soon",
    f"{ITEMS}?place=a%00b",
    # Tiles: which one, of what.
    *(f"/tiles/attacks/{v}/7/7.mvt" for v in NO_WHOLE_NUMBERS),
    *(f"/tiles/attacks/4/{v}/7.png" for v in NO_WHOLE_NUMBERS),
    *(f"{TILESET}/4/{v}/7" for v in NO_WHOLE_NUMBERS),
    *(f"{DENSITY}/tiles/{v}/0/0.png" for v in NO_WHOLE_NUMBERS),
    f"{TILESET}/40/0/-1",
    "/tiles/attacks/0/0/0@3x.png",
    "/tiles/attacks,attacks/0/0/0.mvt",
    "/tiles/series/0/0/0.mvt",
    "/tiles/series/tilejson.json",
    f"/tiles/{','.join(['attacks'] * 5_000)}/0/0/0.mvt",
    # Longer than any question that is remembered.
    f"/tiles/{'a' * 20_000}/0/0/0.mvt",
    "/collections/series/tiles",
    "/collections/series/tiles/WebMercatorQuad",
    "/tiles/WebMercatorQuad/0/0/0?collections=series",
    f"/tiles/WebMercatorQuad/0/0/0?collections={','.join(['attacks'] * 5_000)}",
    # Tiles: of which rows, in which form.
    *(f"{VECTOR}?{asked}" for asked in ("nosuch=1", "f=mvt", "theme=dark", "cells=64&cells=64")),
    *(f"{VECTOR}?cells={v}" for v in ("", "0", "65", "1e9", "None")),
    *(f"{VECTOR}?rev={v}" for v in ("", "x", "-1", "0", "1.5", "%D9%A3", "9" * 15, "9" * 5_000)),
    f"{VECTOR}?rev=1&as_of=2026-11-01",
    *(f"{VECTOR}?properties={v}" for v in ("", "nosuch", "place,,date", "geom")),
    *(f"{VECTOR}?bbox={v}" for v in ("", "1,2,3", "nan,0,1,1", "0,5,1,4")),
    *(f"{VECTOR}?as_of={v}" for v in ("", "soon", "9999-12-31")),
    f"{VECTOR}?killed_best=ten",
    f"{VECTOR}?place=a%00b",
    f"{VECTOR}?place=%FF",
    f"{VECTOR}?filter=" + quote("killed_best > 'abc'"),
    f"{VECTOR}?filter=" + quote("(" * 2_000 + "killed_best = 1" + ")" * 2_000),
    f"/tiles/camps,attacks/4/7/7.mvt?filter={quote('nosuch = 1')}",
    f"/tiles/camps,regions/4/7/7.mvt?filter={quote('killed_best = 1')}",
    *(f"{DRAWN}?theme={v}" for v in ("", "nosuch", "a%00b")),
    *(f"{DRAWN}?size={v}" for v in ("", "0", "1024", "1e9", "-256")),
    *(f"{DRAWN}?transparent={v}" for v in ("", "2", "yes")),
    f"{DRAWN}?lang=de",
    *(f"{STANDARD}?{asked}" for asked in ("f=jpg", "f=mvt&size=512", "f=png&size=9", "z=1")),
    *(f"{TILEJSON}?{asked}" for asked in ("tiles=jpg", "theme=dark", "tiles=png&size=9")),
    *(f"{TILEJSON}?{asked}" for asked in ("rev=999999", "nosuch=1", "cells=3", "lang=de")),
    *(f"{TILEJSON}?filter={quote(v)}" for v in ("nosuch = 1", "killed_best = 'a'")),
    "/tiles?nosuch=1",
    "/tiles/WebMercatorQuad?nosuch=1",
    "/tileMatrixSets?nosuch=1",
    # Styles.
    *(f"/styles/light?layers={v}" for v in ("series", "camps,camps", "a%00b", "%FF")),
    f"/styles/light?layers={','.join(['camps'] * 5_000)}",
    *(f"/styles/light?{asked}" for asked in ("f=png", "lang=de", "nosuch=1", "theme=dark")),
    "/styles/light/legend?layers=series",
    "/styles/light/sprite.png?layers=camps",
    "/styles?nosuch=1",
    # Densities.
    *(f"{DENSITY}?bandwidth_km={v}" for v in ("", "0", "0.4", "501", "-1", "nan", "1e400", "1,2")),
    *(f"{DENSITY}?cell_km={v}" for v in ("", "0", "13", "nan", "inf", "x")),
    *(f"{DENSITY}?weight={v}" for v in ("", "place", "nosuch", "a%00b", "9" * 5_000)),
    *(f"{DENSITY}?precision={v}" for v in ("", "exact", "POINTS")),
    *(f"{DENSITY}?colours={v}" for v in ("", "rainbow", "..%2fmatter")),
    *(f"{DENSITY}?{asked}" for asked in ("nosuch=1", "size=512", "lang=de", "place=a%00b")),
    *(f"{DENSITY}.tif?{asked}" for asked in ("colours=matter", "region=nowhere", "f=tif")),
    *(f"{DENSITY}/tiles/4/7/7.png?size={v}" for v in ("", "0", "1024", "1e9")),
    f"{DENSITY}/tilejson.json?size=512",
    f"{DENSITY}/legend.svg?lang=de",
    "/collections/regions/density",
    "/collections/series/density.tif",
    "/maps/density?bandwidth_km=3",
    # More cells than are computed at once.
    "/collections/places/density?bandwidth_km=0.5&cell_km=0.05&precision=spread",
    # What is no UTF-8.
    f"{ITEMS}?place=%C3%28",
    f"{ITEMS}?filter=%FF%FE",
    f"{ITEMS}?%FF=1",
]
UNKNOWN = [
    "/nosuch",
    "/%00",
    "/%FF",
    "/collections/nosuch",
    "/collections/%00/items",
    "/collections/%FF/items",
    "/collections/..%2f..%2fetc/items",
    "/collections/attacks/items/nosuch",
    "/collections/attacks/items/%00",
    "/collections/attacks/items/%C3%28",
    "/collections/attacks/items/a%2fb",
    f"/collections/attacks/items/{'a' * 20_000}",
    "/collections/attacks/items/nosuch/history",
    "/collections/attacks/items/%00/history",
    "/collections/attacks/nosuch",
    "/maps/nosuch",
    "/maps/..%2foverview",
    "/static/nosuch",
    "/static/%2e%2e/%2e%2e/pyproject.toml",
    "/static/..%2f..%2fpyproject.toml",
    "/static/%2fetc%2fpasswd",
    "/static/%00",
    "/static/%FF",
    f"/static/{'a' * 20_000}",
    *(f"/tiles/attacks/{place}.mvt" for place in ("23/0/0", "4/16/0", "4/0/16", "0/0/1")),
    *(f"/tiles/attacks/{place}@2x.png" for place in ("40/0/0", "4/9999999999/0")),
    *(f"{TILESET}/{place}" for place in ("23/0/0", "4/16/0", "4/0/16", "4/0/9999999999")),
    "/collections/attacks/tiles/WorldCRS84Quad/4/16/0",
    "/tiles/WorldCRS84Quad/4/0/32",
    "/tiles/nosuch/0/0/0.mvt",
    "/tiles/camps,/0/0/0.png",
    "/tiles/,/0/0/0.mvt",
    "/tiles/%00/0/0/0.mvt",
    "/tiles/%FF/0/0/0.mvt",
    "/tiles/..%2fattacks/0/0/0.mvt",
    "/tiles/attacks/0/0/0.gif",
    f"/tiles/{'a' * 10_000}/0/0/0.mvt",
    "/tiles/nosuch/tilejson.json",
    "/tiles/nosuch",
    "/tiles/NoSuchQuad/0/0/0",
    "/tileMatrixSets/nosuch",
    "/tileMatrixSets/%00",
    "/collections/nosuch/tiles",
    "/collections/attacks/tiles/nosuch",
    "/styles/nosuch",
    "/styles/%00",
    "/styles/light/nosuch",
    "/styles/light/sprite@3x.png",
    "/styles/light/%00",
    "/styles/light/..%2f..%2fsprite.png",
    "/styles/light?layers=nosuch",
    "/collections/nosuch/density",
    *(f"{DENSITY}/tiles/{place}.png" for place in ("15/0/0", "4/16/0", "4/0/16")),
]


@pytest.mark.parametrize("address", REFUSED, ids=lambda text: text[:90])
def test_what_means_nothing_here_is_refused(client: TestClient, address: str) -> None:
    document = assert_problem(client.get(address), address, 400, 413, 414)
    assert document["instance"] == unquote(urlsplit(address).path)


@pytest.mark.parametrize("address", UNKNOWN, ids=lambda text: text[:90])
def test_what_is_not_there_is_not_found(client: TestClient, address: str) -> None:
    assert_problem(client.get(address), address, 404)


@pytest.mark.parametrize(
    "address",
    [
        f"{ITEMS}?limit=1000000000",
        f"{ITEMS}?datetime=9999-12-31",
        f"{ITEMS}?datetime=../0001-01-01",
        f"{ITEMS}?as_of=0001-01-01",
        f"{ITEMS}?bbox=177,65,-177,70",
        f"{ITEMS}?bbox=-180,85,180,90",
        f"{ITEMS}?bbox=0,0,0,1,1,900",
        f"{ITEMS}?bbox=-1e7,-1e7,1e7,1e7&bbox-crs={MERCATOR}",
        f"{ITEMS}?properties={','.join(['place'] * 5_000)}",
        f"{ITEMS}?killed_best=99999999999999999999",
        f"{ITEMS}?date=0001-01-01",
        f"{NEAREST}?point=180,90&k=1000000000",
        f"{NEAREST}?point=-180,-90",
        f"{WITHIN}?point=180,-90&distance_m=20000000",
        cql2_text("killed_best > 99999999999999999999999999"),
        cql2_text("place LIKE '" + "%a" * 2_000 + "'"),
        cql2_text("CASEI(place) LIKE CASEI('" + "%_" * 2_000 + "')"),
        cql2_text("ACCENTI(place) LIKE ACCENTI('" + "(a+)+$" * 500 + "')"),
        cql2_text("place = '" + "a" * 7_000 + "'"),
        cql2_text(f"killed_best IN ({','.join(map(str, range(1_000)))})"),
        cql2_text(ring(300)),
    ],
    ids=lambda text: text[:90],
)
def test_what_is_extreme_but_means_something_is_answered(client: TestClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200, response.text[:300]
    assert response.json()["type"] == "FeatureCollection"


@pytest.mark.parametrize(
    "asked",
    [
        "bbox=177,65,-177,70",
        "bbox=-180,85,180,90",
        f"bbox=-1e7,-1e7,1e7,1e7&bbox-crs={MERCATOR}",
        "datetime=9999-12-31",
        "as_of=0001-01-01",
        "killed_best=99999999999999999999",
        "place=" + "a" * 7_000,
        "filter=" + quote("killed_best > 99999999999999999999999999"),
        "filter=" + quote("place LIKE '" + "%a" * 2_000 + "'"),
        "filter=" + quote("ACCENTI(place) LIKE ACCENTI('" + "(a+)+$" * 500 + "')"),
        "filter=" + quote(ring(300)),
    ],
    ids=lambda text: text[:60],
)
def test_tiles_and_densities_of_what_is_extreme_are_answered(
    client: TestClient, asked: str
) -> None:
    for address in (VECTOR, "/tiles/attacks/22/4194303/4194303.mvt", f"{STANDARD}"):
        assert client.get(f"{address}?{asked}").status_code in (200, 204)
    for address in (DRAWN, f"{DENSITY}/tiles/4/7/7.png"):
        response = client.get(f"{address}?{asked}")
        assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    for address in (DENSITY, f"{DENSITY}/tilejson.json", TILEJSON):
        response = client.get(f"{address}?{asked}")
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")


@pytest.mark.parametrize("asked", ["bandwidth_km=0.5", "bandwidth_km=500", "precision=spread"])
def test_densities_of_extreme_widths_are_answered(client: TestClient, asked: str) -> None:
    for layer in ("attacks", "camps", "places"):
        response = client.get(f"/collections/{layer}/density?{asked}")
        assert response.status_code == 200, response.text[:300]


def test_two_numbers_that_json_cannot_tell_apart_are_not_one_query(client: TestClient) -> None:
    # Infinity is written as null in the bytes that name a query, and so is its opposite.
    above, below = (client.get(cql2_text(f"killed_best < {sign}1e400")) for sign in ("", "-"))
    assert (above.status_code, below.status_code) == (400, 400)


# Each in a process of its own, which is another's child and so has nothing left to import.
PARSED_APART = """
import os, sys
from geo import cql2

for expression in sys.argv[1:]:
    if os.fork() == 0:
        try:
            cql2.parse(eval(expression))
        except cql2.BadParameter:
            pass
        sys.exit()
    _, status = os.wait()
    print(os.waitstatus_to_exitcode(status), expression, flush=True)
"""


def test_no_filter_ends_the_process() -> None:
    # The native parser overflows its stack, which no except clause can catch.
    expressions = [
        "'killed_best = ' + '- ' * 4_000 + '1'",
        "'killed_best = ' + '-\\t' * 4_000 + '1'",
        "'killed_best = ' + '-\\n ' * 2_600 + '1'",
        "'killed_best = ' + '^'.join('1' * 4_000)",
        "'killed_best = ' + '-'.join('1' * 4_000)",
        "'killed_best ' + '= 1 ' * 2_000",
        "'not ' * 2_000 + 'killed_best = 1'",
        "'not\\n' * 2_000 + 'killed_best = 1'",
        "'killed_best = ' + '-(' * 2_000 + '1' + ')' * 2_000",
        "'casei(' * 1_300 + 'place' + ')' * 1_300 + ' = 1'",
    ]
    done = subprocess.run(
        [sys.executable, "-c", PARSED_APART, *expressions],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [f"0 {expression}" for expression in expressions]
    assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_parameter_is_said_with_those_that_are_known(client: TestClient) -> None:
    (error,) = client.get(f"{ITEMS}?limits=3").json()["errors"]
    assert (error["in"], error["name"], error["value"]) == ("query", "limits", "3")
    assert "limit" in error["allowed"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "address",
    ["/", ITEMS, f"{ITEMS}/A001", "/api", "/maps/overview", VECTOR, DRAWN, STANDARD, DENSITY],
)
def test_only_reading_is_offered(client: TestClient, method: str, address: str) -> None:
    response = client.request(method, address, content=b"x" * 100_000)
    assert_problem(response, address, 405)
    assert response.headers["allow"] == "GET"


def test_a_body_that_comes_with_a_get_is_not_looked_at(client: TestClient) -> None:
    plain = client.get(f"{ITEMS}?limit=2")
    with_body = client.request("GET", f"{ITEMS}?limit=2", content=b'{"limit":' + b"[" * 100_000)
    assert (with_body.status_code, with_body.content) == (200, plain.content)


@pytest.mark.parametrize("accept", ["image/png", "x", "text/turtle;q=1", "a/b," * 5_000])
def test_a_format_that_is_not_offered_is_406(client: TestClient, accept: str) -> None:
    assert_problem(client.get(ITEMS, headers={"Accept": accept}), accept, 406)


@pytest.mark.parametrize(
    "header", ["If-None-Match", "Accept", "Accept-Language", "Range", "Cookie"]
)
def test_a_strange_header_does_not_matter(client: TestClient, header: str) -> None:
    for value in ("", "é", "x" * 10_000, '"' * 100, ",,,", "*/*;q=banana"):
        headers = [(header.encode(), value.encode())]
        # The second time a tile comes from memory, before any routing.
        for address in (ITEMS, VECTOR, VECTOR, STANDARD, DENSITY):
            response = client.get(address, headers=headers)
            assert response.status_code in (200, 304, 406), (address, header, value[:20])


def raw(server: str, request: bytes) -> bytes:
    """Send bytes as they are, which clients would tidy up first, and give what comes back."""
    where = urlsplit(server)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as wire:
        wire.sendall(request)
        return wire.recv(65_536)


@pytest.mark.parametrize(
    "target",
    [
        f"{ITEMS}?place=" + "a" * 100_000,
        f"{ITEMS}/" + "a" * 100_000,
        "/" + "a" * 100_000,
        "/static/../../pyproject.toml",
        "/static/..\\..\\pyproject.toml",
        "/static//etc/passwd",
        "//etc/passwd",
        "/collections/../../etc/passwd",
        "/collections/attacks/items/%",
        f"{VECTOR}?place=" + "a" * 100_000,
        "/tiles/" + "a" * 100_000 + "/0/0/0.mvt",
        "/tiles/attacks/0/0/../../../../../etc/passwd.mvt",
        "/tiles/attacks/%/0/0.mvt",
        "/styles/light/../../../pyproject.toml",
        "/%zz",
        "*",
    ],
    ids=lambda text: text[:60],
)
def test_a_target_as_no_client_would_send_it_is_refused(live_server: str, target: str) -> None:
    answer = raw(
        live_server, f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
    )
    status = int(answer.split(b" ")[1])
    assert status in (400, 404, 414, 431), answer[:200]
    assert b"conflict-atlas" not in answer


def test_after_all_that_the_service_still_answers(live_server: str) -> None:
    for request in (
        b"\x00" * 1_000,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"FOO / HTTP/1.1\r\n\r\n",
    ):
        assert raw(live_server, request).split(b" ")[1:2] in ([b"400"], [])
    answer = raw(live_server, b"GET /health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


# Letters that no SQL of ours is written in, so that finding one means that it leaked.
strange = st.text(
    st.characters(categories=["Lo", "So", "Po"], exclude_characters=","), min_size=1, max_size=30
)
OURS = set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$.,:()<>=+-*/|&~@!\"' \n%[]"
)


def statements(layer: Layer, text: str) -> list[str]:
    """Write the SQL of every statement that can be made with a text in one of the parameters."""
    made: list[str] = []

    def attempt(write: Any) -> None:
        try:
            made.append(compile_statement(write())[0])
        except AtlasError:
            return

    form, query = GeometryForm.JSON, FeatureQuery()
    point = parse_point("0,17")
    attempt(
        lambda: select_features(layer, FeatureQuery(sort=parse_sort(text, sortables(layer))), form)
    )
    attempt(lambda: select_features(layer, FeatureQuery(properties=(text,)), form))
    attempt(lambda: select_aggregate(layer, query, parse_grouping(layer, text, None, None)))
    attempt(lambda: select_aggregate(layer, query, parse_grouping(layer, None, text, None)))
    attempt(lambda: select_aggregate(layer, query, parse_grouping(layer, "grid", None, text)))
    attempt(lambda: select_features(layer, FeatureQuery(crs=parse_crs(text, "crs")), form))
    attempt(lambda: select_features(layer, FeatureQuery(bbox=parse_bbox(text)), form))
    attempt(lambda: select_nearest(layer, query, parse_point(text), 3))
    attempt(lambda: select_within(layer, query, point, parse_distance(text)))
    return made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=strange)
def test_no_text_in_a_name_ever_gets_into_sql(layers: dict[str, Layer], text: str) -> None:
    # None of these parameters takes free text: each is a name or number of ours, or refused.
    assert statements(layers["attacks"], text) == []


@given(
    text=st.text(
        st.characters(categories=["Nd", "Zs", "Pd"], include_characters=",.e"), max_size=20
    )
)
def test_numbers_in_any_script_are_bound_and_never_written(
    layers: dict[str, Layer], text: str
) -> None:
    for sql in statements(layers["attacks"], text):
        assert set(sql) <= OURS


@given(
    names=st.lists(st.sampled_from(["date", "place", "killed_best", "region", "id"]), unique=True),
    crs=st.sampled_from(sorted(SPOKEN)),
    after=st.lists(strange, min_size=6, max_size=6),
)
def test_values_of_a_cursor_are_bound(
    layers: dict[str, Layer], names: list[str], crs: str, after: list[str]
) -> None:
    layer = layers["attacks"]
    sort = parse_sort(",".join(names), sortables(layer)) if names else ()
    texts = [name for name in names if name in ("place", "region", "id")]
    values = tuple(
        after[i] if name in texts else ("2016-01-01" if name == "date" else 3)
        for i, name in enumerate([*names, "id"])
    )
    query = FeatureQuery(sort=sort, after=(*values[:-1], after[-1]), crs=SPOKEN[crs], limit=5)
    sql, bound = compile_statement(select_features(layer, query, GeometryForm.JSON))
    assert set(sql) <= OURS
    assert after[-1] in bound


def test_a_filter_of_json_that_is_not_an_object_is_said_to_be_none(client: TestClient) -> None:
    for value in (1, "a", None, [1], {"a": 1}):
        address = cql2_json(json.dumps(value))
        assert_problem(client.get(address), address, 400)
