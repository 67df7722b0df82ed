"""Work that nobody waits for never piles up."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from geo.columns.threads import OneAtATime


def test_what_would_have_to_wait_is_not_begun() -> None:
    turn, going, done = OneAtATime("work"), Event(), []

    def work() -> None:
        assert going.wait(60)
        done.append("first")

    assert turn.begin(work)
    assert not turn.begin(lambda: done.append("second"))
    going.set()
    turn.wait()
    assert turn.begin(lambda: done.append("third"))
    turn.wait()
    assert done == ["first", "third"]


def test_without_a_thread_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Thread) -> None:
        raise RuntimeError(f"can't start {self.name}")

    turn = OneAtATime("work")
    with monkeypatch.context() as patched:
        patched.setattr(Thread, "start", refused)
        assert not turn.begin(lambda: None)
    assert turn.begin(lambda: None)
    turn.wait()
