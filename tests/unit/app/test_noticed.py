"""What reasons have in common."""

from __future__ import annotations

import pytest

from app.cli._noticed import kind_of


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("fatalities 'many' is no whole number", "fatalities … is no whole number"),
        ("killed_low 5 is above killed_best 3", "killed_low … is above killed_best …"),
        ("lon -181.5 is not within -180..180", "lon … is not within …..…"),
        ("""place "l'Aïr" is none""", "place … is none"),
        (r"place 'a\'b' is none", "place … is none"),
        ("place is empty and every row needs it", "place is empty and every row needs it"),
    ],
)
def test_reasons_that_differ_in_their_values_alone_are_of_one_kind(reason: str, kind: str) -> None:
    assert kind_of(reason) == kind
