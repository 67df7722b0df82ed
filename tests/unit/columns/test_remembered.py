from __future__ import annotations

from geo.columns.remembered import Remembered


def test_what_was_least_lately_asked_for_is_forgotten_first() -> None:
    held: Remembered[str] = Remembered(10)
    for key in "abc":
        held.put(key, key.upper(), 3)
    assert held.get("a") == "A"
    held.put("d", "D", 3)
    assert [held.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    assert (len(held), held.nbytes) == (3, 9)


def test_a_value_takes_the_place_of_the_one_before_it() -> None:
    held: Remembered[str] = Remembered(10)
    held.put("a", "small", 4)
    held.put("a", "large", 9)
    assert (held.get("a"), len(held), held.nbytes) == ("large", 1, 9)


def test_what_is_larger_than_all_may_be_takes_no_others_place() -> None:
    held: Remembered[str] = Remembered(10)
    held.put("a", "A", 10)
    held.put("b", "B", 11)
    assert (held.get("a"), held.get("b"), held.nbytes) == ("A", None, 10)
    held.put("a", "A", 11)
    assert (held.get("a"), held.nbytes) == (None, 0)
