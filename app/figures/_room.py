"""Find room for symbols near their places, so that none hides another."""

from __future__ import annotations

from math import hypot

import numpy as np
from numpy.typing import NDArray

_GAP_PT = 0.8
# What is farther from its place than this would seem to be somewhere else.
_FARTHEST_PT = 24.0
_STEP_PT, _TURNS = 0.75, 32


def _spots() -> NDArray[np.float64]:
    """List where a symbol may stand from its place, the nearest first, and below before above."""
    found = [(0.0, 0.0)]
    for away in np.arange(_STEP_PT, _FARTHEST_PT, _STEP_PT):
        for turn in range(_TURNS):
            # From below, to the right and left by turns.
            angle = np.pi / 2 + (-1) ** turn * ((turn + 1) // 2) * 2 * np.pi / _TURNS
            found.append((away * np.cos(angle), away * np.sin(angle)))
    return np.array(found)


_SPOTS = _spots()


class Room:
    """Remember where round symbols stand, and find the nearest free spot for another."""

    def __init__(self) -> None:
        self.taken: list[tuple[float, float, float]] = []

    def stand(self, x: float, y: float, radius: float) -> tuple[float, float]:
        """Take the nearest spot to a place; its own, if there is none within reach."""
        reach = _FARTHEST_PT + radius
        near = [one for one in self.taken if hypot(one[0] - x, one[1] - y) < reach + one[2]]
        at = (x, y)
        if near:
            others = np.array(near)
            spots = _SPOTS + np.array((x, y))
            apart = np.hypot(spots[:, :1] - others[:, 0], spots[:, 1:] - others[:, 1])
            free = (apart >= others[:, 2] + radius + _GAP_PT).all(axis=1)
            if free.any():
                right, down = spots[int(free.argmax())]
                at = (float(right), float(down))
        self.taken.append((*at, radius))
        return at
