from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial

import pytest

from geo import quickly as module
from geo.errors import BadParameter
from geo.quickly import quickly


@pytest.fixture(autouse=True)
def nothing_said() -> Iterator[None]:
    """Forget what was said before and what is said here."""
    module._say.cache_clear()
    yield
    module._say.cache_clear()


def test_what_the_columns_answer_is_the_answer() -> None:
    assert quickly("a count", lambda: 3) == 3
    assert quickly("a count", lambda: None) is None


def test_a_fault_is_no_answer_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    def fails(number: int) -> int:
        raise IndexError(f"index {number} of somebody's data")

    with caplog.at_level(logging.ERROR, logger="atlas"):
        for number in range(3):
            assert quickly("a count", partial(fails, number)) is None
    (said,) = caplog.messages
    assert said.startswith("a count: the columns failed, so SQL answers: IndexError at ")
    assert "test_quickly.py:" in said
    assert "somebody" not in said


def test_another_fault_is_said_too(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="atlas"):
        assert quickly("a count", lambda: [][1]) is None
        assert quickly("a count", lambda: int("x")) is None
        assert quickly("a tile", lambda: [][1]) is None
    assert len(caplog.messages) == 3


def test_who_ends_the_program_is_not_kept_from_it() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quickly("a count", interrupted)


def test_what_is_wrong_with_the_question_is_said_to_who_asks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuses() -> None:
        raise BadParameter("filter", "x <", "ends too early")

    with pytest.raises(BadParameter), caplog.at_level(logging.ERROR, logger="atlas"):
        quickly("a count", refuses)
    assert caplog.messages == []
