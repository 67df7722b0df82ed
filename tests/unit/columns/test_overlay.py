from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.columns.overlay import close_rows
from tests.unit.columns.wells import table


def test_closed_rows_end_at_their_moment_and_the_others_still_hold() -> None:
    base = replace(table(4), recorded_to=np.broadcast_to(np.uint8(2), 4))
    later, latest = (1 << 60) + 1, (1 << 60) + 9
    done = close_rows((base,), {1: latest, 3: later})
    assert done is not None
    (closed,) = done
    assert closed.moments.tolist() == [5, 1 << 60, later, latest]
    assert closed.recorded_to.tolist() == [4, 3, 4, 2]
    assert (base.recorded_to.tolist(), base.moments.tolist()) == ([2] * 4, [5, 1 << 60])
    assert closed.x is base.x


def test_places_of_moments_are_widened_when_there_are_many() -> None:
    full = np.broadcast_to(np.uint8(255), 2)
    base = replace(table(2), moments=np.arange(255), recorded_to=full)
    done = close_rows((base,), {0: 1_000})
    assert done is not None
    assert str(done[0].recorded_to.dtype) == "uint16"
    assert done[0].recorded_to.tolist() == [255, 256]


def test_rows_that_are_not_there_or_closed_already_say_that_columns_are_out_of_date() -> None:
    base = replace(table(4), recorded_to=np.array([2, 2, 2, 1], np.uint8))
    assert close_rows((base,), {9: 1 << 61}) is None
    assert close_rows((base,), {3: 1 << 61}) is None
    assert close_rows((base,), {}) == (base,)
