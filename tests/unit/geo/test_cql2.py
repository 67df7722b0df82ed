from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from geo import cql2
from geo.database import compile_statement
from geo.errors import BadParameter
from geo.query import FeatureQuery
from geo.schema import published
from geo.spec import Layer
from geo.statements import GeometryForm, select_features


def where(layer: Layer, text: str, language: str = "cql2-text") -> tuple[str, list[Any]]:
    """Give the SQL condition of a filter and the values bound to it."""
    condition = cql2.compile_filter(cql2.parse(text, language), layer, published(layer))
    sql, values = compile_statement(sa.select(sa.literal_column("1")).where(condition))
    return sql.split("WHERE ")[1].replace(f"published.{layer.id}.", ""), values


@pytest.mark.parametrize(
    ("text", "sql", "values"),
    [
        ("killed_best >= 3", "killed_best >= $1::BIGINT", [3]),
        ("3 <= killed_best", "$1::BIGINT <= killed_best", [3]),
        (
            "region IN ('gao', 'kidal')",
            "region = $1::VARCHAR OR region = $2::VARCHAR",
            ["gao", "kidal"],
        ),
        ("NOT notes IS NULL", "notes IS NOT NULL", []),
        ("place LIKE 'K%'", "place LIKE $1::VARCHAR", ["K%"]),
        ("distance_km = 1.5", "distance_km = $1::FLOAT", [1.5]),
        ("CASEI(place) = CASEI('KIDAL')", "lower(place) = lower($1::VARCHAR)", ["KIDAL"]),
        ("killed_best = peacekeepers_killed", "killed_best = peacekeepers_killed", []),
    ],
)
def test_a_filter_compiles_to_bound_sql(
    layers: dict[str, Layer], text: str, sql: str, values: list[Any]
) -> None:
    assert where(layers["attacks"], text) == (sql, values)


def test_json_and_text_mean_the_same(layers: dict[str, Layer]) -> None:
    json = '{"op":">=","args":[{"property":"killed_best"},3]}'
    assert where(layers["events"], json, "cql2-json") == where(layers["events"], "killed_best >= 3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("killed_best > 'abc'", "'abc' cannot be compared with killed_best, which is integer"),
        ("region = 3", "cannot be compared with region, which is text"),
        ("date > DATE('2016-13-01')", "is not a date"),
        ("nosuch = 1", "'nosuch' is no property of attacks"),
        ("1 = 1", "compares no property"),
        ("pg_sleep(2) IS NULL", "pg_sleep' is not a function here"),
        ("pg_read_file('/etc/passwd') = 'x'", "pg_read_file' is not a function here"),
        (
            "query_to_xml('select 1', true, true, '') IS NULL",
            "query_to_xml' is not a function here",
        ),
        ("killed_best + 1 > 2", "'+' is not a function here"),
        ("place", "is not a condition"),
        ("date LIKE '2016%'", "is not a text property"),
        ("S_INTERSECTS(place, POINT(0 0))", "takes the property geom"),
        ("S_INTERSECTS(geom, POINT(200 0))", "lies outside longitude"),
        ("S_INTERSECTS(geom, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))", "is not a valid geometry"),
        ("A_CONTAINS(place, ('a'))", "is not"),
        ("import_id = 1", "'import_id' is no property"),
        ("", "is not cql2-text"),
        ("killed_best >", "is not cql2-text"),
    ],
)
def test_a_filter_that_is_wrong_says_why(layers: dict[str, Layer], text: str, message: str) -> None:
    with pytest.raises(BadParameter) as raised:
        where(layers["attacks"], text)
    assert message in str(raised.value)
    assert raised.value.name == "filter"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 2_000 + "killed_best = 1" + ")" * 2_000,
        "NOT " * 60 + "killed_best = 1",
        "killed_best = " + "-" * 60 + "1",
        "killed_best = 1 OR " * 600 + "killed_best = 1",
        "place = 'a\x00b'",
    ],
)
def test_a_filter_that_would_hurt_the_parser_is_refused_before_it(text: str) -> None:
    with pytest.raises(BadParameter):
        cql2.parse(text)


def test_json_nested_too_deep_is_refused_before_the_parser() -> None:
    text = '{"op":"not","args":[' * 300 + "true" + "]}" * 300
    with pytest.raises(BadParameter):
        cql2.parse(text, "cql2-json")


# Letters that no SQL of ours is written in, so that finding one means that it leaked.
strange = st.text(st.characters(categories=["Lo", "So", "Po"]), min_size=1, max_size=30)


@given(literal=strange)
def test_no_text_of_the_user_ever_appears_in_sql(layers: dict[str, Layer], literal: str) -> None:
    quoted = literal.replace("'", "''")
    parsed = cql2.parse(f"place = '{quoted}' OR place LIKE '{quoted}%' OR notes IN ('{quoted}')")
    query = FeatureQuery(filter=dict(parsed), after=literal, limit=7)
    sql, values = compile_statement(select_features(layers["attacks"], query, GeometryForm.JSON))
    assert set(sql) <= set(
        'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$.,:()<>=" \n%'
    )
    assert values.count(literal) == 3
    assert f"{literal}%" in values
