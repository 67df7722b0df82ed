from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from geo import cql2
from geo.crs import parse_crs
from geo.database import compile_statement
from geo.errors import BadParameter
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import Layer
from geo.statements import GeometryForm, select_features

Expression = dict[str, Any]


def where(layer: Layer, text: str, language: str = "cql2-text") -> tuple[str, list[Any]]:
    """Give the SQL condition of a filter and the values bound to it."""
    condition = cql2.compile_filter(cql2.parse(text, language), layer, published(layer))
    sql, values = compile_statement(sa.select(sa.literal_column("1")).where(condition))
    return sql.split("WHERE ", 1)[1].replace(f"published.{layer.id}.", ""), values


def op(name: str, *args: Any) -> Expression:
    return {"op": name, "args": list(args)}


def named(name: str) -> Expression:
    return {"property": name}


@pytest.mark.parametrize(
    ("text", "sql", "values"),
    [
        ("killed_best >= 3", "killed_best >= $1::BIGINT", [3]),
        ("3 <= killed_best", "$1::BIGINT <= killed_best", [3]),
        ("killed_best = -0", "killed_best = $1::BIGINT", [0]),
        ("killed_best > 1e19", "killed_best > $1::FLOAT", [1e19]),
        (
            "killed_best BETWEEN 1 AND 3",
            "killed_best >= $1::BIGINT AND killed_best <= $2::BIGINT",
            [1, 3],
        ),
        ("region IN ('gao')", "region = ANY ($1::TEXT[])", [["gao"]]),
        ("region IN ('gao', 'kidal')", "region = ANY ($1::TEXT[])", [["gao", "kidal"]]),
        ("region NOT IN ('gao')", "NOT (region = ANY ($1::TEXT[]))", [["gao"]]),
        ("killed_best IN (1, -2)", "killed_best = ANY ($1::BIGINT[])", [[1, -2]]),
        ("killed_best IN (1, 2.5)", "killed_best = ANY ($1::DOUBLE PRECISION[])", [[1.0, 2.5]]),
        (
            "killed_best IN (0, peacekeepers_killed)",
            "killed_best = ANY ($1::BIGINT[]) OR killed_best = peacekeepers_killed",
            [[0]],
        ),
        (
            "CASEI(place) IN (CASEI('A'), CASEI('B'))",
            "lower(place) = ANY (SELECT lower(each) AS lower_1 \nFROM unnest($1::TEXT[]) AS each)",
            [["A", "B"]],
        ),
        ("NOT notes IS NULL", "notes IS NOT NULL", []),
        ("geom IS NULL", "geom IS NULL", []),
        ("place LIKE 'K%'", "place LIKE $1::VARCHAR", ["K%"]),
        ("place LIKE 'K\\\\'", "place LIKE $1::VARCHAR", ["K\\\\"]),
        ("distance_km = 1.5", "distance_km = $1::FLOAT", [1.5]),
        ("true", "true", []),
        ("region = 'gao' OR false", "region = $1::VARCHAR", ["gao"]),
        ("region = 'it''s (not) a \"name\"'", "region = $1::VARCHAR", ['it\'s (not) a "name"']),
        ("\"region\" = 'gao'", "region = $1::VARCHAR", ["gao"]),
        ("CASEI(place) = CASEI('KIDAL')", "lower(place) = lower($1::VARCHAR)", ["KIDAL"]),
        ("killed_best = peacekeepers_killed", "killed_best = peacekeepers_killed", []),
        (
            "region = 'a' AND (region = 'b' OR NOT (region = 'c'))",
            "region = $1::VARCHAR AND (region = $2::VARCHAR OR region != $3::VARCHAR)",
            ["a", "b", "c"],
        ),
        (
            "T_AFTER(date, DATE('2016-05-29'))",
            "date > $1::DATE",
            ["2016-05-29"],
        ),
        (
            "T_BEFORE(DATE('2016-05-29'), date)",
            "$1::DATE < date",
            ["2016-05-29"],
        ),
        (
            "T_INTERSECTS(date, INTERVAL('..', '2016-05-29'))",
            "date <= $1::DATE AND date >= '-infinity'::date",
            ["2016-05-29"],
        ),
        ("date > TIMESTAMP('2016-01-01T23:30:00-02:00')", "date > $1::DATE", ["2016-01-02"]),
    ],
)
def test_a_filter_compiles_to_bound_sql(
    layers: dict[str, Layer], text: str, sql: str, values: list[Any]
) -> None:
    found, bound = where(layers["attacks"], text)
    assert (found, json.loads(json.dumps(bound, default=str))) == (sql, values)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("killed_best >= 3", op(">=", named("killed_best"), 3)),
        ("slot0 = 'slot1'", op("=", named("slot0"), "slot1")),
        ("((a = 1))", op("=", named("a"), 1)),
        ("NOT a = 1 OR b = 2", op("or", op("not", op("=", named("a"), 1)), op("=", named("b"), 2))),
        ("a NOT IN ((1), 'b')", op("not", op("in", named("a"), [1, "b"]))),
        ("a IN (1)", op("in", named("a"), [1])),
        ("a IN ((1, 2))", op("in", named("a"), [1, 2])),
        ("a = +1 AND b = -1", op("and", op("=", named("a"), 1), op("=", named("b"), -1))),
        (
            "a BETWEEN 1 AND 2 AND(b = 1)",
            op("and", op("between", named("a"), 1, 2), op("=", named("b"), 1)),
        ),
        (
            "t_during(a,interval('2016-01-01','..'))",
            op("t_during", named("a"), {"interval": ["2016-01-01", ".."]}),
        ),
        (
            "S_INTERSECTS(g, BBOX(-1,2,0,3,4,9))",
            op("s_intersects", named("g"), {"bbox": [-1, 2, 0, 3, 4, 9]}),
        ),
        (
            "S_INTERSECTS(g, Point Z (1 -2.5e0 3))",
            op("s_intersects", named("g"), {"type": "Point", "coordinates": [1, -2.5]}),
        ),
    ],
)
def test_text_is_read_as_json_would_be(text: str, expression: Expression) -> None:
    read = json.loads(json.dumps(cql2.parse(text)))
    assert read == expression
    assert json.loads(json.dumps(cql2.parse(json.dumps(expression), "cql2-json"))) == expression


