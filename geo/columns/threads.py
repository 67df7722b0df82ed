"""Work in a thread of its own, so that the event loop goes on and nothing is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from threading import Lock, Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(
    executor: Executor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run a function in a thread; whoever is cancelled meanwhile first waits for its end."""
    running = asyncio.get_running_loop().run_in_executor(executor, lambda: work(*args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


class OneAtATime:
    """Do work in a thread that nobody waits for, unless some is being done already.

    What would have to wait is not begun, so that work never piles up.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._turn = Lock()

    def begin(self, work: Callable[[], None]) -> bool:
        """Begin some work, and say so; it has to catch what goes wrong in it."""
        if not self._turn.acquire(blocking=False):
            return False

        def run() -> None:
            try:
                work()
            finally:
                self._turn.release()

        try:
            Thread(target=run, name=self._name, daemon=True).start()
        except RuntimeError:
            # The system has no thread to give.
            self._turn.release()
            return False
        return True

    def wait(self) -> None:
        """Wait until nothing is being done."""
        with self._turn:
            return
