"""A page that columns choose is the page that SQL gives: its rows, their order, what comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.columns import page as columns_page
from geo.columns.page import choose_page
from geo.columns.table import Snapshot
from geo.cql2 import parse
from geo.crs import DEFAULT, Crs, parse_crs
from geo.errors import BadParameter
from geo.features import (
    Counts,
    FeaturePage,
    Wanted,
    read_chosen_page,
    read_page,
    revision_of,
)
from geo.formats import Page, formats
from geo.query import Box, FeatureQuery, SortKey, parse_cursor
from geo.spec import Layer
from geo.statements import GeometryForm
from tests.integration.test_columns_equal_sql import (
    LAYER,
    LAYERS,
    LEFT_TO_SQL,
    Both,
    _boxes,
    _filters,
    _intervals,
)
from tests.integration.test_columns_equal_sql import both as both

SORTED = ("kind", "region", "town", "level", "killed_best", "wounded", "opened", "armed")
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
SYSTEMS = (DEFAULT, parse_crs(f"{EPSG}4326", "crs"))
METRES = parse_crs(f"{EPSG}32630", "crs")
MOST_PAGES = 4


@pytest.fixture(autouse=True)
def whatever_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have columns choose among all rows, too, where an index would be quicker."""
    monkeypatch.setattr(columns_page, "_MOST_SHARE", 1.0)


def wanted(limit: int, *, documents: bool = True) -> Wanted:
    return Wanted(form=GeometryForm.JSON, documents=documents, limit=limit, count_bound=1_000_000)


def by_columns(
    both: Both, layer: Layer, query: FeatureQuery, asked: Wanted, snapshot: Snapshot | None = None
) -> FeaturePage | None:
    taken = snapshot or both.snapshot
    return both.runner.run(read_chosen_page(both.database, layer, query, taken, asked))


def by_sql(both: Both, layer: Layer, query: FeatureQuery, asked: Wanted) -> FeaturePage:
    async def ask() -> FeaturePage:
        async with both.database.reading() as reader:
            revision = await revision_of(reader, layer)
            return await read_page(reader, layer, query, revision, Counts(), asked)

    return both.runner.run(ask())


def told(layer: Layer, page: FeaturePage) -> dict[str, Any]:
    """Say all that a page says, but for what only one of the two ways reads."""
    only = ("chosen_row", "matched")
    rows = [{k: v for k, v in row.items() if k not in only} for row in page.rows]
    written = Page(
        layer=layer,
        properties=[],
        rows=page.rows,
        links=[],
        matched=page.matched,
        as_document=page.as_document,
        documents=page.documents,
    )
    return {
        "features": formats()["geojson"].page_writer.page(written) if page.as_document else rows,
        "as_document": page.as_document,
        "matched": page.matched,
        "cursor": page.cursor,
        "revision": (page.revision.number, page.revision.changed_at),
    }


def check_page(both: Both, layer: Layer, query: FeatureQuery, asked: Wanted) -> FeaturePage:
    expected, found = by_sql(both, layer, query, asked), by_columns(both, layer, query, asked)
    if not expected.rows:
        # Columns choose nothing then; SQL says at which revision there is nothing.
        assert found is None
        chosen = choose_page(both.snapshot, layer, replace(query, limit=asked.limit))
        assert chosen is not None
        assert chosen.keys == []
    else:
        assert found is not None
        assert told(layer, found) == told(layer, expected)
    return expected


def follow(both: Both, layer: Layer, query: FeatureQuery, asked: Wanted) -> int:
    """Hold page after page equal, and say how many there were."""
    for number in range(1, MOST_PAGES + 1):
        page = check_page(both, layer, query, asked)
        if page.cursor is None:
            return number
        cursor = parse_cursor(page.cursor)
        query = replace(query, after=cursor.after, pinned=cursor.as_of)
    return MOST_PAGES


_sorts = st.lists(
    st.builds(SortKey, name=st.sampled_from(SORTED), descending=st.booleans()),
    max_size=3,
    unique_by=lambda key: key.name,
).map(tuple)


@given(data=st.data())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_equal_sql_whatever_is_asked(both: Both, data: st.DataObject) -> None:
    moments = [m + timedelta(microseconds=d) for m in both.moments for d in (-1, 0, 1)]
    query = FeatureQuery(
        bbox=data.draw(st.none() | _boxes, "bbox"),
        interval=data.draw(st.none() | _intervals, "interval"),
        as_of=data.draw(st.none() | st.sampled_from(moments), "as_of"),
        filter=data.draw(st.none() | _filters, "filter"),
        sort=data.draw(_sorts, "sort"),
        crs=data.draw(st.sampled_from(SYSTEMS), "crs"),
        properties=data.draw(st.none() | st.just(("town", "wounded")), "properties"),
    )
    layer = data.draw(st.sampled_from(LAYERS), "layer")
    limit = data.draw(st.sampled_from((1, 7, 40, 3_000)), "limit")
    asked = wanted(limit, documents=data.draw(st.booleans(), "documents"))
    follow(both, layer, query, asked)


