"""Work out once what files say again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")
MOST_REMEMBERED = 20_000
# A longer text seldom comes twice.
LONGEST_REMEMBERED = 80


class Remembered(dict[K, V]):
    """Work a thing out once; what cannot be worked out fails again each time.

    A dictionary, because most rows find what an earlier one gave: without a call that takes a
    tenth of the time.
    """

    def __init__(self, work_out: Callable[[K], V]) -> None:
        super().__init__()
        self.work_out = work_out

    def __missing__(self, key: K) -> V:
        value = self.work_out(key)
        if isinstance(key, str) and len(key) > LONGEST_REMEMBERED:
            return value
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[key] = value
        return value