def test_json_and_text_mean_the_same(layers: dict[str, Layer]) -> None:
    text = json.dumps(op(">=", named("killed_best"), 3))
    assert where(layers["events"], text, "cql2-json") == where(layers["events"], "killed_best >= 3")


def test_a_geometry_is_not_taken_for_the_box_that_geojson_lets_it_have(
    layers: dict[str, Layer],
) -> None:
    point = {"type": "Point", "coordinates": [1, 2], "bbox": [0, 0, 9, 9]}
    text = json.dumps(op("s_intersects", named("geom"), point))
    assert where(layers["camps"], text, "cql2-json")[1] == ["POINT (1 2)", 4326]


REFUSED_TEXT = [
    ("killed_best > 'abc'", "'abc' cannot be compared with killed_best, which is integer"),
    ("region = 3", "cannot be compared with region, which is text"),
    ("region = NULL", "cannot be compared with region"),
    ("date > DATE('2016-13-01')", "is not a date"),
    ("date > DATE('0000-01-01')", "is not a date"),
    ("date > DATE('10000-01-01')", "is not a date"),
    ("date > DATE('2016-W01-1')", "is not a date"),
    ("date > TIMESTAMP('0001-01-01T00:00:00+14:00')", "is not a date"),
    ("date > TIMESTAMP('9999-12-31T23:00:00-14:00')", "is not a date"),
    ("nosuch = 1", "'nosuch' is no property of attacks"),
    ("1 = 1", "compares no property"),
    ("pg_sleep(2) IS NULL", "pg_sleep' is not a function here"),
    ("pg_read_file('/etc/passwd') = 'x'", "pg_read_file' is not a function here"),
    ("query_to_xml('select 1', true, true, '') IS NULL", "query_to_xml' is not a function here"),
    ("killed_best + 1 > 2", "'+' is not a function here"),
    ("killed_best = 1 = 1", "'=' is not a function here"),
    ("place", "is not a condition"),
    ("NOT place", "is not a condition"),
    ("1", "is not a condition"),
    ("NULL", "is not a condition"),
    ("date LIKE '2016%'", "is not a text property"),
    ("place LIKE 3", "is not a pattern"),
    ("place LIKE place", "is not a pattern"),
    ("place LIKE 'K%\\'", "ends in its escape sign \\"),
    ("CASEI(place) LIKE CASEI('K\\\\\\')", "ends in its escape sign \\"),
    ("CASEI(killed_best) = 3", "'casei' takes a text, which killed_best is not: it is integer"),
    ("CASEI(date) = DATE('2016-01-01')", "'casei' takes a text"),
    ("ACCENTI(killed_best) = 3", "'accenti' takes a text"),
    ("CASEI(killed_best) IS NULL", "'casei' takes a text"),
    ("killed_best IN (CASEI('a'))", "'casei' takes a text"),
    ("CASEI(place, region) = 'a'", "'casei' has 2 arguments; it takes 1"),
    ("CASEI() = 'a'", "'casei' has 0 arguments; it takes 1"),
    ("killed_best < 1e400", "is not a finite number"),
    ("killed_best < -1e400", "is not a finite number"),
    ("region = date", "is date and cannot be compared with region"),
    ("region IN (1)", "cannot be compared with region"),
    ("geom = 1", "is the geometry"),
    ("S_INTERSECTS(place, POINT(0 0))", "takes the property geom"),
    ("S_INTERSECTS(geom, geom)", "takes the property geom"),
    ("S_INTERSECTS(POINT(0 0), POINT(0 0))", "takes the property geom"),
    ("S_INTERSECTS(geom, 'POINT(0 0)')", "is not a geometry"),
    ("S_INTERSECTS(geom)", "has 1 arguments; it takes 2"),
    *(
        (f"S_INTERSECTS(geom, POINT({place}))", "lies outside longitude")
        for place in ("181 0", "-181 0", "0 91", "0 -91")
    ),
    ("S_INTERSECTS(geom, POINT(nan 0))", "is not a valid geometry"),
    ("S_INTERSECTS(geom, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))", "Self-intersection[0.5 0.5]"),
    ("S_INTERSECTS(geom, POLYGON((0 0)))", "is not a geometry"),
    ("S_INTERSECTS(geom, POINT EMPTY)", "is not cql2-text"),
    ("S_INTERSECTS(geom, GEOMETRYCOLLECTION(POINT EMPTY))", "is not a valid geometry"),
    (
        "S_INTERSECTS(geom, GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(0 0))))",
        "a collection of collections",
    ),
    (
        "S_WITHIN(geom, GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(0 0, 1 1)))",
        "which s_within does not take",
    ),
    ("S_INTERSECTS(geom, BBOX(0, 20, 2, 15))", "has its south above its north"),
    ("S_INTERSECTS(geom, BBOX(-1000, 0, 2, 15))", "has a longitude outside"),
    ("S_INTERSECTS(geom, BBOX(1, 2, 3))", "is not a box"),
    ("S_INTERSECTS(geom, BBOX(1, 2, 3, 'a'))", "is not a box"),
    ("S_INTERSECTS(geom, BBOX(1, 2, 3, 1e400))", "is not a finite number"),
    ("A_CONTAINS(place, ('a'))", "is not a function here"),
    ("T_MEETS(date, INTERVAL('2016-01-01', '..'))", "is not a function here"),
    ("T_AFTER(place, DATE('2016-01-01'))", "is not a date property, which t_after needs"),
    ("T_AFTER(DATE('2016-01-01'), DATE('2016-01-02'))", "names no property"),
    ("T_DURING(INTERVAL('2016-01-01', '..'), INTERVAL('2016-01-01', '..'))", "names no property"),
    ("T_DURING(INTERVAL('2016-01-01', '..'), date)", "takes a property and then an interval"),
    ("T_DURING(date, DATE('2016-01-01'))", "takes a property and then an interval"),
    ("T_INTERSECTS(date, INTERVAL('2016-01-01'))", "is not an interval"),
    ("T_INTERSECTS(date, INTERVAL('2016-01-02', '2016-01-01'))", "ends before it starts"),
    ("T_INTERSECTS(date, INTERVAL(date, '2016-01-01'))", "is not a date"),
    ("import_id = 1", "'import_id' is no property"),
    ("", "is not cql2-text"),
    ("killed_best >", "is not cql2-text"),
    ("killed_best = @1", "'@1' is not cql2-text"),
    ("place = 'K", '"\'K" is not cql2-text'),
    ("(killed_best = 1", "has a bracket that is not closed"),
    ("killed_best = + 1", "is not cql2-text"),
    ("killed_best = 1)", "closes a bracket that is not open"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED_TEXT)
def test_a_filter_that_is_wrong_says_why(layers: dict[str, Layer], text: str, message: str) -> None:
    with pytest.raises(BadParameter) as raised:
        where(layers["attacks"], text)
    assert message in str(raised.value)
    assert raised.value.name == "filter"


NINES = int("9" * 400)
REFUSED_JSON = [
    (None, "is not a condition"),
    (1, "is not a condition"),
    ([1], "is not a condition"),
    ({}, "is nothing that a filter is made of"),
    ({"op": "="}, "is no operation"),
    ({"op": "=", "args": {"a": 1}}, "is no operation"),
    ({"op": ["="], "args": [1, 2]}, "is no operation"),
    (op("casei"), "is not an operator here"),
    (op("=", op("casei"), "a"), "'casei' has 0 arguments; it takes 1"),
    (op("="), "has 0 arguments; it takes 2"),
    (op("=", named("region")), "has 1 arguments; it takes 2"),
    (op("and"), "has 0 arguments; it takes one or more"),
    (op("or"), "has 0 arguments; it takes one or more"),
    (op("not"), "has 0 arguments; it takes 1"),
    (op("not", True, True), "has 2 arguments; it takes 1"),
    (op("between", named("killed_best"), 1), "has 2 arguments; it takes 3"),
    (op("in", named("region")), "has 1 arguments; it takes 2"),
    (op("in", named("region"), "gao"), "is not a list"),
    (op("like", named("region")), "has 1 arguments; it takes 2"),
    (op("isNull", 3), "compares no property"),
    (op("t_after", named("date")), "has 1 arguments; it takes 2"),
    (op("t_after", named("date"), 3), "is not a date"),
    (op("t_after", named("date"), {"date": 3}), "is not a date"),
    (op("t_during", named("date"), {"interval": ["2016-01-01"]}), "is not an interval"),
    (op("t_during", named("date"), {"interval": "2016-01-01"}), "is not an interval"),
    (op("t_during", named("date"), {"interval": [1, 2]}), "is not a date"),
    (op("=", {"property": ["region"]}, 1), "is not the name of a property"),
    (op("=", named("region"), "\0"), "has a NUL character"),
    (op("=", named("region"), "\ud800"), "has half a character"),
    (op("=", named("\ud800"), "a"), "has half a character"),
    (op("=", named("killed_best"), float("inf")), "is not a finite number"),
    (op("=", named("killed_best"), float("nan")), "is not a finite number"),
    (op("=", named("killed_best"), NINES), "is not a finite number"),
    (op("=", [named("killed_best")], 1), "cannot be compared"),
    (op("s_within", named("geom"), {"type": "Point"}), "is not a geometry"),
    (op("s_within", named("geom"), {"type": 5, "coordinates": [1, 2]}), "is not a geometry"),
    (op("s_within", named("geom"), {"type": "Point", "coordinates": "ab"}), "is not a geometry"),
    (op("s_within", named("geom"), {"type": "Point", "coordinates": [NINES, 1]}), "is not a geome"),
    (
        op("s_within", named("geom"), {"type": "Polygon", "coordinates": [[[0, 0], [1]]]}),
        "is not a geometry",
    ),
    (
        op("s_within", named("geom"), {"type": "GeometryCollection", "geometries": 5}),
        "is not a geometry",
    ),
    (
        op(
            "s_within",
            named("geom"),
            {"type": "LinearRing", "coordinates": [[0, 0], [1, 1], [1, 0], [0, 0]]},
        ),
        "is not a geometry",
    ),
    (op("s_within", named("geom"), {"bbox": [1, 2, 3, True]}), "is not a box"),
]


@pytest.mark.parametrize(("expression", "message"), REFUSED_JSON)
def test_json_that_is_wrong_says_why(
    layers: dict[str, Layer], expression: Any, message: str
) -> None:
    with pytest.raises(BadParameter) as raised:
        where(layers["attacks"], json.dumps(expression), "cql2-json")
    assert message in str(raised.value)
    assert raised.value.name == "filter"


def test_a_whole_number_past_what_json_carries_is_still_a_query(layers: dict[str, Layer]) -> None:
    text = json.dumps(op(">", named("killed_best"), 2**64 + 1))
    query = FeatureQuery(filter=dict(cql2.parse(text, "cql2-json")))
    assert query.canonical() != FeatureQuery().canonical()
    assert where(layers["attacks"], text, "cql2-json") == (
        "killed_best > $1::FLOAT",
        [18446744073709551616.0],
    )


def test_an_empty_list_of_json_is_one_empty_array(layers: dict[str, Layer]) -> None:
    text = json.dumps(op("in", named("killed_best"), []))
    assert where(layers["attacks"], text, "cql2-json") == (
        "killed_best = ANY ($1::BIGINT[])",
        [[]],
    )


def test_a_list_of_many_values_is_bound_once_and_has_an_end(layers: dict[str, Layer]) -> None:
    def among(count: int) -> str:
        return f"killed_best IN ({','.join(map(str, range(count)))})"

    assert where(layers["attacks"], among(cql2.MAX_LIST)) == (
        "killed_best = ANY ($1::BIGINT[])",
        [list(range(1_000))],
    )
    with pytest.raises(BadParameter, match="has 1001 values; 1000 are the most"):
        where(layers["attacks"], among(cql2.MAX_LIST + 1))


@pytest.mark.parametrize("relation", ["S_INTERSECTS(geom,POINT(0 0))", "geom IS NULL"])
def test_a_layer_without_geometry_says_so(layers: dict[str, Layer], relation: str) -> None:
    with pytest.raises(BadParameter, match="'geom' is no property of series, which has no geome"):
        where(layers["series"], relation)


def test_a_geometry_has_an_end(layers: dict[str, Layer]) -> None:
    expression = op(
        "s_intersects",
        named("geom"),
        {"type": "MultiPoint", "coordinates": [[0, 0]] * (cql2.MAX_VERTICES + 1)},
    )
    with pytest.raises(BadParameter, match="more than 5000 vertices"):
        cql2.compile_filter(expression, layers["camps"], published(layers["camps"]))


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        ("1,2,1,2", "POINT (1 2)"),
        ("1,2,1,3", "LINESTRING (1 2, 1 3)"),
        ("1,2,3,4", "POLYGON ((3 2, 3 4, 1 4, 1 2, 3 2))"),
        ("1,2,0,3,4,9", "POLYGON ((3 2, 3 4, 1 4, 1 2, 3 2))"),
        ("180,2,-180,2", "MULTIPOINT ((-180 2), (180 2))"),
    ],
)
def test_a_box_without_area_is_a_line_or_a_point(
    layers: dict[str, Layer], box: str, shape: str
) -> None:
    _, values = where(layers["camps"], f"S_INTERSECTS(geom,BBOX({box}))")
    assert values == [shape, 4326]


