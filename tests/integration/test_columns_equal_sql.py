"""Columns answer what SQL answers, to the unit, for whatever is asked."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import database, migrations
from geo.aggregate import Grouping, select_aggregate
from geo.columns import sums as column_sums
from geo.columns import tile as column_tile
from geo.columns.build import microseconds, read_tables
from geo.columns.overlay import Base, update
from geo.columns.table import Numbers, Snapshot, Table
from geo.cql2 import parse
from geo.database import Database
from geo.features import revision_of
from geo.importing.load import load
from geo.query import Box, FeatureQuery, Interval
from geo.schema import published
from geo.spec import (
    FEATURE_FIELDS,
    Choice,
    Field,
    FieldType,
    GeometryType,
    Layer,
    LayerView,
    Source,
    Style,
    Text,
    Time,
)
from geo.statements import count_features
from geo.tiles import sql
from geo.tiles.content import Cells, Points
from geo.tiles.grid import DEEPEST, MATRICES, Matrix, Tile, bounds, degree_grid
from tests.columns_by_hand import condensing_few, make_stand_ins
from tests.rows_of_blocks import Row, blocks_of

WORDS = Text(en="x", fr="x")
KINDS = ("ambush", "É mine", "raid_1", "50% Shelling")
REGIONS = ("gao", "Kidal", "ménaka", "Ségou", "tombouctou", "back\\slash", "N'Tillit")
LARGE = 1_000_000
PLACES = tuple(f"Place {i}" for i in range(40))


def _field(name: str, kind: FieldType = FieldType.TEXT, **more: Any) -> Field:
    return Field(name=name, title=WORDS, type=kind, **more)


LAYER = Layer(
    id="sightings",
    title=WORDS,
    description=WORDS,
    geometry=GeometryType.POINT,
    fields=(
        _field("kind", choices=tuple(Choice(value=kind, title=WORDS) for kind in KINDS)),
        _field("region", groups=True),
        _field("town", indexed=True),
        _field("level", FieldType.INTEGER, choices=(Choice(value="1", title=WORDS),)),
        _field("killed_low", FieldType.INTEGER),
        _field("killed_best", FieldType.INTEGER),
        _field("killed_high", FieldType.INTEGER),
        _field("wounded", FieldType.INTEGER),
        _field("weight", FieldType.NUMBER),
        _field("opened", FieldType.DATE),
        _field("closed", FieldType.DATE),
        _field("armed", FieldType.BOOLEAN),
    ),
    source=Source(title="x", licence="CC0"),
    style=Style(colour="#000000", outline="#FFFFFF", colour_by="kind", adds=("killed", "wounded")),
    time=Time(kind="span", start="opened", end="closed", stays_open=True),
)
VIEW = LayerView(
    id="ambushes",
    title=WORDS,
    description=WORDS,
    parent="sightings",
    where={"kind": "ambush"},
    style=Style(colour="#000000", outline="#FFFFFF", colour_by="region", adds=("wounded",)),
    without=("weight",),
).over(LAYER)
LAYERS = (LAYER, VIEW)

# Where bounds of boxes, tiles and shapes lie; rows lie there too.
LONGITUDES = (-180.0, -90.0, -11.25, -8.4375, -5.625, -3.0, 0.0, 0.1, 2.8125, 90.0, 180.0)
LATITUDES = (-90.0, -85.0511287798066, 0.0, 11.178401873711785, 14.0, 16.2, 17.0, 85.06, 90.0)
FIRST = date(2015, 1, 1)


def _day(chance: random.Random, share: float = 0.8) -> date | None:
    return FIRST + timedelta(days=chance.randrange(900)) if chance.random() < share else None


def _point(chance: random.Random) -> shapely.Point | None:
    match chance.randrange(10):
        case 0:
            return None
        case 1 | 2 | 3:
            return shapely.Point(chance.choice(LONGITUDES), chance.choice(LATITUDES))
        case 4:
            return shapely.Point(round(chance.uniform(-9, 3), 1), round(chance.uniform(11, 18), 1))
    return shapely.Point(chance.uniform(-12, 4), chance.uniform(10, 20))


def _one(chance: random.Random, values: Any, share: float = 0.8) -> Any:
    return chance.choice(values) if chance.random() < share else None


def _row(number: int, chance: random.Random) -> Row:
    opened, closed = _day(chance), _day(chance, 0.5)
    if opened and closed and closed < opened:
        opened, closed = closed, opened
    named = dict.fromkeys(field.name for field in (*LAYER.fields, *FEATURE_FIELDS))
    values = named | {
        "kind": _one(chance, KINDS, 0.9),
        "region": _one(chance, (*REGIONS, "ambush")),
        "town": _one(chance, PLACES),
        "level": _one(chance, range(-2, 5)),
        "killed_low": _one(chance, range(4), 0.2),
        "killed_best": _one(chance, range(90)),
        "killed_high": _one(chance, range(300), 0.3),
        "wounded": _one(chance, (0, 1, 7, 70_000, 2_000_000_000)),
        "weight": _one(chance, (0.5, 1.5)),
        "opened": opened,
        "closed": closed,
        "armed": _one(chance, (True, False)),
        "place_precision": _one(chance, range(1, 7)),
        "source_title": "made up",
    }
    return Row(
        id=f"s{number:04d}é" if number % 9 == 0 else f"S-{number}",
        geometry=_point(chance),
        values=values,
        valid=_one(chance, [(opened, closed)], 0.9),
        sensitivity="restricted" if number % 50 == 0 else "public",
    )


def _loads(url: str) -> Iterator[None]:
    """Load rows, then change some, take some away and bring some back, three times."""
    chance = random.Random(4)
    rows = {number: _row(number, chance) for number in range(2_000)}
    for _ in range(4):
        with database.connect(url) as connection:
            given = list(rows.values())
            load(connection, LAYER, blocks_of(given), origin="made up", allow_removals=True)
        yield
        for number in chance.sample(range(2_300), 400):
            rows[number] = _row(number, chance)
        for number in chance.sample(sorted(rows), 60):
            del rows[number]


async def _read(opened: Database, loads: Iterator[None]) -> tuple[Snapshot, list[Any]]:
    """Read columns before the last load, bring them up to date after it; read all versions too."""
    for _ in range(3):
        next(loads)
    with ThreadPoolExecutor(1) as executor:
        async with opened.reading() as reader:
            revision = await revision_of(reader, LAYER)
            tables = await read_tables(reader, LAYER, revision, executor)
        base = Base(
            revision=revision.number, changed_at=microseconds(revision.changed_at), tables=tables
        )
        next(loads)
        async with opened.reading() as reader:
            found = await update(reader, LAYER, base, executor)
            relation = published(LAYER)
            recorded = relation.c.recorded
            rows = await reader.rows(
                sa.select(
                    sa.func.ST_X(relation.c.geom).label("lon"),
                    sa.func.ST_Y(relation.c.geom).label("lat"),
                    sa.func.lower(recorded).label("recorded_from"),
                    sa.func.upper(recorded).label("recorded_to"),
                )
            )
    assert found is not None
    return found.snapshot, rows


@dataclass(frozen=True, kw_only=True)
class Both:
    """One state of the rows, in both forms, and a way to ask SQL."""

    snapshot: Snapshot
    runner: asyncio.Runner
    database: Database
    moments: list[datetime]
    places: list[tuple[float, float]]

    def rows(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        async def ask() -> list[dict[str, Any]]:
            async with self.database.reading() as reader:
                return [dict(row) for row in await reader.rows(statement)]

        return self.runner.run(ask())

    def cells(self, *of: Any) -> Cells:
        async def ask() -> Cells:
            async with self.database.reading() as reader:
                return await sql.read_cells(reader, *of)

        return self.runner.run(ask())

    def points(self, *of: Any) -> Points:
        async def ask() -> Points:
            async with self.database.reading() as reader:
                return await sql.read_points(reader, *of)

        return self.runner.run(ask())


@pytest.fixture(scope="module")
def both(empty_database_url: str) -> Iterator[Both]:
    with database.engine(empty_database_url) as engine:
        migrations.migrate(engine, LAYERS)
    with asyncio.Runner() as runner:
        opened = runner.run(Database.open(empty_database_url, size=1, statement_timeout_ms=10_000))
        snapshot, rows = runner.run(_read(opened, _loads(empty_database_url)))
        # Rows that hold, rows that no longer do, and those that came with the last load.
        assert len(snapshot.parts) == 3
        assert sum(row["recorded_to"] is not None for row in rows) > 500
        yield Both(
            snapshot=snapshot,
            runner=runner,
            database=opened,
            moments=sorted({row["recorded_from"] for row in rows}),
            places=sorted({(r["lon"], r["lat"]) for r in rows if r["lon"] is not None}),
        )
        runner.run(opened.close())


RING = "(-8.03 11.01,3.01 11.07,1.73 17.91,-8.03 11.01)"
HOLE = "(-1.03 12.01,0.01 12.07,0.73 14.91,-1.03 12.01)"
ISLAND = "(-11.03 12.01,-10.01 12.07,-10.73 14.91,-11.03 12.01)"
# Filters that columns answer.
ANSWERED = (
    "kind = 'ambush'",
    "kind <> 'É mine'",
    "'raid_1' = kind",
    "NOT (kind = 'nothing')",
    "kind IN ('ambush','raid_1') AND NOT region IN ('gao','x')",
    "region = kind OR region <> town",
    "level = -1 OR level > 2",
    "NOT (level = 1 AND killed_best > 20)",
    "NOT (level = 1 OR armed = true)",
    "killed_best >= 2.5 AND killed_best < 80.000001",
    "killed_best = 2.5",
    "NOT (killed_best <> 2.5)",
    "killed_best BETWEEN 3 AND 8",
    "NOT killed_best BETWEEN killed_low AND 40",
    "40 BETWEEN killed_best AND killed_high",
    "killed_low < killed_best",
    "NOT (killed_low < level)",
    "NOT (killed_low > level)",
    "NOT (killed_low >= level)",
    "NOT (kind = region)",
    "NOT (opened <= closed)",
    "wounded IN (7, 70000, 0.5)",
    "wounded IN (killed_best, 1)",
    "NOT wounded IN (killed_best, 1)",
    "7 IN (wounded, killed_best)",
    "wounded > 1e300 OR wounded > -1e300",
    "armed = true",
    "NOT (armed = false)",
    "armed < true",
    "opened = DATE('2016-05-29')",
    "opened > '2016-05-29'",
    "closed < opened OR opened <= closed",
    "opened BETWEEN DATE('2015-06-01') AND DATE('2016-06-01')",
    "T_AFTER(opened, DATE('2016-05-29'))",
    "T_BEFORE(DATE('2016-05-29'), opened)",
    "T_BEFORE(opened, DATE('2016-05-29'))",
    "T_AFTER(INTERVAL('2016-05-29','2016-06-29'), opened)",
    "NOT T_DISJOINT(opened, INTERVAL('2016-01-01','2016-12-31'))",
    "T_DURING(opened, INTERVAL('2016-01-01','..'))",
    "NOT T_DURING(closed, INTERVAL('..','2016-01-01'))",
    "T_EQUALS(opened, closed) OR T_INTERSECTS(INTERVAL('2016-01-01','2016-02-01'), closed)",
    "T_EQUALS(opened, INTERVAL('2016-01-01','2016-02-01'))",
    "NOT T_EQUALS(opened, INTERVAL('..','..'))",
    "T_AFTER(opened, closed)",
    "region IS NULL",
    "region IS NOT NULL AND geom IS NOT NULL",
    "geom IS NULL OR level IS NULL",
    "region LIKE '%a%'",
    "NOT region LIKE 'g_o'",
    "region LIKE 'back\\\\\\\\%' OR kind LIKE '50\\%%'",
    "kind LIKE 'raid\\__'",
    "town LIKE 'Place 1%'",
    "town LIKE '%%1%%'",
    "region LIKE ''",
    "CASEI(region) = CASEI('KIDAL')",
    "ACCENTI(region) = 'menaka'",
    "ACCENTI(CASEI(region)) LIKE CASEI('SEG%')",
    "CASEI(region) <> 'gao'",
    "CASEI(region) IN (CASEI('GAO'), 'kidal', 'Ségou')",
    "ACCENTI(kind) IS NULL",
    "place_precision > 2",
    "S_INTERSECTS(geom, BBOX(-8.4375,11,0,17))",
    "NOT S_INTERSECTS(geom, BBOX(-8.4375,11,0,17))",
    "S_WITHIN(geom, BBOX(-8.4375,11.178401873711785,0,17))",
    "S_CONTAINS(BBOX(-8.4375,11.178401873711785,0,17), geom)",
    "S_DISJOINT(geom, BBOX(-8.4375,11,0,17))",
    "NOT S_DISJOINT(BBOX(-8.4375,11,0,17), geom)",
    "S_INTERSECTS(geom, BBOX(170,-90,-170,90))",
    "S_INTERSECTS(geom, BBOX(-3,16.2,-3,16.2))",
    "S_INTERSECTS(geom, POINT(-3 16.2))",
    "S_WITHIN(geom, MULTIPOINT((-3 16.2),(0 17)))",
    "S_INTERSECTS(geom, POLYGON((-8.03 11.01,3.01 11.07,1.73 17.91,-4.07 18.03,-8.03 11.01)))",
    f"NOT S_WITHIN(geom, POLYGON({RING},{HOLE}))",
    f"S_DISJOINT(geom, MULTIPOLYGON(({RING}),({ISLAND})))",
    "S_INTERSECTS(geom, POINT(-3 16.2)) OR level = 1",
    "true",
    "NOT (false OR NOT true) AND level = 1",
    "NOT true",
)
# Filters that columns answer, but not for so many rows: points that are far from each other.
_SPREAD = ",".join(f"({x} {y})" for x in (-8.4375, -3, 0, 0.1) for y in (0, 14, 16.2, 17, 17.5))
ANSWERED_FOR_SOME = (
    f"S_INTERSECTS(geom, MULTIPOINT({_SPREAD}))",
    f"S_DISJOINT(MULTIPOINT({_SPREAD}), geom)",
    f"NOT S_WITHIN(geom, MULTIPOINT({_SPREAD}))",
)
# Filters that only SQL answers: columns say so, and never guess.
LEFT_TO_SQL = (
    "id = 'S-1'",
    "weight > 1",
    "region < 'gao'",
    "kind = 'ambush' AND town BETWEEN 'A' AND 'Place 2'",
    "CASEI(kind) = CASEI('É MINE')",
    "CASEI(region) = CASEI(town)",
    "region = ACCENTI('Ж')",
    "S_INTERSECTS(geom, LINESTRING(-8 11,2 17))",
    "S_INTERSECTS(geom, BBOX(-3,11,-3,17))",
    "S_TOUCHES(geom, BBOX(-8,11,0,17))",
    "S_EQUALS(geom, POINT(-3 16.2))",
    "S_WITHIN(POINT(-3 16.2), geom)",
    # Rows lie on this one's slanting edge.
    "S_INTERSECTS(geom, POLYGON((-8.4375 11,0 11,0 17,-3 16.2,-8.4375 11)))",
)
GROUPINGS = tuple(
    Grouping(by=by, measures=measures, resolution=4)
    for by, measures in (
        ((), ("killed", "wounded")),
        (("region",), ()),
        (("kind",), ("killed",)),
        (("year", "region"), ("killed",)),
        (("month", "kind"), ("wounded", "killed")),
        (("level", "year"), ("killed_low",)),
        (("region", "kind"), ("level",)),
    )
)


def check(both: Both, layer: Layer, query: FeatureQuery, *, answered: bool) -> bool:
    """Hold counts and aggregates of a query equal; say whether columns gave them."""
    found = column_sums.count(both.snapshot, layer, query)
    assert (found is not None) or not answered
    if found is None:
        return False
    ((expected,),) = (row.values() for row in both.rows(count_features(layer, query, 10**9)))
    assert found == expected
    return True


def check_aggregate(both: Both, layer: Layer, query: FeatureQuery, grouping: Grouping) -> None:
    """Hold aggregates equal, and those of condensed rows, which say all but what lies in a box."""
    expected = both.rows(select_aggregate(layer, query, grouping))
    with condensing_few():
        made = make_stand_ins(both.snapshot, layer, query, grouping)
        assert len(made.condensed) == (0 if query.bbox else len(both.snapshot.parts))
        condensed = column_sums.aggregate(both.snapshot, layer, query, grouping)
    for found in (condensed, column_sums.aggregate(both.snapshot, layer, query, grouping)):
        assert found is not None
        assert [list(row.items()) for row in found] == [list(row.items()) for row in expected]


def check_cells(
    both: Both, layer: Layer, query: FeatureQuery, tile: Tile, side: int, margin: int
) -> None:
    found = column_tile.cells(both.snapshot, layer, query, tile, side, margin)
    assert found is not None
    assert plain_cells(found) == plain_cells(both.cells(layer, query, tile, side, margin))


def check_points(
    both: Both, layer: Layer, query: FeatureQuery, tile: Tile, names: list[str], margin: int
) -> None:
    found = column_tile.points(both.snapshot, layer, query, tile, names, margin)
    assert found is not None
    assert plain_points(found) == plain_points(both.points(layer, query, tile, names, margin))


def plain_cells(cells: Cells) -> dict[str, Any]:
    return {
        "side": cells.side,
        "places": list(zip(cells.row.tolist(), cells.column.tolist(), strict=True)),
        "count": cells.count.tolist(),
        "sums": [
            (name, sums.total.tolist(), sums.known.tolist()) for name, sums in cells.sums.items()
        ],
        "classes": [(value, counts.tolist()) for value, counts in cells.classes.items()],
    }


def plain_points(points: Points) -> dict[str, Any]:
    return {
        "places": list(zip(points.x.tolist(), points.y.tolist(), strict=True)),
        "ids": points.plain("id"),
        "properties": [(name, coded.plain()) for name, coded in points.properties.items()],
    }


NAMES = ["id", "kind", "region", "killed_best", "wounded", "opened", "armed", "place_precision"]


def tile_at(matrix: Matrix, z: int, longitude: float, latitude: float) -> Tile:
    """Find the tile near a place; any will do, if most hold something."""
    x, y = (int(place[0]) for place in degree_grid(np.array([longitude]), np.array([latitude])))
    if matrix == "WorldCRS84Quad":
        return Tile(matrix=matrix, z=z, x=x >> (32 - z), y=y >> (32 - z))
    for row in range(1 << min(z, 9)):
        tile = Tile(matrix=matrix, z=min(z, 9), x=x >> (33 - min(z, 9)), y=row)
        if bounds(tile)[1] <= latitude:
            break
    while tile.z < z:
        tile = Tile(matrix=matrix, z=tile.z + 1, x=x >> (33 - tile.z - 1), y=tile.y * 2)
        if bounds(tile)[1] > latitude:
            tile = Tile(matrix=matrix, z=tile.z, x=tile.x, y=tile.y + 1)
    return tile


@pytest.mark.parametrize("text", [*ANSWERED, *ANSWERED_FOR_SOME])
def test_columns_answer_a_filter_as_sql_does(both: Both, text: str) -> None:
    query = FeatureQuery(filter=dict(parse(text)))
    past = FeatureQuery(filter=query.filter, as_of=both.moments[1])
    for asked in (query, past):
        assert check(both, LAYER, asked, answered=True)
        tile = Tile(matrix="WebMercatorQuad", z=4, x=7, y=7)
        check_cells(both, LAYER, asked, tile, 64, 0)


@pytest.fixture(scope="module")
def large(both: Both) -> Snapshot:
    """Have every row so many times that they are a million."""
    times = -(-LARGE // sum(map(len, both.snapshot.parts)))
    return replace(both.snapshot, parts=tuple(_times(t, times) for t in both.snapshot.parts))


def _times(table: Table, times: int) -> Table:
    """Repeat every row behind itself, so that rows stay in their order."""
    changed: dict[str, Any] = {"placed": table.placed * times}
    for field in fields(table):
        value = getattr(table, field.name)
        if isinstance(value, np.ndarray) and field.name != "moments":
            changed[field.name] = np.repeat(value, times)
        elif isinstance(value, Numbers):
            changed[field.name] = replace(value, codes=np.repeat(value.codes, times))
    changed["columns"] = {
        name: replace(column, codes=np.repeat(column.codes, times))
        for name, column in table.columns.items()
    }
    return replace(table, **changed)


@pytest.mark.parametrize("text", ANSWERED)
def test_a_filter_is_no_more_work_than_columns_do_for_a_million_rows(
    both: Both, large: Snapshot, text: str
) -> None:
    query = FeatureQuery(filter=dict(parse(text)))
    few = column_sums.count(both.snapshot, LAYER, query)
    assert few is not None
    times = len(large.parts[0]) // len(both.snapshot.parts[0])
    assert column_sums.count(large, LAYER, query) == few * times


@pytest.mark.parametrize("text", LEFT_TO_SQL)
def test_columns_leave_to_sql_what_is_not_surely_the_same(both: Both, text: str) -> None:
    query = FeatureQuery(filter=dict(parse(text)))
    tile = Tile(matrix="WebMercatorQuad", z=0, x=0, y=0)
    assert column_sums.count(both.snapshot, LAYER, query) is None
    assert column_sums.aggregate(both.snapshot, LAYER, query, GROUPINGS[0]) is None
    assert column_tile.cells(both.snapshot, LAYER, query, tile, 64) is None
    assert column_tile.points(both.snapshot, LAYER, query, tile, ["id"]) is None


def test_columns_leave_to_sql_what_they_do_not_hold(both: Both) -> None:
    tile = Tile(matrix="WebMercatorQuad", z=0, x=0, y=0)
    grid = Grouping(by=("grid",), measures=(), resolution=4)
    weight = Grouping(by=(), measures=("weight",), resolution=4)
    metres = FeatureQuery(bbox=Box(west=0, south=0, east=1e6, north=1e6, srid=3857))
    assert column_sums.aggregate(both.snapshot, LAYER, FeatureQuery(), grid) is None
    assert column_sums.aggregate(both.snapshot, LAYER, FeatureQuery(), weight) is None
    assert column_sums.count(both.snapshot, LAYER, metres) is None
    assert column_tile.points(both.snapshot, LAYER, FeatureQuery(), tile, ["weight"]) is None


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)
@pytest.mark.parametrize("grouping", GROUPINGS, ids=lambda g: ",".join(g.by) or "total")
def test_aggregates_of_everything_and_of_nothing_are_equal(
    both: Both, layer: Layer, grouping: Grouping
) -> None:
    never = datetime(2000, 1, 1, tzinfo=UTC)
    for query in (FeatureQuery(), FeatureQuery(as_of=never)):
        check_aggregate(both, layer, query, grouping)


_columns = st.sampled_from(("kind", "region", "level", "killed_best", "opened", "armed"))
_literals = {
    "kind": st.sampled_from((*KINDS, "none")),
    "region": st.sampled_from((*REGIONS, "none")),
    "level": st.integers(-4, 6) | st.floats(-3, 5, allow_nan=False),
    "killed_best": st.integers(-1, 100),
    "opened": st.dates(date(2014, 12, 1), date(2018, 1, 1)).map(lambda d: {"date": str(d)}),
    "armed": st.booleans(),
}


@st.composite
def _leaves(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(_columns)
    literal, named = _literals[name], {"property": name}
    kinds = ["=", "<>", "in", "isNull"]
    if name in ("level", "killed_best", "opened"):
        kinds += ["<", "<=", ">", ">=", "between"]
    op = draw(st.sampled_from(kinds))
    if op == "isNull":
        return {"op": op, "args": [named]}
    if op == "in":
        return {"op": op, "args": [named, draw(st.lists(literal, max_size=4))]}
    if op == "between":
        return {"op": op, "args": [named, draw(literal), draw(literal)]}
    return {"op": op, "args": draw(st.permutations([named, draw(literal)]))}


_PAIRS = (("killed_low", "level"), ("opened", "closed"), ("kind", "region"))


@st.composite
def _two_properties(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a comparison of two properties that are often alike."""
    pair = draw(st.sampled_from(_PAIRS))
    ops = ("=", "<>") if pair[0] == "kind" else ("=", "<>", "<", "<=", ">", ">=")
    named = [{"property": name} for name in pair]
    return {"op": draw(st.sampled_from(ops)), "args": draw(st.permutations(named))}


