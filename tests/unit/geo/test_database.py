"""A statement that is compiled from one of its shape is the one that it would be by itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import asyncpg

from app.start import declared_layers
from geo import cql2
from geo.aggregate import parse_grouping, select_aggregate
from geo.crs import parse_crs
from geo.database import Listener, compile_statement, write_out
from geo.formats import CopyWriter, formats
from geo.formats._arrow import select_table
from geo.proximity import Place, select_nearest, select_within
from geo.query import Box, FeatureQuery, Interval, SortKey
from geo.spec import Layer
from geo.statements import (
    GeometryForm,
    count_features,
    select_extent,
    select_feature,
    select_features,
    select_history,
    select_page,
    select_revision,
    select_revisions,
)

LAYERS = declared_layers()
DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]
# It has a list of IN, whose placeholders are written each time.
SHIELDED = "csv with formulas"
Write = Callable[[Layer, FeatureQuery, random.Random], sa.Executable]


def by_itself(statement: sa.Executable) -> tuple[str, list[Any]]:
    """Compile a statement as if none had been compiled before it."""
    compiled: Any = statement.compile(  # type: ignore[attr-defined]
        dialect=DIALECT, compile_kwargs={"render_postcompile": True}
    )
    return str(compiled), [compiled.params[name] for name in compiled.positiontup or ()]


def text_of(name: str, *formula_fields: str) -> Write:
    def write(layer: Layer, query: FeatureQuery, _: random.Random) -> sa.Executable:
        writer = formats()[name].writer
        assert isinstance(writer, CopyWriter)
        return writer.text(layer, query, formula_fields).statement

    return write


def place(chance: random.Random) -> Place:
    return Place(lon=chance.uniform(-180, 180), lat=chance.uniform(-90, 90))


def name(chance: random.Random) -> str:
    return chance.choice(["A001", "", "'; --", "$1", ":x", "%(x)s", "%%", "é"])


STATEMENTS: dict[str, Write] = {
    "features": lambda layer, query, _: select_features(layer, query, GeometryForm.JSON),
    "documents": lambda layer, query, _: select_features(
        layer, query, GeometryForm.WKB, as_document=True
    ),
    "page": lambda layer, query, chance: select_page(
        layer, query, GeometryForm.JSON, as_document=True, bound=chance.randint(1, 9)
    ),
    "page that is not counted": lambda layer, query, chance: select_page(
        layer, query, GeometryForm.JSON, as_document=False, bound=chance.randint(1, 9), count=False
    ),
    "count": lambda layer, query, chance: count_features(layer, query, chance.randint(1, 9)),
    "feature": lambda layer, query, chance: select_feature(
        layer, name(chance), query, GeometryForm.WKB
    ),
    "history": lambda layer, _, chance: select_history(layer, name(chance), GeometryForm.JSON),
    "extent": lambda layer, *_: select_extent(layer, FeatureQuery()),
    "revision": lambda layer, *_: select_revision(layer),
    "revisions": lambda *_: select_revisions(),
    "nearest": lambda layer, query, chance: select_nearest(
        layer, query, place(chance), chance.randint(1, 99)
    ),
    "within": lambda layer, query, chance: select_within(
        layer, query, place(chance), chance.uniform(1, 1e6)
    ),
    "by region and year": lambda layer, query, _: select_aggregate(
        layer, query, parse_grouping(layer, "region,year", None, None)
    ),
    "by cell": lambda layer, query, chance: select_aggregate(
        layer, query, parse_grouping(layer, "grid", None, str(chance.randint(0, 9)))
    ),
    "csv": text_of("csv"),
    SHIELDED: text_of("csv", "place"),
    "geojsonseq": text_of("geojsonseq"),
    "arrow": lambda layer, query, _: select_table(layer, query),
}
EXPRESSIONS = (
    "killed_best >= {n} AND region = '{t}'",
    "killed_best IN ({list})",
    "region IN ('{t}', 'gao') OR killed_best IN ({list})",
    "killed_best BETWEEN {n} AND 9 AND NOT place LIKE '{t}%'",
    "CASEI(place) = CASEI('{t}') AND ACCENTI(place) LIKE ACCENTI('%{t}')",
    "date > DATE('2016-01-{d:02}') AND T_BEFORE(date, DATE('2020-02-{d:02}'))",
    "S_INTERSECTS(geom, POLYGON((0 {d}, 3 {d}, 3 41, 0 {d})))",
    "killed_best > killed_low AND killed_best < {n}",
    "notes IS NULL OR place = notes",
)


def expression(form: str, chance: random.Random) -> dict[str, Any]:
    listed = ",".join(str(chance.randint(0, 99)) for _ in range(chance.randint(1, 70)))
    n = chance.choice([0, 3, 2.5, 10**12])
    text = form.format(n=n, t=chance.choice("abcé%"), d=chance.randint(1, 28), list=listed)
    return dict(cql2.parse(text, "cql2-text"))


def box(kind: str, chance: random.Random) -> Box:
    west, south = chance.uniform(-10, 0), chance.uniform(10, 20)
    east, north = west + chance.uniform(0.1, 5), south + chance.uniform(0.1, 5)
    return {
        "box": Box(west=west, south=south, east=east, north=north),
        "crossing": Box(west=east, south=south, east=west, north=north),
        "line": Box(west=west, south=south, east=west, north=north),
        "point": Box(west=west, south=south, east=west, north=south),
        "metres": Box(west=west * 1e5, south=south, east=east * 1e5, north=north, srid=3857),
    }[kind]


@st.composite
def shapes(draw: st.DrawFn) -> dict[str, Any]:
    """Choose what makes the text of a statement, values aside."""
    return {
        "box": draw(st.sampled_from([None, "box", "crossing", "line", "point", "metres"])),
        "interval": draw(st.sampled_from([None, (True, True), (True, False), (False, True)])),
        "as_of": draw(st.booleans()),
        "filter": draw(st.sampled_from([None, *EXPRESSIONS])),
        "sort": draw(st.sampled_from([(), ("date",), ("-killed_best", "place")])),
        "after": draw(st.sampled_from([None, "values", "nulls"])),
        "limit": draw(st.booleans()),
        "properties": draw(st.sampled_from([None, ("place",), ("date", "region")])),
        "crs": draw(st.sampled_from([4326, 3857, 32630])),
    }


def query_of(shape: dict[str, Any], chance: random.Random) -> FeatureQuery:
    """Fill a shape with values."""
    days = [date(2016, 1, chance.randint(1, 9)), date(2016, 2, chance.randint(1, 9))]
    start, end = (
        day if known else None
        for day, known in zip(days, shape["interval"] or (False, False), strict=True)
    )
    sort = tuple(SortKey(name=n.lstrip("-"), descending=n[0] == "-") for n in shape["sort"])
    known = {"date": f"2016-01-0{chance.randint(1, 9)}", "killed_best": chance.randint(0, 9)}
    values = [known.get(key.name, "x") for key in sort]
    if shape["after"] == "nulls":
        values = [None for _ in values]
    return FeatureQuery(
        bbox=shape["box"] and box(shape["box"], chance),
        interval=Interval(start=start, end=end) if shape["interval"] else None,
        as_of=datetime(2026, 1, chance.randint(1, 9), tzinfo=UTC) if shape["as_of"] else None,
        filter=shape["filter"] and expression(shape["filter"], chance),
        sort=sort,
        after=(*values, name(chance)) if shape["after"] else None,
        limit=chance.randint(1, 999) if shape["limit"] else None,
        properties=shape["properties"],
        crs=parse_crs(f"http://www.opengis.net/def/crs/EPSG/0/{shape['crs']}", "crs"),
    )


@settings(max_examples=50)
@given(
    kind=st.sampled_from(sorted(STATEMENTS)),
    layer_id=st.sampled_from(["events", "attacks"]),
    shape=shapes(),
    seeds=st.lists(st.integers(0, 10**6), min_size=2, max_size=4),
)
def test_text_and_values_are_those_of_the_statement_by_itself(
    kind: str, layer_id: str, shape: dict[str, Any], seeds: list[int]
) -> None:
    for seed in seeds:
        chance = random.Random(seed)
        statement = STATEMENTS[kind](LAYERS[layer_id], query_of(shape, chance), chance)
        assert compile_statement(statement) == by_itself(statement)


@pytest.mark.parametrize("kind", sorted(set(STATEMENTS) - {SHIELDED}))
def test_what_differs_in_values_only_is_compiled_once(kind: str) -> None:
    shape = {
        "box": "box",
        "interval": (True, True),
        "as_of": True,
        "limit": True,
        "crs": 4326,
        "filter": EXPRESSIONS[4],
        "sort": ("date",),
        "after": "values",
        "properties": None,
    }
    texts = []
    for seed in (1, 2):
        # The grain of a grid is no value: it is written into the text.
        chance = random.Random(seed if kind != "by cell" else 1)
        query = query_of(shape, random.Random(seed))
        texts.append(compile_statement(STATEMENTS[kind](LAYERS["events"], query, chance))[0])
    assert texts[0] is texts[1]


def test_a_list_takes_as_many_placeholders_as_it_has_elements() -> None:
    column = sa.column("a", sa.Integer)
    texts = [
        compile_statement(sa.select(column).where(column.in_(values)))
        for values in ([1], [1, 2, 3], [7, 8])
    ]
    assert [text.rpartition("IN ")[2] for text, _ in texts] == [
        "($1::INTEGER)",
        "($1::INTEGER, $2::INTEGER, $3::INTEGER)",
        "($1::INTEGER, $2::INTEGER)",
    ]
    assert [values for _, values in texts] == [[1], [1, 2, 3], [7, 8]]


def test_values_that_were_given_by_name_are_those_of_their_own_statement() -> None:
    statement = sa.select(sa.bindparam("given", type_=sa.Text))
    for value in ("a", "b"):
        assert compile_statement(statement.params(given=value))[1] == [value]


def test_a_statement_that_was_written_out_is_run_with_other_values() -> None:
    statement = sa.select(sa.literal(1)).where(
        sa.column("place") == sa.bindparam("place", "Kidal", sa.Text),
        sa.column("deaths") > sa.bindparam("deaths", 3, sa.Integer),
    )
    written = write_out(statement)
    assert compile_statement(written) == by_itself(statement)
    elsewhere = written.of(place="Gao")
    assert compile_statement(elsewhere)[0] == written.text
    assert sorted(map(str, compile_statement(elsewhere)[1])) == ["1", "3", "Gao"]
    assert "Kidal" in compile_statement(written)[1]


def test_who_waits_for_word_can_be_stopped_though_the_word_comes_at_the_same_time() -> None:
    class Connection:
        def add_termination_listener(self, _: object) -> None:
            """Never end."""

    async def stop() -> None:
        listener = Listener(Connection())  # type: ignore[arg-type,unused-ignore]
        waiting = asyncio.create_task(listener.wait(60))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        listener.hear()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(stop())
