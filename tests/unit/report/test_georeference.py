"""Where the ground of the map lies, as readers of geospatial PDF find it."""

from __future__ import annotations

from typing import Any

import pyproj
import pytest

from app.figures._ground import point_on_plane
from app.report._bind import viewport
from app.report._paper import HEIGHT_PT

BOX = (50.0, 100.0, 400.0, 500.0)
VIEW = (-200_000.0, -300_000.0, 200_000.0, 200_000.0)


def test_the_corners_of_the_map_are_those_of_the_ground_that_is_seen() -> None:
    made: Any = viewport(BOX, VIEW)
    measure = made["/Measure"]
    shares, ground = list(measure["/LPTS"]), list(measure["/GPTS"])
    for number in range(4):
        right, up = shares[2 * number : 2 * number + 2]
        lat, lon = ground[2 * number : 2 * number + 2]
        x, y = point_on_plane(float(lon), float(lat))
        assert x == pytest.approx(VIEW[0] + right * (VIEW[2] - VIEW[0]), abs=0.1)
        assert y == pytest.approx(VIEW[1] + up * (VIEW[3] - VIEW[1]), abs=0.1)


def test_the_frame_of_the_map_is_measured_from_the_foot_of_the_page() -> None:
    made: Any = viewport(BOX, VIEW)
    frame = [float(number) for number in made["/BBox"]]
    assert frame == pytest.approx([50, HEIGHT_PT - 600, 450, HEIGHT_PT - 100])


def test_the_plane_is_named_as_readers_know_it() -> None:
    made: Any = viewport(BOX, VIEW)
    system = made["/Measure"]["/GCS"]
    assert system["/Type"] == "/PROJCS"
    named = pyproj.CRS.from_wkt(str(system["/WKT"]))
    assert named.coordinate_operation is not None
    assert named.coordinate_operation.method_name == "Lambert Azimuthal Equal Area"
    to_plane = pyproj.Transformer.from_crs(4326, named, always_xy=True)
    assert to_plane.transform(1.4, 18.4) == pytest.approx(point_on_plane(1.4, 18.4), abs=0.01)
