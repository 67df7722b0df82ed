"""Points of which the properties are stored as JSON text, which pages are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Documents:
    """Points by what they have, one behind the other: ids, places, properties.

    A place is two numbers in the order in which they are written, nan where there is none.
    """

    ids: Sequence[str]
    places: NDArray[np.float64]
    properties: Sequence[str]
