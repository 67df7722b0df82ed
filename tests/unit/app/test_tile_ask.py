"""What a request for tiles asks of its layers."""

from __future__ import annotations

from datetime import date

import pytest

from app.start import declared_layers
from app.tiles.ask import Part, Reader
from geo.errors import BadParameter, UnknownThing
from geo.query import Interval

READER = Reader(declared_layers())
REGION = {"op": "=", "args": [{"property": "region"}, "gao"]}
KILLED = {"op": ">", "args": [{"property": "killed_best"}, 3]}


def parts(names: str, query: str = "") -> dict[str, Part]:
    return {part.layer.id: part for part in READER.read(names, query).parts}


def test_layers_come_in_the_order_in_which_they_are_named() -> None:
    assert list(parts("camps,attacks,regions")) == ["camps", "attacks", "regions"]


def test_each_condition_chooses_in_the_layers_that_have_what_it_names() -> None:
    found = parts("attacks,camps,basemap", "region=gao&filter=killed_best%20%3E%203")
    assert found["attacks"].query.filter == {"op": "and", "args": [REGION, KILLED]}
    assert found["camps"].query.filter == REGION
    assert found["basemap"].query.filter is None


def test_a_single_layer_keeps_a_filter_that_it_cannot_answer_and_says_why_itself() -> None:
    assert parts("camps", "filter=killed_best%20%3E%203")["camps"].query.filter == KILLED


def test_days_and_properties_are_asked_of_every_layer_that_has_them() -> None:
    found = parts("attacks,camps", "datetime=2015-01-01/..&properties=killed_best,kind")
    assert {part.query.interval for part in found.values()} == {
        Interval(start=date(2015, 1, 1), end=None)
    }
    assert found["attacks"].query.properties == ("killed_best",)
    assert found["camps"].query.properties == ("kind",)


def test_the_same_request_is_read_once() -> None:
    assert READER.read("camps", "region=gao") is READER.read("camps", "region=gao")
    assert READER.read("camps", "") is not READER.read("camps", "", frozenset(("f",)))


def test_equal_requests_are_written_alike_and_others_are_not() -> None:
    written = {
        READER.read(names, query).canonical()
        for names, query in [
            ("camps", ""),
            ("tobs", ""),
            ("camps,tobs", ""),
            ("camps", "cells=64"),
            ("camps", "rev=3"),
            ("camps", "region=gao"),
            ("camps", "datetime=2015-01-01"),
        ]
    }
    assert len(written) == 7
    one, other = "region=gao&cells=64", "cells=64&region=gao"
    assert READER.read("camps", one).canonical() == READER.read("camps", other).canonical()


@pytest.mark.parametrize(
    ("names", "query", "named"),
    [
        ("camps", "nosuch=1", "nosuch"),
        ("camps", "cells=3", "cells"),
        ("camps", "cells=", "cells"),
        ("camps", "rev=-1", "rev"),
        ("camps", "rev=1e3", "rev"),
        ("camps", "rev=9999999999999999999", "rev"),
        ("camps", "rev=1&as_of=2026-01-01", "rev"),
        ("camps", "properties=nosuch", "properties"),
        ("camps", "datetime=yesterday", "datetime"),
        ("camps", "bbox=1,2,3", "bbox"),
        ("camps", "filter=)", "filter"),
        ("camps", "region=a%00b", "region"),
        ("camps", "cells=64&cells=64", "cells"),
        ("camps", "killed_best=3", "killed_best"),
        ("camps,tobs", "filter=killed_best%3D3", "filter"),
        ("camps,camps", "", "layers"),
        ("series", "", "layers"),
        (",".join(["camps"] * 200), "", "layers"),
    ],
)
def test_what_means_nothing_is_refused_with_its_name(names: str, query: str, named: str) -> None:
    with pytest.raises(BadParameter) as refused:
        READER.read(names, query)
    assert refused.value.name == named


@pytest.mark.parametrize("names", ["", "nosuch", "camps,", "camps,nosuch", "Camps", "camps,,tobs"])
def test_a_layer_that_is_not_there_is_unknown(names: str) -> None:
    with pytest.raises(UnknownThing):
        READER.read(names, "")
