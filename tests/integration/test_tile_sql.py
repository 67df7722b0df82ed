"""Tiles out of PostGIS: nothing lost, nothing twice, and shapes that stay joined."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any, TypeVar

import mapbox_vector_tile
import morecantile
import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from geo import database
from geo.aggregate import Grouping, select_aggregate, sum_columns
from geo.cql2 import parse
from geo.database import Database, Reader
from geo.errors import TooLarge
from geo.importing.load import load
from geo.query import Box, FeatureQuery, Interval
from geo.spec import FEATURE_FIELDS, Layer
from geo.tiles import sql
from geo.tiles.grid import EXTENT, MATRICES, MERCATOR_LATITUDE, Matrix, Tile, columns_and_rows
from geo.tiles.mvt import write_points
from geo.tiles.properties import class_field, tile_properties
from geo.tiles.shapes import labels_name, select_shapes
from geo.tiles.sql import read_cells, read_points
from tests.rows_of_blocks import Row, blocks_of

T = TypeVar("T")
EVERYTHING = FeatureQuery()
MERCATOR = Box(west=-180, south=-MERCATOR_LATITUDE, east=180, north=MERCATOR_LATITUDE)
HOSTILE = ["x'; DROP TABLE atlas.events; --", '{"a": [1]}\\', "%(x)s $1 :name", "<b>ɛ</b>\n", ""]


def row(layer: Layer, row_id: str, geometry: Any, **values: Any) -> Row:
    given = {
        **dict.fromkeys(field.name for field in (*layer.fields, *FEATURE_FIELDS)),
        "source_title": "made up",
        "source_licence": "CC0",
        **values,
    }
    day = given.get("date")
    valid = None if day is None else (day, day)
    return Row(id=row_id, geometry=geometry, values=given, valid=valid, sensitivity="public")


EDGES = (-180.0, -90.0, -11.25, -5.625, 0.0, 1.40625, 180.0)
LATITUDES = (
    *(-90.0, -MERCATOR_LATITUDE, -86.0, -45.0, 0.0, 14.0625, 21.943045533438),
    *(66.51326044311186, MERCATOR_LATITUDE, np.nextafter(MERCATOR_LATITUDE, 90), 90.0),
)


def made_up(layer: Layer) -> Iterator[Row]:
    """Make events on edges of tiles and around Mali, some with nothing known or hostile texts."""
    random = np.random.default_rng(4)
    places = [(x, y) for x in EDGES for y in LATITUDES]
    places += np.column_stack([random.uniform(-12, 4, 300), random.uniform(10, 25, 300)]).tolist()
    classes = ["mission", "civilians", "state_forces", *HOSTILE]
    for number in range(len(places) + 20):
        here = number < len(places)
        yield row(
            layer,
            # Orders of texts differ in capitals, accents and signs.
            f"{'aBé-_Z'[number % 6]}{number}",
            shapely.Point(places[number]) if here else None,
            date=date(2013 + number % 5, 1 + number % 12, 1),
            event_class="ambush",
            target_class=classes[number % len(classes)],
            place=HOSTILE[number % len(HOSTILE)] or "Ménaka",
            killed_best=None if number % 3 else number,
            killed_high=number * 2 if number % 4 == 0 else None,
            civilians_killed_best=7 if number == 2 else None,
        )


@dataclass(frozen=True, kw_only=True)
class Store:
    url: str
    layers: dict[str, Layer]
    before: datetime

    def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        async def run() -> T:
            opened = await Database.open(self.url, size=1, statement_timeout_ms=60_000)
            try:
                async with opened.reading() as reader:
                    return await work(reader)
            finally:
                await opened.close()

        return asyncio.run(run())


@pytest.fixture(scope="module")
def store(database_url: str, layers: dict[str, Layer]) -> Store:
    before = datetime.now(UTC)
    with database.connect(database_url) as connection:
        events = layers["events"]
        load(connection, events, blocks_of(made_up(events)), origin="made up", allow_removals=True)
    with database.connect(database_url) as connection:
        cercles = layers["cercles"]
        load(
            connection, cercles, blocks_of(coverage(cercles)), origin="made up", allow_removals=True
        )
    return Store(url=database_url, layers=layers, before=before)


def tiles(matrix: Matrix, z: int) -> list[Tile]:
    columns, rows = columns_and_rows(matrix, z)
    return [Tile(matrix=matrix, z=z, x=x, y=y) for x in range(columns) for y in range(rows)]


def located(layer: Layer, matrix: Matrix) -> list[str]:
    reach = MERCATOR_LATITUDE if matrix == "WebMercatorQuad" else 90
    rows: dict[str, Any] = {made.id: made.geometry for made in made_up(layer)}
    latitudes = {name: float(shapely.get_y(place)) for name, place in rows.items()}
    # Of a row without a place it is no number, which is not within anything.
    return sorted(name for name, latitude in latitudes.items() if abs(latitude) <= reach)


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("z", [0, 1, 3])
def test_every_point_is_in_exactly_one_tile_of_a_zoom(store: Store, matrix: Matrix, z: int) -> None:
    events = store.layers["events"]

    async def all_ids(reader: Reader) -> list[str]:
        found = []
        for tile in tiles(matrix, z):
            points = await read_points(reader, events, EVERYTHING, tile, ["id"])
            found += points.plain("id")
            assert all(0 <= step < EXTENT for step in (*points.x.tolist(), *points.y.tolist()))
        return found

    assert sorted(store.read(all_ids)) == located(events, matrix)


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("z", [7, 15, 22])
def test_a_point_on_the_edge_of_tiles_is_in_one_of_them(
    store: Store, matrix: Matrix, z: int
) -> None:
    events = store.layers["events"]
    known = morecantile.tms.get(matrix)
    columns, rows = columns_and_rows(matrix, z)
    edges = [(n, p) for n, p in enumerate((x, y) for x in EDGES for y in LATITUDES)]
    within = [(n, p) for n, p in edges if matrix != MATRICES[0] or abs(p[1]) <= MERCATOR_LATITUDE]

    async def homes(reader: Reader) -> dict[int, int]:
        found = {}
        for number, (longitude, latitude) in within[:: 1 if z == 7 else 5]:
            near = known.tile(longitude, latitude, z)
            around = {
                (x, y)
                for x in range(near.x - 1, near.x + 2)
                for y in range(near.y - 1, near.y + 2)
                if 0 <= x < columns and 0 <= y < rows
            }
            found[number] = 0
            for x, y in around:
                tile = Tile(matrix=matrix, z=z, x=x, y=y)
                points = await read_points(reader, events, EVERYTHING, tile, ["id"])
                found[number] += points.plain("id").count(f"{'aBé-_Z'[number % 6]}{number}")
        return found

    assert set(store.read(homes).values()) == {1}


def queries() -> dict[str, FeatureQuery]:
    hostile = {"op": "=", "args": [{"property": "target_class"}, HOSTILE[0]]}
    return {
        "everything": EVERYTHING,
        "days": FeatureQuery(interval=Interval(start=date(2014, 1, 1), end=date(2015, 6, 30))),
        "filter": FeatureQuery(filter=dict(parse("killed_best > 20 OR killed_high > 30"))),
        "hostile filter": FeatureQuery(filter=hostile),
        "box": FeatureQuery(bbox=Box(west=-11.25, south=0, east=1.40625, north=14.0625)),
        "no row": FeatureQuery(filter=dict(parse("place = 'nowhere'"))),
    }


@pytest.mark.parametrize("name", queries())
@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize(("z", "side"), [(0, 256), (2, 64)])
def test_the_cells_of_a_zoom_add_up_to_the_aggregate(
    store: Store, name: str, matrix: Matrix, z: int, side: int
) -> None:
    check_sums(store, store.layers["events"], queries()[name], matrix, z, side)


@pytest.mark.parametrize("layer", ["events", "attacks"])
def test_cells_of_an_earlier_state_add_up_to_its_aggregate(store: Store, layer: str) -> None:
    earlier = FeatureQuery(as_of=store.before)
    check_sums(store, store.layers[layer], earlier, "WebMercatorQuad", 6, 64, some=(31, 29))


def test_cells_of_a_layer_without_classes_or_sums_are_counts(store: Store) -> None:
    plain = store.layers["places"]
    plain = replace(plain, style=replace(plain.style, colour_by=None, adds=()))
    check_sums(store, plain, EVERYTHING, "WorldCRS84Quad", 1, 64)


def check_sums(
    store: Store,
    layer: Layer,
    query: FeatureQuery,
    matrix: Matrix,
    z: int,
    side: int,
    some: tuple[int, int] | None = None,
) -> None:
    by = class_field(layer)
    names = [name for adds in layer.style.adds for name in sum_columns(layer, adds)]

    async def both(reader: Reader) -> tuple[Any, Any]:
        total: dict[Any, Any] = {"count": 0, "classes": {}, **dict.fromkeys(names)}
        wanted = tiles(matrix, z)
        if some is not None:
            # All events of the default data lie in these tiles and their neighbours.
            x, y = some
            wanted = [t for t in wanted if abs(t.x - x) <= 2 and abs(t.y - y) <= 2]
        for tile in wanted:
            cells = await read_cells(reader, layer, query, tile, side)
            inside = (cells.column, cells.row)
            assert all(((places >= 0) & (places < side)).all() for places in inside)
            assert (np.diff(cells.row * side + cells.column) > 0).all()
            assert list(cells.sums) == names
            total["count"] += int(cells.count.sum())
            for value, counts in cells.classes.items():
                assert counts.any()
                total["classes"][value] = total["classes"].get(value, 0) + int(counts.sum())
            for key, sums in cells.sums.items():
                assert not sums.total[~sums.known].any()
                if sums.known.any():
                    total[key] = (total[key] or 0) + int(sums.total.sum())
        whole = query
        if matrix == "WebMercatorQuad" and query.bbox is None:
            whole = replace(query, bbox=MERCATOR)
        if query.bbox is None and matrix == "WorldCRS84Quad":
            whole = replace(query, bbox=Box(west=-180, south=-90, east=180, north=90))
        grouping = Grouping(by=(), measures=layer.style.adds, resolution=4)
        row = await reader.row(select_aggregate(layer, whole, grouping))
        expected: dict[Any, Any] = {"classes": {}, **dict(row or {})}
        if by is not None:
            grouped = Grouping(by=(by,), measures=(), resolution=4)
            for group in await reader.rows(select_aggregate(layer, whole, grouped)):
                expected["classes"][group[by]] = group["count"]
        if not expected["count"]:
            # Of no tile nothing is known, not even that nothing is unknown.
            expected = {**expected, **dict.fromkeys(names)}
        return total, expected

    found, expected = store.read(both)
    assert found == expected


def test_points_come_by_place_and_id_with_plain_values(store: Store) -> None:
    events = store.layers["events"]
    names = ["id", "date", "target_class", "killed_best", "place_precision"]
    tile = Tile(matrix="WebMercatorQuad", z=0, x=0, y=0)
    hostile = FeatureQuery(bbox=Box(west=-180, south=-1, east=-180, north=1))

    async def points(reader: Reader) -> Any:
        return await read_points(reader, events, hostile, tile, names)

    found = store.read(points)
    # The fifth latitude of the first longitude.
    assert (found.x.tolist(), found.y.tolist()) == ([0], [2048])
    assert found.plain("id") == ["_4"]
    assert {name: coded.plain() for name, coded in found.properties.items()} == {
        "date": ["2017-05-01"],
        "target_class": [HOSTILE[1]],
        "killed_best": [None],
        "place_precision": [None],
    }


def test_a_margin_shows_what_lies_around_a_tile(store: Store) -> None:
    """A point on the equator lies 4,096 steps below the top of the tile that is above it."""
    events = store.layers["events"]
    tile = Tile(matrix="WebMercatorQuad", z=1, x=1, y=0)
    query = FeatureQuery(bbox=Box(west=0, south=0, east=0, north=0))

    async def around(reader: Reader) -> list[Any]:
        points = [await read_points(reader, events, query, tile, [], m) for m in (0, 1)]
        cells = [await read_cells(reader, events, query, tile, 64, m) for m in (0, 1)]
        return [
            *((p.x.tolist(), p.y.tolist()) for p in points),
            *((c.column.tolist(), c.row.tolist()) for c in cells),
        ]

    assert store.read(around) == [([], []), ([0], [4096]), ([], []), ([0], [64])]


def test_more_points_than_can_be_drawn_are_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = store.layers["events"]
    tile = Tile(matrix="WorldCRS84Quad", z=0, x=1, y=0)
    most = store.read(lambda reader: read_points(reader, events, EVERYTHING, tile, ["id"]))
    monkeypatch.setattr(sql, "MOST_POINTS", len(most.x))
    again = store.read(lambda reader: read_points(reader, events, EVERYTHING, tile, ["id"]))
    assert write_points(events, again) == write_points(events, most)
    monkeypatch.setattr(sql, "MOST_POINTS", len(most.x) - 1)
    with pytest.raises(TooLarge, match="ask for cells=64 or cells=256"):
        store.read(lambda reader: read_points(reader, events, EVERYTHING, tile, ["id"]))


def coverage(layer: Layer) -> Iterator[Row]:
    """Cut a land into 20 areas with ragged borders that fit each other, one with a hole filled."""
    random = np.random.default_rng(3)
    seeds = np.column_stack([random.uniform(-12, 4, 19), random.uniform(11, 25, 19)])
    land = shapely.box(-12, 11, 4, 25)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=land)
    areas = [shapely.set_precision(cell.intersection(land), 1e-6) for cell in cells.geoms]
    # Corners are put on borders in the same places from either side, and moved alike.
    ragged = [shapely.transform(_with_corners(area), _moved) for area in areas]
    lake = shapely.transform(_with_corners(areas[3].centroid.buffer(0.4)), _moved)
    ragged[3] = shapely.Polygon(ragged[3].exterior, [lake.exterior])
    for number, area in enumerate([*ragged, shapely.Polygon(lake.exterior)]):
        yield row(
            layer,
            f"area{number}",
            shapely.MultiPolygon([area]),
            name=HOSTILE[number % 4],
            region="kidal",
        )


def _with_corners(area: Any) -> Any:
    ring: list[Any] = []
    points = shapely.get_coordinates(area)
    for one, other in pairwise(points):
        low, high = sorted((tuple(one), tuple(other)))
        count = int(np.ceil(np.hypot(high[0] - low[0], high[1] - low[1]) / 0.02))
        share = np.arange(count + 1)[:, None] / max(count, 1)
        between = np.array(low) + (np.array(high) - np.array(low)) * share
        ring.extend(between[:-1] if low == tuple(one) else between[:0:-1])
    return shapely.Polygon(ring)


def _moved(points: Any) -> Any:
    moved = points.copy()
    for step in range(6):
        often, far = 2.0 * 1.9**step, 0.05 / 2.1**step
        moved[:, 0] += far * np.sin(often * (points[:, 1] + step))
        moved[:, 1] += far * np.sin(often * (points[:, 0] - step))
    return np.round(moved, 9)


def shapes_of(
    store: Store, layer: str, wanted: list[Tile], query: FeatureQuery = EVERYTHING
) -> Any:
    declared = store.layers[layer]
    names = tile_properties(declared, query)

    async def read(reader: Reader) -> list[Any]:
        made = [await reader.value(select_shapes(declared, query, t, names)) for t in wanted]
        return [
            mapbox_vector_tile.decode(each, default_options={"y_coord_down": True}) for each in made
        ]

    return store.read(read)


def around_mali(matrix: Matrix, z: int) -> list[Tile]:
    known = morecantile.tms.get(matrix)
    found = [Tile(matrix=matrix, z=t.z, x=t.x, y=t.y) for t in known.tiles(-12, 11, 4, 25, [z])]
    return found[:: max(1, len(found) // 12)]


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("z", [0, 2, 4, 5, 7, 9])
def test_neighbours_stay_joined_at_every_zoom(store: Store, matrix: Matrix, z: int) -> None:
    seen = 0
    for tile in shapes_of(store, "cercles", around_mali(matrix, z)):
        features = tile.get("cercles", {"features": []})["features"]
        areas = np.array([shape(feature["geometry"]) for feature in features])
        assert shapely.is_valid(areas).all()
        # Every edge is on the outside, or is one of just two areas, corner for corner.
        assert shapely.coverage_is_valid(areas)
        # And nothing is left open between them.
        joined = shapely.union_all(areas)
        parts = shapely.get_parts(joined)
        assert sum(shapely.get_num_interior_rings(parts)) == 0
        seen += len(areas)
    assert seen >= 20 or z > 5


@pytest.mark.parametrize("layer", ["regions", "basemap"])
@pytest.mark.parametrize("z", [0, 3, 5, 8])
def test_shapes_of_the_default_data_are_sound_and_hardly_overlap(
    store: Store, layer: str, z: int
) -> None:
    for tile in shapes_of(store, layer, around_mali("WebMercatorQuad", z)):
        features = tile.get(layer, {"features": []})["features"]
        shapes = [shape(feature["geometry"]) for feature in features]
        assert shapely.is_valid(shapes).all()
        for feature, each in zip(features, shapes, strict=True):
            is_line = each.geom_type.endswith("LineString")
            assert is_line == (feature["properties"].get("kind") == "river")
        areas = [
            each
            for each, feature in zip(shapes, features, strict=True)
            if feature["properties"].get("kind") not in ("river", "lake")
        ]
        # A strip narrower than the net may fold over: a pixel's worth at most, of 16 million steps.
        assert sum(shapely.area(areas)) - shapely.union_all(areas).area < 64


def test_a_shape_is_labelled_once_at_a_zoom_inside_itself(store: Store) -> None:
    for z in (0, 5, 8):
        known = morecantile.tms.get("WebMercatorQuad")
        wanted = [
            Tile(matrix="WebMercatorQuad", z=z, x=t.x, y=t.y)
            for t in known.tiles(-13, 10, 5, 26, [z])
        ]
        labels: list[str] = []
        for tile in shapes_of(store, "regions", wanted):
            areas = {
                f["properties"]["id"]: f for f in tile.get("regions", {"features": []})["features"]
            }
            for label in tile.get(labels_name(store.layers["regions"]), {"features": []})[
                "features"
            ]:
                properties = label["properties"]
                labels.append(properties["id"])
                assert set(properties) == {"id", "name", "name_fr"} | ({"kind"} & set(properties))
                area = shape(areas[properties["id"]]["geometry"])
                assert area.distance(shape(label["geometry"])) <= 2
        assert len(labels) == len(set(labels)) == 13


def test_shapes_follow_filter_state_and_properties(store: Store) -> None:
    tile = Tile(matrix="WebMercatorQuad", z=0, x=0, y=0)
    (world,) = shapes_of(store, "cercles", [tile], FeatureQuery(properties=("region",)))
    assert [feature["properties"] for feature in world["cercles"]["features"][:2]] == [
        {"id": "area0", "region": "kidal"},
        {"id": "area1", "region": "kidal"},
    ]
    among = [{"property": "name"}, [HOSTILE[0], "nobody"]]
    hostile = FeatureQuery(filter={"op": "in", "args": among})
    (some,) = shapes_of(store, "cercles", [tile], hostile)
    ids = [feature["properties"]["id"] for feature in some["cercles"]["features"]]
    assert ids == ["area0", "area12", "area16", "area4", "area8"]
    assert shapes_of(store, "cercles", [tile], FeatureQuery(as_of=store.before)) == [{}]
    empty = Tile(matrix="WebMercatorQuad", z=5, x=0, y=0)
    assert shapes_of(store, "cercles", [empty]) == [{}]
    assert shapes_of(store, "regions", [empty]) == [{}]


@pytest.mark.parametrize(
    "broken",
    [
        "MULTIPOLYGON(((0 0, 2 2, 2 0, 0 2, 0 0)))",
        "MULTIPOLYGON(((0 0, 1 1, 2 2, 0 0)))",
        "MULTIPOLYGON(((0 0, 1e-9 0, 1e-9 1e-9, 0 1e-9, 0 0)))",
        "MULTIPOLYGON(((0 0, 4 0, 4 4, 0 4, 0 0), (5 5, 6 5, 6 6, 5 5)))",
        "LINESTRING(0 0, 1e-9 1e-9)",
        "GEOMETRYCOLLECTION(POINT(1 1), POLYGON((0 0, 2 0, 2 2, 0 0)), LINESTRING(0 0, 3 3))",
        "MULTIPOINT(1 1, 2 2)",
        "POLYGON((-180 -90, 180 -90, 180 90, -180 90, -180 -90))",
        "LINESTRING(-180 -90, 180 90)",
        "MULTIPOLYGON EMPTY",
    ],
)
def test_no_shape_stops_a_tile(store: Store, broken: str) -> None:
    basemap = store.layers["basemap"]
    labelled = replace(basemap, style=replace(basemap.style, labelled=True))
    store = replace(store, layers={**store.layers, "basemap": labelled})
    with database.connect(store.url) as connection:
        connection.execute(
            "UPDATE atlas.basemap SET geom = ST_GeomFromText(%s, 4326) WHERE id = 'country-mli'",
            [broken],
        )
        connection.commit()
    wanted = [tile for matrix in MATRICES for z in (0, 1, 9) for tile in _at_zero(matrix, z)]
    for tile in shapes_of(store, "basemap", wanted):
        for feature in tile.get("basemap", {"features": []})["features"]:
            assert shape(feature["geometry"]).is_valid


def _at_zero(matrix: Matrix, z: int) -> list[Tile]:
    columns, rows = columns_and_rows(matrix, z)
    return [Tile(matrix=matrix, z=z, x=columns // 2, y=max(rows // 2 - 1, 0))]
