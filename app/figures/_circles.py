"""How large circles are: their area stands for the value, and three of them make the legend."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

# The largest circle's radius as a share of the map's shorter side.
LARGEST_SHARE = 0.062
# A single one is drawn no larger than this, so that three events are not three large discs.
SINGLE_SHARE = 0.016
_STEPS = (1, 2, 5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Turns values into radii in points; there is no smallest size, so that areas stay true."""

    unit_pt: float

    def radius_pt(self, value: float) -> float:
        return self.unit_pt * sqrt(value)


def scale_of(largest: float, side_pt: float) -> Scale:
    """Choose the scale for the largest value of a map."""
    unit = LARGEST_SHARE * side_pt / sqrt(max(largest, 1))
    return Scale(unit_pt=min(unit, SINGLE_SHARE * side_pt))


def legend_values(largest: float) -> tuple[int, ...]:
    """Choose three round values up to the largest, the largest first; fewer where there are few."""
    if largest < 1:
        return ()
    rounds = [step * 10**power for power in range(9) for step in _STEPS]
    # Of less than ten each number is round, and the largest circle need not be guessed.
    first = int(largest) if largest < 10 else max(value for value in rounds if value <= largest)
    found = [first]
    for share in (0.3, 0.06):
        below = [value for value in rounds if value <= first * share]
        if below and below[-1] < found[-1]:
            found.append(below[-1])
    if found[-1] > 1 and len(found) < 3:
        found.append(1)
    return tuple(found)
