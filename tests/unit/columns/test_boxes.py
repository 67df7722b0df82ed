"""What a box holds is found without looking at all rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.columns import boxes
from geo.columns.boxes import all_chosen
from geo.columns.sets import length
from geo.columns.table import Snapshot, Table
from geo.query import Box, FeatureQuery
from tests.unit.columns.test_masks import LAYER
from tests.unit.columns.test_stretches import TABLE

TIMES = 40


def _large(table: Table) -> Table:
    """Have every row so many times that not all are near each other."""
    names = ("longitude", "latitude", "x", "y", "row", "id", "recorded_from", "recorded_to")
    repeated: dict[str, Any] = {name: np.repeat(getattr(table, name), TIMES) for name in names}
    return replace(table, placed=table.placed * TIMES, columns={}, **repeated)


WHOLE = _large(TABLE)
SNAPSHOT = Snapshot(layer=LAYER.id, revision=1, parts=(WHOLE, TABLE))


def _inside(table: Table, box: Box) -> int:
    """Count the rows in a box by looking at each."""
    x, y = table.longitude, table.latitude
    held = [
        (x >= west) & (x <= east) & (y >= south) & (y <= north)
        for west, south, east, north in box.parts
    ]
    return int(np.logical_or.reduce(held).sum())


_longitudes = st.sampled_from((-180.0, -8.4375, 0.0, 2.8125, 180.0)) | st.floats(-12, 4)
_latitudes = st.sampled_from((-90.0, -85.06, 0.0, 16.0, 85.06, 90.0)) | st.floats(10, 20)
_boxes = st.builds(
    lambda west, east, sides: Box(west=west, east=east, south=min(sides), north=max(sides)),
    _longitudes,
    _longitudes,
    st.tuples(_latitudes, _latitudes),
)


@given(box=_boxes)
def test_a_box_holds_what_looking_at_each_row_finds(box: Box) -> None:
    found = all_chosen(SNAPSHOT, LAYER, FeatureQuery(bbox=box))
    assert len(found) == len({id(table) for table, _ in found})
    counted = {id(table): length(rows) for table, rows in found}
    for table in SNAPSHOT.parts:
        assert counted.get(id(table), 0) == _inside(table, box)


def test_rows_far_from_a_box_are_not_looked_at() -> None:
    town = FeatureQuery(bbox=Box(west=-3.1, south=16.1, east=-3.0, north=16.2))
    looked_at = sum(map(length, boxes._rows_near(town)(WHOLE)))
    assert _inside(WHOLE, Box(west=-3.1, south=16.1, east=-3.0, north=16.2)) <= looked_at
    assert looked_at < len(WHOLE) / 5