@pytest.mark.parametrize("crs", SYSTEMS, ids=lambda crs: crs.uri.rpartition("/")[2])
@pytest.mark.parametrize("documents", [True, False])
@pytest.mark.parametrize("properties", [None, ("town",)])
def test_pages_are_equal_in_every_form(
    both: Both, crs: Crs, documents: bool, properties: tuple[str, ...] | None
) -> None:
    for limit in (1, 600):
        query = FeatureQuery(crs=crs, properties=properties)
        assert follow(both, LAYER, query, wanted(limit, documents=documents)) == MOST_PAGES


def test_places_in_metres_are_those_that_postgis_computes(both: Both) -> None:
    query = FeatureQuery(bbox=Box(west=-6, south=10, east=0, north=18), crs=METRES)
    assert follow(both, LAYER, query, wanted(20)) > 1


@pytest.mark.parametrize("name", SORTED)
@pytest.mark.parametrize("descending", [False, True])
def test_pages_go_on_behind_rows_that_are_alike(both: Both, name: str, descending: bool) -> None:
    query = FeatureQuery(sort=(SortKey(name=name, descending=descending),))
    assert follow(both, LAYER, query, wanted(420, documents=False)) == MOST_PAGES


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("town", "Place 17b"),
        ("town", ""),
        ("town", "\U0001f9ed"),
        ("kind", "É"),
        ("level", -3),
        ("killed_best", 45),
        ("opened", "2016-05-29"),
        ("armed", True),
        ("region", None),
    ],
)
@pytest.mark.parametrize("descending", [False, True])
def test_a_cursor_may_stand_where_no_row_is(
    both: Both, name: str, given: Any, descending: bool
) -> None:
    for last in ("S-2", "", "zzzzzzzzzzzzzzzzzzz", "é"):
        query = FeatureQuery(sort=(SortKey(name=name, descending=descending),), after=(given, last))
        check_page(both, LAYER, query, wanted(25))


@pytest.mark.parametrize("given", [2.5, 1e300, 2**31])
def test_a_cursor_at_a_number_that_no_row_can_have_is_left_to_sql(both: Both, given: float) -> None:
    query = FeatureQuery(sort=(SortKey(name="level"),), after=(given, "S-2"), limit=5)
    assert choose_page(both.snapshot, LAYER, query) is None


def test_a_cursor_of_another_order_is_refused_as_sql_refuses_it(both: Both) -> None:
    query = FeatureQuery(after=("gao", "S-2"), limit=5)
    with pytest.raises(BadParameter, match="belongs to another order"):
        choose_page(both.snapshot, LAYER, query)


@pytest.mark.parametrize("name", ["weight", "id", "source_url"])
def test_an_order_by_what_columns_do_not_hold_is_left_to_sql(both: Both, name: str) -> None:
    query = FeatureQuery(sort=(SortKey(name=name),), limit=5)
    assert choose_page(both.snapshot, LAYER, query) is None


@pytest.mark.parametrize("text", LEFT_TO_SQL)
def test_a_filter_that_only_sql_answers_is_left_to_it(both: Both, text: str) -> None:
    query = FeatureQuery(filter=dict(parse(text)), limit=5)
    assert choose_page(both.snapshot, LAYER, query) is None


def test_where_texts_are_ordered_by_a_language_pages_are_left_to_sql(both: Both) -> None:
    elsewhere = replace(both.snapshot, by_bytes=False)
    assert choose_page(both.snapshot, LAYER, FeatureQuery(limit=5)) is not None
    assert choose_page(elsewhere, LAYER, FeatureQuery(limit=5)) is None


def test_of_most_rows_an_index_gives_the_first(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns_page, "_MOST_SHARE", 0.25)
    assert choose_page(both.snapshot, LAYER, FeatureQuery(limit=5)) is None
    by_level = FeatureQuery(limit=5, sort=(SortKey(name="level"),))
    assert choose_page(both.snapshot, LAYER, by_level) is not None


def test_no_row_is_read_at_another_revision_than_it_was_chosen_at(both: Both) -> None:
    query, asked = FeatureQuery(), wanted(5)
    behind = replace(both.snapshot, revision=both.snapshot.revision - 1)
    assert by_columns(both, LAYER, query, asked) is not None
    assert by_columns(both, LAYER, query, asked, behind) is None


def test_a_row_that_is_no_longer_there_leaves_its_page_to_sql(both: Both) -> None:
    part = both.snapshot.parts[0]
    gone = replace(part, row=part.row + 1_000_000)
    without = replace(both.snapshot, parts=(gone, *both.snapshot.parts[1:]))
    assert by_columns(both, LAYER, FeatureQuery(), wanted(5), without) is None
