from __future__ import annotations

import pytest

from geo.aggregate import Grouping, dimensions, measures, parse_grouping, sum_columns
from geo.errors import BadParameter
from geo.spec import Layer


def test_events_are_grouped_by_classes_places_and_times(layers: dict[str, Layer]) -> None:
    assert {"region", "cercle", "year", "month", "grid", "event_class", "target_class"} <= set(
        dimensions(layers["events"])
    )


def test_a_layer_without_time_or_points_has_no_groups_of_them(layers: dict[str, Layer]) -> None:
    assert {"year", "month", "grid"} & set(dimensions(layers["regions"])) == set()


def test_killed_stands_for_its_three_figures(layers: dict[str, Layer]) -> None:
    assert {"killed", "killed_best", "peacekeepers_killed"} <= set(measures(layers["events"]))
    assert sum_columns(layers["events"], "killed") == [
        "killed_low",
        "killed_best",
        "killed_high",
        "killed_unknown",
    ]


def test_a_grouping_is_read_once_each_and_in_order(layers: dict[str, Layer]) -> None:
    read = parse_grouping(layers["events"], "year,region", "count,killed,killed", None)
    assert read == Grouping(by=("year", "region"), measures=("killed",), resolution=4)


@pytest.mark.parametrize(
    ("by", "measure", "resolution"),
    [
        ("place", None, None),
        ("year,year", None, None),
        ("year,region,month", None, None),
        ("year,", None, None),
        (None, "notes", None),
        (None, None, "3"),
        ("grid", None, "10"),
        ("grid", None, "-1"),
        ("grid", None, "three"),
    ],
)
def test_a_grouping_that_is_none_is_refused(
    layers: dict[str, Layer], by: str | None, measure: str | None, resolution: str | None
) -> None:
    with pytest.raises(BadParameter):
        parse_grouping(layers["events"], by, measure, resolution)
