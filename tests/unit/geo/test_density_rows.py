from __future__ import annotations

from math import nan, sqrt

import numpy as np
import pytest

from geo import density_query, density_rows
from geo.density_query import DensityQuery, Precision, grid_of, parse_density, weight_field, weights
from geo.density_rows import Reason, Rows, place, rows_of
from geo.errors import BadParameter, TooLarge
from geo.spec import Layer

WINDOW = (-20.0, 3.0, 18.0, 29.0)
# A row of each kind: what is known of its place, of its weight, and what becomes of it.
LINES = b"""\
1.4,18.4,2,1,2000
-3.0,16.8,1,1,
-4.2,14.5,1,2,
0.5,16.3,1,3,24000
0.5,16.3,1,4,150000
0.1,15.1,1,5,30000
0.2,15.2,1,,
,,1,1,1000
-8.0,12.6,,1,1000
150.0,-40.0,1,1,1000
"""


def left_out(precision: Precision, bandwidth_km: float = 25) -> dict[str, int]:
    asked = DensityQuery(bandwidth_km=bandwidth_km, precision=precision)
    counts = place(rows_of(LINES), asked, WINDOW).left_out
    return {reason.value: count for reason, count in counts.items()}


def test_what_is_known_less_well_than_the_bandwidth_is_left_out_and_counted() -> None:
    placed = place(rows_of(LINES), DensityQuery(), WINDOW)
    assert left_out(Precision.FITTING) == {
        "no_place": 1,
        "place_precision_not_stated": 1,
        "place_wider_than_bandwidth": 2,
        "too_far": 1,
        "weight_unknown": 1,
    }
    assert (placed.matched, len(placed.points)) == (10, 4)
    assert placed.points.weight.tolist() == [2, 1, 1, 1]
    assert set(placed.points.bandwidth_m) == {25_000}


def test_a_wider_bandwidth_lets_in_what_is_known_to_within_it() -> None:
    assert "place_wider_than_bandwidth" not in left_out(Precision.FITTING, 150)
    assert left_out(Precision.FITTING, 24)["place_wider_than_bandwidth"] == 3


def test_points_are_those_known_to_a_named_place_or_near_it() -> None:
    assert left_out(Precision.POINTS) == {
        "no_place": 1,
        "place_precision_not_stated": 1,
        "place_not_a_point": 3,
        "too_far": 1,
        "weight_unknown": 1,
    }


def test_an_imprecise_place_can_be_spread_out_as_wide_as_it_is() -> None:
    placed = place(rows_of(LINES), DensityQuery(precision=Precision.SPREAD), WINDOW)
    radii_km = [2, 0, 25, 24, 150, 30]
    expected = [1_000 * sqrt(25**2 + (radius / 2) ** 2) for radius in radii_km]
    np.testing.assert_allclose(placed.points.bandwidth_m, expected)


def test_of_no_rows_nothing_is_placed() -> None:
    placed = place(rows_of(b""), DensityQuery(), None)
    assert (placed.matched, len(placed.points), sum(placed.left_out.values())) == (0, 0, 0)


def test_more_rows_than_are_read_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(density_rows, "MOST_ROWS", 9)
    with pytest.raises(TooLarge, match="more than the 9 rows"):
        rows_of(LINES)


def test_every_reason_and_choice_is_said_in_both_languages() -> None:
    for texts in (density_rows.REASONS, density_query.PRECISIONS):
        assert all(text.en and text.fr and text.en != text.fr for text in texts.values())
    assert set(density_rows.REASONS) == set(Reason)
    assert set(density_query.PRECISIONS) == set(Precision)


def test_a_weight_is_the_count_or_a_number_and_a_toll_its_best_figure(
    layers: dict[str, Layer],
) -> None:
    events = layers["events"]
    assert {"count", "killed", "killed_best", "killed_low"} <= set(weights(events))
    assert weight_field(events, "count") is None
    assert weight_field(events, "killed") == weight_field(events, "killed_best") == "killed_best"


def test_a_query_is_read_from_text(layers: dict[str, Layer]) -> None:
    read = parse_density(
        layers["events"], bandwidth_km="10", weight="killed", cell_km="2.5", precision="spread"
    )
    assert read == DensityQuery(
        bandwidth_km=10, weight="killed", cell_km=2.5, precision=Precision.SPREAD
    )
    assert parse_density(layers["events"]) == DensityQuery()


@pytest.mark.parametrize(
    ("layer", "given", "name"),
    [
        ("regions", {}, "layer"),
        ("series", {}, "layer"),
        ("events", {"bandwidth_km": "0"}, "bandwidth_km"),
        ("events", {"bandwidth_km": "501"}, "bandwidth_km"),
        ("events", {"bandwidth_km": "nan"}, "bandwidth_km"),
        ("events", {"bandwidth_km": "1,2"}, "bandwidth_km"),
        ("events", {"weight": "place"}, "weight"),
        ("events", {"cell_km": "12.6"}, "cell_km"),
        ("events", {"cell_km": "0.01"}, "cell_km"),
        ("events", {"precision": "exact"}, "precision"),
    ],
)
def test_what_means_nothing_is_refused_with_what_is_allowed(
    layers: dict[str, Layer], layer: str, given: dict[str, str], name: str
) -> None:
    with pytest.raises(BadParameter) as refused:
        parse_density(layers[layer], **given)
    assert refused.value.name == name
    assert refused.value.allowed


def test_cells_grow_to_keep_a_surface_small_but_never_past_half_the_bandwidth() -> None:
    rows = Rows(
        lon=np.array([-10.0, 4.0]),
        lat=np.array([11.0, 24.0]),
        weight=np.ones(2),
        place_precision=np.ones(2),
        radius_m=np.array([nan, 0]),
    )
    sizes = {}
    for bandwidth_km in (100.0, 25.0, 5.0, 2.0):
        asked = DensityQuery(bandwidth_km=bandwidth_km)
        sizes[bandwidth_km] = grid_of(asked, place(rows, asked, WINDOW).points).cell_m
    assert sizes == {100.0: 10_000, 25.0: 2_500, 5.0: 2_000, 2.0: 1_000}
    finest = DensityQuery(bandwidth_km=0.5)
    points = place(rows, finest, WINDOW).points
    with pytest.raises(TooLarge, match=r"ask for cells of [\d.]+ km or more"):
        grid_of(finest, points)