def test_a_box_of_another_system_keeps_its_meaning(layers: dict[str, Layer]) -> None:
    box = cql2.parse("S_INTERSECTS(geom,BBOX(10,170,0,20,-170,0))")
    north_first = cql2.in_degrees(box, parse_crs("EPSG:4326", "filter-crs"))
    assert north_first["args"][1] == {"bbox": [170, 10, -170, 20]}
    for text in ("BBOX(0,0,0,0)", "BBOX(0,0,0,0,0,9)"):
        point = cql2.parse(f"S_INTERSECTS(geom,{text})")
        metric = cql2.in_degrees(point, parse_crs("EPSG:3857", "filter-crs"))
        assert metric["args"][1] == {"type": "Point", "coordinates": (0.0, 0.0)}
    with pytest.raises(BadParameter, match="has its south above its north"):
        cql2.in_degrees(cql2.parse("S_WITHIN(geom,BBOX(9,0,1,1))"), parse_crs("EPSG:4326", "x"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("killed_best", "ten"),
        ("killed_best", "nan"),
        ("killed_best", "1e400"),
        ("killed_best", "1_0"),
        ("date", "soon"),
        ("date", "20160101"),
    ],
)
def test_a_property_given_as_text_is_read_as_what_it_is(
    layers: dict[str, Layer], name: str, text: str
) -> None:
    with pytest.raises(BadParameter) as raised:
        cql2.equals(cql2.queryables(layers["attacks"])[name], text)
    assert (raised.value.name, raised.value.value) == (name, text)