_ends = st.just("..") | st.dates(date(2014, 12, 1), date(2018, 1, 1)).map(str)
_spans = st.tuples(_ends, _ends).filter(lambda ends: ".." in ends or ends[0] <= ends[1])


@st.composite
def _temporal(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an operator on days near which rows lie."""
    named = {"property": draw(st.sampled_from(("opened", "closed")))}
    interval = {"interval": list(draw(_spans))}
    day = {"date": str(FIRST + timedelta(days=draw(st.integers(0, 20))))}
    ops = ("t_after", "t_before", "t_disjoint", "t_equals", "t_intersects")
    op = draw(st.sampled_from(("t_during", *ops)))
    if op == "t_during":
        return {"op": op, "args": [named, interval]}
    return {
        "op": op,
        "args": draw(st.permutations([named, draw(st.sampled_from([day, interval]))])),
    }


def _joined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.builds(lambda args: {"op": "and", "args": args}, several) | st.builds(
        lambda args: {"op": "or", "args": args}, several
    )


_filters = st.recursive(
    _leaves() | _temporal() | _two_properties(),
    lambda inner: _joined(inner) | inner.map(lambda arg: {"op": "not", "args": [arg]}),
    max_leaves=5,
)
_days = st.dates(date(2014, 12, 1), date(2018, 1, 1))
_intervals = st.builds(
    lambda days, is_open: Interval(
        start=None if is_open == 1 else min(days), end=None if is_open == 2 else max(days)
    ),
    st.tuples(_days, _days),
    st.integers(0, 2),
)
_boxes = st.builds(
    lambda west, east, latitudes: Box(
        west=west, south=min(latitudes), east=east, north=max(latitudes)
    ),
    st.sampled_from(LONGITUDES),
    st.sampled_from(LONGITUDES),
    st.tuples(st.sampled_from(LATITUDES), st.sampled_from(LATITUDES)),
)


@given(data=st.data())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_columns_equal_sql_whatever_is_asked(both: Both, data: st.DataObject) -> None:
    moments = [m + timedelta(microseconds=d) for m in both.moments for d in (-1, 0, 1)]
    query = FeatureQuery(
        bbox=data.draw(st.none() | _boxes, "bbox"),
        interval=data.draw(st.none() | _intervals, "interval"),
        as_of=data.draw(st.none() | st.sampled_from(moments), "as_of"),
        filter=data.draw(st.none() | _filters, "filter"),
    )
    layer = data.draw(st.sampled_from(LAYERS), "layer")
    assert check(both, layer, query, answered=True)
    check_aggregate(both, layer, query, data.draw(st.sampled_from(GROUPINGS), "grouping"))
    matrix = data.draw(st.sampled_from(MATRICES), "matrix")
    place = data.draw(st.sampled_from(both.places), "place")
    tile = tile_at(matrix, data.draw(st.integers(0, DEEPEST), "z"), *place)
    side = data.draw(st.sampled_from((64, 256)), "side")
    margin = data.draw(st.sampled_from((0, 0, 1, 7)), "margin")
    check_cells(both, layer, query, tile, side, margin)
    names = data.draw(st.lists(st.sampled_from(NAMES), unique=True), "properties")
    check_points(both, layer, query, tile, names, margin * 16)


@pytest.mark.parametrize("side", [64, 256])
def test_the_tiles_of_a_zoom_add_up_to_what_their_box_holds(both: Both, side: int) -> None:
    query = FeatureQuery(filter=dict(parse("level >= 0")))
    everywhere = FeatureQuery(
        filter=query.filter, bbox=Box(west=-180, south=-90, east=180, north=90)
    )
    grouping = Grouping(by=(), measures=LAYER.style.adds, resolution=4)
    (whole,) = both.rows(select_aggregate(LAYER, everywhere, grouping))
    added = dict.fromkeys(whole, 0)
    for x in range(8):
        for y in range(4):
            tile = Tile(matrix="WorldCRS84Quad", z=2, x=x, y=y)
            cells = column_tile.cells(both.snapshot, LAYER, query, tile, side)
            assert cells is not None
            added["count"] += int(cells.count.sum())
            for name, sums in cells.sums.items():
                added[name] += int(sums.total.sum())
    assert added == whole
