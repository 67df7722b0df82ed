from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.spec import Layer
from geo.tiles.content import Cells, Coded, Points, Sums
from geo.tiles.grid import EXTENT
from geo.tiles.mvt import write_cells, write_points

BIGGEST, SMALLEST = 2**63 - 1, -(2**63)
KINDS: list[st.SearchStrategy[Any]] = [
    st.booleans(),
    st.integers(SMALLEST, BIGGEST),
    st.floats(allow_nan=False),
    st.text(max_size=300),
]
# Ids hold no zero byte, as PostgreSQL's texts hold none, and no two are alike.
IDS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=150)


@pytest.fixture(scope="module")
def events(layers: dict[str, Layer]) -> Layer:
    return layers["events"]


def decode(tile: bytes) -> dict[str, Any]:
    found: dict[str, Any] = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    return found


def features(tile: bytes, layer: str) -> list[tuple[list[int], dict[str, tuple[str, Any]]]]:
    """Give place and properties of every feature; of a value also its type, as 1 == True."""
    return [
        (feature["geometry"]["coordinates"], typed(feature["properties"]))
        for feature in decode(tile)[layer]["features"]
    ]


def typed(properties: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    return {name: (type(value).__name__, value) for name, value in properties.items()}


def points_of(
    places: list[tuple[int, int]], ids: list[str], /, **properties: Sequence[Any]
) -> Points:
    x, y = np.array(places, dtype=np.int64).reshape(-1, 2).T
    return Points(
        x=x,
        y=y,
        ids=np.array([each.encode() for each in ids], dtype=np.bytes_),
        properties={name: Coded.of(column) for name, column in properties.items()},
    )


@st.composite
def contents(draw: st.DrawFn) -> Points:
    ids = draw(st.lists(IDS, min_size=1, max_size=30, unique=True))
    step = st.integers(-EXTENT, 2 * EXTENT)
    places = draw(st.lists(st.tuples(step, step), min_size=len(ids), max_size=len(ids)))
    columns = st.sampled_from(KINDS).flatmap(
        lambda kind: st.lists(st.none() | kind, min_size=len(ids), max_size=len(ids))
    )
    names = st.text(min_size=1, max_size=20).filter(lambda name: name != "id")
    return points_of(places, ids, **draw(st.dictionaries(names, columns, max_size=8)))


@given(points=contents())
def test_another_program_reads_every_point_as_it_was(events: Layer, points: Points) -> None:
    properties = {name: coded.plain() for name, coded in points.properties.items()}
    properties["id"] = points.plain("id")
    expected = [
        (
            [x, y],
            typed({k: column[i] for k, column in properties.items() if column[i] is not None}),
        )
        for i, (x, y) in enumerate(zip(points.x.tolist(), points.y.tolist(), strict=True))
    ]
    assert features(write_points(events, points), "events") == expected


def cells_of(
    count: list[int],
    sums: dict[str, list[int | None]] | None = None,
    classes: dict[str | None, list[int]] | None = None,
    side: int = 64,
) -> Cells:
    return Cells(
        side=side,
        column=np.arange(len(count)) - 2,
        row=np.arange(len(count)) * 3 - 2,
        count=np.array(count, dtype=np.int64),
        sums={
            name: Sums(
                total=np.array([value or 0 for value in values], dtype=np.int64),
                known=np.array([value is not None for value in values], dtype=np.bool_),
            )
            for name, values in (sums or {}).items()
        },
        classes={
            value: np.array(numbers, dtype=np.int64) for value, numbers in (classes or {}).items()
        },
    )


@st.composite
def sums_of_cells(draw: st.DrawFn) -> tuple[list[int], list[int | None]]:
    size = draw(st.integers(1, 40))
    counts = draw(st.lists(st.integers(1, BIGGEST), min_size=size, max_size=size))
    total = st.none() | st.integers(SMALLEST, BIGGEST)
    return counts, draw(st.lists(total, min_size=size, max_size=size))


@given(numbers=sums_of_cells())
def test_another_program_reads_every_sum_as_it_was(
    events: Layer, numbers: tuple[list[int], list[int | None]]
) -> None:
    counts, killed = numbers
    found = features(write_cells(events, cells_of(counts, {"killed_best": killed})), "events")
    assert [properties for _, properties in found] == [
        typed({"count": count} if sum_ is None else {"count": count, "killed_best": sum_})
        for count, sum_ in zip(counts, killed, strict=True)
    ]


@pytest.mark.parametrize(("side", "middle", "step"), [(64, 32, 64), (256, 8, 16)])
def test_a_cell_is_a_point_in_its_middle(events: Layer, side: int, middle: int, step: int) -> None:
    found = features(write_cells(events, cells_of([5, 5], side=side)), "events")
    assert [place for place, _ in found] == [
        [-2 * step + middle, -2 * step + middle],
        [-step + middle, step + middle],
    ]


def test_a_cell_names_the_classes_that_are_in_it(events: Layer) -> None:
    classes: dict[str | None, list[int]] = {
        None: [1, 0, 0],
        "": [0, 1, 0],
        "civilians": [3, 0, 0],
        "état <b>": [0, 4, 2],
    }
    found = features(write_cells(events, cells_of([4, 5, 2], classes=classes)), "events")
    assert [properties for _, properties in found] == [
        typed({"count": 4, "target_class:": 1, "target_class:civilians": 3}),
        typed({"count": 5, "target_class:": 1, "target_class:état <b>": 4}),
        typed({"count": 2, "target_class:état <b>": 2}),
    ]


def test_nothing_is_no_bytes(events: Layer) -> None:
    assert write_points(events, points_of([], [], mission=[])) == b""
    assert write_cells(events, cells_of([], {"killed_best": []}, {"mission": []})) == b""


def test_the_order_of_classes_in_memory_does_not_show(events: Layer) -> None:
    one = write_cells(events, cells_of([3, 3], classes={"a": [1, 2], "b": [2, 0], None: [0, 1]}))
    other = write_cells(events, cells_of([3, 3], classes={None: [0, 1], "b": [2, 0], "a": [1, 2]}))
    assert one == other


def test_tiles_of_several_layers_are_joined_end_to_end(layers: dict[str, Layer]) -> None:
    points = points_of([(1, 2)], ["a"])
    joined = b"".join(write_points(layers[name], points) for name in ("camps", "events"))
    assert {name: len(layer["features"]) for name, layer in decode(joined).items()} == {
        "camps": 1,
        "events": 1,
    }


def varints(stream: bytes) -> Iterator[bytes]:
    start = 0
    for end, byte in enumerate(stream, start=1):
        if byte < 128:
            yield stream[start:end]
            start = end


def test_what_is_said_often_takes_one_byte_and_no_number_more_than_it_needs(
    events: Layer,
) -> None:
    """300 values: the one that 200 points share must have the shortest of numbers."""
    names = [f"only here {i}" for i in range(300)] + ["everywhere"] * 200
    ids = [f"{i}" for i in range(500)]
    tile = write_points(events, points_of([(0, 0)] * 500, ids, place=names))
    # Feature: its tag and length, properties with key and value, its type and where it is. Ids come
    # behind the 301 other values.
    shared = [
        bytes([0x12, 14, 0x12, 5, 0, 128 | code & 127, code >> 7, 1, 0])
        + bytes([0x18, 1, 0x22, 3, 9, 0, 0])
        for code in range(301 + 300, 301 + 500)
    ]
    assert all(tile.count(feature) == 1 for feature in shared)
    features_end = tile.index(b"\x1a\x02id")
    head = tile.index(b"events") + len("events")
    written = list(varints(tile[head:features_end]))
    assert all(len(number) == 1 or number[-1] != 0 for number in written)


def test_gdal_reads_points_as_they_were(events: Layer, tmp_path: Path) -> None:
    names = ["", "Ménaka ɛɔɲŋ", "x" * 500, '<script>"\n', "0"]
    points = points_of(
        [(0, 0), (4095, 4095), (17, 4100), (17, 0), (-3, 9)],
        names,
        killed_best=[0, None, 2**31 - 1, 7, -1],
        share=[0.5, 1e300, None, -0.25, 3.0],
        mission=[True, False, None, True, True],
    )
    path = tmp_path / "0.mvt"
    path.write_bytes(write_points(events, points))
    frame = pyogrio.read_dataframe(path, layer="events", CLIP="NO")
    assert frame["id"].tolist() == names
    assert [None if v != v else v for v in frame["killed_best"]] == [0, None, 2**31 - 1, 7, -1]
    assert [None if v != v else v for v in frame["share"]] == [0.5, 1e300, None, -0.25, 3.0]
    assert [None if v is None or v != v else bool(v) for v in frame["mission"]] == [
        True,
        False,
        None,
        True,
        True,
    ]
    # Without a place in a pyramid GDAL lays a tile on a square of its own, rows upwards.
    across = [geometry.x for geometry in frame.geometry]
    assert np.diff(across).tolist() == np.diff(points.x).tolist()


def test_gdal_reads_cells_as_they_were(events: Layer, tmp_path: Path) -> None:
    path = tmp_path / "0.mvt"
    cells = cells_of([1, 200, 70_000], {"killed_best": [0, None, 12]}, {"mission": [1, 0, 300]})
    path.write_bytes(write_cells(events, cells))
    frame = pyogrio.read_dataframe(path, layer="events", CLIP="NO", read_geometry=False)
    read = {
        name: [None if value != value else int(value) for value in frame[name]] for name in frame
    }
    assert {name: values for name, values in read.items() if name != "mvt_id"} == {
        "count": [1, 200, 70_000],
        "killed_best": [0, None, 12],
        "target_class:mission": [1, None, 300],
    }


def test_more_than_128_properties_are_told_apart(events: Layer) -> None:
    names = [f"p{i}" for i in range(300)]
    properties = {name: [i, None] for i, name in enumerate(names)}
    points = points_of([(1, 3), (2, 4)], ["a", "b"], **properties)
    found = features(write_points(events, points), "events")
    numbers: dict[str, Any] = {name: i for i, name in enumerate(names)}
    assert found == [([1, 3], typed({"id": "a", **numbers})), ([2, 4], typed({"id": "b"}))]
