"""Remember what was made, up to so many bytes, and forget first what was least lately asked for."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class Remembered(Generic[V]):
    """Values of which each says how many bytes it takes; threads may share them."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._lock = Lock()
        # The latest asked for stand last.
        self._held: dict[Hashable, tuple[V, int]] = {}
        self.nbytes = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable) -> V | None:
        with self._lock:
            found = self._held.pop(key, None)
            if found is None:
                return None
            self._held[key] = found
            return found[0]

    def put(self, key: Hashable, value: V, nbytes: int) -> None:
        """Hold a value, unless it is too large to hold beside nothing else."""
        with self._lock:
            _, freed = self._held.pop(key, (None, 0))
            self.nbytes -= freed
            if nbytes > self._most_bytes:
                return
            self._held[key] = value, nbytes
            self.nbytes += nbytes
            while self.nbytes > self._most_bytes:
                _, freed = self._held.pop(next(iter(self._held)))
                self.nbytes -= freed
