from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import shapely

from geo.formats._arrow import points_as_wkb, table, with_wkb
from geo.query import FeatureQuery
from geo.spec import Layer

NAMES = ("name", "computed", "place_precision")


def batches(layer: Layer, rows: str, *, names: tuple[str, ...] = NAMES) -> list[Any]:
    query = FeatureQuery(properties=names)
    return list(table(layer, query, [rows.encode()]).batches)


def test_values_have_their_types(layers: dict[str, Layer]) -> None:
    (batch,) = batches(layers["places"], "a,Gao,t,3,-0.04,16.27\n")
    assert batch.to_pylist() == [
        {
            "id": "a",
            "name": "Gao",
            "computed": True,
            "place_precision": 3,
            "lon": -0.04,
            "lat": 16.27,
        }
    ]


def test_nothing_is_known_and_an_empty_text_are_two_things(layers: dict[str, Layer]) -> None:
    (batch,) = batches(layers["places"], 'a,,,,,\nb,"",f,1,1,2\n')
    assert [(row["name"], row["computed"], row["lon"]) for row in batch.to_pylist()] == [
        (None, None, None),
        ("", False, 1.0),
    ]


@pytest.mark.parametrize("text", ["a\nb", 'a "b", c', "NULL", "NaN", "\\N", "t", "a\r\nb", "é"])
def test_a_text_stays_as_it_is(layers: dict[str, Layer], text: str) -> None:
    quoted = text.replace('"', '""')
    rows = f'a,"{quoted}",t,1,1,2\nb,Gao,t,1,1,2\n'
    (batch,) = batches(layers["places"], rows)
    assert batch["name"].to_pylist() == [text, "Gao"]


@pytest.mark.parametrize("day", ["0001-01-01", "1582-10-15", "2016-02-29", "9999-12-31"])
def test_days_are_days(layers: dict[str, Layer], day: str) -> None:
    (batch,) = batches(layers["events"], f"a,{day},1,2\n", names=("date",))
    assert batch["date"].to_pylist() == [date.fromisoformat(day)]


def test_numbers_keep_all_their_digits(layers: dict[str, Layer]) -> None:
    (batch,) = batches(layers["places"], "a,x,t,1,0.1234567890123456,-5e-324\n")
    assert (batch["lon"].to_pylist(), batch["lat"].to_pylist()) == ([0.1234567890123456], [-5e-324])


def test_points_become_wkb_and_those_without_a_place_nothing(layers: dict[str, Layer]) -> None:
    rows = "".join(f"p{n},x,t,1,{'' if n % 3 else n},{'' if n % 3 else -n}\n" for n in range(20))
    (batch,) = batches(layers["places"], rows)
    made = points_as_wkb(batch)
    assert made.schema == with_wkb(batch.schema)
    assert made.schema.names == ["id", *NAMES, "geometry"]
    assert [wkb and shapely.from_wkb(wkb).wkt for wkb in made["geometry"].to_pylist()] == [
        None if n % 3 else f"POINT ({n} {-n})" for n in range(20)
    ]


def test_outlines_come_as_hexadecimal_wkb(layers: dict[str, Layer]) -> None:
    square = shapely.box(0, 0, 1, 1)
    rows = f"a,Gao,{square.wkb.hex()}\nb,Kidal,\n"
    (batch,) = batches(layers["regions"], rows, names=("name",))
    assert batch["geometry"].to_pylist() == [square.wkb, None]
    assert points_as_wkb(batch) is batch


def test_a_row_longer_than_a_chunk_is_read(layers: dict[str, Layer]) -> None:
    long = "x" * 3_000_000
    (batch,) = batches(layers["places"], f"a,{long},t,1,1,2\nb,y,f,2,3,4\n")
    assert [len(name) for name in batch["name"].to_pylist()] == [len(long), 1]
