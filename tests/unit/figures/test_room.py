"""Symbols find room near their places."""

from __future__ import annotations

from itertools import combinations
from math import dist

from app.figures._room import Room


def test_a_symbol_alone_stands_at_its_place() -> None:
    assert Room().stand(10.0, 20.0, 3.0) == (10.0, 20.0)


def test_symbols_of_one_place_stand_round_it_without_touching() -> None:
    room = Room()
    for radius in (12.0, 6.0, 6.0, 3.0, 3.0, 3.0, 3.0):
        room.stand(100.0, 100.0, radius)
    for one, other in combinations(room.taken, 2):
        assert dist(one[:2], other[:2]) >= one[2] + other[2]
    assert all(dist(one[:2], (100.0, 100.0)) < 24 for one in room.taken)


def test_the_second_symbol_stands_below_the_first() -> None:
    room = Room()
    room.stand(0.0, 0.0, 3.0)
    right, down = room.stand(0.0, 0.0, 3.0)
    assert abs(right) < 1e-9
    assert down > 6


def test_a_place_without_room_keeps_its_symbol() -> None:
    room = Room()
    room.stand(0.0, 0.0, 200.0)
    assert room.stand(5.0, 5.0, 3.0) == (5.0, 5.0)