def test_a_literal_of_something_else_is_refused_by_its_name(layers: dict[str, Layer]) -> None:
    fields = cql2.queryables(layers["attacks"])
    for name, value in (("date", "soon"), ("killed_best", "3"), ("killed_best", float("nan"))):
        with pytest.raises(BadParameter) as raised:
            cql2.read_literal(value, fields[name], "cursor")
        assert raised.value.name == "cursor"


# Letters that no SQL of ours is written in, so that finding one means that it leaked.
strange = st.text(st.characters(categories=["Lo", "So", "Po"]), min_size=1, max_size=30)


@given(literal=strange)
def test_no_text_of_the_user_ever_appears_in_sql(layers: dict[str, Layer], literal: str) -> None:
    # A pattern may not end in a single escape sign.
    literal = literal.replace("\\", "/")
    quoted = literal.replace("'", "''")
    parsed = cql2.parse(
        f"place = '{quoted}' OR place LIKE '{quoted}%' OR notes IN ('{quoted}') "
        f"OR CASEI(place) IN (ACCENTI('{quoted}'))"
    )
    query = FeatureQuery(filter=dict(parsed), after=(literal,), limit=7)
    sql, values = compile_statement(select_features(layers["attacks"], query, GeometryForm.JSON))
    leaked = set(sql) - set(
        'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$.,:()<>=[]" \n%'
    )
    assert leaked == set()
    assert (values.count(literal), values.count([literal])) == (2, 2)
    assert f"{literal}%" in values
