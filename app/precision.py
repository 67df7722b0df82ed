"""Which values of place_precision mean what to a drawing: a place, its surroundings, an area."""

from __future__ import annotations

NEAR_PRECISION = 2
POINT_PRECISIONS = (1, NEAR_PRECISION)
AREA_PRECISIONS = (3, 4, 6)
REGION_PRECISION = 4
ROAD_PRECISION = 5
WIDER_PRECISION = 6
